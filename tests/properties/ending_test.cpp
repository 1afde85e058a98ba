// Every job gets its turn.
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// Two jobs that are there from the start, one worker, heal from 10 s on. Bound: 2 jobs × (30 s
/// lease + 5 s poll + the longest round), and 1 s of grace.
Telling two_jobs() {
  Telling telling;
  telling.declared().lease_kind = LeaseKind::none;
  return telling.job("1").job("2").worker("w1").then(EventKind::heal_started, "", 0, 10s);
}
/// Some statement that binds the job's name.
History with_a_try(Telling telling, const std::string& job, Duration until) {
  History history = telling.sql("w1", "send", "mark", "", 11s).finished(until);
  history.events[history.events.size() - 2].bound = {{"id", job}};
  return history;
}

}  // namespace

TEST_CASE("job_ends: a job that had its turn in time", "[model]") {
  Telling telling = two_jobs();
  for (const char* job : {"1", "2"})
    telling.change("w1", 0, 50s, job,
                   [](JobRecord& record) { record.state = JobState::succeeded; });
  CHECK(outcome_of(telling.finished(1h), "job_ends") == Outcome::holds);
}
TEST_CASE("job_ends: at the bound nothing is known yet", "[model]") {
  CHECK(outcome_of(two_jobs().finished(10s + 71s), "job_ends") == Outcome::open);
}
TEST_CASE("job_ends: a microsecond later a job that nobody tried has starved", "[model]") {
  CHECK(violation_in(two_jobs().finished(10s + 71s + 1us), "job_ends") ==
        "at 2: job 1 was there since 10 s and no round of its own failed, but at 81.000001 s "
        "it had not ended, though 2 jobs waited");
}
TEST_CASE("job_ends: behind one that always fails the other still ends", "[model]") {
  const Verdict verdict = verdict_of(with_a_try(two_jobs(), "1", 5min), "job_ends");
  REQUIRE(verdict.violations.size() == 1);
  CHECK(verdict.violations[0].job.text == "2");
}
TEST_CASE("job_ends: what was tried and fails has to end only where attempts are declared",
          "[model]") {
  Telling alone;
  alone.declared().lease_kind = LeaseKind::none;
  alone.job("1").worker("w1").then(EventKind::heal_started, "", 0, 10s);
  CHECK(outcome_of(with_a_try(alone, "1", 1h), "job_ends") == Outcome::holds);
  alone.declared().max_attempts = 3;
  CHECK(outcome_of(with_a_try(alone, "1", 1h), "job_ends") == Outcome::violated);
}
TEST_CASE("job_ends: a round that takes long makes the bound longer", "[model]") {
  Telling telling = two_jobs();
  Event work;
  telling.then(EventKind::work, "w1", 0, 11s);
  History history = telling.finished(10s + 71s + 1us);
  history.events[history.events.size() - 2].lasts = 10s;
  CHECK(outcome_of(history, "job_ends") == Outcome::open);
}
TEST_CASE("job_ends: what is declared is the bound", "[model]") {
  Telling telling = two_jobs();
  telling.declared().ends_within = 1h;
  CHECK(outcome_of(telling.finished(30min), "job_ends") == Outcome::open);
}
TEST_CASE("job_ends: fixed jobs never end, and those of an operator may rest", "[model]") {
  Telling fixed = two_jobs();
  Telling lasting;
  lasting.declared().lease_kind = LeaseKind::none;
  lasting.declared().fixed = {"1"};
  lasting.job("1").worker("w1").then(EventKind::heal_started, "", 0, 10s);
  CHECK(outcome_of(lasting.finished(1h), "job_ends") == Outcome::holds);
  Telling held;
  held.declared().lease_kind = LeaseKind::none;
  held.declared().operators = {"admin"};
  held.job("1").worker("w1").role("boss", "admin").then(EventKind::heal_started, "", 0, 10s);
  held.change("boss", 0, 11s, "1", [](JobRecord& job) { job.ready_at = Instant{0s}; });
  CHECK(outcome_of(held.finished(1h), "job_ends") == Outcome::holds);
}
TEST_CASE("job_ends: a job that its holder makes ready again comes round by itself", "[model]") {
  const History history = Telling()
                              .job("1")
                              .worker("w1")
                              .then(EventKind::heal_started, "", 0, 1s)
                              .granted("w1", 1, 2s, 32s)
                              .believed("w1", 1, 2s)
                              .released("w1", 1, 3s, JobState::ready)
                              .let_go("w1", 1, 3s, "1", "release")
                              .finished(4s);
  CHECK(outcome_of(history, "job_ends") == Outcome::holds);
}
TEST_CASE("job_ends: in strict order one that fails may hold up the rest", "[model]") {
  Telling telling = two_jobs();
  telling.declared().in_order = true;
  CHECK(outcome_of(telling.finished(1h), "job_ends") == Outcome::not_applicable);
}
TEST_CASE("job_ends: what job_not_stuck tells is told once", "[model]") {
  const History history =
      Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 10s).finished(1h);
  CHECK(outcome_of(history, "job_not_stuck") == Outcome::violated);
  CHECK(outcome_of(history, "job_ends") == Outcome::holds);
}

}  // namespace fencepost
