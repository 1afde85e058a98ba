// A server's clock that is wrong: what it shows, and when its timeouts come, to the microsecond.
#include <signal.h>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

/// A server whose clock is right at first, and again afterwards.
struct Wrong {
  Cluster& cluster = shared_cluster();
  ServerClock& clock = cluster.clock();
  Wrong() {
    clock.follow();
    start_over(cluster);
  }
  ~Wrong() { clock.follow(); }
};

TEST_CASE("server's clock: after a step the server shows another time, and simulated time does not",
          "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  wrong.clock.set(Instant{} + 10s);
  CHECK(wrong.clock.step(301s) == 301s);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 08:05:11+00");
  CHECK(wrong.clock.now() == Instant{} + 10s);
  CHECK(wrong.clock.ahead() == 301s);
  CHECK(wrong.clock.step(-1h) == -1h);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 07:05:11+00");
  wrong.clock.set(Instant{} + 11s);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 07:05:12+00");
}

TEST_CASE("server's clock: a step ends where PostgreSQL and we can still print", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  CHECK(wrong.clock.step(Duration::min()) < 0s);
  CHECK(session.ask("select clock_timestamp()") == "2000-01-02 00:00:00+00");
  CHECK(wrong.clock.step(Duration::max()) > 0s);
  CHECK(session.ask("select clock_timestamp()") == "2127-01-16 08:00:00+00");
}

TEST_CASE("server's clock: a frozen clock shows one time, and goes on from there", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  wrong.clock.set(Instant{} + 5s);
  wrong.clock.freeze();
  wrong.clock.set(Instant{} + 65s);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 08:00:05+00");
  wrong.clock.thaw();
  CHECK(wrong.clock.ahead() == -1min);
  wrong.clock.set(Instant{} + 66s);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 08:00:06+00");
}

TEST_CASE("server's clock: a coarse clock shows whole ticks, also before the start", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  wrong.clock.coarsen(1s);
  wrong.clock.set(Instant{} + 1999ms);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 08:00:01+00");
  CHECK(wrong.clock.ahead() == -999ms);
  wrong.clock.set(Instant{} - 1us);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 07:59:59+00");
}

TEST_CASE("server's clock: a sleep ends when the server's clock gets there", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  REQUIRE(session.send("select pg_sleep(10)") == Activity::timeout);
  CHECK(wrong.clock.due(session.slot()) == Instant{} + 10s);
  wrong.clock.step(4s);
  CHECK(wrong.clock.due(session.slot()) == Instant{} + 6s);
  wrong.clock.step(-1h);
  CHECK(wrong.clock.due(session.slot()) == Instant{} + 6s + 1h);
  wrong.clock.set(Instant{} + 6s + 1h - 1us);
  CHECK_FALSE(wrong.clock.fire(session.slot()));
  wrong.clock.set(Instant{} + 6s + 1h);
  CHECK(session.fire() == Activity::idle);
  CHECK(session.answer().empty());
}

TEST_CASE("server's clock: a jump past the end of a sleep makes it due at once", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  REQUIRE(session.send("select pg_sleep(10), clock_timestamp()") == Activity::timeout);
  wrong.clock.step(11s);
  CHECK(wrong.clock.due(session.slot()) <= Instant{});
  CHECK(session.fire() == Activity::idle);
  CHECK(session.answer() == "|2027-01-15 08:00:11+00");
}

TEST_CASE("server's clock: while it stands still nothing is due", "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  session.ask("set idle_in_transaction_session_timeout = '5s'");
  session.ask("begin");
  wrong.clock.freeze();
  wrong.clock.set(Instant{} + 1h);
  CHECK(wrong.clock.due(session.slot()) == std::nullopt);
  CHECK_FALSE(wrong.clock.fire(session.slot()));
  wrong.clock.thaw();
  CHECK(wrong.clock.due(session.slot()) == Instant{} + 1h + 5s);
  wrong.clock.set(Instant{} + 1h + 5s);
  CHECK(session.fire() == Activity::gone);
}

TEST_CASE("server's clock: a coarse clock's timeouts come with the tick that reaches them",
          "[sim]") {
  Wrong wrong;
  TestSession session(wrong.cluster);
  wrong.clock.coarsen(1s);
  session.ask("set idle_in_transaction_session_timeout = '1500ms'");
  session.ask("begin");
  CHECK(wrong.clock.due(session.slot()) == Instant{} + 2s);
  wrong.clock.set(Instant{} + 2s - 1us);
  CHECK_FALSE(wrong.clock.fire(session.slot()));
  wrong.clock.set(Instant{} + 2s);
  CHECK(session.fire() == Activity::gone);
}

TEST_CASE("server's clock: a step back puts a lock_timeout off, and loses none", "[sim]") {
  Wrong wrong;
  TestSession holder(wrong.cluster);
  TestSession waiter(wrong.cluster);
  holder.ask("select pg_advisory_lock(1)");
  waiter.ask("set lock_timeout = '300ms'; set deadlock_timeout = '2h'");
  REQUIRE(waiter.send("select pg_advisory_lock(1)") == Activity::lock);
  wrong.clock.step(-1h);
  // The server's own handler looks at its clock, too, and waits on.
  wrong.clock.set(Instant{} + 300ms);
  wrong.clock.signal(waiter.slot(), SIGALRM);
  const Slot slot = waiter.slot();
  wrong.clock.settle(&slot, 1);
  REQUIRE(waiter.activity() == Activity::lock);
  CHECK(wrong.clock.due(waiter.slot()) == Instant{} + 300ms + 1h);
  wrong.clock.set(Instant{} + 300ms + 1h);
  CHECK(waiter.fire() == Activity::idle);
  CHECK(waiter.answer() == "55P03");
}

}  // namespace
}  // namespace fencepost
