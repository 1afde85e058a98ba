// A failure written by hand for the tests of what is drawn of it: w1 stalls past its lease, w2
// takes its job over, and w1 writes.
#pragma once

#include <map>
#include <string>

#include "reports/gate_text.hpp"
#include "reports/step_text.hpp"

namespace fencepost {

class ExampleFailure {
 public:
  ExampleFailure() {
    history.declared.lease = 30s;
    started("w1", 0s);
    started("w2", 0s);
    statement("w1", "claim", "claim_job", 1s, {}, "1 row: epoch=1", true);
    claimed("w1", 1, 1s, 31s);
    event(EventKind::fault, "w1", 2s).fault = FaultKind::stall;
    history.events.back().lasts = 38s;
    history.events.back().boundary = "advance.save:before";
    statement("w2", "claim", "claim_job", 35s, {}, "1 row: epoch=2", true);
    claimed("w2", 2, 35s, 65s);
    event(EventKind::resumed, "w1", 40s);
    late_write({{"job_id", "1"}, {"cursor", "7"}});
  }

  /// The last statement again, with other values.
  Event& late_write(std::vector<Bound> bound) {
    while (history.events.back().kind != EventKind::resumed) history.events.pop_back();
    step = history.events.back().step;
    Event& write =
        statement("w1", "advance", "save", 40s + 1us, std::move(bound), "UPDATE 1", true);
    write.attempt = {1};
    write.job = {"1"};
    return write;
  }
  Event& statement(const std::string& who, const std::string& operation, const std::string& name,
                   Duration at, std::vector<Bound> bound, const std::string& result,
                   bool committed) {
    Event& told = event(EventKind::statement, who, at);
    told.session = {who + "/main"};
    told.operation = operation;
    told.statement = name;
    told.bound = std::move(bound);
    told.result = result;
    told.committed = committed;
    return told;
  }
  /// At the step of the statement before.
  void claimed(const std::string& who, int attempt, Duration at, Duration until) {
    JobRecord record;
    record.state = JobState::owned;
    record.token = std::to_string(attempt);
    record.lease_until = Instant{until};
    const auto told = [&](EventKind kind, int whose) {
      Event& one = event(kind, who, at);
      --step;
      one.step = step;
      one.job = {"1"};
      one.attempt = {whose};
      one.after = record;
      if (attempt == 1) return;
      one.before = record;
      one.before->token = std::to_string(attempt - 1);
      one.before->lease_until.reset();
    };
    told(EventKind::changed, attempt);
    if (attempt > 1) told(EventKind::revoked, attempt - 1);
    told(EventKind::granted, attempt);
    told(EventKind::believed, attempt);
  }
  void started(const std::string& who, Duration at) {
    event(EventKind::worker_started, who, at).note = "worker";
    history.events.back().claims = true;
  }
  /// Of a step of its own.
  Event& event(EventKind kind, const std::string& who, Duration at) {
    Event& told = history.events.emplace_back();
    told.kind = kind;
    told.step = ++step;
    told.at = Instant{at};
    told.worker = {who};
    return told;
  }

  FailureReport report() const {
    FailureReport told;
    told.protocol = "mine";
    told.scenario = "stall";
    told.seed = 8;
    told.name = "fenced_writes.cursor";
    const Event& last = history.events.back();
    told.violation = {"cursor", last.step, last.at, {"1"}, {1}, "w1 changed the cursor of job 1"};
    told.history = &history;
    told.replay = "fencepost replay it.json";
    told.token = {{"epoch"}, {"epoch", "fence"}};
    return told;
  }
  FindSource find() const {
    return [this](const std::string& name) -> std::optional<SourceText> {
      const auto found = sql.find(name);
      if (found == sql.end()) return std::nullopt;
      return SourceText{"queries.sql:14", found->second};
    };
  }

  History history;
  int step = 0;
  std::map<std::string, std::string> sql = {
      {"claim_job", "UPDATE jobs SET epoch = epoch + 1 WHERE free RETURNING epoch"},
      {"save", "UPDATE jobs SET cursor = :cursor\n WHERE id = :job_id -- one\nRETURNING id"},
      {"lock", "SELECT 1 FROM jobs WHERE id = :job_id AND epoch = :fence FOR UPDATE"}};
};

}  // namespace fencepost
