// Who stands before a choice, and what lengths are chosen from.
#include "sim/session/choices.hpp"

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// Writes down what it is asked, and answers quietly.
class Asked : public Choices {
 public:
  std::string text;
  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override {
    text += point.who + " " + point.kind + " #" + std::to_string(point.ordinal) + "\n";
    return alternatives.values.front();
  }
  void rewind() override { text.clear(); }
};

using Values = std::vector<std::int64_t>;

Length absolute(Duration length) { return {Length::Unit::absolute, length, 0}; }

TEST_CASE("asker: each kind of choice is counted by itself, also where it can't be made", "[sim]") {
  Asked asked;
  Asker w1("w1");
  w1.choose(asked, "stall", "", {{0, 1}});
  w1.pass_by("stall");
  w1.choose(asked, "crash", "", {{0, 1}});
  w1.choose(asked, "stall", "", {{0, 1}});
  CHECK(asked.text == "w1 stall #0\nw1 crash #0\nw1 stall #2\n");
}

TEST_CASE("asker: what belongs to a choice has its number", "[sim]") {
  Asked asked;
  Asker w1("w1");
  w1.pass_by("stall");
  w1.choose(asked, "stall", "", {{0, 1}});
  w1.choose_part(asked, "stall", "lasts", "", {{0}, std::nullopt, true});
  CHECK(asked.text == "w1 stall #1\nw1 stall.lasts #1\n");
  CHECK_THROWS_AS(w1.choose_part(asked, "crash", "lasts", "", {{0}}), HarnessError);
}

TEST_CASE("lengths: the given ones, then around each deadline ahead, then the lease's", "[sim]") {
  Declared declared;
  declared.lease = 9us;
  CHECK(lengths_aimed_at({Instant{105us}, Instant{100us}, Instant{90us}, Instant::max()},
                         {absolute(7us), {Length::Unit::lease, {}, 2'000'000}}, declared,
                         Instant{100us})
            .values == Values{7, 18, 4, 5, 6, 8, 9, 10, 3});
}

TEST_CASE("lengths: nothing known is no time", "[sim]") {
  CHECK(lengths_aimed_at({}, {}, {}, Instant{5s}).values == Values{0});
  CHECK(lengths_aimed_at({Instant{1us}}, {}, {}, Instant{}).values == Values{1, 2});
}

TEST_CASE("lengths: those that were given are said to be", "[sim]") {
  const Alternatives none = lengths_aimed_at({Instant{9us}}, {}, {}, Instant{});
  CHECK(none.declared == 0);
  const Alternatives two = lengths_aimed_at({Instant{9us}}, {absolute(7us), absolute(1s)}, {}, {});
  CHECK(two.declared == 2);
  CHECK(two.open);
  CHECK(jumps_aimed_at({Instant{9us}}, {absolute(-1h)}, {}, {}).declared == 1);
}

TEST_CASE("jumps: the given ones, also back, and to around each end that is not shown yet",
          "[sim]") {
  CHECK(jumps_aimed_at({Instant{3s}, Instant{1s}}, {absolute(-1h)}, {}, Instant{2s}).values ==
        Values{-3'600'000'000, 999'999, 1'000'000, 1'000'001});
}

TEST_CASE("choices: a poll is as usual, or lets a statement meet an instant that comes before",
          "[sim]") {
  const Instant now{10s};
  CHECK(polls_aimed_at({Instant{11s}}, {1us, 2us}, 5s, now) ==
        std::vector<std::int64_t>{5'000'000, 999'998, 999'999, 1'000'000, 999'997});
  CHECK(polls_aimed_at({Instant{9s}, Instant{10s}, Instant{16s}, Instant::max()}, {1us}, 5s, now) ==
        std::vector<std::int64_t>{5'000'000});
  CHECK(polls_aimed_at({Instant{11s}}, {}, 5s, now) == std::vector<std::int64_t>{5'000'000});
}

}  // namespace
}  // namespace fencepost
