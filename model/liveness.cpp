// What must go on: jobs that wait, takeovers that lead nowhere, locks that stay, claims without
// end.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "model/judge.hpp"

namespace fencepost {
namespace {

/// Statements of one poll take a microsecond each, and more workers take turns: polls drift by far
/// less than this.
constexpr Duration kGrace = 1s;

/// Follows what job_not_stuck needs to know: who lives, who is free, what waits since when.
class Waiting {
 public:
  explicit Waiting(const History& history)
      : declared_(history.declared),
        bound_(declared_.freed_within.value_or(declared_.lease + declared_.poll) + kGrace),
        anyway_(declared_.anyway.contains("job_not_stuck")) {
    for (const Event& event : history.events)
      if (event.kind == EventKind::worker_started) all_there_ = std::max(all_there_, event.at);
  }

  void follow(const Event& event) {
    switch (event.kind) {
      case EventKind::worker_started:
        if (event.claims) free_since_[event.worker] = event.at;
        break;
      case EventKind::changed:
        if (!event.after) jobs_.erase(event.job);
        if (event.after) write(event);
        touched_[event.job] = event.at;
        break;
      case EventKind::granted:
      case EventKind::restored:
        holder_[event.job] = event.worker;
        break;
      case EventKind::released:
      case EventKind::revoked:
        if (event.fault || !event.after || event.after->state != JobState::owned)
          holder_.erase(event.job);
        break;
      case EventKind::believed:
        busy_[event.worker].insert(event.job);
        free_since_.erase(event.worker);
        break;
      case EventKind::let_go:
        let_go(event);
        break;
      case EventKind::fault:
        last_fault_ = event.at;
        if (const Fault* fault = fault_in(event); fault && fault->fate == Fate::ends)
          bury(event.worker);
        break;
      case EventKind::resumed:
        last_fault_ = event.at;
        break;
      case EventKind::heal_started:
        heal_ = event.at;
        break;
      default:
        break;
    }
    if (event.kind == EventKind::worker_started && event.claims) live_.insert(event.worker);
  }

  bool healing() const { return heal_.has_value(); }
  bool anybody_lives() const { return !live_.empty(); }

  /// The job that has waited too long at this event, and since when.
  std::optional<std::pair<JobId, Instant>> stuck_at(const Event& event) const {
    if (!heal_ || free_since_.empty()) return std::nullopt;
    Instant freed = Instant::max();
    for (const auto& [worker, since] : free_since_) freed = std::min(freed, since);
    for (const auto& [job, record] : jobs_) {
      if (is_terminal(record) || worked_on(job)) continue;
      Instant since = std::max({*heal_, last_fault_, freed, all_there_});
      // What was written is on the server's clock: of now, or, where a wrong clock is no excuse, of
      // when it was written.
      const Duration ahead = anyway_ ? ahead_when_written_.at(job) : event.server_ahead;
      if (record.lease_until && record.state == JobState::owned)
        since = std::max(since, simulated_time(*record.lease_until, ahead));
      if (record.ready_at && record.state == JobState::ready)
        since = std::max(since, simulated_time(*record.ready_at, ahead));
      if (const auto last = touched_.find(job); last != touched_.end())
        since = std::max(since, last->second);
      if (since < Instant::max() - bound_ && event.at > since + bound_)
        return std::pair(job, since);
    }
    return std::nullopt;
  }

 private:
  /// Of several jobs that it holds, a worker lets go one by one, and is free after the last.
  void let_go(const Event& event) {
    std::set<JobId>& held = busy_[event.worker];
    held.erase(event.job);
    if (!held.empty()) return;
    busy_.erase(event.worker);
    if (lives(event.worker)) free_since_[event.worker] = event.at;
  }
  bool lives(const WorkerId& worker) const { return live_.contains(worker); }
  void bury(const WorkerId& worker) {
    live_.erase(worker);
    busy_.erase(worker);
    free_since_.erase(worker);
  }
  /// How far the server's clock was ahead when what it compares with was written.
  void write(const Event& event) {
    const auto before = jobs_.find(event.job);
    const bool same = before != jobs_.end() && before->second.state == event.after->state &&
                      before->second.lease_until == event.after->lease_until &&
                      before->second.ready_at == event.after->ready_at;
    if (!same) ahead_when_written_[event.job] = event.server_ahead;
    jobs_[event.job] = *event.after;
  }
  /// Held by a worker that lives and knows that it holds it.
  bool worked_on(const JobId& job) const {
    const auto holder = holder_.find(job);
    if (holder == holder_.end()) return false;
    const auto busy = busy_.find(holder->second);
    return busy != busy_.end() && busy->second.contains(job);
  }

  const Declared& declared_;
  Duration bound_;
  bool anyway_;
  std::map<JobId, JobRecord> jobs_;
  std::map<JobId, Duration> ahead_when_written_;
  std::map<JobId, Instant> touched_;
  std::map<JobId, WorkerId> holder_;
  std::map<WorkerId, std::set<JobId>> busy_;
  std::map<WorkerId, Instant> free_since_;
  std::set<WorkerId> live_;
  std::optional<Instant> heal_;
  Instant last_fault_{};
  Instant all_there_{};  ///< when the last worker started: one that a job needs may be late
};

}  // namespace

Judge job_not_stuck;
extern const Property kJobNotStuck = {
    .name = "job_not_stuck",
    .must_hold = "In heal, a job that can be claimed is claimed within the declared bound.",
    .definition =
        "For each non-terminal job that no live, believing worker holds: let t0 be the latest of "
        "heal's start, the last fault or resumption, the last worker's start, its lease_until, its "
        "ready_at, its last change and the moment since which some live worker is free; then no "
        "event lies after t0 + bound, where bound is freed_within, else lease + poll (and a second "
        "of grace for the statements themselves). A server's clock that jumps or stands still "
        "excuses it; a scenario that demands it anyway counts lease_until and ready_at as they "
        "stood in simulated time when they were written.",
    .rests_on = Guarantee::clock,
    .liveness = true,
    .judge = job_not_stuck};
Verdict job_not_stuck(const History& history) {
  if (history.declared.lease_kind == LeaseKind::none) return not_applicable("nothing is leased");
  Findings findings;
  Waiting waiting(history);
  for (const Event& event : history.events) {
    // Judged before the event takes effect: the job waited until now, whatever happens to it now.
    const auto stuck = waiting.healing() ? waiting.stuck_at(event) : std::nullopt;
    if (stuck) {
      Event about = event;
      about.job = stuck->first;
      about.attempt = {};
      findings.add(about, "",
                   fmt::format("job {} could be claimed since {} and a worker was free, but at {} "
                               "nobody had claimed it",
                               stuck->first.text, to_text(stuck->second), to_text(event.at)));
      break;
    }
    waiting.follow(event);
  }
  Verdict verdict = findings.verdict();
  if (verdict.outcome == Outcome::holds && !waiting.anybody_lives()) {
    verdict.outcome = Outcome::not_judged;
    verdict.why = "no claiming worker lives in heal";
  }
  return verdict;
}

Judge no_livelock;
extern const Property kNoLivelock = {
    .name = "no_livelock",
    .must_hold = "Takeovers from healthy workers lead somewhere.",
    .definition =
        "Of 4 takeovers of j in a row from attempts that no fault touched, at least one was "
        "followed by an advance (progress grew, or a terminal state) of the attempt that held j "
        "then.",
    .judge = no_livelock};
Verdict no_livelock(const History& history) {
  if (!observes(history, "progress")) return not_applicable("observe has no column progress");
  constexpr int kTakeovers = 4;
  Findings findings;
  struct Row {
    int takeovers = 0;
    AttemptId holder;
    bool touched = false;
    WorkerId worker;
  };
  std::map<JobId, Row> rows;
  Disturbed disturbed;
  for (const Event& event : history.events) {
    disturbed.follow(event);
    const bool clock = breaks(event, Guarantee::clock);
    for (auto& [job, row] : rows)
      row.touched = row.touched || clock || disturbed.by(event, row.worker);
    Row& row = rows[event.job];
    if (event.kind == EventKind::released) row.holder = {};
    const bool advances = event.kind == EventKind::changed && event.before && event.after &&
                          (event.after->progress.value_or(0) > event.before->progress.value_or(0) ||
                           is_terminal(*event.after));
    if (advances && event.attempt == row.holder) row.takeovers = 0;
    if (event.kind != EventKind::granted) continue;
    if (row.holder) row.takeovers = row.touched ? 0 : row.takeovers + 1;
    if (row.takeovers >= kTakeovers)
      findings.add(
          event, "",
          fmt::format("job {} was taken over {} times in a row from workers that no fault had "
                      "touched, and got no further: the last time by {} at {}",
                      event.job.text, row.takeovers, event.worker.text, to_text(event.at)));
    row.holder = event.attempt;
    row.worker = event.worker;
    row.touched = disturbed.from_the_start(event);
  }
  return findings.verdict();
}

Judge locks_released;
extern const Property kLocksReleased = {
    .name = "locks_released",
    .must_hold = "At the end of heal, nobody without a job holds a lock.",
    .definition = "No lock_held event without a live attempt.",
    .liveness = true,
    .judge = locks_released};
Verdict locks_released(const History& history) {
  Findings findings;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::lock_held || event.attempt) continue;
    findings.add(event, "",
                 fmt::format("session {} still holds {} at {}, though its worker has no job",
                             event.session.text, event.note, to_text(event.at)));
  }
  return findings.verdict();
}

Judge attempts_bounded;
extern const Property kAttemptsBounded = {
    .name = "attempts_bounded",
    .must_hold =
        "A job is not claimed again and again without limit, and not before its backoff ends.",
    .definition =
        "At most the declared attempts grants of a job, else at most 25 within one simulated hour, "
        "grants that a crash made forgotten not counted; no grant before the server's clock has "
        "reached the ready_at of the state before it.",
    .judge = attempts_bounded};
Verdict attempts_bounded(const History& history) {
  constexpr std::size_t kClaimsAnHour = 25;
  Findings findings;
  std::map<JobId, std::deque<Instant>> claims;
  std::map<JobId, std::int64_t> total;
  std::map<JobId, Instant> ready_at;
  std::set<std::pair<JobId, Instant>> reached;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::changed && event.after && event.after->state == JobState::ready &&
        event.after->ready_at) {
      ready_at[event.job] = *event.after->ready_at;
      reached.erase({event.job, *event.after->ready_at});
    }
    // What the server's clock has shown once was reached, also when it is put back.
    if (sets_clock(event))
      for (const auto& [job, at] : ready_at)
        if (at <= server_time(event)) reached.insert({job, at});
    if (event.kind == EventKind::revoked && event.fault) {
      --total[event.job];
      if (!claims[event.job].empty()) claims[event.job].pop_back();
    }
    if (event.kind != EventKind::granted) continue;
    std::deque<Instant>& lately = claims[event.job];
    lately.push_back(event.at);
    while (lately.front() + 1h < event.at) lately.pop_front();
    const std::int64_t count = ++total[event.job];
    const auto limit = history.declared.max_attempts;
    if (limit && count > *limit)
      findings.add(
          event, "",
          fmt::format(
              "{} claimed job {} at {}: that is claim number {}, but {} attempts are declared",
              event.worker.text, event.job.text, to_text(event.at), count, *limit));
    if (!limit && lately.size() > kClaimsAnHour)
      findings.add(
          event, "",
          fmt::format("job {} was claimed {} times within an hour, the last time by {} at {}",
                      event.job.text, lately.size(), event.worker.text, to_text(event.at)));
    if (event.before && event.before->state == JobState::ready && event.before->ready_at &&
        server_time(event) < *event.before->ready_at &&
        !reached.contains({event.job, *event.before->ready_at}))
      findings.add(
          event, "",
          fmt::format("{} claimed job {} at {}, before its backoff ended at {}", event.worker.text,
                      event.job.text, to_text(event.at), to_text(*event.before->ready_at)));
  }
  return findings.verdict();
}

}  // namespace fencepost
