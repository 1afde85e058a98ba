// Everything in PostgreSQL that knows the time or draws lots follows simulated time and the seed,
// in plain SQL.
#include <signal.h>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

TEST_CASE(
    "server time: now, CURRENT_TIMESTAMP, clock_timestamp and defaults show the simulated clock",
    "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask(
      "create table stamped(id int, at timestamptz default now(), late timestamptz default "
      "clock_timestamp())");
  CHECK(session.ask("select now(), current_timestamp, clock_timestamp()") ==
        "2027-01-15 08:00:00+00|2027-01-15 08:00:00+00|2027-01-15 08:00:00+00");
  cluster.clock().set(Instant{} + 330'000'001us);
  CHECK(session.ask("select now(), current_timestamp, clock_timestamp(), localtime") ==
        "2027-01-15 08:05:30.000001+00|2027-01-15 08:05:30.000001+00|2027-01-15 "
        "08:05:30.000001+00|08:05:30.000001");
  CHECK(session.ask("insert into stamped(id) values (1) returning at, late") ==
        "2027-01-15 08:05:30.000001+00|2027-01-15 08:05:30.000001+00");
}

TEST_CASE("server time: now stays at the transaction's start, clock_timestamp goes on", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("begin");
  cluster.clock().set(Instant{} + 5s);
  CHECK(session.ask("select now(), clock_timestamp()") ==
        "2027-01-15 08:00:00+00|2027-01-15 08:00:05+00");
  session.ask("rollback");
}

TEST_CASE("server time: the clock may go back", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  cluster.clock().set(Instant{} - 1h);
  CHECK(session.ask("select clock_timestamp()") == "2027-01-15 07:00:00+00");
}

TEST_CASE("server time: pg_sleep ends at its microsecond and not one before", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  REQUIRE(session.send("select pg_sleep(2.5), clock_timestamp()") == Activity::timeout);
  CHECK(cluster.clock().due(session.slot()) == Instant{} + 2500ms);
  cluster.clock().set(Instant{} + 2500ms - 1us);
  CHECK_FALSE(cluster.clock().fire(session.slot()));
  cluster.clock().set(Instant{} + 2500ms);
  CHECK(session.fire() == Activity::idle);
  CHECK(session.answer() == "|2027-01-15 08:00:02.5+00");
}

TEST_CASE("server time: pg_sleep of whole milliseconds is exact from any microsecond", "[sim]") {
  const auto [seconds, length] = GENERATE(table<std::string, Duration>(
      {{"0.3", 300ms}, {"0.333", 333ms}, {"0.001", 1ms}, {"700.1", 700'100ms}}));
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Instant start = cluster.clock().now() + 7'919'337us;
    cluster.clock().set(start);
    Activity activity = session.send("select pg_sleep(" + seconds + ")");
    while (activity == Activity::timeout) {
      cluster.clock().set(*cluster.clock().due(session.slot()));
      activity = session.fire();
    }
    REQUIRE((cluster.clock().now() - start).count() == length.count());
    session.answer();
  }
}

/// A row that the first session has locked.
void lock_row(TestSession& holder) {
  holder.ask(
      "create table rows(id int primary key, n int default 0); insert into rows values (1), (2)");
  holder.ask("begin");
  holder.ask("update rows set n = 1 where id = 1");
}

TEST_CASE(
    "server time: lock_timeout and statement_timeout fire at their microsecond and not one before",
    "[sim]") {
  const auto [setting, sqlstate] = GENERATE(table<std::string, std::string>(
      {{"set lock_timeout = '300ms'", "55P03"}, {"set statement_timeout = '300ms'", "57014"}}));
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  lock_row(holder);
  TestSession waiter(cluster);
  waiter.ask(setting);
  waiter.ask("set deadlock_timeout = '1h'");
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Instant start = cluster.clock().now();
    REQUIRE(waiter.send("update rows set n = 2 where id = 1") == Activity::lock);
    REQUIRE(cluster.clock().due(waiter.slot()) == start + 300ms);
    cluster.clock().set(start + 300ms - 1us);
    REQUIRE_FALSE(cluster.clock().fire(waiter.slot()));
    cluster.clock().signal(waiter.slot(), SIGALRM);
    const Slot slot = waiter.slot();
    cluster.clock().settle(&slot, 1);
    REQUIRE(waiter.activity() == Activity::lock);
    cluster.clock().set(start + 300ms);
    REQUIRE(waiter.fire() == Activity::idle);
    REQUIRE(waiter.answer() == sqlstate);
  }
}

TEST_CASE("server time: idle_in_transaction_session_timeout ends the session at its microsecond",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("set idle_in_transaction_session_timeout = '5s'");
  session.ask("begin");
  CHECK(cluster.clock().due(session.slot()) == Instant{} + 5s);
  cluster.clock().set(Instant{} + 5s - 1us);
  CHECK_FALSE(cluster.clock().fire(session.slot()));
  cluster.clock().set(Instant{} + 5s);
  CHECK(session.fire() == Activity::gone);
}

TEST_CASE("server time: an idle session outside a transaction has nothing due", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("set statement_timeout = '2s'");
  session.ask("create table written(id int)");
  session.ask("insert into written values (1)");
  CHECK(cluster.clock().due(session.slot()) == std::nullopt);
}

TEST_CASE("server time: a deadlock's victim is whose timer fires first", "[sim]") {
  const int first = GENERATE(0, 1);
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession one(cluster);
  TestSession other(cluster);
  TestSession* victim = first == 0 ? &one : &other;
  TestSession* survivor = first == 0 ? &other : &one;
  one.ask(
      "create table rows(id int primary key, n int default 0); insert into rows values (1), (2)");
  for (int repeat = 0; repeat < 50; ++repeat) {
    one.ask("begin");
    other.ask("begin");
    one.ask("update rows set n = 1 where id = 1");
    other.ask("update rows set n = 1 where id = 2");
    REQUIRE(one.send("update rows set n = 1 where id = 2") == Activity::lock);
    REQUIRE(other.send("update rows set n = 1 where id = 1") == Activity::lock);
    cluster.clock().set(cluster.clock().now() + 1s);
    REQUIRE(victim->fire() == Activity::idle);
    REQUIRE(victim->answer() == "40P01");
    const Slot slot = survivor->slot();
    cluster.clock().settle(&slot, 1);
    REQUIRE(survivor->activity() == Activity::idle);
    REQUIRE(survivor->answer().empty());
    one.ask("rollback");
    other.ask("rollback");
  }
}

TEST_CASE("server time: gen_random_uuid is a function of the seed", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession one(cluster);
  TestSession other(cluster);
  const auto draw = [&](TestSession& session, std::uint64_t seed) {
    cluster.clock().seed(session.slot(), seed);
    return session.ask("select gen_random_uuid(), gen_random_uuid()");
  };
  const std::string drawn = draw(one, 1);
  CHECK(drawn == "c15c0289-ec2d-4a91-a7ec-8e65a18debbe|5e5532fb-eea2-43f8-8bc9-42ee9086c171");
  CHECK(draw(one, 1) == drawn);
  CHECK(draw(other, 1) == drawn);
  CHECK(draw(one, 2) != drawn);
}

TEST_CASE("server time: random follows setseed", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession one(cluster);
  TestSession other(cluster);
  const std::string drawn = one.ask("select setseed(0.25), random(), random()");
  CHECK(other.ask("select setseed(0.25), random(), random()") == drawn);
  CHECK(other.ask("select setseed(0.5), random(), random()") != drawn);
}

}  // namespace
}  // namespace fencepost
