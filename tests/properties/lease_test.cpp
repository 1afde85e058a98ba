// Ends that are as declared, and rests that are kept. Tokens and leases born expired are in
// ownership_test.cpp.
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// Job 1 is granted at 1 s until then; 30 s are declared.
Telling granted_until(Duration until) { return Telling().job("1").granted("w1", 1, 1s, until); }

Verdict as_declared(Telling telling) {
  return verdict_of(telling.finished(1h), "lease_as_declared");
}

/// A holder's `fail` makes job 1 ready at 10 s; a backoff of 20 s is declared.
Telling failed_at_10s() {
  Telling telling;
  telling.declared().backoff = 20s;
  return telling.job("1")
      .granted("w1", 1, 1s, 31s)
      .released("w1", 1, 10s, JobState::ready)
      .let_go("w1", 1, 10s, "1", "fail");
}

}  // namespace

TEST_CASE("lease_as_declared: an end may be a second off in either direction", "[model]") {
  CHECK(as_declared(granted_until(31s)).outcome == Outcome::holds);
  CHECK(as_declared(granted_until(32s)).outcome == Outcome::holds);
  CHECK(as_declared(granted_until(30s)).outcome == Outcome::holds);
}
TEST_CASE("lease_as_declared: a microsecond more is too long", "[model]") {
  CHECK(
      violation_in(granted_until(32s + 1us).finished(1h), "lease_as_declared") ==
      "at 1: w1 was granted job 1 at 1 s until 32.000001 s, but a lease is declared to last 30 s");
}
TEST_CASE("lease_as_declared: a microsecond less than may be rounded away is too short",
          "[model]") {
  CHECK(as_declared(
            Telling().sql("w1", "claim", "take", "", 1s).job("1").granted("w1", 1, 1s, 30s - 1us))
            .outcome == Outcome::violated);
}
TEST_CASE("lease_as_declared: a lease for ever is none that was declared", "[model]") {
  Telling telling = Telling().job("1").granted("w1", 1, 1s, 31s);
  const History history =
      telling.change("w1", 1, 2s, "1", [](JobRecord& job) { job.lease_until = Instant::max(); })
          .then(EventKind::renewed, "w1", 1, 2s)
          .finished(1h);
  History renewed = history;
  Event& event = renewed.events[renewed.events.size() - 2];
  event.before = granted_until(31s).finished(2s).events[1].after;
  event.after = event.before;
  event.after->lease_until = Instant::max();
  CHECK(violation_in(renewed, "lease_as_declared") ==
        "at 3: w1 renewed job 1 at 2 s until for ever, but a lease is declared to last 30 s");
}
TEST_CASE("lease_as_declared: what is declared may be one of several lengths", "[model]") {
  Telling telling = granted_until(1s + 5min);
  telling.declared().leases = {30s, 5min};
  CHECK(as_declared(telling).outcome == Outcome::holds);
  Telling other = granted_until(1s + 2min);
  other.declared().leases = {30s, 5min};
  CHECK(as_declared(other).outcome == Outcome::violated);
}
TEST_CASE("lease_as_declared: within says how far off an end may be", "[model]") {
  Telling telling = granted_until(45s);
  telling.declared().within = 15s;
  CHECK(as_declared(telling).outcome == Outcome::holds);
}
TEST_CASE("lease_as_declared: the time is that of the begin of the transaction", "[model]") {
  Telling telling;
  telling.job("1").sql("w1", "claim", "begin", "", 1s).sql("w1", "claim", "take", "", 20s);
  telling.sql("w1", "claim", "commit", "", 25s).granted("w1", 1, 25s, 31s);
  CHECK(as_declared(telling).outcome == Outcome::holds);
}
TEST_CASE("lease_as_declared: an end that is over at its commit is not too short for it",
          "[model]") {
  CHECK(as_declared(granted_until(1s)).outcome != Outcome::violated);
}
TEST_CASE("lease_as_declared: a server's clock that jumps excuses it", "[model]") {
  Telling telling = granted_until(1h);
  telling.fault(FaultKind::clock_step, "", 2s);
  CHECK(as_declared(telling).outcome == Outcome::not_judged);
}
TEST_CASE("lease_as_declared: needs a length, a column, and the server's clock", "[model]") {
  Telling none = granted_until(1h);
  none.declared().lease = 0s;
  CHECK(as_declared(none).outcome == Outcome::not_applicable);
  Telling blind = granted_until(1h);
  blind.declared().columns.erase("lease_until");
  CHECK(as_declared(blind).outcome == Outcome::not_applicable);
  Telling theirs = granted_until(1h);
  theirs.declared().workers_clock = true;
  CHECK(as_declared(theirs).outcome == Outcome::not_applicable);
}

TEST_CASE("backoff_respected: the next grant comes when the rest is over", "[model]") {
  CHECK(outcome_of(failed_at_10s().granted("w2", 2, 30s, 60s).finished(61s), "backoff_respected") ==
        Outcome::holds);
  CHECK(outcome_of(failed_at_10s().granted("w2", 2, 29s, 60s).finished(61s), "backoff_respected") ==
        Outcome::holds);
}
TEST_CASE("backoff_respected: a grant before that is too early", "[model]") {
  CHECK(violation_in(failed_at_10s().granted("w2", 2, 29s - 1us, 60s).finished(61s),
                     "backoff_respected") ==
        "at 4: w2 claimed job 1 at 28.999999 s, before its backoff ended at 30 s");
}
TEST_CASE("backoff_respected: a job that was let go otherwise need not rest", "[model]") {
  Telling telling;
  telling.declared().backoff = 20s;
  const History history = telling.job("1")
                              .granted("w1", 1, 1s, 31s)
                              .released("w1", 1, 10s, JobState::ready)
                              .let_go("w1", 1, 10s, "1", "release")
                              .granted("w2", 2, 11s, 41s)
                              .finished(60s);
  CHECK(outcome_of(history, "backoff_respected") == Outcome::not_reached);
}
TEST_CASE("backoff_respected: an operator may start it at once", "[model]") {
  Telling telling = failed_at_10s();
  telling.declared().operators = {"admin"};
  telling.role("boss", "admin").granted("boss", 2, 11s, 41s);
  CHECK(outcome_of(telling.finished(60s), "backoff_respected") == Outcome::holds);
}
TEST_CASE("backoff_respected: what ready_at says counts where nothing is declared", "[model]") {
  const auto rests = [](Duration until) {
    return Telling()
        .job("1")
        .change("w9", 0, 1s, "1", [&](JobRecord& job) { job.ready_at = Instant{until}; })
        .granted("w1", 1, 10s, 40s);
  };
  CHECK(outcome_of(rests(10s).finished(60s), "backoff_respected") == Outcome::holds);
  CHECK(outcome_of(rests(10s + 1us).finished(60s), "backoff_respected") == Outcome::violated);
}

}  // namespace fencepost
