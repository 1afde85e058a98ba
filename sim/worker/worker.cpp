#include "sim/worker/worker.hpp"

#include <span>
#include <utility>

#include "sim/worker/program_runner.hpp"

namespace fencepost {
namespace {

/// The process was asked to end, and its protocol does not finish what was begun.
struct AskedToStop {};

/// Sets a flag for as long as it lives, also when a worker's process goes in between.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  ~Busy() { flag_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& flag_;
};

}  // namespace

std::optional<JobId> job_of(const Row& row, const Protocol& protocol,
                            const std::map<std::string, std::string>& constants) {
  JobId job;
  for (const std::string& column : protocol.lease_job) {
    const auto value = row.find(column);
    const auto constant = constants.find(column);
    const bool known = value != row.end() && value->second;
    if (!known && constant == constants.end()) return std::nullopt;
    if (&column != &protocol.lease_job.front()) job.text += '/';
    job.text += known ? *value->second : constant->second;
  }
  if (protocol.lease_job.empty()) return std::nullopt;
  return job;
}

Worker::Worker(WorkerEnvironment& environment, const Protocol& protocol, const Role& role,
               const std::map<std::string, std::string>& constants)
    : environment_(environment), protocol_(protocol), role_(role), constants_(constants) {}
Worker::~Worker() = default;

void Worker::run() {
  const int rounds = role_.rounds_are_jobs ? environment_.jobs() : role_.rounds.value_or(-1);
  for (int number = 0; (rounds < 0 || number < rounds) && !environment_.stopping(); ++number) {
    ++tick_;
    const RoundEnd end = round();
    // Whoever got nothing waits, however his round ended; with `every` he has done so already.
    const bool idle = end == RoundEnd::idle || (!environment_.acted() && !role_.paced);
    environment_.end_round();
    environment_.check_alive();
    if (idle) environment_.wait_for_poll(poll());
  }
}

// By what the round remembers.
Duration Worker::poll() {
  const auto stuck = [&](const auto&... what) { environment_.stuck(what...); };
  return ProgramRunner({environment_,
                        protocol_,
                        role_,
                        constants_,
                        sessions_,
                        memory_,
                        tick_,
                        "",
                        {},
                        {},
                        stuck})
      .poll();
}

// Ends where the program ends, or after what the protocol says follows a lost lease, an error, an
// unknown outcome or a request to stop.
Worker::RoundEnd Worker::round() {
  memory_ = {};
  if (!role_.makes.empty())
    memory_.values[role_.makes] =
        std::to_string(tick_ + (role_.repeats ? 0 : environment_.rounds_before()));
  environment_.take_lease_lost();
  bool asked_to_stop = false, reacting = false, stuck = false;
  const bool finishes =
      role_.on_shutdown.operation.empty() && role_.on_shutdown.then == Handler::Then::go_on;
  const auto learn = [&]() -> Ending {
    if (reacting) return {};
    if (!finishes && environment_.stopping() && !std::exchange(asked_to_stop, true))
      throw AskedToStop{};
    // Found by the heartbeat, or by its own clock.
    if (environment_.take_lease_lost() || is_too_old()) return Reaction{Reaction::Kind::lost, ""};
    return {};
  };
  Instant sent = environment_.clock();
  const auto finished = [&](const std::string& operation) {
    if (operation == "claim" || operation == "renew") last_good_ = sent;
    if (operation == "claim") believe();
    if (operation == "succeed" || operation == "fail" || operation == "release") let_go(operation);
  };
  ProgramRunner runner(
      {environment_, protocol_, role_, constants_, sessions_, memory_, tick_, "", finished,
       [&] {
         sent = environment_.clock();
         return learn();
       },
       // A handler may be about a job that a round never got to see, and then has nothing to bind.
       [&](const Call& call, const std::string& sqlstate, const std::string& message) {
         if (!reacting || sqlstate != kNothingToBind) environment_.stuck(call, sqlstate, message);
       }});
  std::size_t from = 0;
  for (;;) {
    const Handler* handler = nullptr;
    try {
      const Ending ended = runner.run(std::span(role_.program).subspan(from), "");
      if (!ended) return RoundEnd::worked;
      if (ended->kind == Reaction::Kind::nothing) return RoundEnd::idle;
      if (ended->kind == Reaction::Kind::lost) handler = &role_.on_lost;
      if (ended->kind == Reaction::Kind::error) handler = &role_.on_error;
      if (ended->kind == Reaction::Kind::unknown) handler = &role_.on_unknown;
      if (handler == nullptr) return RoundEnd::worked;
    } catch (const AskedToStop&) {
      handler = &role_.on_shutdown;
    } catch (const SqlFailure&) {
      handler = &role_.on_error;
    } catch (const Stuck&) {
      handler = &role_.on_error;
      stuck = true;  // and would be again, for ever, without any time passing
    }
    const bool held = environment_.believes();
    reacting = true;
    const bool goes_on = handle(*handler, runner);
    reacting = false;
    if (!goes_on || stuck) return held ? RoundEnd::worked : RoundEnd::idle;
    from = 0;
    for (std::size_t i = 0; i < role_.program.size(); ++i) {
      const auto* run = std::get_if<RunStep>(&role_.program[i].what);
      if (run != nullptr && run->name == "claim") from = i + 1;
    }
    if (!environment_.believes()) believe();
  }
}

// True: go on behind the claim. What is about a job that the round never got to see has nothing to
// do, as in a client that has nothing to name it by.
bool Worker::handle(const Handler& handler, ProgramRunner& runner) {
  const bool about_held = handler.operation == "fail" || handler.operation == "release" ||
                          handler.operation == "succeed";
  // A session's lock that is taken is to be given back, though the claim came to no end.
  const bool has_lock = protocol_.declared.lease_kind == LeaseKind::session &&
                        job_of(memory_.values, protocol_).has_value();
  if (about_held && memory_.held.empty() && !has_lock) return false;
  if (handler.operation.empty()) return handler.then == Handler::Then::go_on;
  try {
    return !runner.run_operation(handler.operation) && handler.then == Handler::Then::go_on;
  } catch (const Stuck&) {
  } catch (const AskedToStop&) {
  } catch (const SqlFailure&) {
  }
  return false;
}

// A batch is let go job by job: the one whose columns are in memory.
void Worker::let_go(const std::string& reason) {
  const auto job = job_of(memory_.values, protocol_);
  if (memory_.held.size() < 2 || !job) return environment_.let_go(reason);
  std::erase_if(memory_.held, [&](const Row& row) { return job_of(row, protocol_) == job; });
  environment_.let_go_of(*job, reason);
}

bool Worker::is_too_old() const {
  return protocol_.trust && environment_.believes() &&
         environment_.clock() > last_good_ + *protocol_.trust;
}

void Worker::believe() {
  if (protocol_.lease_job.empty()) return;
  memory_.held.clear();
  for (const auto& [statement, rows] : memory_.rows)
    if (rows.size() > 1 && job_of(rows.front(), protocol_)) memory_.held = rows;
  if (memory_.held.empty()) memory_.held.push_back(memory_.values);
  std::vector<JobId> jobs;
  for (const Row& row : memory_.held)
    if (const auto job = job_of(row, protocol_, constants_)) jobs.push_back(*job);
  environment_.believe(jobs);
}

void Worker::beat(WorkerEnvironment& environment) {
  const Heartbeat& heartbeat = *role_.heartbeat;
  const bool always = heartbeat.per == Heartbeat::Per::worker;
  for (; always || environment.believes(); environment.sleep(heartbeat.every)) {
    if (heartbeat.stops_at_shutdown && environment.stopping()) return;
    // The heartbeat of an earlier claim may still wait for its answer on the same session; this one
    // has its turn later.
    if (beating_) continue;
    const Busy busy(beating_);
    Memory memory = memory_;
    const Instant sent = environment.clock();
    ProgramRunner runner({environment, protocol_, role_, constants_, sessions_, memory, tick_,
                          heartbeat.session, [](const std::string&) {}, [] { return Ending(); },
                          [&](const auto&... what) { environment.stuck(what...); }});
    bool lost = false;
    try {
      const Ending ended = runner.run(heartbeat.steps, "heartbeat");
      if (!ended) last_good_ = sent;
      lost = ended && ended->kind == Reaction::Kind::lost;
    } catch (const SqlFailure&) {
    } catch (const Stuck&) {
    }
    // One that could not be sent, or found no answer in time, ends it by the worker's own clock.
    if (!environment.believes() || !(lost || is_too_old())) continue;
    environment.note_lease_lost();
    environment.let_go("lost");
  }
}

}  // namespace fencepost
