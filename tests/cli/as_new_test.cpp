// Whatever a session or a history can change is as new in the next one: many runs of one seed are
// one history, also beside each other in one server.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// Writes a protocol of one table and these statements beside its own, each with its name and
/// command, and runs it. `program` is what a worker does while it holds a job, as TOML.
struct Small {
  CliFolder folder;
  std::string schema = {};
  std::string statements = {};
  std::string program = {};
  std::string settings = {};

  Ran run(const std::string& arguments = "quiet-day --seed 1 --repeat 6") const {
    folder.write(
        "schema.sql",
        "CREATE TABLE tasks (task int PRIMARY KEY, done boolean NOT NULL DEFAULT false,"
        " epoch bigint NOT NULL DEFAULT 0, until timestamptz NOT NULL DEFAULT '-infinity');\n" +
            schema);
    folder.write("queries.sql",
                 "-- name: take_task :one\n"
                 "UPDATE tasks SET epoch = epoch + 1, until = clock_timestamp() + interval '1 min'"
                 " WHERE task = (SELECT task FROM tasks WHERE NOT done AND"
                 " until <= clock_timestamp() ORDER BY task LIMIT 1 FOR UPDATE SKIP LOCKED)"
                 " RETURNING task, epoch;\n"
                 "-- name: end_task :execrows\n"
                 "UPDATE tasks SET done = true WHERE task = :task AND epoch = :epoch;\n"
                 "-- name: observe :many\n"
                 "SELECT task AS job, epoch AS token, until AS lease_until, CASE WHEN done THEN"
                 " 'succeeded' WHEN epoch = 0 THEN 'ready' ELSE 'owned' END AS state FROM tasks;\n"
                 "-- name: insert_job :exec\n"
                 "INSERT INTO tasks (task) VALUES (:job);\n" +
                     statements);
    folder.write("protocol.toml",
                 "name = \"small\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n" +
                     settings +
                     "[lease]\njob = \"task\"\ntoken = \"epoch\"\nlasts = \"1min\"\n"
                     "[role.worker]\nprogram = [\"claim\", \"act\", \"succeed\"]\n"
                     "claim = [{ run = \"take_task\", empty = \"nothing\" }]\n"
                     "act = " +
                     program + "\nsucceed = [{ run = \"end_task\", empty = \"lost\" }]\n");
    return folder.run("run . " + arguments);
  }
};

void check_one_digest(const Ran& ran) {
  INFO(ran.out);
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "runs      6, all with one digest\n"));
}

}  // namespace

TEST_CASE("as new: a setting that SQL made up is unknown to every history's first session",
          "[cli]") {
  Small small;
  small.statements =
      "-- name: look :one\nSELECT current_setting('app.tenant', true) IS NULL AS unknown;\n"
      "-- name: define :one\nSELECT set_config('app.tenant', '7', false);\n";
  small.program = "[\"look\", \"define\", \"look\"]";
  const Ran ran = small.run();
  check_one_digest(ran);
  CHECK(contains(ran.out, ": unknown=t"));
  CHECK(contains(ran.out, ": unknown=f"));
}

TEST_CASE("as new: SQL that prepares and drops statements neither meets nor loses the harness's",
          "[cli]") {
  Small small;
  small.statements =
      "-- name: own :exec\nPREPARE take_task AS SELECT 1;\n"
      "-- name: use :one\nEXECUTE take_task;\n"
      "-- name: count_own :one\nSELECT count(*) AS n FROM pg_prepared_statements WHERE name ="
      " 'take_task';\n"
      "-- name: drop_all :exec\nDEALLOCATE ALL;\n"
      "-- name: drop_inside :exec\nDO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$;\n"
      "-- name: discard :exec\nDISCARD ALL;\n";
  small.program =
      "[\"own\", \"use\", \"count_own\", \"drop_inside\", \"count_own\", \"own\", \"drop_all\","
      " \"count_own\", \"discard\", \"count_own\"]";
  const Ran ran = small.run();
  check_one_digest(ran);
  CHECK(contains(ran.out, ": n=1"));
  CHECK(!contains(ran.out, "26000"));
  CHECK(!contains(ran.out, "42P05"));
}

TEST_CASE("as new: numbers of transactions and objects are those of a new server", "[cli]") {
  Small small;
  small.schema = "CREATE TABLE outbox (id bigserial, made_by xid8 DEFAULT pg_current_xact_id());\n";
  small.statements =
      "-- name: send :exec\nINSERT INTO outbox DEFAULT VALUES;\n"
      "-- name: read :many\nSELECT id, made_by FROM outbox"
      " WHERE made_by < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id;\n"
      "-- name: table_number :one\nSELECT 'outbox'::regclass::oid AS number, xmin FROM tasks;\n";
  small.program = "[\"send\", { run = \"read\", empty = \"ok\" }, \"table_number\"]";
  const Ran first = small.run();
  check_one_digest(first);
  CHECK(contains(first.out, "made_by="));
  CHECK(contains(first.err, "each history starts from a copy of its server's data"));
  CHECK(small.run("quiet-day --seed 1").out.ends_with(last_line(first.out) + "\n"));
  check_one_digest(small.run("everything-at-once --seed 2 --repeat 6"));
}

TEST_CASE("as new: what a history defines is not there in the next one, and that is said once",
          "[cli]") {
  const std::string traces[] = {"CREATE ROLE other SUPERUSER",
                                "ALTER ROLE CURRENT_USER SET lock_timeout = '3s'",
                                "ALTER SYSTEM SET lock_timeout = '3s'",
                                "GRANT SELECT ON tasks TO PUBLIC",
                                "COMMENT ON TABLE tasks IS 'seen'",
                                "CREATE EXTENSION hstore",
                                "DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', 'part'); END $$",
                                "CREATE PUBLICATION changes FOR TABLE tasks",
                                "ALTER TABLE tasks ADD COLUMN more int",
                                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                                "CREATE MATERIALIZED VIEW seen AS SELECT * FROM tasks",
                                "SELECT lo_from_bytea(0, 'x') > 0",
                                "ANALYZE tasks",
                                "CREATE SEQUENCE other"};
  for (const std::string& trace : traces) {
    INFO(trace);
    const bool superusers = trace.ends_with("SUPERUSER") || trace.starts_with("ALTER SYSTEM");
    Small small;
    small.settings = superusers ? "superuser = true\n" : "";
    small.statements =
        "-- name: leave :exec\n" + trace +
        ";\n"
        "-- name: look :one\nSELECT (SELECT count(*) FROM pg_roles) AS roles,"
        " (SELECT count(*) FROM pg_class) AS tables, (SELECT count(*) FROM pg_proc) AS functions,"
        " (SELECT count(*) FROM pg_db_role_setting) AS settings,"
        " (SELECT count(*) FROM pg_description) AS comments,"
        " (SELECT count(*) FROM pg_largeobject_metadata) AS large,"
        " (SELECT count(*) FROM pg_publication) AS publications,"
        " (SELECT count(*) FROM pg_stats) AS statistics,"
        " (SELECT relacl FROM pg_class WHERE relname = 'tasks') AS rights" +
        (superusers ? ", (SELECT count(*) FROM pg_file_settings WHERE sourcefile ~ 'auto')" : "") +
        ";\n";
    small.program =
        "[\"look\", { run = \"leave\", empty = \"ok\", sqlstate = { \"42710\" = \"ok\","
        " \"42P07\" = \"ok\", \"42701\" = \"ok\", \"42723\" = \"ok\" } },"
        " \"look\"]";
    const Ran ran = small.run();
    check_one_digest(ran);
    const std::string said = "each history starts from a copy of its server's data";
    CHECK(contains(ran.err, said));
    CHECK(ran.err.find(said) == ran.err.rfind(said));
  }
}

TEST_CASE("as new: temporary tables and TRUNCATE need no copy of the server", "[cli]") {
  Small small;
  small.schema = "CREATE TABLE seen (id bigserial);\n";
  small.statements =
      "-- name: look :one\nSELECT to_regclass('scratch') AS scratch, count(*) FROM seen;\n"
      "-- name: make :exec\nCREATE TEMP TABLE IF NOT EXISTS scratch (id serial);\n"
      "-- name: empty :exec\nTRUNCATE seen RESTART IDENTITY;\n"
      "-- name: fill :exec\nINSERT INTO seen DEFAULT VALUES;\n";
  small.program = "[\"look\", \"make\", \"empty\", \"fill\", \"look\"]";
  const Ran ran = small.run();
  check_one_digest(ran);
  CHECK(ran.err.empty());
}

TEST_CASE("as new: a prepared transaction is no commit until it is committed, and none is left",
          "[cli]") {
  Small small;
  small.statements =
      "-- name: prepare :exec\nPREPARE TRANSACTION 'end';\n"
      "-- name: commit_prepared :exec\nCOMMIT PREPARED 'end';\n"
      "-- name: lock :one\nSELECT 1 AS locked FROM tasks WHERE task = :task FOR UPDATE;\n"
      "-- name: note :exec\nUPDATE tasks SET until = until + interval '1 s' WHERE task = :task;\n"
      "-- name: leave :exec\nPREPARE TRANSACTION 'left';\n";
  small.program =
      "[{ tx = [\"note\", \"prepare\"] }, { work = \"1s\" }, \"commit_prepared\","
      " { tx = [\"lock\", \"leave\"] }]";
  small.folder.write("scenarios/one.toml", "name = \"one\"\n[load]\nworkers = 1\njobs = 1\n");
  const Ran left = small.run("one --seed 1 --repeat 6");
  INFO(left.out);
  INFO(left.err);
  CHECK(contains(left.out, "runs      6, all with one digest\n"));
  const std::size_t committed = left.out.find("commit_prepared");
  REQUIRE(committed != std::string::npos);
  CHECK(left.out.find("is renewed", left.out.find("act.note")) > committed);
}

TEST_CASE("as new: what a prepared transaction keeps locked is waited for in the history",
          "[cli]") {
  Small small;
  small.statements =
      "-- name: keep_out :exec\nLOCK TABLE tasks IN SHARE MODE;\n"
      "-- name: prepare :exec\nPREPARE TRANSACTION 'end';\n"
      "-- name: note :exec\nUPDATE tasks SET until = until + interval '1 s' WHERE task = :task;\n";
  small.program = "[{ tx = [\"keep_out\", \"prepare\"] }, \"note\"]";
  small.folder.write("scenarios/one.toml", "name = \"one\"\n[load]\nworkers = 1\njobs = 1\n");
  const Ran ran = small.run("one --seed 1 --repeat 3");
  INFO(ran.out << ran.err);
  CHECK(contains(ran.out, "w1  act.note         1    … waits for a lock\n"));
  CHECK(contains(ran.out, "runs      3, all with one digest\n"));
}

TEST_CASE("as new: a setting that a server does not have, or that is ours, is named", "[cli]") {
  Small small;
  small.statements = "-- name: look :one\nSELECT 1 AS one;\n";
  small.program = "[\"look\"]";
  small.settings = "[server]\nmax_unheard_of = 10\n";
  const Ran unheard = small.run();
  CHECK(unheard.status == 2);
  CHECK(contains(unheard.err, "with what [server] says, "));
  CHECK(contains(unheard.err, "max_unheard_of"));
  small.settings = "[server]\nfsync = true\n";
  const Ran ours = small.run();
  CHECK(ours.status == 2);
  CHECK(contains(ours.err, "protocol.toml:5: fsync in [server] is fencepost's own to set"));
}

}  // namespace fencepost
