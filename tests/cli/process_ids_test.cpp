// What SQL sees of processes is part of a history, so it is the same in every run of the program.
#include "tests/cli/acting.hpp"

namespace fencepost {
namespace {

/// A queue whose jobs are owned by processes, as they are known to SQL.
struct Owning {
  CliFolder folder;

  Owning() {
    folder.write("schema.sql",
                 "CREATE TABLE jobs (id int PRIMARY KEY, done boolean NOT NULL DEFAULT false,"
                 " claim int NOT NULL DEFAULT 0, locked_by int);\n");
    folder.write("queries.sql",
                 "-- name: claim_job :one\n"
                 "UPDATE jobs SET locked_by = pg_backend_pid(), claim = claim + 1 WHERE id ="
                 " (SELECT id FROM jobs WHERE NOT done AND locked_by IS NULL"
                 " ORDER BY hashint4(id + pg_backend_pid() % 16) LIMIT 1 FOR UPDATE SKIP LOCKED)"
                 " RETURNING id, claim, locked_by, locked_by % 16 AS slot;\n"
                 "-- name: look :many\n"
                 "SELECT a.pid, pg_blocking_pids(a.pid)::text AS blocking, count(l.pid) AS locks"
                 " FROM pg_stat_activity a LEFT JOIN pg_locks l USING (pid)"
                 " JOIN jobs ON locked_by = pid GROUP BY 1 ORDER BY pid DESC;\n"
                 "-- name: all :many\n"
                 "SELECT pid, backend_type, backend_start FROM pg_stat_activity ORDER BY pid;\n"
                 "-- name: finish_job :execrows\n"
                 "UPDATE jobs SET done = true WHERE id = :id AND locked_by = pg_backend_pid();\n"
                 "-- name: free_jobs :many\n"
                 "UPDATE jobs SET locked_by = NULL WHERE NOT done AND locked_by NOT IN"
                 " (SELECT pid FROM pg_stat_activity) RETURNING id;\n"
                 "-- name: end_owner :one\n"
                 "SELECT locked_by, pg_terminate_backend(locked_by) AS ended FROM jobs"
                 " WHERE NOT done AND locked_by IS NOT NULL ORDER BY locked_by LIMIT 1;\n"
                 "-- name: observe :many\n"
                 "SELECT id AS job, claim AS token, CASE WHEN done THEN 'succeeded' WHEN locked_by"
                 " IS NULL THEN 'ready' ELSE 'owned' END AS state FROM jobs;\n"
                 "-- name: insert_job :exec\n"
                 "INSERT INTO jobs (id) VALUES (:job);\n");
    folder.write("protocol.toml",
                 "name = \"owning\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n"
                 "[lease]\njob = \"id\"\ntoken = \"claim\"\nfreed_within = \"1min\"\n"
                 "[role.worker]\nprogram = [\"claim\", \"work\", \"succeed\"]\n"
                 "claim = [{ run = \"claim_job\", empty = \"nothing\" }]\n"
                 "work = [\"look\", \"all\", { work = \"20s\" }, \"look\"]\n"
                 "succeed = [{ run = \"finish_job\", empty = \"lost\" }]\n"
                 "[role.reaper]\npoll = \"10s\"\nprogram = [\"reap\"]\n"
                 "reap = [{ run = \"free_jobs\", empty = \"nothing\" }]\n"
                 "[role.operator]\npoll = \"45s\"\noperator = true\nprogram = [\"evict\"]\n"
                 "evict = [{ run = \"end_owner\", empty = \"nothing\" }]\n");
  }
};

}  // namespace

TEST_CASE("process ids: a queue that is owned by them has one digest in every run", "[cli]") {
  const Owning owning;
  for (const char* what : {"everything-at-once --seed 2", "crash-between-commits --seed 1"}) {
    const Ran first = owning.folder.run(std::string("run . ") + what + " --repeat 3");
    INFO(first.out << first.err);
    REQUIRE(contains(first.out, "runs      3, all with one digest\n"));
    CHECK(contains(first.out, "locked_by=5000001, slot=1"));
    const Ran second = owning.folder.run(std::string("run . ") + what);
    CHECK(first.out.ends_with(last_line(second.out) + "\n"));
  }
}

TEST_CASE("process ids: what a deadlock's error says of them is the same in every run", "[cli]") {
  Acting acting{
      "UPDATE pair SET n = n + 1 WHERE id = 1 + :task % 2;\n-- name: hold :exec\n"
      "SELECT pg_sleep(2);\n-- name: cross :exec\n"
      "DO $$ DECLARE said text; BEGIN UPDATE pair SET n = n + 1;"
      " EXCEPTION WHEN deadlock_detected THEN GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;"
      " INSERT INTO told VALUES (said); END $$;\n-- name: told :many\nSELECT said FROM told"};
  acting.schema =
      "CREATE TABLE pair (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);"
      "INSERT INTO pair VALUES (1), (2); CREATE TABLE told (said text);";
  acting.program = "[{ tx = [\"act\", \"hold\", \"cross\"] }, { run = \"told\", empty = \"ok\" }]";
  acting.scenario = "quiet-day";
  const Ran first = acting.run(), second = acting.run();
  INFO(first.out << first.err);
  CHECK(contains(first.out, "said=Process 500000"));
  CHECK(last_line(first.out) == last_line(second.out));
}

}  // namespace fencepost
