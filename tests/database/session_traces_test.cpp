// Which SQL can leave something in a session, and which surely can't.
#include "sim/database/session_traces.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

constexpr SessionTraces kNone{}, kState{true, false, false, false},
    kPrepared{true, true, false, false}, kRandom{false, false, true, false},
    kAnything{true, true, true, false}, kLasting{true, true, true, false, true};

}  // namespace

TEST_CASE("traces: what ends with its transaction leaves nothing", "[database]") {
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
    CHECK(traces_of(sql) == kNone);
  }
}

TEST_CASE("traces: settings, locks, tables and more of a session are seen", "[database]") {
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
    CHECK(traces_of(sql) == kState);
  }
}

TEST_CASE("traces: prepared statements, randomness, and what is only known when it runs",
          "[database]") {
  CHECK(traces_of("PREPARE p AS SELECT 1") == kPrepared);
  CHECK(traces_of("DISCARD ALL") == kPrepared);
  CHECK(traces_of("SELECT id FROM jobs ORDER BY random() LIMIT 1") == kRandom);
  CHECK(traces_of("SELECT setseed(0.5)") == kRandom);
  CHECK(traces_of("DO $$ BEGIN EXECUTE 'SE' || 'T a.b = 1'; END $$") == kAnything);
  CHECK(traces_of("CREATE EXTENSION dblink") == kLasting);
  CHECK(traces_of("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ return 1 $$") ==
        kLasting);
  CHECK(traces_of("SELECT 1; LOAD 'auto_explain'") == kLasting);
  CHECK(traces_of("SELECT load FROM hosts") == kAnything);
  CHECK(traces_of("ALTER ROLE app SET a.b = 'c'").lasting);
}

TEST_CASE("traces: whoever looks for another's backend must not find one that is kept",
          "[database]") {
  for (const char* sql :
       {"SELECT 1 FROM pg_stat_activity WHERE pid = $1", "SELECT pg_terminate_backend($1)",
        "SELECT pg_stat_get_backend_pid(1)", "SELECT pid FROM pg_stat_get_activity(NULL)"}) {
    INFO(sql);
    CHECK(traces_of(sql) == SessionTraces{false, false, false, true});
  }
  CHECK(traces_of("SELECT pg_backend_pid()") == kNone);
}

TEST_CASE("traces: a protocol's schema, statements, roles and version before count", "[database]") {
  Protocol protocol;
  CHECK(traces_of(protocol) == kNone);
  protocol.statements["draw"].sql = "SELECT random()";
  CHECK(traces_of(protocol) == kRandom);
  protocol.statements.clear();
  protocol.roles.emplace_back().listen = "jobs";
  CHECK(traces_of(protocol) == kState);
  Protocol after;
  after.previous = std::make_shared<Protocol>(protocol);
  CHECK(traces_of(after) == kState);
  protocol.schema = {"CREATE EXTENSION hstore"};
  CHECK(traces_of(protocol) == kLasting);
}

}  // namespace fencepost
