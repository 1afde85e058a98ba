// A protocol's histories beside those of the same repaired.
#include "sim/mending/sample.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

Sample sample_of(int succeeded, int takeovers, int judged) {
  Sample sample;
  Tally& tally = sample.tallies[0];
  tally.scenario = "quiet-day";
  tally.histories = 50;
  tally.reached["succeeded"] = succeeded;
  if (takeovers > 0) tally.reached["takeover"] = takeovers;
  tally.judged["single_owner"][Outcome::holds] = judged;
  sample.good = sample.tallies;
  return sample;
}

using Lost = std::vector<std::string>;

TEST_CASE("mending: as much must come about and be judged as before", "[mending]") {
  const Sample before = sample_of(100, 5, 20);
  CHECK(lost_by(before, sample_of(75, 1, 10)).empty());
  CHECK(lost_by(before, sample_of(74, 1, 20)) == Lost{"74 jobs succeed instead of 100"});
  CHECK(lost_by(before, sample_of(100, 0, 20)) == Lost{"takeover is not reached any more"});
  CHECK(lost_by(before, sample_of(100, 5, 8)).empty());
  CHECK(lost_by(before, sample_of(100, 5, 7)) ==
        Lost{"single_owner is judged in 7 histories of quiet-day instead of 20"});
  // A few more or less are chance: one more statement makes all histories others.
  CHECK(lost_by(sample_of(100, 5, 5), sample_of(100, 5, 1)).empty());
  CHECK(lost_by(sample_of(100, 5, 5), sample_of(100, 5, 0)) ==
        Lost{"single_owner is judged in 0 histories of quiet-day instead of 5"});
  Sample failing = before;
  failing.good.clear();
  CHECK(lost_by(failing, sample_of(38, 0, 0)).empty());
  CHECK(lost_by(failing, sample_of(37, 0, 0)) == Lost{"37 jobs succeed instead of 50"});
  Sample writes = before;
  writes.found_rows[{0, 1}]["fail"] = 5;
  CHECK(lost_by(writes, before) == Lost{"fail comes to no row any more"});
  CHECK(lost_by(sample_of(100, 4, 4), sample_of(100, 0, 0)).empty());
}

TEST_CASE("mending: a statement comes to rows as before where nothing was amiss", "[mending]") {
  Sample before = sample_of(100, 5, 20), after = before;
  before.violated = {{{0, 1}, {}}, {{0, 2}, {"a"}}};
  after.violated = {{{0, 1}, {}}, {{0, 2}, {}}};
  before.found_rows = {{{0, 1}, {{"fail", 8}}}, {{0, 2}, {{"fail", 80}}}};
  after.found_rows = {{{0, 1}, {{"fail", 2}}}, {{0, 2}, {{"fail", 1}}}};
  CHECK(lost_by(before, after).empty());
  after.found_rows[{0, 1}]["fail"] = 1;
  CHECK(lost_by(before, after) == Lost{"fail comes to a row 1 times instead of 8"});
  before.found_rows[{0, 1}]["fail"] = 4;
  CHECK(lost_by(before, after).empty());
}

TEST_CASE("mending: few histories show every row, those that show most first", "[mending]") {
  Sample sample;
  sample.violated = {
      {{0, 1}, {}}, {{0, 2}, {"a"}}, {{0, 3}, {"a", "b"}}, {{1, 1}, {"a"}}, {{1, 2}, {"c"}}};
  using Places = std::vector<HistoryPlace>;
  CHECK(telling(sample, 1) == Places{{0, 3}, {1, 2}});
  CHECK(telling(sample, 2) == Places{{0, 3}, {0, 2}, {1, 2}});
  CHECK(sample.rows() == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("mending: a statement that comes to rows is counted, whoever says how many",
          "[mending]") {
  History history;
  for (const char* result : {"1 row: id=1", "0 rows", "UPDATE 2", "UPDATE 0", "2 rows changed",
                             "INSERT 0 1", "ROLLBACK", ""}) {
    Event event;
    event.statement = result;
    event.result = result;
    history.events.push_back(event);
  }
  Sample sample;
  sample.add({0, 1}, "quiet-day", history);
  CHECK(sample.found_rows.at({0, 1}) ==
        std::map<std::string, int>{
            {"1 row: id=1", 1}, {"2 rows changed", 1}, {"INSERT 0 1", 1}, {"UPDATE 2", 1}});
  CHECK(sample.histories() == 1);
  CHECK(sample.cut() == 0);
  sample.tallies[3].cut = 2;
  CHECK(sample.cut() == 2);
}

}  // namespace
}  // namespace fencepost
