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

TEST_CASE("program: a dispatcher gives jobs to others, who are fenced as those that claim are",
          "[cli]") {
  const CliFolder folder;
  std::filesystem::copy(FENCEPOST_SOURCE_DIR "/tests/protocols/dispatcher", folder.path() / "d");
  const std::string check =
      "check ./d --scenario restarted-under-the-same-name --scenario stall-in-claim --scenario "
      "stall-past-lease --seeds 15..19";
  CHECK(last_line(folder.run(check).out) == "holds");
  folder.edit("d/queries.sql", "until = NULL WHERE shard = @shard AND generation = @generation",
              "until = NULL WHERE shard = @shard");
  const Ran ran = folder.run(check);
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "dispatcher1 gave job 1 to w1 at "));
  CHECK(contains(ran.out, "✗ violated  fenced_writes.job"));
}

TEST_CASE("program: how long a worker waits may be in a row", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run " + fixture("waits") + " quiet-day --seed 1 --repeat 5");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "0.000001 s w1  wait.next                1 row: seconds=2.5, "));
  CHECK(contains(ran.out, "7.000001 s w1  claim.take_task        ✓ 1 row: task=1"));
}

TEST_CASE("program: a wait that is neither seconds nor a time is said, and where", "[cli]") {
  const CliFolder folder;
  namespace fs = std::filesystem;
  const auto waits_for = [&](const std::string& value) {
    fs::copy(FENCEPOST_SOURCE_DIR "/tests/protocols/waits", folder.path() / "waits",
             fs::copy_options::overwrite_existing | fs::copy_options::recursive);
    folder.edit("waits/protocol.toml", "\"at\"", '"' + value + '"');
    const Ran ran = folder.run("run ./waits quiet-day --seed 1");
    return ran.out + ran.err;
  };
  CHECK(contains(waits_for("word"),
                 "wait.sleep of w1 failed at 2.500001 s with 22007 (the sleep in line 12 waits for "
                 "word, which is \"soon\"; it must be a number of seconds or a time with a date: "
                 "let a :let statement compute one), and nothing names that error\n"));
  CHECK(waits_for("later").starts_with(
      "fencepost: ./waits/protocol.toml:12: the sleep waits for later, which nothing before it "
      "returns; known here: "));
}

TEST_CASE("program: a fault that lasts exactly so long is aimed at no deadline", "[cli]") {
  const CliFolder folder;
  folder.write("outage.toml",
               "name = \"outage\"\n[faults.stall]\nat = [\"chunk.*\"]\nchance = \"1/2\"\nlasts = "
               "[\"7s\", \"11s\"]\nexactly = true\n");
  int stalls = 0;
  for (int seed = 1; seed <= 16; ++seed) {
    const Ran ran = folder.run("run hardened ./outage.toml --seed " + std::to_string(seed));
    for (std::size_t at = 0; (at = ran.out.find("⚡ stall for ", at)) != std::string::npos; ++at) {
      ++stalls;
      const std::string length = ran.out.substr(ran.out.find(" for ", at) + 5, 5);
      CHECK((length.starts_with("7 s") || length.starts_with("11 s")));
    }
  }
  CHECK(stalls >= 16);
  folder.write("outage.toml",
               "name = \"outage\"\n[faults.stall]\nchance = \"1/2\"\nexactly = true\n");
  CHECK(last_line(folder.run("run hardened ./outage.toml --seed 1").err) ==
        "fencepost: ./outage.toml:4: [faults.stall] says exactly, but not how long; write lasts = "
        "\"10s\"");
}

TEST_CASE("program: the session of a client that stopped waiting keeps its locks", "[cli]") {
  const CliFolder folder;
  folder.write("unheard.toml",
               "name = \"unheard\"\n[faults.answer_unheard]\nat = [\"advance.lock_job:after\"]\n"
               "chance = \"1/1\"\nat_most = 1\nlasts = [\"9s\"]\nexactly = true\n");
  const Ran ran = folder.run("run hardened ./unheard.toml --seed 1 --repeat 5");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out,
                 "2.000005 s w1  ⚡ answer unheard, its session lives on for 9 s, at "
                 "advance.lock_job:after\n"));
  CHECK(contains(ran.out, "3.750009 s w1  advance.lock_job        1    … waits for a lock\n"));
  CHECK(contains(ran.out, "5.750009 s w1  advance.lock_job        1      error 55P03\n"));
}

TEST_CASE("program: what follows an error has nothing to do where no job was seen yet", "[cli]") {
  const CliFolder folder;
  folder.write("schema.sql",
               "CREATE TABLE jobs (id int PRIMARY KEY, done boolean DEFAULT false);\n");
  folder.write("queries.sql",
               "-- name: next_job :one\nSELECT id FROM jobs WHERE NOT done ORDER BY id LIMIT 1"
               " FOR UPDATE;\n"
               "-- name: lock_job :one\nSELECT pg_try_advisory_lock(:id) AS locked;\n"
               "-- name: end_job :exec\nUPDATE jobs SET done = true WHERE id = :id;\n"
               "-- name: unlock_job :one\nSELECT pg_advisory_unlock(:id) AS unlocked;\n"
               "-- name: observe :many\nSELECT id AS job, CASE WHEN done THEN 'succeeded' ELSE"
               " 'ready' END AS state FROM jobs;\n"
               "-- name: insert_job :exec\nINSERT INTO jobs (id) VALUES (:job);\n");
  folder.write("protocol.toml",
               "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n[lease]\nkind = \"none\"\n"
               "[role.worker]\nprogram = [\"claim\", \"end_job\", \"unlock\"]\n"
               "claim = [{ run = \"next_job\", empty = \"nothing\" },"
               " { run = \"lock_job\", empty = \"nothing\" }]\n"
               "unlock = [{ run = \"unlock_job\", empty = \"ok\" }]\n"
               "on = { error = \"unlock\" }\n");
  folder.write("fails.toml",
               "name = \"fails\"\n[load]\nworkers = 1\n[faults.serialization_failure]\n"
               "at = [\"claim.next_job:before\"]\nchance = \"1/1\"\nat_most = 1\n");
  const Ran ran = folder.run("run . ./fails.toml --seed 2");
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "error 40001\n"));
  CHECK(contains(ran.out, "unlock.unlock_job"));
}

TEST_CASE("program: a batch is let go job by job", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run " + fixture("batch") + " quiet-day --seed 1");
  CHECK(contains(ran.out, "w1 believes that it holds job 1\n"));
  CHECK(contains(ran.out, "w1 believes that it holds job 2\n"));
  CHECK(contains(ran.out, "1.000002 s w1       succeed.finish   1    ✓ UPDATE 1\n"));
  CHECK(contains(ran.out, "grant 1 of job 1 is let go\n"));
  CHECK(contains(ran.out, "2.000003 s w1       succeed.finish   2    ✓ UPDATE 1\n"));
  CHECK(contains(ran.out, "grant 2 of job 2 is let go\n"));
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
