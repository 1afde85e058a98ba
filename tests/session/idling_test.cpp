// When rounds are alike, and come to nothing.
#include "sim/session/idling.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// One that polls each second, and stands before two faults at each statement.
struct Poller {
  Idling idling;
  Instant now{};
  Stood stood;
  void round(const std::string& found, Round came_to = Round::idle, Duration lasts = 1s) {
    idling.see(found, now);
    stood["stall"] += 2;
    now += lasts;
    idling.end_round(came_to, now, stood);
  }
};

TEST_CASE("idling: equal rounds in equal time are counted, from the second on", "[sim]") {
  Poller poller;
  for (int i = 0; i < 4; ++i) poller.round("take 0 rows");
  CHECK(poller.idling.rounds() == 4);
  CHECK(poller.idling.since() == Instant{1s});
  CHECK(poller.idling.period() == 1s);
  CHECK(poller.idling.stood_in_round() == Stood{{"stall", 2}});
}

TEST_CASE("idling: another result, another length and a deed begin the count anew", "[sim]") {
  Poller poller;
  for (int i = 0; i < 4; ++i) poller.round("take 0 rows");
  SECTION("another result") { poller.round("take 1 row"); }
  SECTION("another length") { poller.round("take 0 rows", Round::idle, 2s); }
  CHECK(poller.idling.rounds() == 1);
  poller.round("take 0 rows", Round::acted);
  CHECK(poller.idling.rounds() == 0);
}

TEST_CASE("idling: some microseconds of others' turns make no difference, a millisecond does",
          "[sim]") {
  Poller poller;
  for (int i = 0; i < 3; ++i) poller.round("take 0 rows");
  poller.round("take 0 rows", Round::idle, 1s + 1ms);
  CHECK(poller.idling.rounds() == 4);
  poller.round("take 0 rows", Round::idle, 1s + 1ms + 1ms + 1us);
  CHECK(poller.idling.rounds() == 1);
}

TEST_CASE("idling: rounds that nobody played are no long round", "[sim]") {
  Poller poller;
  for (int i = 0; i < 4; ++i) poller.round("take 0 rows");
  poller.idling.skip(100);
  poller.now += 100s;
  poller.stood["stall"] += 200;
  poller.round("take 0 rows");
  CHECK(poller.idling.rounds() == 5);
  CHECK(poller.idling.stood_in_round() == Stood{{"stall", 2}});
}

TEST_CASE("idling: within a round it is known whether it is whole, or strays", "[sim]") {
  Poller poller;
  for (int i = 0; i < 3; ++i) poller.round("take 0 rows");
  CHECK(poller.idling.at_beginning());
  poller.idling.see("take 0 rows", poller.now);
  CHECK(poller.idling.at_end());
  CHECK(!poller.idling.strays());
  poller.idling.see("more", poller.now);
  CHECK(poller.idling.strays());
}

}  // namespace
}  // namespace fencepost
