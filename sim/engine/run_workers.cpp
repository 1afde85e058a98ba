// The part of a run that is about processes: their births and deaths, what they believe, how they
// sleep and work.
#include <algorithm>
#include <tuple>

#include "sim/engine/run.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

/// What one fiber of a process sees of its run.
class TaskEnvironment : public WorkerEnvironment {
 public:
  TaskEnvironment(Run& run, Task& task) : run_(run), task_(task), process_(*task.process) {}

  std::string conninfo(const std::string& session) override {
    check_alive();
    task_.opening = session;
    return run_.parts_.database.conninfo();
  }
  void announce(const Call& call) override { task_.call = call; }
  void check_alive() override {
    if (process_.dead) throw WorkerGone{};
  }
  void sleep(Duration lasts) override {
    check_alive();
    task_.state = TaskState::sleeping;
    task_.wake_at = run_.parts_.clock.now() + process_.by_its_clock(lasts);
    task_.fiber->suspend();
    check_alive();
  }
  void sleep_drawn(const std::vector<Length>& lengths) override {
    ++process_.ordinals["sleep"];
    sleep(run_.choose_duration("sleep", process_, "sleep", lengths));
  }
  void wait_for_poll(Duration lasts) override {
    if (std::exchange(process_.notified, false) || process_.stopping) return check_alive();
    task_.polls = true;
    sleep(lasts);
    task_.polls = false;
    process_.notified = false;
  }
  bool stopping() const override { return process_.stopping; }
  void work(const JobId& job, Duration lasts) override {
    const Duration takes = run_.work_time(process_, lasts);
    ++run_.step_;
    Event& event = run_.note(EventKind::work, process_);
    event.lasts = takes;
    if (!job.empty()) event.job = job;
    if (takes > 0us) sleep(takes);
  }
  Instant clock() override { return process_.clock_at(run_.parts_.clock.now()); }
  void believe(const std::vector<JobId>& jobs) override { run_.believe(process_, jobs); }
  void let_go(const std::string& reason) override {
    if (task_.belief <= 0 || believes()) run_.let_go(process_, reason);
  }
  bool let_go_of(const JobId& job, const std::string& reason) override {
    return run_.let_go_of(process_, job, reason);
  }
  bool believes() const override {
    return process_.believing && (task_.belief <= 0 || task_.belief == process_.belief);
  }
  void refused(const Call& call) override {
    Event& event = run_.note(EventKind::refused, process_);
    std::tie(event.job, event.attempt) = run_.acts_for(task_, call);
    event.operation = call.operation;
    event.statement = call.statement;
  }
  bool take_lease_lost() override { return std::exchange(process_.lease_lost, false); }
  void note_lease_lost() override { process_.lease_lost = true; }
  SqlResult let(const Statement& statement, const std::vector<Value>& arguments) override {
    try {
      return run_.parts_.database.let(statement, arguments);
    } catch (const SqlFailure& failure) {
      throw InputError(
          fmt::format("{}: statement \"{}\" (:let) fails: {} (SQLSTATE {}); it must always work, "
                      "because it stands for the worker's own arithmetic",
                      to_text(statement.where), statement.name, failure.what(), failure.sqlstate));
    }
  }
  std::string poison_in(const Row& row) override {
    for (const ItemId& item : run_.poisoned_) {
      for (const auto& [column, value] : row) {
        if (!value || *value != item.text) continue;
        ++run_.step_;
        Event& event = run_.note(EventKind::fault, process_);
        event.fault = FaultKind::poison;
        event.item = item;
        return item.text;
      }
    }
    return {};
  }
  std::string identity() const override { return process_.identity; }
  int jobs() const override { return run_.parts_.scenario.load.jobs; }

 private:
  Run& run_;
  Task& task_;
  Process& process_;
};

void Run::plan_births() {
  int number = 0;
  const Load& load = parts_.scenario.load;
  const auto plan = [&](const Protocol& protocol, const Role& role, int count,
                        const std::string& stem) {
    for (int i = 1; i <= count; ++i) {
      ++number;
      const std::string name = stem + std::to_string(i);
      Process asking;
      asking.id = {name};
      const std::int64_t at = choose("start", asking, "start", {{0}, std::nullopt, true});
      births_.push_back({Instant{Duration{at}}, number, 1, &protocol, &role, name, false});
    }
  };
  for (const Role& role : parts_.protocol.roles) {
    const auto wanted = load.roles.find(role.name);
    plan(parts_.protocol, role,
         wanted != load.roles.end() ? wanted->second : role.count.value_or(load.workers),
         role.name == "worker" ? "w" : role.name);
  }
  if (load.previous > 0 && parts_.protocol.previous)
    for (const Role& role : parts_.protocol.previous->roles)
      if (!role.count) plan(*parts_.protocol.previous, role, load.previous, "old");
  wake_what_is_due();
}

void Run::give_birth(const Birth& birth) {
  Process& process = *processes_.emplace_back(std::make_unique<Process>());
  process.number = birth.number;
  process.incarnation = birth.incarnation;
  process.protocol = birth.protocol;
  process.role = birth.role;
  process.identity = birth.identity;
  const std::string base = birth.identity.substr(0, birth.identity.find('.'));
  process.id = {birth.incarnation == 1 ? base : base + "." + std::to_string(birth.incarnation)};
  process.round_floor = attempts_granted_;
  const auto& offsets = parts_.scenario.load.clock_offsets;
  if (!offsets.empty()) {
    Alternatives all;
    for (const Duration offset : offsets) all.values.push_back(offset.count());
    process.clock_offset = Duration{choose("clock", process, "start", all)};
  }
  if (const auto& drifts = parts_.scenario.load.clock_drifts; !drifts.empty()) {
    Alternatives all;
    for (const Drift drift : drifts) all.values.push_back(drift.millionths);
    process.clock_drift = {choose("drift", process, "start", all)};
  }
  process.worker = std::make_unique<Worker>(*spawn(process, 0).environment, *process.protocol,
                                            *process.role, constants_.at(process.protocol));
  const auto& heartbeat = process.role->heartbeat;
  if (heartbeat && heartbeat->per == Heartbeat::Per::worker) spawn(process, kAlways);
  if (birth.restart) {
    ++step_;
    Event& event = note(EventKind::fault, process);
    event.fault = FaultKind::restart;
    if (birth.identity == base) event.note = "the same name";
  }
  Event& event = note(EventKind::worker_started, process);
  event.note = birth.role->name;
  event.claims = birth.role->claims();
}

Task& Run::spawn(Process& process, int belief) {
  Task& task = *tasks_.emplace_back(std::make_unique<Task>());
  task.number = process.number * 100 + process.incarnation * 2 + (belief != 0 ? 1 : 0);
  task.name = process.id.text + (belief != 0 ? "/beat" : "");
  task.process = &process;
  task.belief = belief;
  if (belief > 0) std::tie(task.job, task.attempt) = process.held.front();
  task.environment = std::make_unique<TaskEnvironment>(*this, task);
  Task* const self = &task;
  task.fiber = std::make_unique<Fiber>([this, self, &process] {
    try {
      if (self->belief == 0) {
        process.worker->run();
        process.finished = true;
        if (process.stopping) kill(process, false);
      } else {
        process.worker->beat(*self->environment);
      }
    } catch (const WorkerGone&) {
    } catch (...) {
      // What went wrong in a libpq call comes first: the caller only saw that there is no answer.
      if (!failure_) failure_ = std::current_exception();
    }
  });
  if (belief != 0) {
    task.state = TaskState::sleeping;
    task.wake_at = parts_.clock.now() + process.role->heartbeat->every;
  }
  return task;
}

void Run::kill(Process& process, bool half_open) {
  let_go(process, "crashed");
  process.dead = true;
  process.stalled_until.reset();
  constexpr Duration kTcpKeepalive = 2h + 11min;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = *sessions_[i];
    if (session.process != &process || session.ended) continue;
    session.task = nullptr;
    if (session.late) continue;
    if (half_open)
      session.survives_until =
          parts_.clock.now() + parts_.declared.freed_within.value_or(kTcpKeepalive);
    else
      close(session, "its client is gone");
  }
}

void Run::believe(Process& process, const std::vector<JobId>& jobs) {
  process.held.clear();
  for (const JobId& job : jobs) {
    AttemptId attempt = ledger_.newest_attempt(process.id, job);
    const bool old = attempt.number <= process.round_floor && attempt != ledger_.holder(job);
    if (old) attempt = {};
    process.held.emplace_back(job, attempt);
    process.attempt = attempt;
  }
  if (process.held.empty()) return;
  process.believing = true;
  ++process.belief;
  for (const auto& [job, attempt] : process.held) {
    Event& event = note(EventKind::believed, process);
    event.job = job;
    event.attempt = attempt;
  }
  const auto& heartbeat = process.role->heartbeat;
  if (heartbeat && heartbeat->per == Heartbeat::Per::attempt) spawn(process, process.belief);
}

void Run::let_go(Process& process, const std::string& reason) {
  if (process.believing) {
    process.believing = false;
    for (const auto& [job, attempt] : process.held) {
      Event& event = note(EventKind::let_go, process);
      event.job = job;
      event.attempt = attempt;
      event.note = reason;
    }
  }
  if (reason != "round over") return;
  process.held.clear();
  process.attempt = {};
  process.round_floor = attempts_granted_;
}

bool Run::let_go_of(Process& process, const JobId& job, const std::string& reason) {
  if (!process.believing) return false;
  const auto held = std::find_if(process.held.begin(), process.held.end(),
                                 [&](const auto& each) { return each.first == job; });
  if (held == process.held.end()) return true;
  if (process.held.size() == 1) {
    let_go(process, reason);
    return false;
  }
  Event& event = note(EventKind::let_go, process);
  event.job = job;
  event.attempt = held->second;
  event.note = reason;
  process.held.erase(held);
  return true;
}

Duration Run::work_time(Process& process, Duration usual) {
  const Load& load = parts_.scenario.load;
  if (load.slow.chance.hits == 0 || load.slow.lasts.empty()) return usual;
  const std::string where =
      process.held.empty() ? "work" : "work on " + process.held.front().first.text;
  if (choose("slow", process, where, {{0, 1}, load.slow.chance}) == 0) return usual;
  return choose_duration("slow", process, where, load.slow.lasts);
}

std::pair<JobId, AttemptId> Run::acts_for(const Task& task, const Call& call) const {
  if (task.belief > 0) return {task.job, task.attempt};
  for (const auto& held : task.process->held)
    if (held.first == call.job && !call.job.empty()) return held;
  return {task.process->held.empty() ? JobId{} : task.process->held.front().first,
          task.process->attempt};
}

/// Nothing under way and nothing believed: it sleeps until its next poll, or its rounds are over.
/// Who has a number of rounds to do is busy until they are done.
bool Run::idle(const Process& process) const {
  if (process.finished) return true;
  if (process.role->rounds || process.role->rounds_are_jobs) return false;
  if (process.believing || process.stalled_until) return false;
  return std::all_of(tasks_.begin(), tasks_.end(), [&](const auto& task) {
    return task->process != &process || task->state == TaskState::sleeping ||
           task->state == TaskState::done;
  });
}

bool Run::claims(const Process& process) const {
  return process.role->claims() && !process.finished;
}

}  // namespace fencepost
