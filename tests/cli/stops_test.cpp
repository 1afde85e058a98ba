// Nothing stops it: whatever a statement does to its session, to the server or to time, it is an
// event of the history, or one sentence and a documented exit status; and nothing is left.
#include "tests/cli/acting.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// One sentence with these parts, and nothing else.
void check_refused(const Ran& ran, const std::string& part, const std::string& other) {
  INFO(ran.out);
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK(contains(ran.err, part));
  CHECK(contains(ran.err, other));
  CHECK(ran.err.find('\n') == ran.err.size() - 1);
}

const std::string kLoop = "DO $$BEGIN LOOP NULL; END LOOP; END$$";

}  // namespace

TEST_CASE("stops: an answer of any size arrives, as do notices, notifications and rows", "[cli]") {
  for (const std::string& sql :
       {std::string("SELECT repeat('x', 8192)"), std::string("SELECT repeat('x', 200000)"),
        std::string("SELECT repeat('x', 16000000) AS big"),
        std::string("SELECT g, repeat('x', 100) FROM generate_series(1, 20000) g"),
        std::string("SELECT noisy()"),
        std::string("SELECT pg_notify('c', repeat('p', 7900) || g) FROM generate_series(1, 100) g"),
        std::string("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 5000)) TO STDOUT")}) {
    const Ran ran = run_acting(sql,
                               "CREATE FUNCTION noisy() RETURNS void LANGUAGE plpgsql AS $$BEGIN"
                               " FOR i IN 1..1000 LOOP RAISE NOTICE '%', repeat('n', 1000);"
                               " END LOOP; END$$;",
                               "--repeat 3");
    INFO(sql << ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, "runs      3, all with one digest\n"));
    CHECK(ran.out.size() < 20'000);
  }
}

TEST_CASE("stops: an answer that no worker could keep is refused by name", "[cli]") {
  check_refused(run_acting("SELECT repeat('x', 400000000)"), "the answer to act.act in w",
                "has more than 200 MB");
}

TEST_CASE("stops: COPY from a worker, who has no data, is refused before anything runs", "[cli]") {
  const Ran ran = run_acting("COPY tasks FROM STDIN");
  INFO(ran.err);
  CHECK(ran.status == 2);
  CHECK(contains(ran.err, "statement \"act\" wants data from its client (COPY … FROM STDIN)"));
}

TEST_CASE("stops: a session that ends itself is an event of the history", "[cli]") {
  const Ran ran = run_acting("SELECT pg_terminate_backend(pg_backend_pid())");
  INFO(ran.err);
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "57P01"));
}

TEST_CASE("stops: a server that a statement kills is one sentence with the statement", "[cli]") {
  // What takes a text gets a number for its address.
  check_refused(run_acting("SELECT crash(5)",
                           "CREATE FUNCTION crash(int) RETURNS int LANGUAGE internal STRICT AS"
                           " 'textlen';"),
                "the private server came to an end, when w", " ran act.act");
}

TEST_CASE("stops: a protocol that ends fencepost's own session is told so", "[cli]") {
  for (const char* settings : {"", "superuser = true\n"}) {
    const Ran ran = run_acting(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
        " pid <> pg_backend_pid() AND datname = current_database()",
        "", "", settings);
    check_refused(ran, "a session that fencepost needs for itself was to be ended",
                  "let the protocol end workers' sessions only");
  }
}

TEST_CASE("stops: a statement that sleeps for ever ends with its history, which is cut", "[cli]") {
  const Ran ran = run_acting("SELECT pg_sleep('infinity'::float8)");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "end: cut"));
  CHECK(contains(ran.out, "open      job_ends: the run was cut"));
}

TEST_CASE("stops: a statement that commits for ever ends with its history, which is cut", "[cli]") {
  Acting acting{"CALL spin()"};
  acting.schema =
      "CREATE PROCEDURE spin() LANGUAGE plpgsql AS 'BEGIN LOOP UPDATE tasks SET epoch = epoch;"
      " COMMIT; END LOOP; END';";
  acting.program = "[\"act\"]";
  acting.flags = "--repeat 2";
  const Ran ran = acting.run();
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "end: cut"));
  CHECK(contains(ran.out, "runs      2, all with one digest\n"));
}

TEST_CASE("stops: who prepares a statement while another locks its table waits in the history",
          "[cli]") {
  Acting acting{
      "LOCK TABLE others IN EXCLUSIVE MODE;\n-- name: hold :exec\nSELECT pg_sleep(20);\n"
      "-- name: add :exec\nINSERT INTO others VALUES (1)"};
  acting.schema = "CREATE TABLE others (a int);";
  acting.program = "[{ tx = [\"act\", \"hold\", \"add\"] }, \"add\"]";
  acting.scenario = "more-jobs-than-workers";
  acting.flags = "--repeat 5";
  const Ran ran = acting.run();
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "runs      5, all with one digest\n"));
  CHECK(contains(ran.out, "waits for a lock"));
}

TEST_CASE("stops: what is committed in a table is observed while a worker has it for himself alone",
          "[cli]") {
  // The one who waits for it keeps readers out, too.
  for (const char* program : {"[{ tx = [\"lock\", \"hold\"] }]",
                              "[{ tx = [\"act\", \"hold\"] }, { tx = [\"lock\", \"hold\"] }]",
                              "[{ tx = [\"empty\", \"act\", \"hold\"] }]"}) {
    INFO(program);
    Acting acting{
        "INSERT INTO others VALUES (1);\n-- name: lock :exec\nLOCK TABLE others;\n"
        "-- name: empty :exec\nTRUNCATE others;\n-- name: hold :exec\nSELECT pg_sleep(2)"};
    acting.schema = "CREATE TABLE others (a int);";
    acting.program = program;
    acting.scenario = "quiet-day";
    acting.observed = "(SELECT count(*) FROM others) >= 0";
    acting.flags = "--repeat 2";
    const Ran ran = acting.run();
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, "runs      2, all with one digest\n"));
    CHECK(contains(ran.out, "waits for a lock"));
  }
}

TEST_CASE("stops: what fencepost itself runs and what waits is ended, and told", "[cli]") {
  const std::string waited = "a statement of fencepost's own waited for a lock or a moment";
  check_refused(run_acting("SELECT 1",
                           "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
                           " PERFORM pg_sleep(1); RETURN new; END'; CREATE TRIGGER t BEFORE INSERT"
                           " ON tasks FOR EACH ROW EXECUTE FUNCTION late();"),
                waited, "insert_job");
}

TEST_CASE("stops: what computes for longer than --patience is ended, wherever it is", "[cli]") {
  const std::string slow = "a statement computed for more than 1 s (--patience), when ";
  check_refused(run_acting(kLoop, "", "--patience 1s"), slow, " ran act.act;");
  check_refused(run_acting("SELECT 1", kLoop + ";", "--patience 1s"), slow, "schema.sql");
  check_refused(
      run_acting("UPDATE tasks SET epoch = epoch",
                 "CREATE FUNCTION spin() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$BEGIN IF new.epoch > 0 THEN LOOP NULL; END LOOP; END IF; RETURN new; END$$;"
                 "CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON tasks DEFERRABLE INITIALLY DEFERRED"
                 " FOR EACH ROW EXECUTE FUNCTION spin();",
                 "--patience 1s"),
      slow, " ran claim.take_task;");
}

}  // namespace fencepost
