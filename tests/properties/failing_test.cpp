// How protocols fail: errors without a name, failures before their time.
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// A worker whose statement claim.take fails so, in a history without a fault.
Telling failing_with(const std::string& sqlstate) {
  return Telling().job("1").role("w1", "worker").sql("w1", "claim", "take", sqlstate, 1s);
}
Outcome errors_in(Telling telling) {
  return outcome_of(telling.finished(10s), "no_unhandled_error");
}

/// Job 1 was granted so often, and its holder's operation makes it fail for good.
Telling failed_after(int grants, std::optional<std::int64_t> attempts) {
  Telling telling;
  telling.declared().max_attempts = attempts;
  telling.job("1");
  for (int i = 1; i <= grants; ++i)
    telling.granted("w" + std::to_string(i), i, 40s * i, 40s * i + 30s);
  return telling.released("w" + std::to_string(grants), grants, 40s * grants + 1s,
                          JobState::failed);
}
/// Somebody else makes it fail.
Telling failed_by(const std::string& who) {
  return Telling().job("1").granted("w1", 1, 1s, 31s).change(who, 0, 2s, "1", [](JobRecord& job) {
    job.state = JobState::failed;
  });
}

}  // namespace

TEST_CASE("no_unhandled_error: an error that nobody names is told with its words and values",
          "[model]") {
  History history = failing_with("22P02").finished(10s);
  Event& failed = history.events[history.events.size() - 2];
  failed.message = "malformed array literal: \"1\"";
  failed.bound = {{"ids", "1"}, {"at", std::nullopt}};
  CHECK(violation_in(history, "no_unhandled_error") ==
        "at 1: claim.take of w1 failed at 1 s with 22P02 (malformed array literal: \"1\") with "
        ":ids = 1, :at = null, and nothing names that error");
}
TEST_CASE("no_unhandled_error: a step, a transaction or a role may name it", "[model]") {
  for (const char* name : {"worker/claim.take 23505", "worker/* 23505"}) {
    Telling telling = failing_with("23505");
    telling.declared().expects = {name};
    CHECK(errors_in(telling) == Outcome::holds);
  }
  for (const char* other :
       {"worker/claim.other 23505", "worker/claim.take 23503", "boss/* 23505"}) {
    Telling telling = failing_with("23505");
    telling.declared().expects = {other};
    CHECK(errors_in(telling) == Outcome::violated);
  }
}
TEST_CASE("no_unhandled_error: what somebody else did to a statement is not its fault", "[model]") {
  for (const char* sqlstate : {"40P01", "25P02", "57014", "57P01", "25P03", "08006"})
    CHECK(errors_in(failing_with(sqlstate)) == Outcome::holds);
  CHECK(errors_in(failing_with("40001")) == Outcome::violated);
}
TEST_CASE("no_unhandled_error: after a fault an error may be no wonder, before it is one",
          "[model]") {
  Telling after;
  after.role("w1", "worker")
      .fault(FaultKind::terminate, "w1", 1s)
      .sql("w1", "op", "sql", "23505", 2s);
  CHECK(errors_in(after) == Outcome::not_judged);
  CHECK(errors_in(failing_with("23505").fault(FaultKind::terminate, "w1", 2s)) ==
        Outcome::violated);
}

TEST_CASE("no_unhandled_error: what fails in the worker itself is its own, after a fault, too",
          "[model]") {
  Telling after;
  after.role("w1", "worker")
      .fault(FaultKind::terminate, "w1", 1s)
      .sql("w1", "op", "sql", "07002", 2s)
      .with([](Event& event) { event.note = kInWorker; });
  CHECK(errors_in(after) == Outcome::violated);
}

TEST_CASE("no_false_failure: a job fails when its attempts are used up", "[model]") {
  CHECK(outcome_of(failed_after(3, 3).finished(1h), "no_false_failure") == Outcome::holds);
}
TEST_CASE("no_false_failure: with an attempt left it does not", "[model]") {
  CHECK(violation_in(failed_after(2, 3).finished(1h), "no_false_failure") ==
        "at 3: w2 ran op.sql at 81 s and job 1 failed for good after 2 of 3 attempts");
}
TEST_CASE("no_false_failure: attempts that a job came with count", "[model]") {
  Telling telling;
  telling.declared().max_attempts = 3;
  telling.change("", 0, 0s, "1", [](JobRecord& job) { job.attempts = 2; });
  telling.granted("w1", 1, 1s, 31s).released("w1", 1, 2s, JobState::failed);
  CHECK(outcome_of(telling.finished(1h), "no_false_failure") == Outcome::holds);
}
TEST_CASE("no_false_failure: where no attempts are declared, the holder may give up", "[model]") {
  CHECK(outcome_of(failed_after(1, std::nullopt).finished(1h), "no_false_failure") ==
        Outcome::holds);
}
TEST_CASE("no_false_failure: somebody else may not", "[model]") {
  CHECK(violation_in(failed_by("w2").finished(1h), "no_false_failure") ==
        "at 2: w2 ran op.sql at 2 s and job 1 failed for good, but grant 1 held it");
}
TEST_CASE("no_false_failure: an operator may, and what is declared final", "[model]") {
  Telling boss = failed_by("boss");
  boss.declared().operators = {"admin"};
  boss.role("boss", "admin");
  CHECK(outcome_of(boss.finished(1h), "no_false_failure") == Outcome::holds);
  Telling final = failed_by("w2");
  final.declared().final = {"op"};
  CHECK(outcome_of(final.finished(1h), "no_false_failure") == Outcome::holds);
}
TEST_CASE("no_false_failure: without a failure there is nothing to judge", "[model]") {
  CHECK(outcome_of(Telling().job("1").finished(1h), "no_false_failure") == Outcome::not_reached);
}
TEST_CASE("no_false_failure: where no grant is committed it can't be judged", "[model]") {
  for (const LeaseKind kind : {LeaseKind::none, LeaseKind::transaction}) {
    Telling telling = failed_by("w2");
    telling.declared().lease_kind = kind;
    CHECK(outcome_of(telling.finished(1h), "no_false_failure") == Outcome::not_applicable);
  }
}

}  // namespace fencepost
