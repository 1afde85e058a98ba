#include "model/decided.hpp"

#include <utility>

#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("decided: the score interval of a share", "[model]") {
  // By hand, from the formula.
  const auto bounds = [](int failed, int reruns) {
    const Interval interval = interval_of({1, failed, reruns});
    return std::pair(interval.low, interval.high);
  };
  CHECK(bounds(0, 30) == std::pair(0, 114));
  CHECK(bounds(1, 30) == std::pair(6, 167));
  CHECK(bounds(15, 30) == std::pair(332, 668));
  CHECK(bounds(30, 30) == std::pair(886, 1000));
  CHECK(bounds(0, 1000) == std::pair(0, 4));
  CHECK(bounds(0, 0) == std::pair(0, 1000));
}

TEST_CASE("decided: by the step at which the share rises the most, of equals the first",
          "[model]") {
  const std::vector<FailsAfter> chances = {
      {0, 1, 30}, {3, 2, 30}, {7, 20, 30}, {8, 12, 30}, {9, 30, 30}};
  REQUIRE(decided_by(chances) != nullptr);
  CHECK(decided_by(chances)->step == 7);
  CHECK(decided_by({{0, 5, 30}, {1, 5, 30}, {2, 3, 30}}) == nullptr);
  CHECK(decided_by({}) == nullptr);
}

}  // namespace fencepost
