// Names that need quotes, aliases, and several queries in one statement.
#include "sql/tree/query_view.hpp"
#include "tests/fixtures/repaired.hpp"

namespace fencepost {
namespace repairs_tests {

const std::string kQuoted = R"(CREATE TABLE "Jobs" ("jobId" bigint PRIMARY KEY, "order" text,
  "Attempt Count" int NOT NULL DEFAULT 0, "lockedBy" text, "lockedUntil" timestamptz);
)";
const std::string kQuotedTake = R"(-- name: take :one
UPDATE "Jobs" SET "order" = 'running', "lockedBy" = $1,
       "lockedUntil" = now() + $2::interval
 WHERE "jobId" IN (SELECT "jobId" FROM "Jobs" WHERE "order" = 'ready' LIMIT 1)
RETURNING "jobId", "Attempt Count";
)";
const std::string kQuotedFinish = R"(-- name: finish :exec
UPDATE "Jobs" SET "order" = 'done' WHERE "jobId" = $1;
-- name: give_up :exec
UPDATE "Jobs" SET "order" = 'ready', "Attempt Count" = "Attempt Count" + 1 WHERE "jobId" = $1;
)";
Small quoted() {
  return Small(
      kQuotedTake + kQuotedFinish,
      "[constants]\nlong = \"30 s\"\n[role.worker]\nprogram = [\"claim\", \"succeed\"]\nclaim = [{ "
      "run = "
      "\"take\", with = { \"$1\" = \"worker\", \"$2\" = \"long\" }, empty = \"nothing\" }]\n"
      "succeed = [\"finish\"]\nfail = [\"give_up\"]\non = { error = \"fail\" }\n",
      "[lease]\njob = \"jobId\"\ntoken = \"Attempt Count\"\nlasts = \"30s\"\n", kQuoted,
      "-- name: observe :many\nSELECT \"jobId\" AS job, \"order\" AS state FROM \"Jobs\";\n"
      "-- name: insert_job :exec\nINSERT INTO \"Jobs\" (\"jobId\", \"order\") VALUES (:job, "
      "'ready');\n");
}

TEST_CASE("repairs: names stand in quotes where PostgreSQL needs them", "[repairs]") {
  CHECK(sql_name("attempts") == "attempts");
  CHECK(sql_name("lockedBy") == "\"lockedBy\"");
  CHECK(sql_name("order") == "\"order\"");
  CHECK(sql_name("user") == "\"user\"");
  CHECK(sql_name("2nd") == "\"2nd\"");
  CHECK(sql_name("my \"own\"") == "\"my \"\"own\"\"\"");
  CHECK(sql_name("status") == "status");
  const Small small = quoted();
  for (const Repair& repair : small.repairs) {
    INFO(to_text(repair) << "\n" << small.lines_of(repair));
    CHECK_NOTHROW(mended(small.protocol, repair));
  }
  CHECK(small.has("compare", "finish",
                  "-UPDATE \"Jobs\" SET \"order\" = 'done' WHERE \"jobId\" = $1;\n"
                  "+UPDATE \"Jobs\" SET \"order\" = 'done' WHERE \"jobId\" = $1 AND \"Attempt "
                  "Count\" = $2;\n"));
  CHECK(small.has("compare", "finish",
                  "-UPDATE \"Jobs\" SET \"order\" = 'done' WHERE \"jobId\" = $1;\n"
                  "+UPDATE \"Jobs\" SET \"order\" = 'done' WHERE \"jobId\" = $1 AND \"order\" = "
                  "'running' AND \"Attempt Count\" = $2;\n"));
  CHECK(small.has("bump", "take",
                  "-       \"lockedUntil\" = now() + $2::interval\n"
                  "+       \"lockedUntil\" = now() + $2::interval, \"Attempt Count\" = "
                  "\"Jobs\".\"Attempt Count\" + 1\n"));
  CHECK(small.has("set-as", "finish",
                  "-UPDATE \"Jobs\" SET \"order\" = 'done' WHERE \"jobId\" = $1;\n"
                  "+UPDATE \"Jobs\" SET \"order\" = 'done', \"Attempt Count\" = \"Attempt "
                  "Count\" + 1 WHERE \"jobId\" = $1;\n"));
}

TEST_CASE("repairs: a heartbeat is written with the claim's names and values", "[repairs]") {
  CHECK(quoted().has(
      "heartbeat", "worker",
      "+heartbeat = { every = \"10s\", session = \"beat\", program = [{ run = \"renew_lease\", "
      "with "
      "= { \"$1\" = \"long\" }, empty = \"lost\" }] }\n"
      "+sessions = [\"beat\", \"main\"]\n+\n+-- name: renew_lease :execrows\n+UPDATE \"Jobs\" SET "
      "\"lockedUntil\" = now() + $1::interval\n+ WHERE \"jobId\" = $2 AND \"Attempt Count\" = "
      "$3;\n"));
}

TEST_CASE("repairs: what is asked names its table where there are several", "[repairs]") {
  const std::string old =
      "UPDATE jobs AS j SET state = 'done' FROM parts p WHERE p.job = j.id AND "
      "j.id = $1";
  const Small small(
      kClaim + "-- name: finish :exec\n" + old +
          ";\n-- name: both :exec\nWITH gone AS (DELETE FROM "
          "parts WHERE job = $1)\nUPDATE jobs SET state = 'done' WHERE id = $1;\n",
      kRole.substr(0, kRole.find("succeed = [")) + "succeed = [\"finish\", \"both\"]\n", kLease,
      kSchema + "CREATE TABLE parts (job bigint, epoch bigint);\n");
  CHECK(small.has("compare", "finish", "-" + old + ";\n+" + old + " AND j.epoch = $2;\n"));
  CHECK(small.has("compare", "both",
                  "-UPDATE jobs SET state = 'done' WHERE id = $1;\n"
                  "+UPDATE jobs SET state = 'done' WHERE id = $1 AND epoch = $2;\n"));
  CHECK(small.has("compare", "both",
                  "-WITH gone AS (DELETE FROM parts WHERE job = $1)\n"
                  "+WITH gone AS (DELETE FROM parts WHERE job = $1 AND epoch = $2)\n"));
}

}  // namespace repairs_tests
}  // namespace fencepost
