// `record` as its users run it: here with a worker that is a shell script.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("record: a shell's worker is run in simulated time, and init reads what it sent",
          "[recording]") {
  const CliFolder folder;
  folder.write("schema.sql",
               "CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL DEFAULT 'ready' CHECK "
               "(state IN ('ready', 'running', 'done')), heard_at timestamptz);\n");
  folder.write("work.sql", "INSERT INTO jobs (id) VALUES (1), (2);\n");
  folder.write(
      "worker.sh",
      "while :; do\n"
      "  id=$(psql -X -qAt -c \"UPDATE jobs SET state = 'running', heard_at = "
      "clock_timestamp() WHERE id = (SELECT id FROM jobs WHERE state = 'ready' OR (state = "
      "'running' AND heard_at < clock_timestamp() - interval '5 minutes') ORDER BY id LIMIT "
      "1 FOR UPDATE SKIP LOCKED) RETURNING id\" | head -1)\n"
      "  if [ -z \"$id\" ]; then sleep 600; continue; fi\n"
      "  sleep 100\n"
      "  echo \"UPDATE jobs SET state = 'done' WHERE state = 'running' AND id = :id\" | psql "
      "-X -q -v id=$id\n"
      "done\n");
  const Ran ran =
      folder.run("record --schema schema.sql --enqueue work.sql --out recorded -- sh worker.sh");
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "and was idle then: three rounds were alike, and changed nothing\n"));
  CHECK(contains(ran.out, "  update_jobs                  6 times\n"));
  CHECK(contains(ran.out,
                 "next      fencepost init recorded/protocol --schema schema.sql --queries "
                 "recorded/statements.sql\n"));
  CHECK(
      contains(folder.read("recorded/statements.sql"), "-- name: update_jobs :many\nUPDATE jobs"));
  CHECK(contains(folder.read("recorded/history.txt"), " w1/2 -> UPDATE jobs SET state = 'done'"));
  const Ran init = folder.run(
      "init recorded/protocol --schema schema.sql --queries recorded/statements.sql --yes");
  INFO(init.out << init.err);
  CHECK(init.status == 0);
  CHECK(contains(init.out, "claim      update_jobs"));
  const Ran stopped = folder.stopped("INT", "record -- sh -c 'while :; do :; done'");
  CHECK(stopped.status == 130);
  CHECK(stopped.err == "fencepost: stopped by Ctrl-C, so this is not a verdict\n");
  const Ran again = folder.run("record --out recorded -- sh worker.sh");
  CHECK(again.status == 2);
  CHECK(contains(again.err, "recorded is there already, and record overwrites nothing"));
  CHECK(contains(folder.run("record").err, "no worker is named; write its command behind --"));
}

}  // namespace fencepost
