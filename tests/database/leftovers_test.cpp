// Which SQL can leave something in a session, and which surely can't.
#include "sim/database/leftovers.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

constexpr Leftovers kNone{}, kState{true, false, false, false}, kPrepared{true, true, false, false},
    kRandom{false, false, true, false}, kAnything{true, true, true, false},
    kLasting{true, true, true, false, true};

}  // namespace

TEST_CASE("leftovers: what ends with its transaction leaves nothing", "[database]") {
  for (const char* sql :
       {"UPDATE jobs SET state = 'done' WHERE id = $1 RETURNING id",
        "INSERT INTO jobs VALUES ($1) ON CONFLICT (id) DO UPDATE SET state = 'ready'",
        "SELECT pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(2), pg_advisory_unlock(3)",
        "SELECT id FROM jobs FOR UPDATE SKIP LOCKED", "SELECT gen_random_uuid(), nextval('ids')",
        "SET LOCAL lock_timeout = '1s'", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SELECT pg_notify('jobs', 'ready')", "CREATE TABLE t (id serial) -- temp; SET x = 1",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$"
        " BEGIN UPDATE t SET a = 1; RETURN new; END $$;"
        "CREATE TRIGGER t AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()"}) {
    INFO(sql);
    CHECK(leftovers_of(sql) == kNone);
  }
}

TEST_CASE("leftovers: settings, locks, tables and more of a session are seen", "[database]") {
  for (const char* sql :
       {"SET lock_timeout = '1s'", "select 1; set role other", "RESET ALL",
        "SELECT set_config('a.b', 'c', false)", "SELECT pg_try_advisory_lock(1)",
        "SELECT PG_ADVISORY_LOCK_SHARED(1)", "LISTEN jobs", "CREATE TEMP TABLE t ()",
        "SELECT 1 INTO TEMPORARY t", "SELECT currval('ids')", "SELECT lastval()",
        "CREATE SEQUENCE s CACHE 20", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $x$ BEGIN SET a.b = 1; END $x$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN IF true THEN SET a.b = 1;"
        " END IF; END'"}) {
    INFO(sql);
    CHECK(leftovers_of(sql) == kState);
  }
}

TEST_CASE("leftovers: prepared statements, randomness, and what is only known when it runs",
          "[database]") {
  CHECK(leftovers_of("PREPARE p AS SELECT 1") == kPrepared);
  CHECK(leftovers_of("DISCARD ALL") == kPrepared);
  CHECK(leftovers_of("SELECT id FROM jobs ORDER BY random() LIMIT 1") == kRandom);
  CHECK(leftovers_of("SELECT setseed(0.5)") == kRandom);
  CHECK(leftovers_of("DO $$ BEGIN EXECUTE 'SE' || 'T a.b = 1'; END $$") == kAnything);
  CHECK(leftovers_of("CREATE EXTENSION dblink") == kLasting);
  CHECK(leftovers_of("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ return 1 $$") ==
        kLasting);
  CHECK(leftovers_of("SELECT 1; LOAD 'auto_explain'") == kLasting);
  CHECK(leftovers_of("SELECT load FROM hosts") == kAnything);
  CHECK(leftovers_of("ALTER ROLE app SET a.b = 'c'").lasting);
}

TEST_CASE("leftovers: whoever looks for another's backend must not find one that is kept",
          "[database]") {
  for (const char* sql :
       {"SELECT 1 FROM pg_stat_activity WHERE pid = $1", "SELECT pg_terminate_backend($1)",
        "SELECT pg_cancel_backend($1)", "SELECT pg_stat_get_backend_pid(1)",
        "SELECT pid FROM pg_stat_get_activity(NULL)"}) {
    INFO(sql);
    CHECK(leftovers_of(sql) == Leftovers{false, false, false, true});
  }
  CHECK(leftovers_of("SELECT pg_backend_pid()") == kNone);
}

TEST_CASE("leftovers: a protocol's schema, statements, roles and version before count",
          "[database]") {
  Protocol protocol;
  CHECK(leftovers_of(protocol) == kNone);
  protocol.statements["draw"].sql = "SELECT random()";
  CHECK(leftovers_of(protocol) == kRandom);
  protocol.statements.clear();
  protocol.roles.emplace_back().listen = "jobs";
  CHECK(leftovers_of(protocol) == kState);
  Protocol after;
  after.previous = std::make_shared<Protocol>(protocol);
  CHECK(leftovers_of(after) == kState);
  after = {};
  after.roles.emplace_back().settings["client_connection_check_interval"] = "5s";
  CHECK(leftovers_of(after).lasting);
  after = {};
  after.server["client_connection_check_interval"] = "5s";
  CHECK(leftovers_of(after).lasting);
  CHECK(leftovers_of("SET client_connection_check_interval = '5s'").lasting);
  protocol.schema = {"CREATE EXTENSION hstore"};
  CHECK(leftovers_of(protocol) == kLasting);
}

TEST_CASE("leftovers: what may be redefined in a history is seen, also in what a schema creates",
          "[database]") {
  const auto in_schema = [](const std::string& sql) {
    Protocol protocol;
    protocol.schema = {"CREATE TABLE t (a int); DROP TABLE IF EXISTS u;", sql};
    return redefines(protocol);
  };
  const auto in_statement = [](const std::string& sql) {
    Protocol protocol;
    protocol.statements["run"].sql = sql;
    return redefines(protocol);
  };
  const auto function = [](const std::string& body) {
    return "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$" + body + "$$";
  };
  for (const char* sql : {"BEGIN ALTER TABLE t ADD b int; END", "DROP TABLE t",
                          "BEGIN IF NOT found THEN CREATE TABLE u (); END IF; END",
                          "BEGIN EXECUTE format('CREATE TABLE %I ()', 'u'); END",
                          "BEGIN EXECUTE $x$ALTER TABLE t ADD b int$x$; END", "TRUNCATE t"}) {
    INFO(sql);
    CHECK(in_schema(function(sql)));
    CHECK(in_schema("SELECT 1; " + function(sql)));
    CHECK(in_statement(std::string("DO $$ ") + sql + " $$"));
  }
  for (const std::string& sql :
       {function("BEGIN UPDATE t SET a = 1; END"),
        std::string("DO $$ BEGIN CREATE TYPE s AS ENUM ('a'); END $$"),
        std::string("COMMENT ON TABLE t IS 'Create one of these'; ALTER TABLE t ADD b int"),
        std::string("CREATE TABLE audit (what text CHECK (what IN ('create', 'drop')))")}) {
    INFO(sql);
    CHECK_FALSE(in_schema(sql));
  }
  Protocol after;
  after.previous = std::make_shared<Protocol>();
  CHECK_FALSE(redefines(after));
  Protocol before;
  before.schema = {function("DROP TABLE t")};
  after.previous = std::make_shared<Protocol>(before);
  CHECK(redefines(after));
}

}  // namespace fencepost
