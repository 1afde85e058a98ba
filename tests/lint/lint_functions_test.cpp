// Traps in functions of the schema: their bodies are looked at as run by whoever calls them.
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/lint_given.hpp"

namespace fencepost {
namespace {

/// The good protocol whose ends are functions of these bodies, called with job and token.
std::string raised_by_end(const std::string& body, const std::string& language = "plpgsql") {
  Given given;
  given.schema += "CREATE FUNCTION finish_job(p_id bigint, p_claim uuid) RETURNS void LANGUAGE " +
                  language + " AS $$\n" + body + "\n$$;\n";
  given.sql = kTake + "-- name: finish :one\nSELECT finish_job(:id, :claim);\n";
  return raised(given);
}

const std::string kFenced =
    "UPDATE jobs SET state = 'succeeded' WHERE id = p_id AND claim = p_claim;";

}  // namespace

TEST_CASE("lint: a fence in a function's body is one, and where it is missing is told", "[lint]") {
  CHECK(raised_by_end("BEGIN " + kFenced + " END") == "");
  CHECK(raised_by_end("BEGIN UPDATE jobs SET state = 'succeeded' WHERE id = p_id; END") ==
        "unfenced-write finish");
  CHECK(raised_by_end("UPDATE jobs SET state = 'succeeded' WHERE id = $1 AND claim = $2", "sql") ==
        "");
  CHECK(raised_by_end("UPDATE jobs SET state = 'succeeded' WHERE id = $1", "sql") ==
        "unfenced-write finish");
  CHECK(raised_by_end("UPDATE jobs SET state = 'succeeded' WHERE id = finish_job.p_id AND "
                      "claim = finish_job.p_claim",
                      "sql") == "");
}

TEST_CASE("lint: what follows a fence in a function's body stands behind it", "[lint]") {
  const std::string side = " UPDATE steps SET at = 1 WHERE job = p_id;";
  CHECK(raised_by_end("BEGIN " + kFenced + " IF NOT FOUND THEN RAISE 'lost'; END IF;" + side +
                      " END") == "");
  CHECK(raised_by_end("BEGIN" + side + " END") == "unfenced-side-table finish");
}

TEST_CASE("lint: functions that functions call are looked at, and named arguments are", "[lint]") {
  Given given;
  given.schema +=
      "CREATE FUNCTION inner_end(p_id bigint) RETURNS void LANGUAGE sql AS $$ UPDATE jobs SET "
      "state = 'succeeded' WHERE id = p_id $$;\n"
      "CREATE FUNCTION outer_end(a uuid, b bigint) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
      "PERFORM inner_end(b); END $$;\n"
      "CREATE FUNCTION again(a bigint) RETURNS void LANGUAGE sql AS $$ SELECT again(a) $$;\n";
  given.sql = kTake + "-- name: finish :one\nSELECT outer_end(b => :id, a => :claim), again(1);\n";
  CHECK(raised(given) == "unfenced-write finish");
}

TEST_CASE("lint: a claim in a function's body is a claim", "[lint]") {
  Given given;
  given.schema +=
      "CREATE FUNCTION take_job(who text) RETURNS SETOF jobs LANGUAGE plpgsql AS $$\n"
      "DECLARE found_job jobs;\nBEGIN\n"
      "  UPDATE jobs SET claim = gen_random_uuid(), owner = who, until = clock_timestamp()\n"
      "   WHERE id IN (SELECT id FROM jobs WHERE until < clock_timestamp() LIMIT 1 FOR UPDATE SKIP "
      "LOCKED)\n"
      "  RETURNING jobs.* INTO found_job;\n  RETURN NEXT found_job;\nEND $$;\n";
  given.sql = "-- name: take :one\nSELECT * FROM take_job(:worker);\n" + kFinish;
  CHECK(raised(given) == "claim-in-subquery take");
}

TEST_CASE("lint: a trigger's writes are as fenced as the statement that fires it", "[lint]") {
  const auto with_trigger = [](const std::string& sql) {
    Given given;
    given.schema +=
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE jobs SET tries = tries + 1 WHERE id = NEW.id; RETURN NEW; END $$;\n"
        "CREATE TRIGGER note AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION note();\n";
    given.sql = kTake + sql;
    return raised(given);
  };
  CHECK(with_trigger(kFinish) == "");
  CHECK(with_trigger("-- name: finish :execrows\nUPDATE jobs SET state = 'a' WHERE id = :id;\n") ==
        "unfenced-write finish");
}

}  // namespace fencepost
