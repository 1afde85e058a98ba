// A history written by hand, one line for each thing that happens. Keeps each job's record, so that
// before and after are right by themselves.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "model/property.hpp"

namespace fencepost {

class Telling {
 public:
  Telling() {
    history_.declared.lease = 30s;
    history_.declared.poll = 5s;
    history_.declared.columns = {"token",    "owner",  "lease_until", "ready_at",
                                 "progress", "cursor", "attempts"};
    history_.declared.observes_applied = true;
  }
  Declared& declared() { return history_.declared; }

  Telling& job(const std::string& id) {
    JobRecord record;
    record.progress = record.cursor = 0;
    return change("", 0, 0s, id, [&](JobRecord& job) { job = record; });
  }
  Telling& worker(const std::string& who, Duration at = 0s) {
    Event& event = add(EventKind::worker_started, who, 0, at, "");
    event.claims = true;
    return *this;
  }
  /// A claim that the database commits; a holder loses the job by it.
  Telling& granted(const std::string& who, int attempt, Duration at, Duration until,
                   const std::string& token = "") {
    const auto before = jobs_["1"];
    const AttemptId old = holder_;
    ++step_;
    change_now(who, attempt, at, "1", [&](JobRecord& job) {
      job.state = JobState::owned;
      job.lease_until = Instant{until};
      job.token = token.empty() ? std::to_string(attempt) : token;
    });
    if (old) between(EventKind::revoked, who, old.number, at, before);
    between(EventKind::granted, who, attempt, at, before);
    holder_ = {attempt};
    return *this;
  }
  Telling& renewed(const std::string& who, int attempt, Duration at, Duration until) {
    const auto before = jobs_["1"];
    change(who, attempt, at, "1", [&](JobRecord& job) { job.lease_until = Instant{until}; });
    between(EventKind::renewed, who, attempt, at, before);
    return *this;
  }
  Telling& released(const std::string& who, int attempt, Duration at, JobState state) {
    const auto before = jobs_["1"];
    change(who, attempt, at, "1", [&](JobRecord& job) {
      job.state = state;
      job.lease_until.reset();
    });
    between(EventKind::released, who, attempt, at, before);
    holder_ = {};
    return *this;
  }
  /// Any other change of a job by a commit of that attempt.
  Telling& change(const std::string& who, int attempt, Duration at, const std::string& id,
                  const std::function<void(JobRecord&)>& edit) {
    if (!who.empty()) ++step_;
    change_now(who, attempt, at, id, edit);
    return *this;
  }
  Telling& gone(const std::string& who, Duration at) {
    ++step_;
    Event& event = add(EventKind::changed, who, 0, at, "1");
    event.before = jobs_["1"];
    return *this;
  }
  Telling& applied(const std::string& who, int attempt, Duration at, const std::string& item,
                   int before, int after) {
    Event& event = add(EventKind::applied, who, attempt, at, "1");
    event.item = {item};
    event.count_before = before;
    event.count_after = after;
    return *this;
  }
  Telling& fault(FaultKind kind, const std::string& who, Duration at) {
    ++step_;
    add(EventKind::fault, who, 0, at, "").fault = kind;
    return *this;
  }
  /// believed, let_go, refused, resumed, session_ended, heal_started, lock_held …: what has no more
  /// to say.
  Telling& then(EventKind kind, const std::string& who, int attempt, Duration at,
                const std::string& note = "") {
    ++step_;
    add(kind, who, attempt, at, attempt != 0 ? "1" : "").note = note;
    return *this;
  }
  /// A belief that no grant need stand behind.
  Telling& believed(const std::string& who, int attempt, Duration at, const std::string& id = "1") {
    ++step_;
    add(EventKind::believed, who, attempt, at, id);
    return *this;
  }
  /// A grant of any job, by an operation of that name, at the same step as the event before it.
  Telling& also_granted(const std::string& who, int attempt, Duration at, const std::string& id,
                        const std::string& operation = "claim") {
    change_now(who, attempt, at, id, [](JobRecord& job) { job.state = JobState::owned; });
    Event& event = add(EventKind::granted, who, attempt, at, id);
    event.operation = operation;
    event.after = jobs_[id];
    return *this;
  }
  Telling& sql(const std::string& who, const std::string& operation, const std::string& statement,
               const std::string& sqlstate, Duration at) {
    ++step_;
    Event& event = add(EventKind::statement, who, 0, at, "");
    event.operation = operation;
    event.statement = statement;
    event.sqlstate = sqlstate;
    return *this;
  }
  /// The same, by a worker that acts for an attempt.
  Telling& sql_for(const std::string& who, int attempt, const std::string& operation,
                   const std::string& statement, const std::string& sqlstate, Duration at) {
    sql(who, operation, statement, sqlstate, at);
    history_.events.back().attempt = AttemptId{attempt};
    return *this;
  }
  Telling& role(const std::string& who, const std::string& name) {
    add(EventKind::worker_started, who, 0, 0s, "").note = name;
    return *this;
  }
  History finished(Duration at, const std::string& note = "settled") {
    then(EventKind::finished, "", 0, at, note);
    return history_;
  }

 private:
  Event& add(EventKind kind, const std::string& who, int attempt, Duration at,
             const std::string& job) {
    Event event;
    event.kind = kind;
    event.step = step_;
    event.at = Instant{at};
    event.worker = {who};
    event.attempt = {attempt};
    event.job = {job};
    event.operation = "op";
    event.statement = "sql";
    return history_.events.emplace_back(std::move(event));
  }
  void change_now(const std::string& who, int attempt, Duration at, const std::string& id,
                  const std::function<void(JobRecord&)>& edit) {
    Event& event = add(EventKind::changed, who, attempt, at, id);
    const auto known = jobs_.find(id);
    if (known != jobs_.end()) event.before = known->second;
    edit(jobs_[id]);
    event.after = jobs_[id];
  }
  void between(EventKind kind, const std::string& who, int attempt, Duration at,
               const JobRecord& before) {
    Event& event = add(kind, who, attempt, at, "1");
    event.before = before;
    event.after = jobs_["1"];
  }

  History history_;
  std::map<std::string, JobRecord> jobs_;
  AttemptId holder_;
  int step_ = 0;
};

/// The verdict of that property alone, with excuses and cuts applied.
inline Verdict verdict_of(const History& history, const std::string& property) {
  for (const Judgement& judgement : judge_all(history))
    if (judgement.property->name == property) return judgement.verdict;
  return {};
}
inline Outcome outcome_of(const History& history, const std::string& property) {
  return verdict_of(history, property).outcome;
}
/// The history as far as this step, as a run that was cut there has it.
inline History cut_after(const History& history, int step) {
  History start{history.declared, {}};
  for (const Event& event : history.events)
    if (event.step <= step) start.events.push_back(event);
  if (!start.events.empty() && start.events.back().kind == EventKind::finished) return start;
  Event end;
  end.kind = EventKind::finished;
  end.step = step + 1;
  end.note = "cut";
  if (!start.events.empty()) end.at = start.events.back().at;
  start.events.push_back(end);
  return start;
}

/// The only violation: "PART at STEP: SENTENCE". What is no question of time must be known at its
/// step, because a failure is made small, saved and told as far as that.
inline std::string violation_in(const History& history, const std::string& property) {
  const Verdict verdict = verdict_of(history, property);
  if (verdict.violations.size() != 1)
    return "there are " + std::to_string(verdict.violations.size());
  const Violation& one = verdict.violations.front();
  if (!find_property(property)->liveness &&
      verdict_of(cut_after(history, one.step), property).violations.empty())
    return "not known at its step: " + one.sentence;
  return (one.part.empty() ? "" : one.part + " ") + "at " + std::to_string(one.step) + ": " +
         one.sentence;
}

}  // namespace fencepost
