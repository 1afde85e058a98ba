#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/judged_case.hpp"
#include "tests/fixtures/telling.hpp"

namespace fencepost {
namespace {

/// w1 holds job 1 and knows it; its lease is strict, and it must notice within ten seconds.
Telling strict() {
  Telling telling;
  telling.declared().strict = true;
  telling.declared().notices_within = 10s;
  return telling.job("1").granted("w1", 1, 1s, 31s).believed("w1", 1, 1s);
}
/// The same, and w2 took the job over at 31 s and knows it.
Telling taken() { return strict().granted("w2", 2, 31s, 61s).believed("w2", 2, 31s); }

TEST_CASE("belief_granted: a belief behind which a grant stands is right", "[model]") {
  CHECK(outcome_of(strict().finished(2s), "belief_granted") == Outcome::holds);
}
TEST_CASE("belief_granted: a belief that nothing was committed for is not", "[model]") {
  CHECK(violation_in(Telling().job("1").believed("w1", 0, 2s).finished(3s), "belief_granted") ==
        "at 1: w1 believes since 2 s that it holds job 1, but no claim of it was committed: "
        "observe shows it as ready");
}
TEST_CASE("belief_granted: a grant that is lost after the answer was told rightly", "[model]") {
  const auto claims = [](Telling telling, const std::string& who, Duration at,
                         const std::string& sqlstate = "", const std::string& operation = "claim") {
    return telling.sql(who, operation, "take", sqlstate, at);
  };
  const auto loses = [](Telling telling, Duration at) {
    return telling.then(EventKind::revoked, "x", 1, at);
  };
  const auto believes = [](Telling telling) {
    return outcome_of(telling.believed("w1", 0, 9s).finished(1h), "belief_granted");
  };
  CHECK(believes(loses(claims(owned(), "w1", 2s), 3s)) == Outcome::holds);
  // Its heartbeat asks for another task.
  CHECK(believes(claims(loses(claims(owned(), "w1", 2s), 3s), "w1", 4s, "", "heartbeat")) ==
        Outcome::holds);
  // Nobody told it, or a failure did, or before there was anything to tell, or after it was lost.
  CHECK(believes(loses(claims(owned(), "w2", 2s), 3s)) == Outcome::violated);
  CHECK(believes(loses(claims(owned(), "w1", 2s, "57P01"), 3s)) == Outcome::violated);
  CHECK(believes(loses(claims(Telling().job("1"), "w1", 0s).granted("w1", 1, 1s, 31s), 3s)) ==
        Outcome::violated);
  CHECK(believes(claims(loses(owned(), 2s), "w1", 3s)) == Outcome::violated);
  // Its own statement let go of it.
  CHECK(believes(
            claims(owned().released("w1", 1, 2s, JobState::ready), "w1", 2s).with([](Event& event) {
              --event.step;
            })) == Outcome::violated);
}
TEST_CASE("belief_granted: who claims what it holds already is told the truth", "[model]") {
  CHECK(outcome_of(strict().believed("w1", 0, 5s).finished(6s), "belief_granted") ==
        Outcome::holds);
}

TEST_CASE("single_owner: a belief without a grant is a second owner while another holds",
          "[model]") {
  CHECK(violation_in(Telling()
                         .job("1")
                         .granted("w1", 1, 1s, 31s)
                         .believed("w1", 1, 1s)
                         .believed("w2", 0, 31s - 1us)
                         .finished(32s),
                     "single_owner") ==
        "at 3: w2 believes since 30.999999 s that it holds job 1, but it was never granted to it, "
        "and w1 (grant 1) holds it");
}
TEST_CASE("single_owner: a belief without a grant at the lease's end is no second owner",
          "[model]") {
  CHECK(outcome_of(Telling()
                       .job("1")
                       .granted("w1", 1, 1s, 31s)
                       .believed("w1", 1, 1s)
                       .believed("w2", 0, 31s)
                       .finished(32s),
                   "single_owner") == Outcome::holds);
}

TEST_CASE("belief_ends: who lets go in time has noticed", "[model]") {
  const History history = taken().then(EventKind::let_go, "w1", 1, 41s, "lost").finished(99s);
  CHECK(outcome_of(history, "belief_ends") == Outcome::holds);
  CHECK(outcome_of(history, "single_owner") == Outcome::holds);
}
TEST_CASE("belief_ends: the last moment is a second of grace after the declared one", "[model]") {
  const Telling telling = taken();
  CHECK(outcome_of(Telling(telling).sql("w2", "chunk", "fetch", "", 42s).finished(42s),
                   "belief_ends") == Outcome::holds);
  CHECK(violation_in(Telling(telling).sql("w2", "chunk", "fetch", "", 42s + 1us).finished(43s),
                     "belief_ends") ==
        "at 5: w1 lost job 1 and could know it since 31 s, but still believes at 42.000001 s that "
        "it holds it");
}
TEST_CASE("belief_ends: who stands still can't notice, and has its time when it goes on",
          "[model]") {
  Telling asleep =
      taken().fault(FaultKind::stall, "w1", 32s).then(EventKind::resumed, "w1", 0, 90s);
  CHECK(outcome_of(Telling(asleep).sql("w2", "chunk", "fetch", "", 101s).finished(101s),
                   "belief_ends") == Outcome::holds);
  CHECK(outcome_of(Telling(asleep).sql("w2", "chunk", "fetch", "", 101s + 1us).finished(102s),
                   "belief_ends") == Outcome::violated);
}
TEST_CASE("belief_ends: without notices_within it is not applicable", "[model]") {
  CHECK(outcome_of(Telling().job("1").finished(1s), "belief_ends") == Outcome::not_applicable);
}

TEST_CASE("single_owner: where it is strict, two believers are two owners", "[model]") {
  CHECK(violation_in(taken().sql("w2", "chunk", "fetch", "", 42s + 1us).finished(43s),
                     "single_owner") ==
        "at 5: w1 and w2 both believe at 42.000001 s that they hold job 1; w1 lost it and could "
        "know it since 31 s");
}
TEST_CASE("single_owner: where it is strict, one who believes alone is no second owner",
          "[model]") {
  const History history = taken()
                              .then(EventKind::let_go, "w2", 2, 35s, "lost")
                              .sql("w2", "chunk", "fetch", "", 50s)
                              .finished(51s);
  CHECK(outcome_of(history, "single_owner") == Outcome::holds);
  CHECK(outcome_of(history, "belief_ends") == Outcome::violated);
}
TEST_CASE("single_owner: where it is not strict, only grants count", "[model]") {
  Telling loose = taken();
  loose.declared().strict = false;
  CHECK(outcome_of(loose.sql("w2", "chunk", "fetch", "", 50s).finished(51s), "single_owner") ==
        Outcome::holds);
}

}  // namespace
}  // namespace fencepost
