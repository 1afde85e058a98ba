// A whole history, small enough to be read: a worker stalls past its lease, another takes over, and
// the first one's checkpoint goes backwards.
#pragma once

#include "model/property.hpp"

namespace fencepost {

/// Writes events down one after the other. Step and time are said once and hold until said again.
class Scribe {
 public:
  History history;

  Event& at(int step, Duration when, EventKind kind, const std::string& worker) {
    Event& event = history.events.emplace_back();
    event.step = step;
    event.at = Instant{when};
    event.kind = kind;
    event.worker = {worker};
    return event;
  }
  Event& statement(int step, Duration when, const std::string& worker, const std::string& operation,
                   const std::string& name, const std::string& result) {
    Event& event = at(step, when, EventKind::statement, worker);
    event.operation = operation;
    event.statement = name;
    event.result = result;
    return event;
  }
  /// What the last event's statement did to job 1.
  Event& job(EventKind kind, int attempt, const JobRecord& before, const JobRecord& after) {
    Event event = history.events.back();
    event.kind = kind;
    event.result.clear();
    event.committed = false;
    event.job = {"1"};
    event.attempt = {attempt};
    event.before = before;
    event.after = after;
    return history.events.emplace_back(event);
  }
};

/// A record of job 1.
inline JobRecord record_of(JobState state, const std::string& token, Duration until,
                           std::int64_t cursor) {
  JobRecord record;
  record.state = state;
  if (!token.empty()) record.token = token;
  if (until != 0s) record.lease_until = Instant{until};
  record.cursor = cursor;
  return record;
}

inline History small_history() {
  Scribe scribe;
  Declared& declared = scribe.history.declared;
  declared.protocol = "mine";
  declared.lease = 30s;
  declared.poll = 5s;
  declared.columns = {"token", "lease_until", "cursor"};
  const JobRecord ready = record_of(JobState::ready, "", 0s, 0);
  const JobRecord first = record_of(JobState::owned, "1", 30s, 0);
  const JobRecord second = record_of(JobState::owned, "2", 65s, 0);
  const JobRecord ahead = record_of(JobState::owned, "2", 65s, 2);
  const JobRecord back = record_of(JobState::owned, "2", 65s, 1);
  Event& inserted = scribe.at(0, 0s, EventKind::changed, "");
  inserted.job = {"1"};
  inserted.after = ready;
  for (const char* worker : {"w1", "w2"}) {
    Event& started = scribe.at(0, 0s, EventKind::worker_started, worker);
    started.note = "worker";
    started.claims = true;
  }
  scribe.statement(1, 1us, "w1", "claim", "claim_job", "1 row: job_id=1").committed = true;
  scribe.job(EventKind::changed, 1, ready, first);
  scribe.job(EventKind::granted, 1, ready, first);
  scribe.job(EventKind::believed, 1, ready, first);
  Event& stall = scribe.at(2, 1s, EventKind::fault, "w1");
  stall.fault = FaultKind::stall;
  stall.lasts = 39s;
  stall.boundary = "advance.save_checkpoint:before";
  stall.job = {"1"};
  stall.attempt = {1};
  for (int round = 0; round < 3; ++round)
    scribe.statement(3 + round, 5s * (round + 1), "w2", "claim", "claim_job", "0 rows");
  scribe.statement(6, 35s, "w2", "claim", "claim_job", "1 row: job_id=1").committed = true;
  scribe.job(EventKind::changed, 2, first, second);
  scribe.job(EventKind::revoked, 1, first, second);
  scribe.job(EventKind::granted, 2, first, second);
  scribe.job(EventKind::believed, 2, first, second);
  Event& saved = scribe.statement(7, 36s, "w2", "advance", "save_checkpoint", "INSERT 0 1");
  saved.committed = true;
  saved.job = {"1"};
  scribe.job(EventKind::changed, 2, second, ahead);
  scribe.at(8, 40s, EventKind::resumed, "w1");
  Event& late = scribe.statement(9, 40s + 1us, "w1", "advance", "save_checkpoint", "INSERT 0 1");
  late.committed = true;
  late.job = {"1"};
  scribe.job(EventKind::changed, 1, ahead, back);
  scribe.statement(10, 40s + 2us, "w1", "advance", "save_progress", "0 rows").job = {"1"};
  Event& lost = scribe.at(10, 40s + 2us, EventKind::let_go, "w1");
  lost.job = {"1"};
  lost.attempt = {1};
  lost.note = "lost";
  scribe.at(11, 41s, EventKind::finished, "").note = "settled";
  return scribe.history;
}

}  // namespace fencepost
