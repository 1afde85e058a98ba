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

}  // namespace fencepost
