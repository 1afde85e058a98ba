// Whether every job gets its turn, and comes to an end.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <set>

#include "model/ledger.hpp"
#include "model/properties/judge.hpp"

namespace fencepost {

Judge job_not_stuck;

namespace {

/// The longest time that anybody believed in a job, and the longest work.
class Rounds {
 public:
  void follow(const Event& event) {
    if (event.kind == EventKind::believed) since_[{event.worker, event.job}] = event.at;
    if (event.kind == EventKind::work) longest_ = std::max(longest_, event.lasts);
    if (const Fault* fault = fault_in(event); fault && fault->fate == Fate::ends)
      std::erase_if(since_, [&](const auto& round) { return round.first.first == event.worker; });
    if (event.kind != EventKind::let_go) return;
    const auto begun = since_.find({event.worker, event.job});
    if (begun == since_.end()) return;
    longest_ = std::max(longest_, event.at - begun->second);
    since_.erase(begun);
  }
  Duration longest_at(Instant now) const {
    Duration longest = longest_;
    for (const auto& [round, since] : since_) longest = std::max(longest, now - since);
    return longest;
  }
  /// Whether somebody is at work on it.
  bool works_on(const JobId& job) const {
    return std::any_of(since_.begin(), since_.end(),
                       [&](const auto& round) { return round.first.second == job; });
  }

 private:
  std::map<std::pair<WorkerId, JobId>, Instant> since_;
  Duration longest_{};
};

/// The jobs that job_not_stuck tells already.
std::set<JobId> stuck_in(const History& history) {
  std::set<JobId> jobs;
  for (const Violation& violation : job_not_stuck(history).violations) jobs.insert(violation.job);
  return jobs;
}

/// Follows which jobs wait for their end since when, and whether their own rounds failed.
class Unended {
 public:
  explicit Unended(const History& history)
      : declared_(history.declared),
        roles_(history),
        stuck_(std::async(std::launch::deferred, stuck_in, std::cref(history)).share()) {
    for (const Event& event : history.events)
      if (event.kind == EventKind::worker_started) all_there_ = event.at;
  }

  void follow(const Event& event) {
    rounds_.follow(event);
    const Fault* const fault = fault_in(event);
    const bool disturbs = fault != nullptr && fault->disturbs;
    if (event.kind == EventKind::heal_started) healing_ = true;
    if (disturbs || event.kind == EventKind::heal_started || event.kind == EventKind::resumed)
      begin_anew(event.at);
    if (event.kind == EventKind::changed) write(event);
    // Nothing but a fault or its holder's failure makes a round end otherwise.
    const bool failed =
        event.kind == EventKind::let_go && event.note != "succeed" && event.note != "round over";
    if (failed || fails_of_itself(event))
      if (const auto job = jobs_.find(event.job); job != jobs_.end()) job->second.failed = true;
    if (event.kind == EventKind::statement && without_grants()) try_jobs(event);
    if (comes_round(event)) recurring_.insert(event.job);
    waiting_most_ = std::max(waiting_most_, jobs_.size());
  }

  /// The job that should have ended at this event, and since when it is there.
  std::optional<std::pair<JobId, Instant>> overdue_at(const Event& event) const {
    if (!healing_) return std::nullopt;
    const Duration bound = bound_at(event.at);
    for (const auto& [id, job] : jobs_)
      if (event.at > since(job, event, bound) + bound && judged(id, job))
        return std::pair(id, since(job, event, bound));
    return std::nullopt;
  }
  /// A job that has not ended at this event, and need not yet.
  std::optional<JobId> still_runs_at(const Event& event) const {
    const Duration bound = bound_at(event.at);
    for (const auto& [id, job] : jobs_)
      if (event.at <= since(job, event, bound) + bound && judged(id, job)) return id;
    return std::nullopt;
  }
  Duration bound_at(Instant now) const {
    if (declared_.ends_within) return *declared_.ends_within + kGrace;
    const auto most = declared_.backoff_most ? declared_.backoff_most : declared_.backoff;
    const auto each = rounds_.longest_at(now) + declared_.lease + declared_.poll +
                      most.value_or(0us) + declared_.freed_within.value_or(0us);
    return static_cast<std::int64_t>(waiting_most_) * declared_.max_attempts.value_or(1) * each +
           kGrace;
  }
  std::size_t waiting() const { return waiting_most_; }

 private:
  struct Job {
    Instant since{};
    std::optional<Instant> ready_at;
    bool failed = false;
    bool operators = false;  ///< an operator had the last word
  };
  bool without_grants() const {
    return declared_.lease_kind == LeaseKind::none ||
           declared_.lease_kind == LeaseKind::transaction;
  }
  bool judged(const JobId& id, const Job& job) const {
    if (rounds_.works_on(id) || job.operators || recurring_.contains(id) ||
        stuck_.get().contains(id))
      return false;
    return !job.failed || declared_.max_attempts;
  }
  Instant since(const Job& job, const Event& event, Duration bound) const {
    Instant since = std::max(job.since, all_there_);
    if (job.ready_at) since = std::max(since, simulated_time(*job.ready_at, event.server_ahead));
    return std::min(since, Instant::max() - bound);
  }
  void begin_anew(Instant at) {
    for (auto& [id, job] : jobs_) {
      job.since = at;
      job.failed = false;
    }
    waiting_most_ = jobs_.size();
  }
  void write(const Event& event) {
    if (!event.after || is_terminal(*event.after) || declared_.fixed.contains(event.job.text)) {
      jobs_.erase(event.job);
      return;
    }
    const auto [job, is_new] = jobs_.try_emplace(event.job);
    if (is_new) job->second.since = event.at;
    job->second.ready_at =
        event.after->state == JobState::ready ? event.after->ready_at : std::nullopt;
    job->second.operators = roles_.plays(event.worker, declared_.operators);
  }
  /// Where nothing is granted, who binds a job's name tries that job; if it does not end by that,
  /// it is its own failure.
  void try_jobs(const Event& event) {
    for (auto& [id, job] : jobs_) {
      const bool names =
          event.job == id || std::any_of(event.bound.begin(), event.bound.end(),
                                         [&](const Bound& each) { return each.value == id.text; });
      job.failed = job.failed || names;
    }
  }

  const Declared& declared_;
  Roles roles_;
  std::shared_future<std::set<JobId>> stuck_;  ///< judged when it is asked for
  Rounds rounds_;
  std::map<JobId, Job> jobs_;
  std::set<JobId> recurring_;
  std::size_t waiting_most_ = 0;
  Instant all_there_{};
  bool healing_ = false;
};

}  // namespace

Judge job_ends;
extern const Property kJobEnds = {
    .name = "job_ends",
    .must_hold = "A job whose own rounds don't fail comes to an end, whatever becomes of others.",
    .definition =
        "In heal, let t0 be the latest of its start, the last fault or resumption, the last "
        "worker's start, the job's birth and its ready_at. No event lies after t0 + bound while "
        "the "
        "job is not terminal, where bound is [jobs] ends_within, else the number of jobs that wait "
        "x the attempts declared x (longest round + lease + poll + backoff + freed_within). Not "
        "judged: [jobs] fixed; jobs that their holders make ready again without a failure; those "
        "that an operator changed last; those whose own round failed since t0, unless attempts are "
        "declared (where nothing is granted: that were tried); those that job_not_stuck tells. Not "
        "applicable where [jobs] order = \"strict\". A server's clock that jumps or stands still "
        "excuses it.",
    .judged_when = {"did heal begin", came<EventKind::heal_started>},
    .rests_on = Guarantee::clock,
    .liveness = true,
    .judge = job_ends};
Verdict job_ends(const History& history) {
  if (history.declared.in_order)
    return not_applicable("[jobs] order is strict: a job may have to wait for ever");
  Findings findings;
  Unended unended(history);
  for (const Event& event : history.events) {
    if (const auto overdue = unended.overdue_at(event)) {
      Event about = event;
      about.job = overdue->first;
      about.attempt = {};
      findings.add(
          about, "",
          fmt::format("job {} was there since {} and no round of its own failed, but at {} "
                      "it had not ended, though {} {} waited",
                      about.job.text, to_text(overdue->second), to_text(event.at),
                      unended.waiting(), unended.waiting() == 1 ? "job" : "jobs"));
      break;
    }
    unended.follow(event);
  }
  const Verdict verdict = findings.verdict();
  if (verdict.outcome != Outcome::holds || history.events.empty()) return verdict;
  if (const auto job = unended.still_runs_at(history.events.back()))
    return {Outcome::open, {}, fmt::format("job {} had not ended at its end", job->text)};
  return verdict;
}

}  // namespace fencepost
