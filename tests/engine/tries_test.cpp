// How far a leap may go in each try of one history.
#include "sim/engine/gallop.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

class Counting : public Choices {
 public:
  int asked = 0, rewound = 0;
  std::int64_t choose(const ChoicePoint&, const Alternatives& alternatives) override {
    ++asked;
    return alternatives.values.back();
  }
  void rewind() override { ++rewound; }
};

Instant at(int seconds) { return Instant{std::chrono::seconds(seconds)}; }

TEST_CASE("tries: a leap that went too far is halved, and those before it stay", "[sim]") {
  Counting choices;
  Tries tries(choices);
  CHECK(tries.target(at(10), at(20)) == at(20));
  CHECK(tries.target(at(20), at(40)) == at(40));
  tries.leapt();
  tries.went_too_far();
  CHECK(tries.again(100));
  CHECK(choices.rewound == 1);
  CHECK(tries.target(at(10), at(99)) == at(20));
  CHECK(tries.target(at(20), at(40)) == at(30));
  CHECK(tries.target(at(30), at(60)) == at(35));
  CHECK(tries.target(at(40), at(80)) == at(80));
  CHECK(!tries.again(50));
  CHECK(tries.steps() == 150);
}

TEST_CASE("tries: what is asked between a leap and its proof is answered quietly, unasked",
          "[sim]") {
  Counting choices;
  Tries tries(choices);
  const Alternatives two{{0, 1}};
  CHECK(tries.choose({"stall", "w1", 0, ""}, two) == 1);
  CHECK(tries.target(at(10), at(20)) == at(20));
  tries.leapt();
  CHECK(tries.choose({"stall", "w1", 1, ""}, two) == 0);
  tries.landed();
  CHECK(tries.choose({"stall", "w1", 2, ""}, two) == 1);
  CHECK(choices.asked == 2);
}

}  // namespace
}  // namespace fencepost
