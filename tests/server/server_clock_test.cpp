// The clock page says what a session does: exactly, also of long messages, killed processes and
// busy ones.
#include "sim/server/server_clock.hpp"

#include <signal.h>

#include <set>

#include "sim/server/data_directory.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

TEST_CASE("server clock: a commit is counted when a session commits a write, and only then",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  TestSession other(cluster);
  session.ask("create table written(n int)");
  const auto changes = [&](const std::string& sql) {
    const std::uint64_t before = cluster.clock().commits(session.slot());
    session.ask(sql);
    return cluster.clock().commits(session.slot()) != before;
  };
  CHECK(changes("insert into written values (1)"));
  CHECK_FALSE(changes("select 1"));
  CHECK_FALSE(changes("begin"));
  CHECK_FALSE(changes("insert into written values (2)"));
  CHECK_FALSE(changes("rollback"));
  CHECK_FALSE(changes("begin; insert into written values (3)"));
  CHECK(changes("commit"));
  const std::uint64_t before = cluster.clock().commits(session.slot());
  other.ask("insert into written values (4)");
  CHECK(cluster.clock().commits(session.slot()) == before);
}

TEST_CASE("server clock: a process is known by the number that was given to it, and reached by it",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession other(cluster);
  CHECK(other.pid() > 4'900'000);
  for (int life = 0; life < 2; ++life) {
    cluster.clock().number_next(5'000'777);
    TestSession session(cluster);
    CHECK(session.pid() == 5'000'777);
    CHECK(session.ask("select pid from pg_stat_activity where pid = pg_backend_pid()") ==
          "5000777");
    session.ask("select pg_advisory_lock(7)");
    CHECK(other.ask("select pid from pg_locks where locktype = 'advisory'") == "5000777");
    other.start("select pg_advisory_lock(7)");
    const Slot slot = other.slot();
    cluster.clock().settle(&slot, 1);
    CHECK(session.ask(fmt::format("select pg_blocking_pids({})", other.pid())) == "{5000777}");
    CHECK(session.ask(fmt::format("select pg_cancel_backend({})", other.pid())) == "t");
    cluster.clock().settle(&slot, 1);
    CHECK(other.answer() == "57014");
    CHECK(other.ask("select pg_terminate_backend(5000777)") == "t");
    const Slot ended = session.slot();
    cluster.clock().settle(&ended, 1);
    CHECK(session.activity() == Activity::gone);
    CHECK(other.ask("select count(*) from pg_stat_activity where pid = 5000777") == "0");
  }
  CHECK(other.ask("select pg_terminate_backend(5000777)") == "f");
}

TEST_CASE("server clock: a number whose process does not end is waited for only so long", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  cluster.clock().number_next(5'000'779);
  TestSession stays(cluster);
  ServerClock impatient(clock_of(cluster.folder()).string(), Patience{20ms});
  CHECK_THROWS_WITH(impatient.number_next(5'000'779),
                    "process 5000779 of the private server is over, but does not end");
  CHECK(stays.ask("select pg_backend_pid()") == "5000779");
}

TEST_CASE(
    "server clock: who begins beside a session reads what that has locked, as it is committed",
    "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  cluster.clock().number_next(5'000'778);
  TestSession holder(cluster);
  holder.ask("create table t(n int); insert into t values (1)");
  CHECK_FALSE(cluster.clock().excludes_readers());
  holder.ask("begin; lock table t; insert into t values (2)");
  CHECK(cluster.clock().excludes_readers());
  cluster.clock().place_next_beside(holder.pid());
  TestSession beside(cluster), other(cluster);
  CHECK(beside.send("select 1") == Activity::idle);
  CHECK(beside.answer() == "1");
  CHECK(beside.ask("select n from t") == "1");
  CHECK(other.send("select n from t") == Activity::lock);
  holder.ask("commit");
  const Slot slot = other.slot();
  cluster.clock().settle(&slot, 1);
  CHECK(other.answer() == "1\n2");
  CHECK_FALSE(cluster.clock().excludes_readers());
  // It commits before it takes its lock.
  holder.ask("begin; select n from t");
  CHECK(other.send("vacuum full t") == Activity::lock);
  CHECK(cluster.clock().excludes_readers());
  holder.ask("commit");
  cluster.clock().settle(&slot, 1);
  CHECK(other.answer().empty());
  CHECK_FALSE(cluster.clock().excludes_readers());
  // What fails is over, too.
  holder.ask("begin; savepoint s");
  CHECK(holder.ask("lock table gone") == "42P01");
  holder.ask("rollback to s; commit");
  CHECK_FALSE(cluster.clock().excludes_readers());
}

TEST_CASE("server clock: a page that there is no room for is told with the reason", "[sim]") {
  std::string folder = "/dev/shm/fencepost-test-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  CHECK_THROWS_WITH(ServerClock(folder + "/clock", Patience{20ms}, SlotCount{~0u}),
                    folder + "/clock: the clock page can't be made: No space left on device");
  std::filesystem::remove_all(folder);
}

TEST_CASE("server clock: the tables that committed transactions wrote are told once, by bits",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  TestSession other(cluster);
  session.ask("create table first(n int); create table second(n int); create table third(n int)");
  const auto number = [&](const std::string& what) {
    return static_cast<std::uint32_t>(std::stoul(session.ask("select " + what)));
  };
  const WatchedTables watched{
      number("oid from pg_database where datname = 'postgres'"),
      {number("'first'::regclass::oid"), number("'second'::regclass::oid")}};
  std::uint32_t writers = 0;
  const auto written = [&] {
    const Wrote all = cluster.clock().take_written(watched);
    writers = all.writers;
    return all.tables;
  };
  CHECK(written() == ~std::uint64_t{0});
  CHECK(written() == 0);
  CHECK(writers == 0);
  session.ask("insert into first values (1)");
  CHECK(written() == 1);
  CHECK(writers == 1);
  other.ask("insert into second values (1); insert into third values (1)");
  session.ask("insert into third values (1)");
  CHECK(written() == 2);
  CHECK(writers == 2);
  session.ask("begin; update first set n = 2; update second set n = 2");
  other.ask("insert into third values (1)");
  CHECK(written() == 0);
  session.ask("commit");
  CHECK(written() == 3);
  session.ask("begin; lock first in row share mode; select * from first for update");
  session.ask("select * from second; insert into third values (1); commit");
  CHECK(written() == 0);
  CHECK(writers == 1);
  session.ask("insert into first values (3)");
  const Wrote other_tables =
      cluster.clock().take_written({watched.database, {watched.tables[1]}});
  CHECK(other_tables.tables == ~std::uint64_t{0});
  CHECK(other_tables.writers > 1);
  CHECK(written() == ~std::uint64_t{0});
}

// A page is cleaned by whoever next reads it, which is logged, but changes nothing that anybody
// sees; and when it happens to a page of the catalogue depends on all histories before.
TEST_CASE("server clock: a reader that cleans a page has not committed anything", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("create table wide(n int, filler char(1500))");
  session.ask("insert into wide values (1, '')");
  const auto logged = [&] { return session.ask("select pg_current_wal_insert_lsn()"); };
  for (int n = 2; n <= 5; ++n) session.ask("update wide set n = " + std::to_string(n));
  const std::uint64_t before = cluster.clock().commits(session.slot());
  const std::string log = logged();
  session.ask("select n from wide");
  CHECK(logged() != log);
  CHECK(cluster.clock().commits(session.slot()) == before);
}

TEST_CASE("server clock: a session that was ended is gone, and its commits can be read", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("create table written(n int)");
  const Slot slot = session.slot();
  const std::uint64_t commit = cluster.clock().commits(slot);
  cluster.clock().signal(slot, SIGTERM);
  cluster.clock().settle(&slot, 1);
  CHECK(session.activity() == Activity::gone);
  CHECK(cluster.clock().commits(slot) == commit);
  CHECK(cluster.clock().due(slot) == std::nullopt);
  CHECK_FALSE(cluster.clock().fire(slot));
  TestSession later(cluster);
  CHECK(session.activity() == Activity::gone);
}

TEST_CASE("server clock: a slot is used again, and the old session is not taken for the new one",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  std::set<int> numbers;
  Slot first;
  for (int count = 0; count < 1100; ++count) {
    TestSession session(cluster);
    if (count == 0) first = session.slot();
    numbers.insert(session.slot().number);
    REQUIRE(session.activity() == Activity::idle);
    if (count > 0) REQUIRE(cluster.clock().activity(first) == Activity::gone);
  }
  CHECK(numbers.size() <= 1024);
}

TEST_CASE("server clock: a killed session is gone, and so are all others that the server then ends",
          "[sim]") {
  Cluster cluster{{}};
  TestSession killed(cluster);
  TestSession other(cluster);
  const Slot slots[] = {killed.slot(), other.slot()};
  cluster.clock().signal(slots[0], SIGKILL);
  cluster.clock().about_to_send(slots[1]);
  cluster.clock().settle(slots, 2);
  CHECK(killed.activity() == Activity::gone);
  CHECK(other.activity() == Activity::gone);
}

TEST_CASE("server clock: a statement of a megabyte is settled when it is done", "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession holder(cluster);
  TestSession session(cluster);
  holder.ask("select pg_advisory_lock(7)");
  const std::string text(1'000'000, 'x');
  for (int repeat = 0; repeat < 20; ++repeat) {
    CHECK(session.ask("select length('" + text + "')") == "1000000");
    REQUIRE(session.send("select pg_advisory_lock(7), '" + text + "'") == Activity::lock);
    cluster.clock().signal(session.slot(), SIGINT);
    const Slot slot = session.slot();
    cluster.clock().settle(&slot, 1);
    REQUIRE(session.answer() == "57014");
  }
}

TEST_CASE("server clock: an answer that does not fit into the socket is read piece by piece",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  REQUIRE(session.send("select repeat('x', 5000000)") == Activity::sending);
  CHECK(session.answer() == std::string(5'000'000, 'x'));
  CHECK(session.activity() == Activity::idle);
}

TEST_CASE("server clock: a checkpoint, which another process does, is settled when it is done",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  session.ask("create table written as select generate_series(1, 10000)");
  CHECK(session.ask("checkpoint").empty());
}

TEST_CASE("server clock: a session that does not come to rest is an error that says what it does",
          "[sim]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestSession session(cluster);
  ServerClock impatient(clock_of(cluster.folder()).string(), Patience{20ms});
  const Slot slot = session.slot();
  session.start("select count(*) from generate_series(1, 1000000000000)");
  CHECK_THROWS_WITH(
      impatient.settle(&slot, 1),
      ContainsSubstring("the server's sessions did not come to rest in 20 ms: slot") &&
          ContainsSubstring("pid " + std::to_string(session.pid())));
  cluster.clock().signal(slot, SIGINT);
  cluster.clock().settle(&slot, 1);
  CHECK(session.answer() == "57014");
}

TEST_CASE("server clock: a process that is no session has no slot", "[sim]") {
  CHECK_THROWS_WITH(shared_cluster().clock().slot_of(1),
                    "process 1 has no slot: it is no backend of this server, or has exited");
}

}  // namespace
}  // namespace fencepost
