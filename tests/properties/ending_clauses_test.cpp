// More clauses of the judge of what must come to an end.
#include "tests/fixtures/waiting_case.hpp"

namespace fencepost::waiting_clauses {
namespace {

/// What waits for its end, and for nothing else: who could claim it works for ever on another one.
Telling unended(Duration within = 5s) {
  Telling telling = waiting();
  telling.declared().ends_within = within;
  telling.declared().fixed = {"f"};
  return heal(telling.believed("w1", 7, 1s, "f"));
}
/// Nothing is granted; one job, and until 46 s.
Telling ungranted() {
  return declaring(
      [](Declared& declared) {
        declared.lease_kind = LeaseKind::none;
        declared.fixed = {"f"};
      },
      healing());
}
Telling tried(Telling telling) {
  return telling.sql("w1", "send", "mark", "", 11s).with([](Event& event) {
    event.bound = {{"id", "1"}};
  });
}

TEST_CASE("clauses: of ends that are due", "[model]") {
  const auto worked = [](Telling telling, Duration lasts) {
    return lasting(telling.then(EventKind::work, "w1", 0, 11s), lasts);
  };
  const auto round = [](Telling telling, Duration begin, Duration end) {
    return telling.believed("w1", 7, begin, "f").let_go("w1", 7, end, "f", "round over");
  };
  const auto transaction = [](Telling telling) {
    return declaring([](Declared& declared) { declared.lease_kind = LeaseKind::transaction; },
                     telling);
  };
  check_bounds(
      "job_ends",
      {
          {"it is declared", unended(), 16s},
          {"a statement names it, but it is granted to be tried", tried(unended()), 16s},
          {"in a transaction, it is tried by that", tried(transaction(unended())), {}},
          {"somebody works on it", unended().believed("w2", 8, 11s), {}},
          {"one starts late", unended().worker("w2", 40s), 46s},
          {"its rest was over", unended().change("", 0, 10s, "1", rests(Instant{5s})), 16s},
          {"it rests for ever", unended().change("", 0, 10s, "1", rests(Instant::max())), {}},
          {"it came late",
           heal(declaring([](Declared& declared) { declared.ends_within = 5s; },
                          Telling().worker("w1").believed("w1", 7, 1s, "f")))
               .change("x", 0, 20s, "1", is_touched),
           26s},
          {"somebody touched it", unended().change("x", 0, 12s, "1", is_touched), 16s},
          {"it is owned, and a rest is left",
           unended().change("x", 0, 10s, "1",
                            [](JobRecord& job) {
                              job.state = JobState::owned;
                              job.ready_at = Instant{100s};
                            }),
           16s},
          {"a backoff counts", declaring(backing_off, ungranted()), 53s},
          {"nothing is granted", ungranted(), 46s},
          {"the longest work counts", worked(worked(ungranted(), 10s), 1s), 56s},
          {"what else lasts is no work",
           lasting(ungranted().fault(FaultKind::poison, "w1", 11s), 1h), 46s},
          {"the longest round counts", round(round(ungranted(), 11s, 31s), 32s, 33s), 66s},
          {"also beside one that goes on", round(ungranted(), 11s, 31s).believed("w1", 7, 65s, "f"),
           66s},
          {"what goes on counts", ungranted().believed("w1", 7, 11s, "f"), {}},
          {"who died works no more",
           ungranted().believed("w1", 7, 11s, "f").fault(FaultKind::crash, "w1", 12s), 48s},
          {"who stands still does",
           ungranted().believed("w1", 7, 11s, "f").fault(FaultKind::stall, "w1", 12s),
           {}},
          {"it came late, so two wait", ungranted().change("x", 0, 20s, "2", is_touched), 81s},
          {"it was tried, and something else since",
           tried(ungranted()).sql("w1", "send", "look", "", 12s),
           {}},
          {"it was tried by who acts for it",
           ungranted().sql("w1", "send", "mark", "", 11s).with([](Event& event) {
             event.job = {"1"};
           }),
           {}},
      });
  Telling both = unended().change("x", 0, 15s, "2", is_touched);
  CHECK(outcome_of(both.finished(17s), "job_ends") == kViolated);
  CHECK(outcome_of(History{}, "job_ends") == kOpen);
}

}  // namespace
}  // namespace fencepost::waiting_clauses
