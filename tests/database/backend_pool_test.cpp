// A session that is borrowed again is as new, whatever was left in it.
#include "sim/database/backend_pool.hpp"

#include <csignal>

#include "sim/process/capacity.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

/// Nobody else's sessions have numbers there.
Cluster& own_cluster() {
  static Cluster cluster{ClusterOptions{}};
  return cluster;
}

/// Sessions to one server, of a protocol that may leave these leftovers.
struct Borrowing {
  Cluster& cluster = own_cluster();
  BackendPool pool;
  explicit Borrowing(Leftovers leftovers)
      : pool(cluster.clock(), cluster.conninfo("postgres"), leftovers) {}

  std::string ask(Backend& backend, const std::string& sql) {
    cluster.clock().about_to_send(backend.slot);
    const RawResult result = raw_query(backend.connection, sql);
    cluster.clock().settle(&backend.slot, 1);
    if (const auto error = error_of(backend.connection, result.get())) return error->sqlstate;
    return PQntuples(result.get()) > 0 ? value_at(result.get(), 0, 0).value_or("null") : "";
  }
};

const std::map<std::string, std::string> kSettings = {{"lock_timeout", "2s"}};

}  // namespace

TEST_CASE("backend pool: everything that may be left in a session is gone", "[database]") {
  start_over(own_cluster());
  Borrowing pool({true, true, true, false});
  Backend& first = pool.pool.borrow(1, kSettings);
  const std::uint32_t life = first.slot.generation;
  pool.ask(first, "CREATE SEQUENCE s; SELECT nextval('s')");
  pool.ask(first,
           "CREATE TEMP TABLE t AS SELECT 1; LISTEN jobs;"
           "SELECT pg_advisory_lock(7); PREPARE p AS SELECT 1; SET ROLE pg_monitor");
  pool.ask(first, "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT");
  pool.pool.give_back(first);
  Backend& second = pool.pool.borrow(2, {});
  REQUIRE(second.slot.generation == life);
  CHECK(pool.ask(second, "SHOW lock_timeout") == "0");
  CHECK(pool.ask(second, "SELECT current_user") == kSuperuser);
  CHECK(pool.ask(second, "SELECT 1 FROM t") == "42P01");
  CHECK(pool.ask(second, "SELECT lastval()") == "55000");
  CHECK(pool.ask(second, "EXECUTE p") == "26000");
  CHECK(pool.ask(second, "SELECT count(*) FROM pg_cursors") == "0");
  CHECK(pool.ask(second, "SELECT count(*) FROM pg_listening_channels()") == "0");
  CHECK(pool.ask(second, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0");
  pool.pool.give_back(second);
}

TEST_CASE("backend pool: one that is closed holds nothing from then on, though it may still go",
          "[database]") {
  start_over(own_cluster());
  Borrowing pool({true, false, false, false, true});
  Backend& other = pool.pool.borrow(1, {});
  std::string held;
  for (int i = 0; i < 20; ++i) {
    Backend& one = pool.pool.borrow(2, {});
    pool.ask(one, "SELECT pg_advisory_lock(7)");
    pool.pool.give_back(one);
    held += pool.ask(other, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
  }
  CHECK(held == std::string(20, '0'));
  pool.pool.give_back(other);
}

TEST_CASE("backend pool: a setting that SQL made up is not there in the next session",
          "[database]") {
  start_over(own_cluster());
  Borrowing pool({true, false, false, false});
  const std::string look = "SELECT current_setting('a.b', true)";
  for (const char* sql : {"SET a.b = 'c'", "SELECT set_config('a.b', 'c', true)",
                          "DO $$ BEGIN EXECUTE 'SET ' || 'a.b = 1'; END $$"}) {
    INFO(sql);
    Backend& first = pool.pool.borrow(1, {});
    pool.ask(first, sql);
    CHECK(pool.ask(first, look) != "null");
    pool.pool.give_back(first);
    Backend& second = pool.pool.borrow(2, {});
    CHECK(pool.ask(second, look) == "null");
    pool.pool.give_back(second);
  }
}

TEST_CASE("backend pool: a setting that a role made up is not there in another role's session",
          "[database]") {
  start_over(own_cluster());
  for (const Leftovers leftovers : {Leftovers{}, Leftovers{true, false, false, false}}) {
    Borrowing pool(leftovers);
    const std::string look = "SELECT current_setting('a.b', true)";
    Backend& first = pool.pool.borrow(1, {{"a.b", "c"}});
    const std::uint32_t life = first.slot.generation;
    CHECK(pool.ask(first, look) == "c");
    pool.pool.give_back(first);
    Backend& same = pool.pool.borrow(2, {{"a.b", "c"}});
    CHECK(same.slot.generation == life);
    CHECK(pool.ask(same, look) == "c");
    pool.pool.give_back(same);
    Backend& other = pool.pool.borrow(3, {});
    CHECK(pool.ask(other, look) == "null");
    pool.pool.give_back(other);
  }
}

TEST_CASE(
    "backend pool: the n-th that a history borrows is known by one number, whatever was before",
    "[database]") {
  Cluster& cluster = own_cluster();
  start_over(cluster);
  const auto known_as = [](Borrowing& pool) {
    Backend& first = pool.pool.borrow(1, {});
    Backend& second = pool.pool.borrow(2, {});
    const std::string numbers = pool.ask(first, "SELECT pg_backend_pid()") + " " +
                                pool.ask(second, "SELECT pg_backend_pid()");
    pool.pool.give_back(first);
    pool.pool.give_back(second);
    return numbers;
  };
  for (const bool watched : {false, true}) {
    Borrowing pool({false, false, false, watched});
    for (int round = 0; round < 3; ++round) CHECK(known_as(pool) == "5000001 5000002");
  }
  Borrowing pool({});
  Backend& ended = pool.pool.borrow(1, {});
  cluster.clock().signal(ended.slot, SIGTERM);
  cluster.clock().settle(&ended.slot, 1);
  pool.pool.give_back(ended);
  CHECK(known_as(pool) == "5000001 5000002");
}

TEST_CASE("backend pool: whoever looks who is there finds nobody of an earlier history",
          "[database]") {
  start_over(own_cluster());
  Borrowing pool({false, false, false, true});
  Backend& first = pool.pool.borrow(1, {});
  Backend& second = pool.pool.borrow(2, {});
  CHECK(pool.ask(first, "SELECT 1") + pool.ask(second, "SELECT 1") == "11");
  pool.pool.give_back(first);
  pool.pool.give_back(second);
  Backend& alone = pool.pool.borrow(1, {});
  CHECK(pool.ask(alone, "SELECT count(*) FROM pg_stat_activity WHERE pid > 5000000") == "1");
  pool.pool.give_back(alone);
}

TEST_CASE("backend pool: settings are those of who borrows, also where nothing is left",
          "[database]") {
  start_over(own_cluster());
  Borrowing pool({});
  Backend& first = pool.pool.borrow(1, kSettings);
  CHECK(pool.ask(first, "SHOW lock_timeout") == "2s");
  pool.pool.give_back(first);
  Backend& same = pool.pool.borrow(2, kSettings);
  CHECK(pool.ask(same, "SHOW lock_timeout") == "2s");
  pool.ask(same, "SET default_transaction_read_only = on");
  same.settings.reset();
  pool.pool.give_back(same);
  Backend& mended = pool.pool.borrow(3, kSettings);
  CHECK(pool.ask(mended, "SHOW default_transaction_read_only") == "off");
  CHECK(pool.ask(mended, "SHOW lock_timeout") == "2s");
  pool.pool.give_back(mended);
  Backend& other = pool.pool.borrow(4, {});
  CHECK(pool.ask(other, "SHOW lock_timeout") == "0");
  pool.pool.give_back(other);
}

TEST_CASE("backend pool: randomness is a function of the connection's number", "[database]") {
  start_over(own_cluster());
  const std::string draws = "SELECT random()::text || gen_random_uuid()";
  std::vector<std::string> drawn;
  for (const int number : {1, 2, 1}) {
    Borrowing pool({false, false, true, false});
    for (const int warm : {number + 5, number}) {
      Backend& backend = pool.pool.borrow(warm, {});
      drawn.push_back(pool.ask(backend, draws));
      pool.pool.give_back(backend);
    }
  }
  CHECK(drawn[1] == drawn[5]);
  CHECK(drawn[1] != drawn[3]);
  CHECK(drawn[1] != drawn[0]);
}

TEST_CASE("backend pool: a timer of idle sessions begins with who borrows", "[database]") {
  start_over(own_cluster());
  Borrowing pool({});
  ServerClock& clock = own_cluster().clock();
  const std::map<std::string, std::string> settings = {{"idle_session_timeout", "10s"}};
  Backend& first = pool.pool.borrow(1, settings);
  pool.pool.give_back(first);
  clock.set(clock.now() + 30s);
  Backend& second = pool.pool.borrow(2, settings);
  CHECK(clock.due(second.slot) == clock.now() + 10s);
  pool.pool.give_back(second);
}

TEST_CASE("backend pool: a session that can't be had is a sentence", "[database]") {
  ClusterOptions options;
  options.connections = 12;
  Cluster cluster(options);
  std::string complaint;
  int number = 0;
  try {
    BackendPool pool(cluster.clock(), cluster.conninfo("postgres"), {});
    for (; number < 20; ++number) pool.borrow(number, {});
  } catch (const EnvironmentError& error) {
    complaint = error.what();
  }
  CHECK(number == 12);
  CHECK(complaint.find("session 13 of a history can't be opened: ") == 0);
  CHECK(complaint.find("too many clients already; take fewer workers") != std::string::npos);
  BackendPool nowhere(cluster.clock(), cluster.conninfo("nowhere"), {});
  CHECK_THROWS_WITH(nowhere.borrow(1, {}),
                    ContainsSubstring("does not exist; let the schema's own triggers and limits of "
                                      "logins let workers in"));
}

TEST_CASE("sessions: more than this machine holds are refused in a sentence", "[server]") {
  try {
    demand_sessions(2'000'000'000);
    FAIL("two thousand million sessions");
  } catch (const EnvironmentError& error) {
    const std::string complaint = error.what();
    CHECK(complaint.find("2000000000 sessions at once need 3000000000 MB of memory, and ") == 0);
    CHECK(complaint.find("take fewer workers, or fewer --jobs") != std::string::npos);
  }
  demand_sessions(10);
}

}  // namespace fencepost
