#include "model/ledger.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

Telling owned_by_w1() { return Telling().job("1").granted("w1", 1, 1s, 31s); }
auto progress(std::int64_t to) {
  return [to](JobRecord& job) { job.progress = to; };
}
auto cursor(std::int64_t to) {
  return [to](JobRecord& job) { job.cursor = to; };
}
auto both(std::int64_t to) {
  return [to](JobRecord& job) { job.progress = job.cursor = to; };
}
auto state(JobState to) {
  return [to](JobRecord& job) { job.state = to; };
}

TEST_CASE("progress_monotone: progress that grows or stays holds", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", both(3))
                              .change("w1", 1, 3s, "1", both(3))
                              .finished(4s);
  CHECK(outcome_of(history, "progress_monotone") == Outcome::holds);
}
TEST_CASE("progress_monotone: progress that falls by one is a violation", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", both(3))
                              .change("w1", 1, 3s, "1", progress(2))
                              .finished(4s);
  CHECK(violation_in(history, "progress_monotone") ==
        "progress at 3: the progress of job 1 fell from 3 to 2 when w1 ran op.sql at 3 s");
}
TEST_CASE("progress_monotone: a cursor that falls is another part", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", both(3))
                              .change("w1", 1, 3s, "1", cursor(0))
                              .finished(4s);
  CHECK(violation_in(history, "progress_monotone") ==
        "cursor at 3: the cursor of job 1 fell from 3 to 0 when w1 ran op.sql at 3 s");
}
TEST_CASE("progress_monotone: each part is reported once, where it fell first", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", both(3))
                              .change("w1", 1, 3s, "1", both(2))
                              .change("w1", 1, 4s, "1", both(1))
                              .finished(5s);
  const Verdict verdict = verdict_of(history, "progress_monotone");
  REQUIRE(verdict.violations.size() == 2);
  CHECK(verdict.violations[0].step == 3);
  CHECK(verdict.violations[1].step == 3);
}
TEST_CASE("progress_monotone: without both columns it is not applicable", "[model]") {
  Telling telling;
  telling.declared().columns = {};
  CHECK(outcome_of(telling.job("1").finished(1s), "progress_monotone") == Outcome::not_applicable);
}

TEST_CASE("progress_accounts: between claims progress may lag behind the cursor", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", cursor(2))
                              .change("w1", 1, 3s, "1", progress(2))
                              .released("w1", 1, 4s, JobState::succeeded)
                              .finished(5s);
  CHECK(outcome_of(history, "progress_accounts") == Outcome::holds);
}
TEST_CASE("progress_accounts: at a claim it may not", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", cursor(2))
                              .granted("w2", 2, 31s, 61s)
                              .finished(62s, "cut");
  CHECK(violation_in(history, "progress_accounts") ==
        "at 3: job 1 counts 0 items as done, but its cursor stands behind 2 when w2 claimed it "
        "(written at 2)");
}
TEST_CASE("progress_accounts: nor when the job ends", "[model]") {
  const History history = owned_by_w1()
                              .change("w1", 1, 2s, "1", cursor(2))
                              .released("w1", 1, 4s, JobState::failed)
                              .finished(5s, "cut");
  CHECK(violation_in(history, "progress_accounts") ==
        "at 3: job 1 counts 0 items as done, but its cursor stands behind 2 when it became failed "
        "(written at 2)");
}
TEST_CASE(
    "progress_accounts: nor at the end of heal, unless somebody holds the job or the run was cut",
    "[model]") {
  Telling ready =
      owned_by_w1().change("w1", 1, 2s, "1", cursor(2)).released("w1", 1, 4s, JobState::ready);
  CHECK(violation_in(Telling(ready).finished(5s), "progress_accounts") ==
        "at 4: job 1 counts 0 items as done, but its cursor stands behind 2 at the end (written at "
        "2)");
  CHECK(outcome_of(ready.finished(5s, "cut"), "progress_accounts") == Outcome::holds);
  CHECK(outcome_of(owned_by_w1().change("w1", 1, 2s, "1", cursor(2)).finished(5s),
                   "progress_accounts") == Outcome::holds);
}

TEST_CASE("progress_accounts: what wrote it last is named, where that is another step", "[model]") {
  const auto told = [](Telling telling) {
    return violation_in(telling.granted("w2", 2, 31s, 61s).finished(62s, "cut"),
                        "progress_accounts");
  };
  const auto attempts = [](JobRecord& job) { job.attempts = 1; };
  CHECK(told(owned_by_w1()
                 .change("w1", 1, 2s, "1", progress(1))
                 .change("w1", 1, 3s, "1", cursor(2))
                 .change("w1", 1, 4s, "1", attempts))
            .ends_with("(written at 3)"));
  CHECK(told(owned_by_w1()
                 .change("w1", 1, 2s, "1", cursor(2))
                 .change("w1", 1, 3s, "1", progress(1))
                 .change("w1", 1, 4s, "1", attempts))
            .ends_with("(written at 3)"));
  CHECK(violation_in(owned_by_w1()
                         .change("w1", 1, 2s, "1",
                                 [](JobRecord& job) {
                                   job.state = JobState::failed;
                                   job.cursor = 2;
                                 })
                         .finished(5s, "cut"),
                     "progress_accounts")
            .ends_with("when it became failed"));
}

TEST_CASE("work_applied: items that the succeeding commit itself applies count", "[model]") {
  const History history = owned_by_w1()
                              .applied("", 0, 0s, "a", 0, 0)
                              .released("w1", 1, 2s, JobState::succeeded)
                              .applied("w1", 1, 2s, "a", 0, 1)
                              .finished(3s);
  CHECK(outcome_of(history, "work_applied") == Outcome::holds);
}
TEST_CASE("work_applied: a job that succeeded without one of its items is a violation", "[model]") {
  const History history = owned_by_w1()
                              .applied("", 0, 0s, "a", 0, 1)
                              .applied("", 0, 0s, "b", 0, 0)
                              .released("w1", 1, 2s, JobState::succeeded)
                              .finished(3s);
  CHECK(violation_in(history, "work_applied") ==
        "at 2: job 1 became succeeded at 2 s, but item b was never applied");
}
TEST_CASE("work_applied: an item that went with its job is not known to be missing", "[model]") {
  const auto judged = [](Telling telling, const std::string& note) {
    History history = telling.finished(3s);
    for (Event& event : history.events)
      if (event.kind == EventKind::applied && event.step > 0) event.note = note;
    return outcome_of(history, "work_applied");
  };
  const Telling at_success = owned_by_w1()
                                 .applied("", 0, 0s, "a", 0, 0)
                                 .released("w1", 1, 2s, JobState::succeeded)
                                 .applied("w1", 1, 2s, "a", 0, 0);
  CHECK(judged(at_success, std::string(kWithItsJob)) == Outcome::holds);
  CHECK(judged(at_success, "") == Outcome::violated);
  const Telling later = owned_by_w1()
                            .applied("", 0, 0s, "a", 0, 1)
                            .released("w1", 1, 2s, JobState::succeeded)
                            .then(EventKind::worker_started, "janitor", 0, 2s)
                            .applied("janitor", 0, 3s, "a", 1, 0);
  CHECK(judged(later, std::string(kWithItsJob)) == Outcome::holds);
  CHECK(judged(later, "") == Outcome::violated);
}
TEST_CASE("work_applied: a job that failed owes nothing", "[model]") {
  const History history = owned_by_w1()
                              .applied("", 0, 0s, "b", 0, 0)
                              .released("w1", 1, 2s, JobState::failed)
                              .finished(3s);
  CHECK(outcome_of(history, "work_applied") == Outcome::not_reached);
}
TEST_CASE("work_applied: where nothing is ever listed, nothing is known", "[model]") {
  const auto judged = [](JobState end) {
    return outcome_of(owned_by_w1().released("w1", 1, 2s, end).finished(3s), "work_applied");
  };
  CHECK(judged(JobState::succeeded) == Outcome::open);
  CHECK(judged(JobState::failed) == Outcome::not_reached);
}
TEST_CASE("work_applied: without an applied query it is not applicable", "[model]") {
  Telling telling;
  telling.declared().observes_applied = false;
  CHECK(outcome_of(telling.job("1").finished(1s), "work_applied") == Outcome::not_applicable);
}

TEST_CASE("terminal_sticks: a terminal state may be written again", "[model]") {
  const History history = owned_by_w1()
                              .released("w1", 1, 2s, JobState::succeeded)
                              .change("w1", 1, 3s, "1", [](JobRecord& job) { job.owner = "x"; })
                              .finished(4s);
  CHECK(outcome_of(history, "terminal_sticks") == Outcome::holds);
}
TEST_CASE("terminal_sticks: succeeded that becomes failed is a violation", "[model]") {
  const History history = owned_by_w1()
                              .released("w1", 1, 2s, JobState::succeeded)
                              .change("w1", 1, 3s, "1", state(JobState::failed))
                              .finished(4s);
  CHECK(violation_in(history, "terminal_sticks") ==
        "at 3: job 1 was succeeded and became failed when w1 ran op.sql at 3 s");
}
TEST_CASE("terminal_sticks: a ready job is not terminal", "[model]") {
  const History history =
      owned_by_w1().released("w1", 1, 2s, JobState::ready).granted("w2", 2, 3s, 33s).finished(4s);
  CHECK(outcome_of(history, "terminal_sticks") == Outcome::not_reached);
}

TEST_CASE("job_not_lost: a job that stays is not lost", "[model]") {
  CHECK(outcome_of(owned_by_w1().released("w1", 1, 2s, JobState::succeeded).finished(3s),
                   "job_not_lost") == Outcome::holds);
}
TEST_CASE("job_not_lost: a job that is gone is", "[model]") {
  CHECK(violation_in(owned_by_w1().gone("w1", 2s).finished(3s), "job_not_lost") ==
        "at 2: job 1 disappeared when w1 ran op.sql at 2 s");
}
TEST_CASE("job_not_lost: a job that was not there before is new", "[model]") {
  CHECK(outcome_of(owned_by_w1().job("2").finished(3s), "job_not_lost") == Outcome::holds);
}

}  // namespace
}  // namespace fencepost
