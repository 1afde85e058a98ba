// What must not be too much, and what must never be at all: jobs per claim, owners per group,
// deadlocks, locks that stay, takeovers that lead nowhere, rows of a `:never` statement.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

bool came_to_be_owned(const History& history) {
  return came<EventKind::granted>(history) || came_into(history, {JobState::owned});
}

bool waited_for_a_lock(const History& history) {
  return came<EventKind::blocked>(history) ||
         std::any_of(history.events.begin(), history.events.end(),
                     [](const Event& event) { return event.sqlstate == "40P01"; });
}

/// What a worker's claims were granted and it was not told yet.
class Untold {
 public:
  /// Jobs that a claim took and its worker was not told of, when all that it was told is over.
  std::vector<std::pair<AttemptId, JobId>> after(const Event& event) {
    std::vector<std::pair<AttemptId, JobId>> left;
    const bool believed = event.kind == EventKind::believed;
    if (!(believed && telling_ == event.worker)) {
      for (const auto& [attempt, job] : granted_[telling_]) left.emplace_back(attempt, job);
      granted_[telling_].clear();
      telling_ = {};
    }
    if (event.kind == EventKind::granted && event.operation == "claim")
      granted_[event.worker].emplace(event.attempt, event.job);
    if (believed) {
      telling_ = event.worker;
      granted_[event.worker].erase(event.attempt);
    }
    if (event.kind == EventKind::released || event.kind == EventKind::revoked)
      for (auto& [worker, attempts] : granted_) attempts.erase(event.attempt);
    // An answer that never came tells nothing.
    const bool hurt = event.kind == EventKind::fault || event.kind == EventKind::session_ended ||
                      !event.sqlstate.empty();
    if (hurt) granted_[event.worker].clear();
    return left;
  }

 private:
  std::map<WorkerId, std::map<AttemptId, JobId>> granted_;
  WorkerId telling_;
};

void find_untold(const History& history, Findings& findings) {
  Untold untold;
  for (const Event& event : history.events) {
    for (const auto& [attempt, job] : untold.after(event)) {
      Event about = event;
      about.job = job;
      about.attempt = attempt;
      findings.add(about, "returned",
                   fmt::format("a claim took job {} as grant {}, but its worker was not told of "
                               "it by {}",
                               job.text, attempt.number, to_text(event.at)));
    }
  }
}

void find_over_limit(const History& history, Findings& findings) {
  const auto limit = history.declared.claim_limit;
  if (!limit) return;
  std::map<std::pair<int, WorkerId>, std::int64_t> taken;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::granted) continue;
    const std::int64_t count = ++taken[{event.commit, event.worker}];
    if (count > *limit)
      findings.add(event, "limit",
                   fmt::format("{} took {} jobs with one {}.{} at {}, but [lease] limit is {}",
                               event.worker.text, count, event.operation, event.statement,
                               to_text(event.at), *limit));
  }
}

/// How many jobs of each group are owned, and how many may be.
void find_over_cap(const History& history, Findings& findings) {
  std::map<JobId, JobRecord> jobs;
  const auto judge = [&](const Event& last) {
    std::map<std::string, std::int64_t> owned;
    for (const auto& [job, record] : jobs)
      if (record.state == JobState::owned && record.group) ++owned[*record.group];
    for (const auto& [job, record] : jobs) {
      if (!record.group || !record.cap || owned[*record.group] <= *record.cap) continue;
      findings.add(last, "cap",
                   fmt::format("{} jobs of group {} are owned at {}, but at most {} may be",
                               owned[*record.group], *record.group, to_text(last.at), *record.cap));
      return;
    }
  };
  const Event* last = nullptr;
  for (const Event& event : history.events) {
    if (last != nullptr && event.commit != last->commit) {
      judge(*last);
      last = nullptr;
    }
    if (event.kind != EventKind::changed) continue;
    if (event.after)
      jobs[event.job] = *event.after;
    else
      jobs.erase(event.job);
    last = &event;
  }
  if (last != nullptr) judge(*last);
}

}  // namespace

Judge claim_limit;
constexpr std::string_view kClaimLimitParts[] = {"returned", "limit", "cap"};
extern const Property kClaimLimit = {
    .name = "claim_limit",
    .must_hold =
        "A claim takes the jobs that it returns, at most its limit, and no group is over its cap.",
    .definition =
        "returned: when the worker of a claim believes, every job that it was granted since is one "
        "that it believes in; answers that never came are left out. limit: one statement is "
        "granted at most the declared [lease] limit. cap: after each commit, at most cap jobs of a "
        "group are owned.",
    .parts = kClaimLimitParts,
    .judged_when = {"did a job become owned", came_to_be_owned},
    .judge = claim_limit};
Verdict claim_limit(const History& history) {
  if (history.declared.lease_kind == LeaseKind::none) return not_applicable("nothing is leased");
  Findings findings;
  find_untold(history, findings);
  find_over_limit(history, findings);
  find_over_cap(history, findings);
  return findings.verdict();
}

Judge no_deadlock;
extern const Property kNoDeadlock = {
    .name = "no_deadlock",
    .must_hold = "A deadlock does not happen, or its victim tries again.",
    .definition =
        "For each statement that fails with 40P01: the next statement on its session, rollback "
        "apart, is of the same operation and for the same grant, if it was for one.",
    .judged_when = {"did a statement wait for a lock", waited_for_a_lock},
    .judge = no_deadlock};
// A victim that runs the operation again, for what it acted for, has dealt with it. Its heartbeat,
// on a session of its own, may say something in between.
Verdict no_deadlock(const History& history) {
  Findings findings;
  std::map<SessionId, const Event*> met;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::statement) continue;
    const auto before = met.find(event.session);
    if (before != met.end() && event.statement != "rollback") {
      const Event& deadlock = *before->second;
      const bool for_another = deadlock.attempt && event.attempt != deadlock.attempt;
      if (event.operation != deadlock.operation || for_another)
        findings.add(
            event, "",
            fmt::format("{}.{} of {} was the victim of a deadlock at {}, and {} went on with {}.{} "
                        "without another try",
                        deadlock.operation, deadlock.statement, deadlock.worker.text,
                        to_text(deadlock.at), event.worker.text, event.operation, event.statement));
      met.erase(before);
    }
    if (event.sqlstate == "40P01") met[event.session] = &event;
  }
  return findings.verdict();
}

namespace {

bool taken_over(const History& history) {
  std::set<JobId> held;
  return std::any_of(history.events.begin(), history.events.end(), [&](const Event& event) {
    if (event.kind == EventKind::released) held.erase(event.job);
    return event.kind == EventKind::granted && !held.insert(event.job).second;
  });
}

}  // namespace

Judge no_livelock;
extern const Property kNoLivelock = {
    .name = "no_livelock",
    .must_hold = "Takeovers from healthy workers lead somewhere.",
    .definition =
        "Of 4 takeovers of j in a row from grants that no fault touched, and whose work did not "
        "fail of itself, at least one was followed by an advance (progress grew, or a terminal "
        "state) of the grant that held j "
        "then.",
    .judged_when = {"was a job taken over", taken_over},
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
    for (auto& [job, row] : rows) {
      const bool fails = fails_of_itself(event) && event.worker == row.worker;
      row.touched = row.touched || clock || fails || disturbed.by(event, row.worker);
    }
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
    .definition = "No lock_held event without a live grant.",
    .judged_when = {"did the run end", came<EventKind::finished>},
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

Judge never;
extern const Property kNever = {
    .name = "never",
    .must_hold = "A :never statement of the protocol returns no row in any committed state.",
    .definition =
        "No forbidden event. Each :never statement is a part of its own. So are observe and "
        "applied: "
        "in a committed state that one of them all has no answer to, or none that can be "
        "understood, "
        "a history ends.",
    .judged_when = {"did a job change", came<EventKind::changed>},
    .judge = never};
Verdict never(const History& history) {
  if (history.declared.never.empty() && !came<EventKind::forbidden>(history))
    return not_applicable("there is no :never statement");
  Findings findings;
  for (const Event& event : history.events)
    if (event.kind == EventKind::forbidden)
      findings.add(event, event.statement,
                   event.note == kUnanswered
                       ? fmt::format("{} at {}", event.message, to_text(event.at))
                       : fmt::format("{} returned {} at {}, and must never return a row",
                                     event.statement, event.result, to_text(event.at)));
  return findings.verdict();
}

}  // namespace fencepost
