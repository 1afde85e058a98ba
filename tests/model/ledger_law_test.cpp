// The reference lease machine against a simpler one: a world in which it is known who acts and what
// they mean, because they say so. The ledger sees only tables and commits, and must come to the
// same.
#include <array>
#include <memory>

#include "model/ledger.hpp"
#include "tests/fixtures/event_text.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

struct Grant {
  std::string worker;
  std::string job;
};

/// What is so, by the intentions of those who act: no tables are compared here.
struct LawWorld {
  AbsentMeans absent = AbsentMeans::lost;
  std::map<std::string, JobRecord> rows;      ///< what observe returns
  std::map<std::string, JobState> absent_as;  ///< jobs without a row, and what that means
  std::map<std::string, int> holder;          ///< job → the grant that holds it, from 1
  std::vector<Grant> grants;
  int tick = 0;  ///< makes every token, lease and progress a new one
};

const std::vector<std::string> kWorkers = {"w1", "w2", "w3"};
const std::vector<std::string> kJobs = {"1", "2"};

/// What one actor does in one commit, and the events it must be told as.
struct Deed {
  Commit commit;
  std::string events;
};

std::optional<JobRecord> row_of(const LawWorld& world, const std::string& job) {
  const auto found = world.rows.find(job);
  return found == world.rows.end() ? std::nullopt : std::optional(found->second);
}

/// One act of somebody, each of its parts out of one number. Acting changes the world; the ledger
/// is told what the tables then hold.
struct Act {
  explicit Act(int number) : left(number) {}
  virtual ~Act() = default;
  virtual bool possible(const LawWorld& world) const = 0;
  virtual Deed act(LawWorld& world) const = 0;
  virtual std::string in_words() const = 0;

  void run(LawWorld& world, Ledger& ledger) const {
    const LawWorld before = world;
    const Deed deed = act(world);
    Observation observed;
    Touched touched;
    for (const auto& [job, row] : world.rows) observed.jobs.emplace(JobId{job}, row);
    for (const std::string& job : kJobs)
      if (row_of(before, job) != row_of(world, job)) touched.jobs.push_back({job});
    Ledger told_all = ledger;
    HOLDS(texts(told_all.commit(deed.commit, observed)) == deed.events);
    HOLDS(texts(ledger.commit(deed.commit, {observed, touched})) == deed.events);
    HOLDS(ledger.observed() == told_all.observed());
    for (const std::string& job : kJobs) {
      const auto held = world.holder.find(job);
      HOLDS(ledger.holder({job}).number == (held == world.holder.end() ? 0 : held->second));
      const auto row = world.rows.find(job);
      const auto known = ledger.observed().jobs.find(JobId{job});
      const bool known_of = known != ledger.observed().jobs.end();
      HOLDS(known_of == (row != world.rows.end() || world.absent_as.contains(job)));
      if (row != world.rows.end()) HOLDS(known->second == row->second);
    }
  }

  int part(int below) {
    const int picked = left % below;
    left /= below;
    return picked;
  }
  std::string some_worker() { return kWorkers[static_cast<std::size_t>(part(3))]; }
  std::string some_job() { return kJobs[static_cast<std::size_t>(part(2))]; }
  int left;  ///< of the number, for the parts that are still to come
};

Commit committed_by(const std::string& worker, const std::string& operation, int attempt,
                    int since = 0) {
  Commit commit;
  commit.worker = {worker};
  commit.operation = operation;
  commit.attempt = {attempt};
  commit.since = {since};
  return commit;
}

std::string line(const std::string& kind, const std::string& job, int attempt,
                 const std::string& worker, const std::string& states) {
  return kind + " " + job + (attempt == 0 ? "" : " #" + std::to_string(attempt)) +
         (worker.empty() ? "" : " by " + worker) + " " + states + "\n";
}

int holder_of(const LawWorld& world, const std::string& job) {
  const auto held = world.holder.find(job);
  return held == world.holder.end() ? 0 : held->second;
}

std::string state_of(const LawWorld& world, const std::string& job) {
  if (world.rows.contains(job)) return std::string(to_text(world.rows.at(job).state));
  return world.absent_as.contains(job) ? std::string(to_text(world.absent_as.at(job))) : "-";
}

/// A job without a holder, or with one that is taken over.
struct Claim : Act {
  using Act::Act;
  std::string worker = some_worker(), job = some_job();
  bool possible(const LawWorld& world) const override {
    const std::string state = state_of(world, job);
    return state == "ready" || state == "owned";
  }
  Deed act(LawWorld& world) const override {
    const std::string states = state_of(world, job) + " → owned";
    const int loser = holder_of(world, job);
    world.grants.push_back({worker, job});
    const int winner = static_cast<int>(world.grants.size());
    JobRecord& row = world.rows[job];
    world.absent_as.erase(job);
    row.state = JobState::owned;
    row.owner = worker;
    row.token = std::to_string(++world.tick);
    row.lease_until = Instant{std::chrono::seconds(world.tick)};
    world.holder[job] = winner;
    return {committed_by(worker, "claim", 0, winner - 1),
            line("changed", job, winner, worker, states) +
                (loser == 0 ? "" : line("revoked", job, loser, worker, states)) +
                line("granted", job, winner, worker, states)};
  }
  std::string in_words() const override { return worker + " claims " + job; }
};

/// What a holder does to the job that it holds.
struct HolderAct : Act {
  using Act::Act;
  std::string job = some_job();
  bool possible(const LawWorld& world) const override {
    return holder_of(world, job) != 0 && world.rows.contains(job);
  }
  std::string worker_of(const LawWorld& world) const {
    return world.grants[static_cast<std::size_t>(holder_of(world, job) - 1)].worker;
  }
};

struct Renew : HolderAct {
  using HolderAct::HolderAct;
  Deed act(LawWorld& world) const override {
    const int holder = holder_of(world, job);
    world.rows[job].lease_until = Instant{std::chrono::seconds(++world.tick)};
    const std::string worker = worker_of(world);
    return {committed_by(worker, "heartbeat", holder),
            line("changed", job, holder, worker, "owned → owned") +
                line("renewed", job, holder, worker, "owned → owned")};
  }
  std::string in_words() const override { return "the holder of " + job + " renews"; }
};

struct Release : HolderAct {
  using HolderAct::HolderAct;
  JobState state = std::array{JobState::ready, JobState::succeeded,
                              JobState::failed}[static_cast<std::size_t>(part(3))];
  Deed act(LawWorld& world) const override {
    const int holder = holder_of(world, job);
    const std::string worker = worker_of(world);
    JobRecord row;
    row.state = state;
    world.rows[job] = row;
    world.holder.erase(job);
    const std::string states = "owned → " + std::string(to_text(state));
    return {committed_by(worker, "finish", holder),
            line("changed", job, holder, worker, states) +
                line("released", job, holder, worker, states)};
  }
  std::string in_words() const override {
    return "the holder of " + job + " lets go, " + std::string(to_text(state));
  }
};

/// The row goes: by its holder, or by somebody who has nothing to do with it.
struct Delete : Act {
  using Act::Act;
  std::string job = some_job();
  std::string operation =
      std::array{"succeed", "claim", "purge"}[static_cast<std::size_t>(part(3))];
  bool by_holder = part(2) == 1;
  bool possible(const LawWorld& world) const override {
    return world.rows.contains(job) && (!by_holder || holder_of(world, job) != 0);
  }
  Deed act(LawWorld& world) const override {
    const int holder = holder_of(world, job);
    const int actor = by_holder ? holder : 0;
    const std::string worker =
        by_holder ? world.grants[static_cast<std::size_t>(holder - 1)].worker : "janitor";
    const JobRecord row = world.rows[job];
    world.rows.erase(job);
    std::string becomes = "gone";
    if (world.absent == AbsentMeans::ready) becomes = "ready";
    if (world.absent == AbsentMeans::succeeded &&
        (operation != "purge" || row.state == JobState::succeeded))
      becomes = "succeeded";
    if (becomes != "gone")
      world.absent_as[job] = becomes == "ready" ? JobState::ready : JobState::succeeded;
    world.holder.erase(job);
    const std::string was(to_text(row.state));
    if (becomes == was && holder == 0) return {committed_by(worker, operation, actor), ""};
    const std::string states = was + " → " + becomes;
    return {
        committed_by(worker, operation, actor),
        line("changed", job, actor, worker, states) +
            (holder == 0 ? ""
                         : line(by_holder ? "released" : "revoked", job, holder, worker, states))};
  }
  std::string in_words() const override {
    return (by_holder ? "the holder deletes " : "a stranger deletes ") + job + " in " + operation;
  }
};

/// A reaper, or a person, makes an owned job ready again.
struct Requeue : Act {
  using Act::Act;
  std::string job = some_job();
  bool possible(const LawWorld& world) const override { return holder_of(world, job) != 0; }
  Deed act(LawWorld& world) const override {
    const int holder = holder_of(world, job);
    world.rows[job] = JobRecord{};
    world.holder.erase(job);
    return {committed_by("reaper", "reap", 0),
            line("changed", job, 0, "reaper", "owned → ready") +
                line("revoked", job, holder, "reaper", "owned → ready")};
  }
  std::string in_words() const override { return "the reaper requeues " + job; }
};

/// A write to a job by an attempt that may have lost it long ago.
struct LateWrite : Act {
  using Act::Act;
  int grant = 1 + part(11);
  bool ends_it = part(2) == 1;
  bool possible(const LawWorld& world) const override {
    if (grant > static_cast<int>(world.grants.size())) return false;
    const std::string& job = world.grants[static_cast<std::size_t>(grant - 1)].job;
    return world.rows.contains(job) && holder_of(world, job) != grant &&
           (!ends_it || holder_of(world, job) != 0);
  }
  Deed act(LawWorld& world) const override {
    const Grant& late = world.grants[static_cast<std::size_t>(grant - 1)];
    const std::string worker = late.worker, job = late.job;
    const int holder = holder_of(world, job);
    const std::string was(to_text(world.rows[job].state));
    if (!ends_it) {
      world.rows[job].progress = ++world.tick;
      return {committed_by(worker, "advance", grant),
              line("changed", job, grant, worker, was + " → " + was)};
    }
    world.rows[job] = JobRecord{};
    world.rows[job].state = JobState::failed;
    world.holder.erase(job);
    const std::string states = was + " → failed";
    return {committed_by(worker, "fail", grant), line("changed", job, grant, worker, states) +
                                                     line("revoked", job, holder, worker, states)};
  }
  std::string in_words() const override {
    return "attempt " + std::to_string(grant) + (ends_it ? " fails its job" : " writes progress");
  }
};

/// A worker in a later round writes to a job of an earlier one: it acts for no attempt.
struct ForgottenWrite : Act {
  using Act::Act;
  std::string job = some_job(), worker = some_worker();
  bool possible(const LawWorld& world) const override { return world.rows.contains(job); }
  Deed act(LawWorld& world) const override {
    const std::string was(to_text(world.rows[job].state));
    world.rows[job].progress = ++world.tick;
    return {committed_by(worker, "sweep", 0, static_cast<int>(world.grants.size())),
            line("changed", job, 0, worker, was + " → " + was)};
  }
  std::string in_words() const override { return worker + " writes to " + job + " for no attempt"; }
};

struct Insert : Act {
  using Act::Act;
  std::string job = some_job();
  bool possible(const LawWorld& world) const override { return !world.rows.contains(job); }
  Deed act(LawWorld& world) const override {
    const std::string was = state_of(world, job);
    JobRecord row;
    row.attempts = ++world.tick;
    world.rows[job] = row;
    world.absent_as.erase(job);
    return {committed_by("producer", "enqueue", 0),
            line("changed", job, 0, "producer", was + " → ready")};
  }
  std::string in_words() const override { return "job " + job + " is inserted"; }
};

/// A commit that left everything as it was.
struct Nothing : Act {
  using Act::Act;
  bool possible(const LawWorld&) const override { return true; }
  Deed act(LawWorld&) const override { return {committed_by("w1", "claim", 0), ""}; }
  std::string in_words() const override { return "nothing changes"; }
};

constexpr int kMostParts = 22;  // of a late write

std::unique_ptr<Act> act_of(int number) {
  const int parts = number % kMostParts;
  switch (number / kMostParts) {
    case 0:
      return std::make_unique<Nothing>(parts);
    case 1:
      return std::make_unique<Claim>(parts);
    case 2:
      return std::make_unique<Renew>(parts);
    case 3:
      return std::make_unique<Release>(parts);
    case 4:
      return std::make_unique<Delete>(parts);
    case 5:
      return std::make_unique<Requeue>(parts);
    case 6:
      return std::make_unique<LateWrite>(parts);
    case 7:
      return std::make_unique<ForgottenWrite>(parts);
    default:
      return std::make_unique<Insert>(parts);
  }
}

}  // namespace

TEST_CASE("ledger: it comes to what the actors meant, whatever they do", "[model]") {
  const std::vector<std::pair<std::string, AbsentMeans>> meanings = {
      {"lost", AbsentMeans::lost},
      {"ready", AbsentMeans::ready},
      {"succeeded", AbsentMeans::succeeded}};
  for (const auto& [name, absent] : meanings)
    law("where a job that is absent is " + name, [absent = absent] {
      LawWorld world;
      world.absent = absent;
      for (const std::string& job : kJobs) world.rows[job] = JobRecord{};
      Declared declared;
      declared.absent = absent;
      Ledger ledger(declared);
      Observation first;
      for (const auto& [job, row] : world.rows) first.jobs.emplace(JobId{job}, row);
      ledger.start(first);
      for (const int number : any_numbers(9 * kMostParts, 200)) {
        const std::unique_ptr<Act> act = act_of(number);
        if (!act->possible(world)) continue;
        note(act->in_words());
        act->run(world, ledger);
      }
    });
}

}  // namespace fencepost
