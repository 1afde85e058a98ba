// `mend` as somebody meets it who has just had a queue of their own checked.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

const std::string kOwnSchema = R"(CREATE TABLE jobs (id bigserial PRIMARY KEY,
  status text NOT NULL DEFAULT 'pending', attempts int NOT NULL DEFAULT 0, locked_by text,
  locked_until timestamptz, last_error text, run_at timestamptz NOT NULL DEFAULT now());
)";
const std::string kOwnQueries = R"(-- name: ClaimJob :one
UPDATE jobs SET status = 'running', attempts = attempts + 1, locked_by = $1,
       locked_until = now() + interval '60 seconds'
 WHERE id = (SELECT id FROM jobs WHERE (status = 'pending' AND run_at <= now())
                 OR (status = 'running' AND locked_until < now())
              ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts;
-- name: CompleteJob :exec
UPDATE jobs SET status = 'done', locked_by = NULL, locked_until = NULL WHERE id = $1;
-- name: FailJob :exec
UPDATE jobs SET status = CASE WHEN attempts >= 5 THEN 'failed' ELSE 'pending' END,
       last_error = $2, run_at = now() + interval '10 seconds', locked_by = NULL,
       locked_until = NULL WHERE id = $1;
)";

TEST_CASE(
    "mend: a queue that was guessed holds with the repair that is written, and then needs none",
    "[cli][nightly]") {
  const CliFolder folder;
  folder.write("db/schema.sql", kOwnSchema);
  folder.write("db/queries.sql", kOwnQueries);
  REQUIRE(
      folder
          .run("init mine --schema db/schema.sql --queries db/queries.sql --answer token=attempts "
               "--answer 'pace=10 s, 5 s'")
          .status == 0);
  CHECK(folder.run("check ./mine").status == 1);
  const Ran ran = folder.run("mend ./mine --write 1");
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  const std::string sql = folder.read("db/queries.sql");
  CHECK(
      contains(sql, "locked_until = NULL WHERE id = $1 AND status = 'running' AND attempts = $2;"));
  CHECK(
      contains(sql, "locked_until = NULL WHERE id = $1 AND status = 'running' AND attempts = $3;"));
  CHECK(contains(folder.read("mine/protocol.toml"), "run = \"renew_lease\", empty = \"lost\""));
  CHECK(folder.run("check ./mine").status == 0);
  const Ran again = folder.run("mend ./mine --write 1");
  CHECK(again.status == 0);
  CHECK(contains(again.out, "so there is nothing to mend\n"));
  CHECK(again.err.empty());
}

}  // namespace
}  // namespace fencepost
