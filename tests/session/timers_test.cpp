// What is due in sessions, without a server: windows, late statements, and the ends of sessions
// whose clients are gone.
#include "sim/session/timers.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

struct Hand {
  WorldExample example;
  Journal journal{example.world};
  Sessions sessions{example.world, journal};
  Timers timers{example.world, journal, sessions};
};

TEST_CASE("timers: the end of a window is due, and of the harness's own doing", "[sim]") {
  Hand hand;
  CHECK_FALSE(hand.timers.next_due());
  CHECK_FALSE(hand.timers.something_pending());
  hand.sessions.windows().open(Window::read_only, Instant{4s});
  CHECK(hand.timers.next_due() == Instant{4s});
  CHECK(hand.timers.something_pending());
  hand.timers.end_windows(Instant{4s});
  CHECK_FALSE(hand.timers.something_pending());
}

TEST_CASE("timers: a frozen clock goes on when its window ends", "[sim]") {
  Hand hand;
  hand.example.clock.freeze();
  hand.sessions.windows().open(Window::frozen, Instant{3s});
  hand.example.clock.set(Instant{5s});
  const Duration behind = hand.example.clock.ahead();
  CHECK(behind < 0s);
  hand.timers.end_windows(Instant{5s});
  hand.example.clock.set(Instant{6s});
  CHECK(hand.example.clock.ahead() == behind);
}

}  // namespace
}  // namespace fencepost
