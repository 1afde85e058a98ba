#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// One statement of w1's claim takes jobs 1 and 2.
Telling two_taken() {
  return Telling().job("1").job("2").also_granted("w1", 1, 1s, "1").also_granted("w1", 2, 1s, "2");
}

TEST_CASE("claim_limit: a batch whose worker is told of all of it", "[model]") {
  CHECK(outcome_of(two_taken().believed("w1", 1, 1s, "1").believed("w1", 2, 1s, "2").finished(2s),
                   "claim_limit") == Outcome::holds);
}
TEST_CASE("claim_limit: a job that was taken and not returned", "[model]") {
  CHECK(violation_in(
            two_taken().believed("w1", 1, 1s, "1").sql("w1", "chunk", "go", "", 2s).finished(3s),
            "claim_limit") ==
        "returned at 2: a claim took job 2 as grant 2, but its worker was not told of it by 2 s");
}
TEST_CASE("claim_limit: an answer that never came tells nothing", "[model]") {
  CHECK(outcome_of(two_taken()
                       .fault(FaultKind::ack_lost, "w1", 1s)
                       .believed("w1", 1, 1s, "1")
                       .sql("w1", "chunk", "go", "", 2s)
                       .finished(3s),
                   "claim_limit") == Outcome::holds);
}
TEST_CASE("claim_limit: at most the declared number with one statement", "[model]") {
  Telling telling = two_taken();
  telling.believed("w1", 1, 1s, "1").believed("w1", 2, 1s, "2");
  telling.declared().claim_limit = 2;
  CHECK(outcome_of(Telling(telling).finished(2s), "claim_limit") == Outcome::holds);
  telling.declared().claim_limit = 1;
  CHECK(violation_in(telling.finished(2s), "claim_limit") ==
        "limit at 0: w1 took 2 jobs with one claim.sql at 1 s, but [lease] limit is 1");
}
TEST_CASE("claim_limit: who gives jobs away may give each worker as many", "[model]") {
  Telling telling = Telling().job("1").job("2").also_granted("w1", 1, 1s, "1", "assign");
  telling.also_granted("w2", 2, 1s, "2", "assign");
  telling.declared().claim_limit = 1;
  CHECK(outcome_of(telling.finished(2s), "claim_limit") == Outcome::holds);
}

Telling grouped(std::int64_t cap) {
  Telling telling;
  telling.declared().columns.insert({"group", "cap"});
  for (const char* id : {"1", "2"})
    telling.change("", 0, 0s, id, [&](JobRecord& job) {
      job.group = "g";
      job.cap = cap;
    });
  return telling.change("w1", 1, 1s, "1", [](JobRecord& job) { job.state = JobState::owned; })
      .change("w2", 2, 2s, "2", [](JobRecord& job) { job.state = JobState::owned; });
}
TEST_CASE("claim_limit: as many owned jobs in a group as its cap", "[model]") {
  CHECK(outcome_of(grouped(2).finished(3s), "claim_limit") == Outcome::holds);
}
TEST_CASE("claim_limit: one more than the cap", "[model]") {
  CHECK(violation_in(grouped(1).finished(3s), "claim_limit") ==
        "cap at 2: 2 jobs of group g are owned at 2 s, but at most 1 may be");
}
TEST_CASE("claim_limit: what is let go in the same commit makes room", "[model]") {
  Telling telling = grouped(2);
  telling.change("", 0, 3s, "1", [](JobRecord& job) { job.cap = 1; })
      .change("", 0, 3s, "2", [](JobRecord& job) {
        job.cap = 1;
        job.state = JobState::ready;
      });
  CHECK(outcome_of(telling.finished(4s), "claim_limit") == Outcome::holds);
}

TEST_CASE("no_deadlock: a victim that tries again has dealt with it", "[model]") {
  const Telling victim = Telling()
                             .job("1")
                             .sql("w1", "sweep", "lock", "40P01", 1s)
                             .sql("w1", "sweep", "rollback", "", 1s);
  CHECK(outcome_of(Telling(victim).sql("w1", "sweep", "begin", "", 2s).finished(3s),
                   "no_deadlock") == Outcome::holds);
  CHECK(
      violation_in(Telling(victim).sql("w1", "claim", "begin", "", 2s).finished(3s),
                   "no_deadlock") ==
      "at 3: sweep.lock of w1 was the victim of a deadlock at 1 s, and w1 went on with claim.begin "
      "without another try");
}
TEST_CASE("no_deadlock: the same operation for another attempt is no second try", "[model]") {
  const Telling victim = Telling().job("1").job("2").sql_for("w1", 1, "work", "save", "40P01", 1s);
  CHECK(outcome_of(Telling(victim).sql_for("w1", 1, "work", "save", "", 2s).finished(3s),
                   "no_deadlock") == Outcome::holds);
  CHECK(violation_in(Telling(victim).sql_for("w1", 2, "work", "save", "", 2s).finished(3s),
                     "no_deadlock") ==
        "at 2: work.save of w1 was the victim of a deadlock at 1 s, and w1 went on with work.save "
        "without another try");
}
TEST_CASE("no_deadlock: what comes after the end of the history is not known", "[model]") {
  CHECK(outcome_of(Telling().job("1").sql("w1", "sweep", "lock", "40P01", 1s).finished(2s),
                   "no_deadlock") == Outcome::holds);
}

TEST_CASE("never: each statement is a part", "[model]") {
  Telling telling;
  telling.declared().never = {"two_rows", "no_rows"};
  telling.job("1").sql("w1", "claim", "take", "", 1s);
  CHECK(outcome_of(Telling(telling).finished(2s), "never") == Outcome::holds);
  History history = telling.then(EventKind::forbidden, "w1", 0, 1s).finished(2s);
  Event& event = history.events[history.events.size() - 2];
  event.statement = "two_rows";
  event.result = "2 rows: id=1";
  CHECK(violation_in(history, "never") ==
        "two_rows at 2: two_rows returned 2 rows: id=1 at 1 s, and must never return a row");
  CHECK(outcome_of(Telling().job("1").finished(1s), "never") == Outcome::not_applicable);
}

TEST_CASE("applied_once: where it is declared, once is once", "[model]") {
  Telling telling = Telling().job("1").applied("w1", 1, 1s, "a", 0, 1);
  telling.declared().applied_once = true;
  CHECK(outcome_of(Telling(telling).finished(2s), "applied_once") == Outcome::holds);
  CHECK(violation_in(telling.applied("w2", 2, 2s, "a", 1, 2).finished(3s), "applied_once") ==
        "at 0: item a of job 1 was applied 2 times by 2 s, the last time by w2");
}
TEST_CASE("applied_once: where nothing is ever listed, nothing is known", "[model]") {
  const auto judged = [](JobState end) {
    Telling telling = Telling().job("1").granted("w1", 1, 1s, 31s).released("w1", 1, 2s, end);
    telling.declared().applied_once = true;
    return outcome_of(telling.finished(3s), "applied_once");
  };
  CHECK(judged(JobState::succeeded) == Outcome::open);
  CHECK(judged(JobState::failed) == Outcome::not_reached);
}
TEST_CASE("applied_once: where it is not declared, work may be done again", "[model]") {
  CHECK(outcome_of(Telling().job("1").applied("w1", 1, 1s, "a", 1, 2).finished(2s),
                   "applied_once") == Outcome::not_applicable);
}

Telling told(JobState state) {
  return Telling()
      .job("1")
      .granted("w1", 1, 1s, 31s)
      .change("w1", 1, 2s, "1", [&](JobRecord& job) { job.state = state; })
      .then(EventKind::let_go, "w1", 1, 2s, "succeed");
}
TEST_CASE("ack_is_durable: what was told is so", "[model]") {
  CHECK(outcome_of(told(JobState::succeeded).finished(3s), "ack_is_durable") == Outcome::holds);
}
TEST_CASE("ack_is_durable: what was told and never was", "[model]") {
  CHECK(violation_in(told(JobState::owned).finished(3s), "ack_is_durable") ==
        "at 3: w1 was told at 2 s that job 1 is done, but it is owned");
}
TEST_CASE("ack_is_durable: what was told and is no more, unless a person did it", "[model]") {
  Telling undone = told(JobState::succeeded);
  undone.role("ops1", "ops").change("ops1", 0, 3s, "1", [](JobRecord& job) {
    job.state = JobState::ready;
  });
  CHECK(violation_in(Telling(undone).finished(4s), "ack_is_durable") ==
        "at 4: w1 had been told that job 1 is done, but at 3 s ops1 made it ready");
  CHECK(outcome_of(Telling(undone).finished(4s), "terminal_sticks") == Outcome::violated);
  undone.declared().operators = {"ops"};
  CHECK(outcome_of(Telling(undone).finished(4s), "ack_is_durable") == Outcome::holds);
  CHECK(outcome_of(Telling(undone).finished(4s), "terminal_sticks") == Outcome::holds);
}

TEST_CASE("never: a committed state that observe has no answer to", "[model]") {
  Telling telling;
  telling.job("1")
      .change("w1", 1, 2s, "1", [](JobRecord& job) { job.owner = "w1"; })
      .then(EventKind::forbidden, "w1", 0, 3s, std::string(kUnanswered))
      .with([](Event& event) {
        event.statement = "observe", event.message = "observe returns job 1 twice";
      });
  CHECK(violation_in(telling.finished(9s), "never") ==
        "observe at 2: observe returns job 1 twice at 3 s");
}

}  // namespace
}  // namespace fencepost
