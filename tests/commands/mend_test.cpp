// Repairs as a user asks for them.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// As somebody has it who has just had a queue of their own checked.
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

TEST_CASE("mend: a repair is shown, and written where that is asked for", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("corpus/B26-dbos", "mine");
  const Ran ran = folder.run("mend ./mine --histories 20 --write 1");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 0);
  CHECK(
      contains(ran.out,
               "repair 1: outcome of worker.claim\n  That a statement came back empty is "
               "noticed.\ncloses all 2 in 200 histories\n--- protocol.toml\n+++ protocol.toml\n"));
  CHECK(contains(ran.err, "fencepost: wrote repair 1 into ./mine/protocol.toml\n"));
  CHECK(contains(folder.read("mine/protocol.toml"), "{ run = \"take_over\", empty = "));
  const Ran again = folder.run("mend ./mine --histories 20");
  CHECK(again.out ==
        "B26-dbos: nothing is violated in 20 histories, so there is nothing to mend\n");
  CHECK(again.status == 0);
}

TEST_CASE("mend: where not all was tried nothing is written, and that is said", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("corpus/B26-dbos", "mine");
  const std::string before = folder.read("mine/protocol.toml");
  const Ran ran = folder.run("mend ./mine --histories 20 --write 1 --time-budget 1ms");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 4);
  CHECK(contains(ran.err, "fencepost: nothing is written, because not all repairs were tried; "));
  CHECK(folder.read("mine/protocol.toml") == before);
}

TEST_CASE("mend: repairs are listed without a server", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("mend corpus/B26-dbos --list", "FENCEPOST_POSTGRES=/none");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "outcome of worker.claim\n--- protocol.toml\n+++ protocol.toml\n"));
}

TEST_CASE("mend: bugs of the gallery get the repairs of their twins", "[cli][nightly]") {
  struct Case {
    std::string protocol, line;
  };
  const CliFolder folder;
  for (const Case& each :
       {Case{"B17-oban", "+ WHERE id = :id AND state = 'executing' AND attempt = :attempt;\n"},
        Case{"B58-marten", "+append = [{ tx = [\"lock_mt_events\", \"append_event\"] }]\n"},
        Case{"B71-db-scheduler", "+at_shutdown = \"go_on\"\n"}}) {
    const Ran ran = folder.run("mend corpus/" + each.protocol + " --histories 100");
    INFO(ran.out + ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, each.line));
  }
}

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
