// Properties when the server's clock is wrong, when the server forgets commits, and when a fault
// strikes everybody: what holds, what is violated, and the boundary between them.
#include <fmt/format.h>

#include "model/ledger.hpp"
#include "model/situation.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// From the given instant on the server's clock is that far ahead; a step there says so.
History jumped(History history, Duration at, Duration by) {
  bool stepped = false;
  for (Event& event : history.events) {
    if (event.fault == FaultKind::clock_step) event.lasts = by;
    if (stepped && event.at >= Instant{at}) event.server_ahead = by;
    stepped = stepped || event.fault == FaultKind::clock_step;
  }
  return history;
}

TEST_CASE("single_owner: a lease ends by the server's clock", "[model]") {
  Telling taken = claimed().fault(FaultKind::clock_step, "", 2s).granted("w2", 2, 11s, 61s);
  const History history = taken.finished(12s);
  CHECK(outcome_of(jumped(history, 2s, 20s), "single_owner") == Outcome::holds);
  CHECK(violation_in(jumped(history, 2s, 20s - 1us), "single_owner") ==
        "at 4: w2 was granted job 1 at 11 s (30.999999 s by the server's clock), but the lease of "
        "w1 (grant 1) runs until 31 s");
}
TEST_CASE("single_owner: a lease that has ended once has ended, also if the clock is put back",
          "[model]") {
  const auto taken = [](Duration step_at) {
    return jumped(claimed()
                      .fault(FaultKind::clock_step, "", step_at)
                      .granted("w2", 2, 32s, 62s)
                      .finished(33s),
                  step_at, -10s);
  };
  CHECK(outcome_of(taken(31s), "single_owner") == Outcome::holds);
  CHECK(outcome_of(taken(31s - 1us), "single_owner") == Outcome::violated);
}
TEST_CASE("lease_not_born_expired: the server's clock decides", "[model]") {
  const History history = Telling()
                              .job("1")
                              .fault(FaultKind::clock_step, "", 0s)
                              .granted("w1", 1, 1s, 31s)
                              .finished(2s);
  CHECK(outcome_of(jumped(history, 0s, 30s - 1us), "lease_not_born_expired") == Outcome::holds);
  CHECK(outcome_of(jumped(history, 0s, 30s), "lease_not_born_expired") == Outcome::violated);
}
TEST_CASE("lease_not_born_expired: no claim can know that the clock will be set before it is over",
          "[model]") {
  const auto claimed_around = [](Duration step_at) {
    return jumped(Telling()
                      .job("1")
                      .fault(FaultKind::clock_step, "", step_at)
                      .sql("w1", "claim", "begin", "", 1s)
                      .sql("w1", "claim", "commit", "", 3s)
                      .granted("w1", 1, 3s, 31s)
                      .finished(4s),
                  step_at, 40s);
  };
  CHECK(outcome_of(claimed_around(1s + 1us), "lease_not_born_expired") == Outcome::holds);
  CHECK(outcome_of(claimed_around(1s), "lease_not_born_expired") == Outcome::violated);
}
// Faults take no time: the clock may be set at the instant in which a statement began to wait.
TEST_CASE("lease_not_born_expired: nor can a claim that waits in the server when it is set",
          "[model]") {
  const auto claimed_late = [](EventKind waits, const char* session) {
    return jumped(Telling()
                      .job("1")
                      .then(waits, "w1", 0, 1s)
                      .with([&](Event& event) { event.session = SessionId{session}; })
                      .fault(FaultKind::clock_step, "", 1s)
                      .sql("w1", "claim", "take_job", "", 1s)
                      .with([&](Event& event) { event.session = SessionId{"w1/main"}; })
                      .granted("w1", 1, 1s, 31s)
                      .finished(4s),
                  1s, 40s);
  };
  CHECK(outcome_of(claimed_late(EventKind::blocked, "w1/main"), "lease_not_born_expired") ==
        Outcome::holds);
  CHECK(outcome_of(claimed_late(EventKind::parked, "w1/main"), "lease_not_born_expired") ==
        Outcome::holds);
  CHECK(outcome_of(claimed_late(EventKind::blocked, "w2/main"), "lease_not_born_expired") ==
        Outcome::violated);
  CHECK(outcome_of(claimed_late(EventKind::work, "w1/main"), "lease_not_born_expired") ==
        Outcome::violated);
}
TEST_CASE("lease_not_born_expired: a wait that was over before the clock was set is no excuse",
          "[model]") {
  const Telling waited =
      Telling().job("1").then(EventKind::blocked, "w1", 0, 1s).sql("w1", "claim", "look", "", 1s);
  CHECK(outcome_of(jumped(Telling(waited)
                              .fault(FaultKind::clock_step, "", 1s)
                              .sql("w1", "claim", "take_job", "", 1s)
                              .granted("w1", 1, 1s, 31s)
                              .finished(4s),
                          1s, 40s),
                   "lease_not_born_expired") == Outcome::violated);
  CHECK(outcome_of(jumped(Telling(waited)
                              .then(EventKind::blocked, "w1", 0, 1s)
                              .fault(FaultKind::clock_step, "", 1s)
                              .sql("w1", "claim", "wait_for_job", "", 1s)
                              .sql("w1", "claim", "take_job", "", 1s)
                              .granted("w1", 1, 1s, 31s)
                              .finished(4s),
                          1s, 40s),
                   "lease_not_born_expired") == Outcome::violated);
}
TEST_CASE("no_self_fencing: a lease that the server's clock has passed is a reason", "[model]") {
  const auto refused = [](Duration by) {
    return jumped(claimed()
                      .fault(FaultKind::clock_step, "", 2s)
                      .then(EventKind::refused, "w1", 1, 3s)
                      .finished(4s),
                  2s, by);
  };
  CHECK(outcome_of(refused(28s), "no_self_fencing") == Outcome::holds);
  CHECK(outcome_of(refused(28s - 1us), "no_self_fencing") == Outcome::violated);
}
TEST_CASE("backoff_respected: a backoff ends by the server's clock", "[model]") {
  const auto claimed_after = [](Duration by) {
    return jumped(Telling()
                      .job("1")
                      .change("w1", 0, 1s, "1", [](JobRecord& job) { job.ready_at = Instant{9s}; })
                      .fault(FaultKind::clock_step, "", 2s)
                      .granted("w1", 1, 3s, 99s)
                      .finished(4s),
                  2s, by);
  };
  CHECK(outcome_of(claimed_after(6s), "backoff_respected") == Outcome::holds);
  CHECK(outcome_of(claimed_after(6s - 1us), "backoff_respected") == Outcome::violated);
}

TEST_CASE("healthy_keeps_lease: a wrong clock is an excuse, unless it is demanded anyway",
          "[model]") {
  Telling taken = claimed().fault(FaultKind::clock_step, "", 2s).granted("w2", 2, 3s, 61s);
  CHECK(outcome_of(jumped(taken.finished(4s), 2s, 301s), "healthy_keeps_lease") ==
        Outcome::not_judged);
  taken = claimed().fault(FaultKind::clock_step, "", 2s).granted("w2", 2, 3s, 61s);
  taken.declared().anyway = {"healthy_keeps_lease"};
  CHECK(violation_in(jumped(taken.finished(4s), 2s, 301s), "healthy_keeps_lease") ==
        "at 4: w2 took job 1 over at 3 s from w1 (grant 1), which no fault had touched");
}
TEST_CASE("healthy_keeps_lease: a fault of the server touches everybody's attempts", "[model]") {
  for (const FaultKind kind : {FaultKind::fleet_pause, FaultKind::server_restart,
                               FaultKind::read_only, FaultKind::too_many_connections})
    CHECK(outcome_of(claimed().fault(kind, "", 2s).granted("w2", 2, 31s, 61s).finished(62s),
                     "healthy_keeps_lease") == Outcome::holds);
  CHECK(outcome_of(
            claimed().fault(FaultKind::stall, "w2", 2s).granted("w2", 2, 31s, 61s).finished(62s),
            "healthy_keeps_lease") == Outcome::violated);
}

/// w1 dies with its job, the clock is put back, and w2 polls for ever.
Telling dead_owner(Duration claimed_at_last) {
  Telling telling = Telling().job("1").worker("w1").worker("w2").granted("w1", 1, 1s, 31s);
  telling.then(EventKind::believed, "w1", 1, 1s).fault(FaultKind::crash, "w1", 2s);
  telling.fault(FaultKind::clock_step, "", 2s).then(EventKind::heal_started, "", 0, 3s);
  telling.granted("w2", 2, claimed_at_last, claimed_at_last + 30s);
  return telling;
}
TEST_CASE("job_not_stuck: anyway, a job must be claimable when its lease would have ended",
          "[model]") {
  const auto judged = [](Duration at) {
    Telling telling = dead_owner(at);
    telling.declared().anyway = {"job_not_stuck"};
    return outcome_of(jumped(telling.finished(at + 1s), 2s, -1h), "job_not_stuck");
  };
  // The lease's end, two polls, and the second of grace.
  CHECK(judged(31s + 10s + 1s) == Outcome::open);
  CHECK(judged(31s + 10s + 1s + 1us) == Outcome::violated);
  CHECK(outcome_of(jumped(dead_owner(2h).finished(2h + 1s), 2s, -1h), "job_not_stuck") ==
        Outcome::not_judged);
}

/// What the ledger says when the server forgets: w1 was granted and made progress, then all is
/// gone.
struct Forgetful {
  Ledger ledger{Declared{}};
  Observation state;
  History history;
  int step = 0;

  Forgetful() {
    state.jobs[{"1"}].progress = 0;
    add(ledger.start(state));
  }
  void add(const std::vector<Event>& events) {
    for (const Event& event : events) history.events.push_back(event);
  }
  Commit by(const std::string& worker, const std::string& operation, AttemptId attempt) {
    Commit commit;
    commit.step = ++step;
    commit.number = step + kLoad;
    commit.at = Instant{Duration{std::chrono::seconds{step}}};
    commit.worker = {worker};
    commit.operation = operation;
    commit.statement = "sql";
    commit.attempt = attempt;
    return commit;
  }
  void grant(const std::string& worker, const std::string& token, Duration until) {
    JobRecord& job = state.jobs[{"1"}];
    job.state = JobState::owned;
    job.token = token;
    job.lease_until = Instant{until};
    add(ledger.commit(by(worker, "claim", {}), state));
  }
  void forget(const Ledger::Point& point) {
    state = point.observed;
    Commit commit = by("", "server", {});
    commit.fault = FaultKind::commits_lost;
    Event fault;
    fault.kind = EventKind::fault;
    fault.fault = FaultKind::commits_lost;
    fault.step = step;
    fault.at = commit.at;
    history.events.push_back(fault);
    add(ledger.forget(commit, state, point));
  }
  std::string kinds_of_last_step() const {
    std::string text;
    for (const Event& event : history.events)
      if (event.step == step)
        text += fmt::format("{} {}{};", to_text(event.kind), event.worker.text,
                            event.attempt ? std::to_string(event.attempt.number) : "");
    return text;
  }
};

TEST_CASE("ledger: a grant that the server forgot is revoked, and its number is not used again",
          "[model]") {
  Forgetful world;
  const Ledger::Point before = world.ledger.point();
  world.grant("w1", "1", 31s);
  world.forget(before);
  CHECK(world.kinds_of_last_step() == "fault ;changed ;revoked 1;");
  CHECK(world.ledger.holder({"1"}) == AttemptId{});
  CHECK(world.ledger.newest_attempt({"w1"}, {"1"}) == AttemptId{});
  world.grant("w2", "1", 33s);
  CHECK(world.ledger.holder({"1"}) == AttemptId{2});
}
TEST_CASE("ledger: an earlier holder holds the job again when the takeover is forgotten",
          "[model]") {
  Forgetful world;
  world.grant("w1", "1", 31s);
  const Ledger::Point before = world.ledger.point();
  world.grant("w2", "2", 61s);
  world.forget(before);
  CHECK(world.kinds_of_last_step() == "fault ;changed ;revoked 2;restored w11;");
  CHECK(world.ledger.holder({"1"}) == AttemptId{1});
}
TEST_CASE("ledger: whose session's lock ended in the crash does not hold the job again",
          "[model]") {
  Forgetful world;
  world.grant("w1", "1", 31s);
  Ledger::Point before = world.ledger.point();
  world.state.jobs[{"1"}] = {};
  world.add(world.ledger.commit(world.by("w1", "session", {}), world.state));
  before.observed = world.state;
  world.forget(before);
  CHECK(world.kinds_of_last_step() == "fault ;");
  CHECK(world.ledger.holder({"1"}) == AttemptId{});
}
TEST_CASE("token_order: a token that the server forgot may be given again", "[model]") {
  Forgetful world;
  world.history.declared.columns = {"token", "lease_until", "progress"};
  const Ledger::Point before = world.ledger.point();
  world.grant("w1", "1", 31s);
  world.forget(before);
  world.grant("w2", "1", 61s);
  CHECK(outcome_of(world.history, "token_order") == Outcome::holds);
  CHECK(outcome_of(world.history, "single_owner") == Outcome::holds);
  world.state.jobs[{"1"}].token = "2";
  world.add(world.ledger.commit(world.by("w2", "claim", {}), world.state));
  world.grant("w1", "1", 99s);
  CHECK(outcome_of(world.history, "token_order") == Outcome::violated);
}
TEST_CASE("progress_monotone: what the server forgot is no fall, what a worker does is",
          "[model]") {
  Forgetful world;
  world.history.declared.columns = {"token", "lease_until", "progress"};
  world.grant("w1", "1", 31s);
  const Ledger::Point before = world.ledger.point();
  world.state.jobs[{"1"}].progress = 2;
  world.add(world.ledger.commit(world.by("w1", "advance", {1}), world.state));
  world.forget(before);
  CHECK(world.state.jobs[{"1"}].progress == 0);
  CHECK(outcome_of(world.history, "progress_monotone") == Outcome::holds);
  // The one whose claim stands goes on, and that is no write of a revoked attempt.
  world.state.jobs[{"1"}].progress = 1;
  world.add(world.ledger.commit(world.by("w1", "advance", {1}), world.state));
  CHECK(outcome_of(world.history, "fenced_writes") == Outcome::not_reached);
  world.state.jobs[{"1"}].progress = 0;
  world.add(world.ledger.commit(world.by("w1", "advance", {1}), world.state));
  CHECK(outcome_of(world.history, "progress_monotone") == Outcome::violated);
}
TEST_CASE("single_owner: a renewal that the server forgot does not count", "[model]") {
  Forgetful world;
  world.grant("w1", "1", 4s);
  const Ledger::Point before = world.ledger.point();
  world.state.jobs[{"1"}].lease_until = Instant{60s};
  world.add(world.ledger.commit(world.by("w1", "heartbeat", {1}), world.state));
  const Ledger::Point renewed = world.ledger.point();
  Forgetful kept = world;
  world.forget(before);
  world.grant("w2", "2", 99s);
  CHECK(outcome_of(world.history, "single_owner") == Outcome::holds);
  kept.forget(renewed);
  kept.grant("w2", "2", 99s);
  CHECK(outcome_of(kept.history, "single_owner") == Outcome::violated);
}

TEST_CASE("situations: a jump past a lease's end, and back before it", "[model]") {
  const History history = claimed().fault(FaultKind::clock_step, "", 2s).finished(3s);
  CHECK(reached(jumped(history, 2s, 29s))["lease_ended_by_jump"] == 1);
  CHECK(reached(jumped(history, 2s, 29s - 1us))["lease_ended_by_jump"] == 0);
  CHECK(reached(jumped(history, 2s, -1us))["lease_prolonged_by_jump"] == 1);
  CHECK(reached(jumped(history, 2s, 29s))["lease_prolonged_by_jump"] == 0);
}

}  // namespace
}  // namespace fencepost
