// The barrier: of several sessions that one commit wakes, the released one goes first, every time.
#include <set>
#include <vector>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

void settle(Cluster& cluster, std::initializer_list<const TestSession*> sessions) {
  std::vector<Slot> slots;
  for (const TestSession* session : sessions) slots.push_back(session->slot());
  cluster.clock().settle(slots.data(), static_cast<int>(slots.size()));
}

TEST_CASE("barrier: two waiters woken by one commit run in the order of their release", "[sim]") {
  const bool second_first = GENERATE(false, true);
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession one(cluster);
  TestSession two(cluster);
  holder.ask(
      "create table rows(id int primary key, n int); insert into rows values (1, 0), (2, 0)");
  holder.ask("create table passed(position serial, who text, place tid)");
  const auto wait_and_log = [](const std::string& who, const std::string& row) {
    return "with changed as (update rows set n = n + 1 where id = " + row +
           " returning ctid) insert into passed(who, place) select '" + who +
           "', ctid from changed returning position, who, place";
  };
  TestSession& first = second_first ? two : one;
  TestSession& last = second_first ? one : two;
  std::set<std::string> traces;
  for (int repeat = 0; repeat < 50; ++repeat) {
    holder.ask(
        "truncate passed restart identity; truncate rows; insert into rows values (1, 0), (2, 0)");
    for (const TestSession* each : {&one, &two}) cluster.clock().close_barrier(each->slot());
    holder.ask("begin");
    holder.ask("update rows set n = 5");
    REQUIRE(one.send(wait_and_log("one", "1")) == Activity::lock);
    REQUIRE(two.send(wait_and_log("two", "2")) == Activity::lock);
    holder.ask("commit");
    settle(cluster, {&holder, &one, &two});
    REQUIRE(one.activity() == Activity::held);
    REQUIRE(two.activity() == Activity::held);
    std::string trace;
    for (TestSession* each : {&first, &last}) {
      cluster.clock().release(each->slot());
      settle(cluster, {&holder, &one, &two});
      REQUIRE(each->activity() == Activity::idle);
      trace += each->answer() + "\n";
    }
    traces.insert(trace);
  }
  const std::string expected =
      second_first ? "1|two|(0,5)\n2|one|(0,6)\n" : "1|one|(0,5)\n2|two|(0,6)\n";
  CHECK(traces.size() == 1);
  CHECK(*traces.begin() == expected);
}

TEST_CASE("barrier: of two waiters for one row the released one waits on when another was first",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession one(cluster);
  TestSession two(cluster);
  holder.ask("create table rows(id int primary key, n int); insert into rows values (1, 0)");
  for (const TestSession* each : {&one, &two}) cluster.clock().close_barrier(each->slot());
  for (TestSession* each : {&one, &two}) each->ask("begin");
  holder.ask("begin");
  holder.ask("update rows set n = 5");
  REQUIRE(one.send("update rows set n = n + 1 returning n") == Activity::lock);
  REQUIRE(two.send("update rows set n = n * 2 returning n") == Activity::lock);
  holder.ask("commit");
  settle(cluster, {&holder, &one, &two});
  REQUIRE(one.activity() == Activity::held);
  cluster.clock().release(one.slot());
  settle(cluster, {&holder, &one, &two});
  CHECK(one.answer() == "6");
  for (int barriers = 0; two.activity() == Activity::held && barriers < 3; ++barriers) {
    cluster.clock().release(two.slot());
    settle(cluster, {&holder, &one, &two});
  }
  CHECK(two.activity() == Activity::lock);
  one.ask("commit");
  settle(cluster, {&holder, &one, &two});
  while (two.activity() == Activity::held) {
    cluster.clock().release(two.slot());
    settle(cluster, {&holder, &one, &two});
  }
  CHECK(two.answer() == "12");
}

TEST_CASE("barrier: a lock wait that ends in an error does not stop there", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession waiter(cluster);
  holder.ask("create table rows(id int primary key, n int); insert into rows values (1, 0)");
  holder.ask("begin");
  holder.ask("update rows set n = 5");
  waiter.ask("set lock_timeout = '100ms'");
  cluster.clock().close_barrier(waiter.slot());
  REQUIRE(waiter.send("update rows set n = 6") == Activity::lock);
  cluster.clock().set(Instant{} + 100ms);
  CHECK(waiter.fire() == Activity::idle);
  CHECK(waiter.answer() == "55P03");
}

TEST_CASE("barrier: where it is open a waiter passes", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession waiter(cluster);
  holder.ask("select pg_advisory_lock(1)");
  REQUIRE(waiter.send("select pg_advisory_lock(1)") == Activity::lock);
  holder.ask("select pg_advisory_unlock(1)");
  settle(cluster, {&holder, &waiter});
  CHECK(waiter.activity() == Activity::idle);
}

TEST_CASE("barrier: a held session can be ended with the server's own command", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession waiter(cluster);
  cluster.clock().close_barrier(waiter.slot());
  holder.ask("select pg_advisory_lock(1)");
  REQUIRE(waiter.send("select pg_advisory_lock(1)") == Activity::lock);
  holder.ask("select pg_advisory_unlock(1)");
  settle(cluster, {&holder, &waiter});
  REQUIRE(waiter.activity() == Activity::held);
  holder.ask("select pg_terminate_backend(" + std::to_string(waiter.pid()) + ")");
  settle(cluster, {&holder, &waiter});
  CHECK(waiter.activity() == Activity::held);
  cluster.clock().release(waiter.slot());
  settle(cluster, {&holder, &waiter});
  CHECK(waiter.activity() == Activity::gone);
}

TEST_CASE("barrier: a commit inside of a statement stands there, seen by all, with its locks free",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession caller(cluster);
  TestSession other(cluster);
  caller.ask("create table written(n int)");
  cluster.clock().close_barrier(caller.slot());
  const std::uint64_t before = cluster.clock().commits(caller.slot());
  Activity activity = caller.send(
      "do $$ begin for i in 1..3 loop perform pg_advisory_xact_lock(7); "
      "insert into written values (i); commit; end loop; end $$");
  for (int n = 1; n <= 3; ++n) {
    REQUIRE(activity == Activity::held);
    CHECK(cluster.clock().held_at(caller.slot()) == Place::committed);
    CHECK(cluster.clock().commits(caller.slot()) == before + static_cast<std::uint64_t>(n));
    CHECK(other.ask("select max(n) from written") == std::to_string(n));
    CHECK(other.ask("select pg_try_advisory_xact_lock(7)") == "t");
    cluster.clock().release(caller.slot());
    settle(cluster, {&caller});
    activity = caller.activity();
  }
  CHECK(activity == Activity::idle);
  CHECK(caller.answer() == "");
}

TEST_CASE("barrier: a commit that is held comes late, and whoever waits for its row waits",
          "[sim]") {
  const std::string sql =
      GENERATE(std::string("update rows set n = n + 1 returning n"), std::string("commit"));
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession late(cluster);
  TestSession other(cluster);
  late.ask("create table rows(id int primary key, n int); insert into rows values (1, 0)");
  if (sql == "commit") late.ask("begin; update rows set n = n + 1");
  for (const TestSession* each : {&late, &other}) cluster.clock().close_barrier(each->slot());
  cluster.clock().hold_commits(late.slot());
  REQUIRE(late.send(sql) == Activity::held);
  CHECK(cluster.clock().held_at(late.slot()) == Place::commit);
  CHECK(other.ask("select n from rows") == "0");
  REQUIRE(other.send("update rows set n = n + 1 where n = 0 returning n") == Activity::lock);
  cluster.clock().let_commit(late.slot());
  settle(cluster, {&late, &other});
  CHECK(late.answer() == (sql == "commit" ? "" : "1"));
  REQUIRE(other.activity() == Activity::held);
  CHECK(cluster.clock().held_at(other.slot()) == Place::lock);
  cluster.clock().release(other.slot());
  settle(cluster, {&late, &other});
  CHECK(other.answer() == "");
}

TEST_CASE("barrier: a transaction that changed nothing does not stand before its commit", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession reader(cluster);
  cluster.clock().hold_commits(reader.slot());
  CHECK(reader.send("select 1") == Activity::idle);
  CHECK(reader.answer() == "1");
}

}  // namespace
}  // namespace fencepost
