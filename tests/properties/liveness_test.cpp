#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// One worker that lives and is free, one job that is ready, and heal from 10 s on. Bound: 30 s + 5
/// s, and 1 s of grace.
Telling healing() {
  return Telling()
      .job("1")
      .worker("w1")
      .fault(FaultKind::terminate, "w1", 10s)
      .then(EventKind::heal_started, "", 0, 10s);
}

TEST_CASE("job_not_stuck: a job may wait until the bound", "[model]") {
  CHECK(outcome_of(healing().finished(46s), "job_not_stuck") == Outcome::holds);
}
TEST_CASE("job_not_stuck: one microsecond later it is stuck", "[model]") {
  CHECK(violation_in(healing().finished(46s + 1us), "job_not_stuck") ==
        "at 3: job 1 waited since 10 s and a worker was free, but at 46.000001 s nobody "
        "had claimed it");
}
TEST_CASE("job_not_stuck: how many attempts it has behind it is told where there are any",
          "[model]") {
  const auto told = [](int attempts) {
    Telling telling = healing();
    telling.change("w1", 0, 11s, "1", [&](JobRecord& job) { job.attempts = attempts; });
    return violation_in(telling.finished(46s + 1us), "job_not_stuck");
  };
  CHECK(told(2) ==
        "at 4: job 1 waited since 10 s, with 2 attempts behind it, and a worker was free, but at "
        "46.000001 s nobody had claimed it");
  CHECK(
      told(0) ==
      "at 4: job 1 waited since 10 s and a worker was free, but at 46.000001 s nobody had claimed "
      "it");
}
TEST_CASE("job_not_stuck: a job that nobody owned may have a bound of its own", "[model]") {
  const auto waits = [](Duration until) {
    Telling telling = healing();
    telling.declared().claimed_within = 5s;
    return outcome_of(telling.finished(until), "job_not_stuck");
  };
  CHECK(waits(16s) == Outcome::holds);
  CHECK(waits(16s + 1us) == Outcome::violated);
}
TEST_CASE("job_not_stuck: a lease, a backoff and a fault put it off", "[model]") {
  const History leased = Telling()
                             .job("1")
                             .worker("w1")
                             .worker("w2")
                             .granted("w2", 1, 1s, 31s)
                             .then(EventKind::heal_started, "", 0, 10s)
                             .finished(42s);
  CHECK(outcome_of(leased, "job_not_stuck") == Outcome::holds);
  const History backoff =
      healing()
          .change("w9", 0, 11s, "1", [](JobRecord& job) { job.ready_at = Instant{100s}; })
          .finished(136s);
  CHECK(outcome_of(backoff, "job_not_stuck") == Outcome::holds);
  CHECK(outcome_of(healing().fault(FaultKind::terminate, "w1", 20s).finished(56s),
                   "job_not_stuck") == Outcome::holds);
}
TEST_CASE(
    "job_not_stuck: the lull before heal counts, and so does the time until a crashed one is back",
    "[model]") {
  const auto waits = [](Duration until) {
    return Telling()
        .job("1")
        .worker("w1")
        .worker("w2")
        .fault(FaultKind::crash, "w2", 1s)
        .fault(FaultKind::restart, "w2.2", 20s)
        .worker("w2.2", 20s)
        .then(EventKind::heal_started, "", 0, 30s)
        .finished(until);
  };
  CHECK(outcome_of(waits(37s), "job_not_stuck") == Outcome::holds);
  CHECK(outcome_of(waits(37s + 1us), "job_not_stuck") == Outcome::violated);
}
TEST_CASE("job_not_stuck: what a fault of the server lasts is its end", "[model]") {
  const auto waits = [](Duration until) {
    Telling telling;
    telling.job("1").worker("w1").fault(FaultKind::read_only, "", 1s);
    History history = telling.then(EventKind::heal_started, "", 0, 100s).finished(until);
    for (Event& event : history.events)
      if (event.fault) event.lasts = 60s;
    return outcome_of(history, "job_not_stuck");
  };
  CHECK(waits(61s + 36s + 10s) == Outcome::violated);
  CHECK(waits(100s + 1us) != Outcome::holds);
}
TEST_CASE("job_not_stuck: who stands still is not free", "[model]") {
  const History history = Telling()
                              .job("1")
                              .worker("w1")
                              .then(EventKind::heal_started, "", 0, 1s)
                              .fault(FaultKind::stall, "w1", 2s)
                              .finished(1h);
  CHECK(outcome_of(history, "job_not_stuck") != Outcome::violated);
}
TEST_CASE("job_not_stuck: who still works on what it lost is not free", "[model]") {
  const auto waits = [](Duration until) {
    History history = Telling()
                          .job("1")
                          .worker("w1")
                          .granted("w1", 1, 1s, 31s)
                          .believed("w1", 1, 1s)
                          .then(EventKind::heal_started, "", 0, 2s)
                          .then(EventKind::work, "w1", 1, 2s)
                          .let_go("w1", 1, 40s, "1", "lost")
                          .finished(until);
    for (Event& event : history.events)
      if (event.kind == EventKind::work) event.lasts = 1h;
    return outcome_of(history, "job_not_stuck");
  };
  CHECK(waits(1h + 2s + 36s) == Outcome::holds);
  CHECK(waits(1h + 2s + 36s + 1us) == Outcome::violated);
}
TEST_CASE("job_not_stuck: a job that its holder makes ready again waits for its next turn",
          "[model]") {
  const auto ends = [](const std::string& operation,
                       FaultKind fault = FaultKind::serialization_failure) {
    Telling telling = Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 1s);
    telling.granted("w1", 1, 2s, 32s).believed("w1", 1, 2s);
    telling.fault(fault, "w1", 2s).with([](Event& event) { event.job = {"1"}; });
    telling.released("w1", 1, 3s, JobState::ready).let_go("w1", 1, 3s, "1", operation);
    History history = telling.finished(4s);
    for (Event& event : history.events)
      if (event.kind == EventKind::released) event.operation = operation;
    return outcome_of(history, "job_not_stuck");
  };
  CHECK(ends("release") == Outcome::holds);
  CHECK(ends("fail") == Outcome::open);
  // One that fails every time does so, too.
  CHECK(ends("fail", FaultKind::poison) == Outcome::holds);
}
TEST_CASE("job_not_stuck: a backoff bounds the rest behind a failure, not behind a round",
          "[model]") {
  const auto waits = [](const std::string& operation) {
    Telling telling = Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 1s);
    telling.declared().backoff = 7s;
    telling.granted("w1", 1, 2s, 32s).believed("w1", 1, 2s);
    telling.change("w1", 1, 3s, "1", [](JobRecord& job) {
      job.state = JobState::ready;
      job.ready_at = Instant{10min};
    });
    History history = telling.let_go("w1", 1, 3s, "1", operation).finished(5min);
    for (Event& event : history.events)
      if (event.kind == EventKind::changed && event.at == Instant{3s}) event.operation = operation;
    return outcome_of(history, "job_not_stuck");
  };
  CHECK(waits("release") != Outcome::violated);
  CHECK(waits("fail") == Outcome::violated);
}
TEST_CASE("job_not_stuck: a job whose group is full can't be claimed", "[model]") {
  const auto waits = [](std::int64_t cap) {
    Telling telling;
    telling.declared().columns.insert({"group", "cap"});
    telling.job("1").job("2").worker("w1").worker("w2");
    for (const char* job : {"1", "2"})
      telling.change("", 0, 0s, job, [&](JobRecord& record) {
        record.group = "g";
        record.cap = cap;
      });
    telling.granted("w1", 1, 1s, 1h).believed("w1", 1, 1s);
    telling.then(EventKind::heal_started, "", 0, 10s);
    return verdict_of(telling.finished(30min), "job_not_stuck");
  };
  CHECK(waits(1).outcome != Outcome::violated);
  CHECK(waits(2).outcome == Outcome::violated);
}
TEST_CASE(
    "job_not_stuck: after its lease's end a dead one's job has two polls, or one more of who frees "
    "it",
    "[model]") {
  const auto waits = [](Duration until, std::optional<Duration> reaper = std::nullopt) {
    Telling telling = Telling().job("1").worker("w1").worker("w2").granted("w2", 1, 1s, 31s);
    telling.declared().longest_poll = reaper;
    return outcome_of(telling.then(EventKind::believed, "w2", 1, 1s)
                          .fault(FaultKind::crash, "w2", 2s)
                          .then(EventKind::heal_started, "", 0, 10s)
                          .finished(until),
                      "job_not_stuck");
  };
  CHECK(waits(31s + 11s) == Outcome::holds);
  CHECK(waits(31s + 11s + 1us) == Outcome::violated);
  CHECK(waits(31s + 5s + 20s + 1s, 20s) == Outcome::holds);
  CHECK(waits(31s + 5s + 20s + 1s + 1us, 20s) == Outcome::violated);
}
TEST_CASE("job_not_stuck: a touch by somebody else does not start the bound anew", "[model]") {
  const History history =
      healing().change("w9", 0, 40s, "1", [](JobRecord& job) { job.attempts = 7; }).finished(47s);
  CHECK(outcome_of(history, "job_not_stuck") == Outcome::violated);
}
TEST_CASE("job_not_stuck: a lease is waited for as long as is declared, not as it is written",
          "[model]") {
  const auto waits = [](Duration until) {
    return Telling()
        .job("1")
        .worker("w1")
        .worker("w2")
        .granted("w2", 1, 1s, 10h)
        .then(EventKind::believed, "w2", 1, 1s)
        .fault(FaultKind::crash, "w2", 2s)
        .then(EventKind::heal_started, "", 0, 10s)
        .finished(until);
  };
  CHECK(outcome_of(waits(32s + 11s), "job_not_stuck") == Outcome::holds);
  CHECK(outcome_of(waits(32s + 11s + 1us), "job_not_stuck") == Outcome::violated);
}
/// A worker took two jobs at once, and has let go of the first by 12 s.
Telling half_of_a_batch() {
  Telling told;
  told.job("1").job("2").worker("w1").granted("w1", 1, 1s, 31s).also_granted("w1", 2, 1s, "2");
  told.believed("w1", 1, 1s).believed("w1", 2, 1s, "2");
  told.then(EventKind::heal_started, "", 0, 10s);
  return told.released("w1", 1, 12s, JobState::succeeded)
      .then(EventKind::let_go, "w1", 1, 12s, "succeed");
}
TEST_CASE("job_not_stuck: who has let go of one job of a batch works on the others", "[model]") {
  CHECK(outcome_of(half_of_a_batch().finished(1h), "job_not_stuck") == Outcome::open);
}
/// The same, and has stopped believing in the second at 20 s, without an end of it.
Telling batch_forgotten() { return half_of_a_batch().let_go("w1", 2, 20s, "2", "lost"); }
TEST_CASE("job_not_stuck: the last of a batch may wait until the bound", "[model]") {
  CHECK(outcome_of(batch_forgotten().finished(56s), "job_not_stuck") == Outcome::holds);
}
TEST_CASE("job_not_stuck: the last of a batch that nobody ends is stuck behind the bound",
          "[model]") {
  CHECK(violation_in(batch_forgotten().finished(56s + 1us), "job_not_stuck") ==
        "at 8: job 2 stood as owned by nobody who works on it since 20 s and a worker was free, but "
        "at 56.000001 s nobody had claimed it");
}
TEST_CASE("job_not_stuck: held by a dead worker is not claimed", "[model]") {
  const History history = Telling()
                              .job("1")
                              .worker("w1")
                              .worker("w2")
                              .granted("w2", 1, 1s, 31s)
                              .then(EventKind::believed, "w2", 1, 1s)
                              .fault(FaultKind::crash, "w2", 2s)
                              .then(EventKind::heal_started, "", 0, 10s)
                              .finished(68s);
  CHECK(violation_in(history, "job_not_stuck") ==
        "at 5: job 1 stood as owned by nobody who lives since 31 s and a worker was free, but at "
        "68 s nobody had claimed it");
}
TEST_CASE("job_not_stuck: held by a live worker that believes in it is claimed", "[model]") {
  const History history = Telling()
                              .job("1")
                              .worker("w1")
                              .worker("w2")
                              .granted("w2", 1, 1s, 31s)
                              .then(EventKind::believed, "w2", 1, 1s)
                              .then(EventKind::heal_started, "", 0, 10s)
                              .finished(1h);
  CHECK(outcome_of(history, "job_not_stuck") == Outcome::open);
}
TEST_CASE("job_not_stuck: nobody free owes nothing, and without a living worker nothing is judged",
          "[model]") {
  const History dead = Telling()
                           .job("1")
                           .worker("w1")
                           .fault(FaultKind::crash, "w1", 1s)
                           .then(EventKind::heal_started, "", 0, 10s)
                           .finished(1h);
  CHECK(outcome_of(dead, "job_not_stuck") == Outcome::open);
}
TEST_CASE("job_not_stuck: is not judged in a run that was cut", "[model]") {
  CHECK(outcome_of(healing().finished(20s, "cut"), "job_not_stuck") == Outcome::open);
}
TEST_CASE("job_not_stuck: is not applicable where nothing is leased", "[model]") {
  Telling telling = healing();
  telling.declared().lease_kind = LeaseKind::none;
  CHECK(outcome_of(telling.finished(1h), "job_not_stuck") == Outcome::not_applicable);
}

TEST_CASE("locks_released: a lock of a live attempt is its own", "[model]") {
  CHECK(outcome_of(healing().then(EventKind::lock_held, "w1", 1, 11s, "row locks").finished(12s),
                   "locks_released") == Outcome::holds);
}
TEST_CASE("locks_released: a lock of nobody's is a violation", "[model]") {
  CHECK(violation_in(
            healing().then(EventKind::lock_held, "w1", 0, 11s, "row locks in jobs").finished(12s),
            "locks_released") ==
        "at 3: session  still holds row locks in jobs at 11 s, though its worker has no job");
}
TEST_CASE("locks_released: is not judged in a run that was cut", "[model]") {
  CHECK(outcome_of(healing().finished(12s, "cut"), "locks_released") == Outcome::open);
}

Telling claims(int count, Duration apart) {
  Telling telling;
  telling.job("1");
  for (int i = 1; i <= count; ++i) {
    telling.granted("w1", i, i * apart, i * apart + 1s);
    telling.released("w1", i, i * apart + 1s, JobState::ready);
  }
  return telling;
}

TEST_CASE("attempts_bounded: 25 claims in an hour are allowed, also when a 26th comes later",
          "[model]") {
  CHECK(outcome_of(claims(25, 10s).finished(1h), "attempts_bounded") == Outcome::holds);
  CHECK(outcome_of(claims(26, 145s).finished(2h), "attempts_bounded") == Outcome::holds);
}
TEST_CASE("attempts_bounded: the 26th within the hour is a violation", "[model]") {
  CHECK(violation_in(claims(26, 144s).finished(2h), "attempts_bounded") ==
        "at 51: job 1 was claimed 26 times within an hour, the last time by w1 at 3744 s");
}
TEST_CASE("attempts_bounded: the declared attempts count instead, also in a run that was cut",
          "[model]") {
  Telling telling = claims(3, 10s);
  telling.declared().max_attempts = 2;
  CHECK(violation_in(telling.finished(1h, "cut"), "attempts_bounded") ==
        "at 5: w1 claimed job 1 at 30 s: that is claim number 3, but 2 attempts are declared");
  telling.declared().max_attempts = 3;
  CHECK(outcome_of(telling.finished(1h), "attempts_bounded") == Outcome::holds);
}
/// Takeovers in a row from healthy believers.
Telling takeovers(int count) {
  Telling telling;
  telling.job("1");
  for (int i = 1; i <= count + 1; ++i)
    telling.granted(i % 2 == 0 ? "w2" : "w1", i, i * 30s, i * 30s + 30s);
  return telling;
}

TEST_CASE("no_livelock: three takeovers in a row without an advance are allowed", "[model]") {
  CHECK(outcome_of(takeovers(3).finished(1h), "no_livelock") == Outcome::holds);
}
TEST_CASE("no_livelock: the fourth is a violation", "[model]") {
  CHECK(violation_in(takeovers(4).finished(1h, "cut"), "no_livelock") ==
        "at 5: job 1 was taken over 4 times in a row from workers that no fault had touched, and "
        "got no further: the last time by w1 at 150 s");
}
TEST_CASE("no_livelock: an advance of the holder or a fault begins the count anew", "[model]") {
  Telling advances = takeovers(3)
                         .change("w2", 4, 125s, "1", [](JobRecord& job) { job.progress = 1; })
                         .granted("w1", 5, 150s, 180s);
  CHECK(outcome_of(advances.finished(1h), "no_livelock") == Outcome::holds);
  Telling stalls = takeovers(3).fault(FaultKind::stall, "w2", 125s).granted("w1", 5, 150s, 180s);
  CHECK(outcome_of(stalls.finished(1h), "no_livelock") == Outcome::holds);
}
TEST_CASE("no_livelock: an advance by somebody else does not count", "[model]") {
  Telling other = takeovers(3)
                      .change("w1", 3, 125s, "1", [](JobRecord& job) { job.progress = 1; })
                      .granted("w1", 5, 150s, 180s);
  CHECK(outcome_of(other.finished(1h), "no_livelock") == Outcome::violated);
}

TEST_CASE("judge_all: lists all properties in the order of the table", "[model]") {
  const std::vector<Judgement> judgements = judge_all(healing().finished(12s));
  REQUIRE(properties().size() == 27);
  REQUIRE(judgements.size() == properties().size());
  for (std::size_t i = 0; i < judgements.size(); ++i)
    CHECK(judgements[i].property == &properties()[i]);
}

}  // namespace
}  // namespace fencepost
