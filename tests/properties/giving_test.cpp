// Jobs that one worker's commit gives to another, and those that a process takes on from the one
// whose place and name it has.
#include "tests/fixtures/judged_case.hpp"
#include "tests/fixtures/waiting_case.hpp"

namespace fencepost::giving {
namespace {

/// What was granted last was given by x.
Telling by_x(Telling telling) {
  return telling.with([](Event& event) { event.giver = {"x"}; });
}
/// x gives job 1 to w1 at 1 s, until 31 s.
Telling given(Telling telling = Telling().job("1")) {
  return by_x(telling.granted("w1", 1, 1s, 31s));
}
/// The same again, to that worker.
Telling given_again(Telling telling, const std::string& who, int attempt, Duration at) {
  return by_x(telling.granted(who, attempt, at, at + 30s));
}
Telling reads(Telling telling, const std::string& who, Duration at,
              const std::string& operation = "claim") {
  return telling.sql(who, operation, "mine", "", at);
}
Telling comes_back(Telling telling, Duration at) {
  return telling.fault(FaultKind::restart, "w1.2", at).with([](Event& event) {
    event.note = kSameName;
  });
}

TEST_CASE("clauses: of beliefs in what was given", "[model]") {
  const auto believes = [](Telling telling, int attempt, const std::string& who = "w1") {
    return telling.believed(who, attempt, 40s).finished(1h);
  };
  check_judged({
      {"it has it", "belief_granted", kHolds, believes(given(), 1)},
      {"it was another's before it read", "belief_granted", kViolated,
       believes(reads(given_again(given(), "w2", 2, 32s), "w1", 33s), 1)},
      {"it was another's after it read", "belief_granted", kHolds,
       believes(given_again(reads(given(), "w1", 30s), "w2", 2, 32s), 1)},
      {"it was its own twice, and it read between", "belief_granted", kHolds,
       believes(given_again(given_again(reads(given(), "w1", 2s), "w1", 2, 3s), "w2", 3, 4s), 2)},
      {"it was its own twice, but not without a break", "belief_granted", kViolated,
       believes(
           given_again(given_again(reads(given(), "w1", 2s).then(EventKind::revoked, "x", 1, 3s),
                                   "w1", 2, 5s),
                       "w2", 3, 6s),
           2)},
      {"what was claimed is judged by its round", "belief_granted", kHolds,
       believes(Telling().job("1").granted("w1", 1, 1s, 31s).granted("w2", 2, 32s, 62s), 1)},
      {"its process came back under its name", "belief_granted", kHolds,
       believes(comes_back(given(), 20s), 1, "w1.2")},
      {"another one's did", "belief_granted", kViolated,
       believes(comes_back(given_again(Telling().job("1"), "w2", 1, 1s), 20s), 1, "w1.2")},
      {"it came back under another name", "belief_granted", kViolated,
       believes(given().fault(FaultKind::restart, "w1.2", 20s), 1, "w1.2")},
  });
}

TEST_CASE("belief_granted: where observe does not say to whom a job is given, that is told",
          "[model]") {
  const auto told = [](Telling telling) {
    return violation_in(telling.granted("x", 1, 1s, 31s).believed("w1", 0, 2s).finished(1h),
                        "belief_granted");
  };
  const std::string found =
      "at 2: w1 believes since 2 s that it holds job 1, but no claim of it was committed: observe "
      "shows it as owned";
  CHECK(told(Telling().job("1").worker("x")) == found);
  CHECK(told(Telling().job("1")) ==
        found +
            ", by x, which claims nothing: where that gives jobs to others, observe shows as "
            "owner the name (:worker) of who is given one");
}

TEST_CASE("clauses: of what is taken by giving it to another", "[model]") {
  const auto with_role = [](Telling telling, const std::string& role) {
    telling.declared().operators = {"admin"};
    telling.declared().preempts = {"urgent"};
    return telling.role("x", role).finished(1h);
  };
  const auto taken = [&](const std::string& role) {
    return with_role(given_again(given().believed("w1", 1, 2s), "w2", 2, 3s), role);
  };
  const auto claimed_by_x = [&](const std::string& role) {
    return with_role(owned().granted("x", 2, 3s, 33s), role);
  };
  check_judged({
      {"its lease runs", "single_owner", kViolated, taken("giver")},
      {"an operator may", "single_owner", kHolds, taken("admin")},
      {"who preempts may", "single_owner", kHolds, taken("urgent")},
      {"for itself, too", "single_owner", kHolds, claimed_by_x("urgent")},
      {"it is well", "healthy_keeps_lease", kViolated, taken("giver")},
      {"an operator may take it", "healthy_keeps_lease", kHolds, taken("admin")},
      {"who preempts may take it", "healthy_keeps_lease", kHolds, claimed_by_x("urgent")},
      {"it was dead when it was given", "healthy_keeps_lease", kHolds,
       given_again(
           given(reads(Telling().job("1").fault(FaultKind::crash, "w1", 0s), "x", 1s, "give"))
               .believed("w1.2", 1, 31s),
           "w2", 2, 32s)
           .finished(1h)},
  });
  CHECK(violation_in(taken("giver"), "healthy_keeps_lease") ==
        "at 3: x took job 1 over at 3 s from w1 (grant 1), which no fault had touched");
}

TEST_CASE("single_owner: who hears of a strict grant when it is lost by then has lost it",
          "[model]") {
  Telling telling = Telling().job("1").granted("w1", 1, 1s, 31s).granted("w2", 2, 31s, 61s);
  telling.declared().strict = true;
  telling.declared().notices_within = 10s;
  telling.believed("w2", 2, 32s).believed("w1", 1, 40s);
  CHECK(outcome_of(Telling(telling).finished(51s), "single_owner") == Outcome::holds);
  CHECK(violation_in(telling.finished(52s), "single_owner") ==
        "at 5: w1 and w2 both believe at 52 s that they hold job 1; w1 lost it and could know it "
        "since 40 s");
  Telling restored =
      owned().then(EventKind::revoked, "", 1, 2s).with(by_fault(FaultKind::commits_lost));
  restored.then(EventKind::restored, "w1", 1, 2s).believed("w1", 1, 3s).believed("w2", 2, 3s);
  restored.declared().strict = true;
  CHECK(outcome_of(restored.finished(52s), "single_owner") == Outcome::holds);
}

TEST_CASE("job_not_stuck: who goes on with what its name held works on it", "[model]") {
  const auto worked_on = [](int attempt) {
    Telling telling = Telling().job("1").worker("w1").worker("w2").granted("w1", 1, 1s, 31s);
    telling.fault(FaultKind::crash, "w1", 2s).worker("w1.2", 3s).believed("w1.2", attempt, 4s);
    return outcome_of(waiting_clauses::heal(telling).finished(1h), "job_not_stuck");
  };
  CHECK(worked_on(1) == Outcome::open);
  CHECK(worked_on(2) == Outcome::violated);
  CHECK(worked_on(0) == Outcome::violated);
  Telling never = Telling().job("1").worker("w1").worker("w2").believed("w1", 0, 4s);
  CHECK(outcome_of(waiting_clauses::heal(never).finished(1h), "job_not_stuck") ==
        Outcome::violated);
}

}  // namespace
}  // namespace fencepost::giving
