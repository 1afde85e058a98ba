#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

std::string fixture(const std::string& name) {
  return "'" FENCEPOST_SOURCE_DIR "/tests/protocols/" + name + "'";
}

TEST_CASE("program: a notification ends the wait for the next poll", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run " + fixture("notify") + " quiet-day --seed 1 --repeat 20");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "10.000004 s producer1  program.commit           ✓ COMMIT\n"));
  CHECK(contains(ran.out, "10.000005 s w1         claim.take               ✓ 1 row: id=1\n"));
}

TEST_CASE("program: a batch is let go job by job", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run " + fixture("batch") + " quiet-day --seed 1");
  CHECK(contains(ran.out, "w1 believes that it holds job 1\n"));
  CHECK(contains(ran.out, "w1 believes that it holds job 2\n"));
  CHECK(contains(ran.out, "1.000002 s w1       succeed.finish   1    ✓ UPDATE 1\n"));
  CHECK(contains(ran.out, "job 1 is let go by attempt 1\n"));
  CHECK(contains(ran.out, "2.000003 s w1       succeed.finish   2    ✓ UPDATE 1\n"));
  CHECK(contains(ran.out, "job 2 is let go by attempt 2\n"));
}

TEST_CASE(
    "program: a person may requeue what is done; a :never statement says that it was done twice",
    "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run " + fixture("batch") + " quiet-day --seed 1");
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "violated  never.done_twice at step "));
  CHECK(contains(ran.out, "done_twice returned 1 row: id=1, done=2 at "));
  CHECK_FALSE(contains(ran.out, "violated  terminal_sticks"));
  CHECK_FALSE(contains(ran.out, "violated  ack_is_durable"));
}

TEST_CASE("program: workers of the previous version run their own statements", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run kukuri-deploy mixed-versions --seed 1");
  CHECK(contains(ran.out, " claim.previous:pick_job "));
  CHECK(contains(ran.out, " claim.pick_job "));
  CHECK_FALSE(contains(ran.out, "old1  claim.pick_job "));
}

}  // namespace
}  // namespace fencepost
