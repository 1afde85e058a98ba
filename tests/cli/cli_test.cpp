#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("run: twenty runs of one seed have one digest, and it is the last line", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run kukuri-fenced everything-at-once --seed 5 --repeat 20");
  CHECK(contains(ran.out, "runs      20, all with one digest\ndigest    "));
  CHECK(last_line(ran.out).starts_with("digest    "));
  CHECK(ran.err.empty());
  CHECK(folder.run("run kukuri-fenced everything-at-once --seed 5 --repeat 20").out == ran.out);
}

TEST_CASE("replay: a saved run is the same history, also step by step", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("run hardened stall-past-lease --seed 3 --save r.json");
  REQUIRE(ran.status == 0);
  const std::string digest = last_line(ran.out).substr(10);
  const Ran replayed = folder.run("replay r.json");
  CHECK(replayed.status == 0);
  CHECK(contains(replayed.out, "digest  " + digest + ", as it was saved"));
  const Ran walked = folder.run("replay r.json --step");
  CHECK(contains(walked.out, "digest  " + digest + ", as it was saved"));
  CHECK(contains(walked.out, "queries.sql:19\n         WITH next AS MATERIALIZED ("));
  CHECK(contains(walked.out, " believes to hold it"));
}

TEST_CASE("check: a failure is told, saved, and ends with the command that replays it", "[cli]") {
  const CliFolder folder;
  const auto before = server_folders();
  const Ran ran = folder.run("check kukuri-fenced --scenario stall-past-lease --seeds 40");
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "\nviolated  progress_monotone.cursor at step "));
  CHECK(contains(ran.out, "\n  story   w1 claimed job 1 at "));
  CHECK(contains(ran.out, "✗ progress_monotone.cursor: the cursor of job 1 fell from "));
  const std::string replay = "  replay  fencepost replay ";
  REQUIRE(last_line(ran.out).starts_with(replay));
  const std::string file = last_line(ran.out).substr(replay.size());
  const Ran replayed = folder.run("replay " + file);
  CHECK(replayed.status == 1);
  CHECK(contains(replayed.out, ", as it was saved\n"));
  CHECK(last_line(replayed.out) == last_line(ran.out));
  CHECK(server_folders_since(before).empty());
}

TEST_CASE("shrink: a saved run becomes a story of at most thirty steps", "[cli]") {
  const CliFolder folder;
  REQUIRE(folder.run("run kukuri-fenced stall-past-lease --seed 10 --save r.json").status == 1);
  folder.edit("r.json", "\"property\": \"\"", "\"property\": \"progress_monotone.cursor\"");
  const Ran ran = folder.run("shrink r.json --out small.json");
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "kukuri-fenced under stall-past-lease, seed 10, 30 steps"));
  CHECK(contains(folder.read("small.json"), "\"workers\": 2,"));
  CHECK(folder.run("replay small.json").status == 1);
}

TEST_CASE("check: what is found does not depend on the number of lanes", "[cli]") {
  const CliFolder folder;
  const std::string arguments =
      "check kukuri-before --scenario crash-mid-chunk --scenario half-open-crash --seeds 20 "
      "--jobs ";
  const Ran one = folder.run(arguments + "1"), three = CliFolder().run(arguments + "3");
  CHECK(one.status == 1);
  CHECK(one.out == three.out);
}

TEST_CASE("check: a gate that did not reach what it exists for is vacuous", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("check hardened --scenario everything-at-once --seeds 1");
  CHECK(ran.status == 4);
  CHECK(contains(
      ran.out,
      "? vacuous   everything-at-once reached takeover never, but must do so at least once"));
}

TEST_CASE("check: a protocol that does not violate what it promises is not as expected", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("check kukuri-before --as-expected --scenario quiet-day --seeds 2");
  CHECK(ran.status == 1);
  CHECK(contains(
      ran.out,
      "? not found job_not_stuck: [expect] says that it is violated, but no history did so"));
}

TEST_CASE("check: a folder of one's own works as a bundled one, with scenarios of its own",
          "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("hardened", "my queue/mine");
  folder.write("my queue/mine/scenarios/calm.toml",
               "# Nothing happens.\nname = \"calm\"\n[load]\njobs = 1\n[reach]\nsucceeded = 1\n");
  const Ran ran = folder.run("check './my queue/mine' --scenario calm --seeds 3");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "hardened  3 histories, 1 scenario\n"));
  CHECK(last_line(ran.out) == "holds");
  for (const char* name : {"./my queue/mine", "my queue/mine"}) {
    folder.write("fencepost.toml", "protocols = [\"" + std::string(name) + "\"]\nseeds = 3\n");
    CHECK(contains(folder.run("check --scenario calm").out, "hardened  3 histories, 1 scenario\n"));
  }
}

TEST_CASE("check: a bundled scenario that aims at none of a protocol's operations strikes anywhere",
          "[cli]") {
  const Ran ran =
      CliFolder().run("check '" FENCEPOST_SOURCE_DIR
                      "/tests/protocols/minimal' --scenario crash-mid-chunk --seeds 30");
  CHECK(last_line(ran.out) == "holds");
}

TEST_CASE("check: a queue without work or items is not asked for a poison item", "[cli]") {
  const Ran ran = CliFolder().run("check '" FENCEPOST_SOURCE_DIR
                                  "/tests/protocols/minimal' --scenario poison-item "
                                  "--scenario quiet-day --seeds 2");
  CHECK(contains(ran.out, "  - skipped   poison-item\n              for want of "));
  CHECK(last_line(ran.out) == "holds");
}

TEST_CASE("check: fencepost.toml names bundled protocols with their group", "[cli]") {
  const CliFolder folder;
  folder.write("fencepost.toml",
               "protocols = [\"corpus/B12-*\", \"corpus/B33-river-fixed\"]\nseeds = 1\n");
  const Ran ran = folder.run("check --as-expected --scenario quiet-day");
  for (const char* name :
       {"B12-solid_queue  1 history", "B12-solid_queue-fixed  1", "B33-river-fixed  1"})
    CHECK(contains(ran.out, name));
}

TEST_CASE("check: where a failure can't be saved it says so, and the seed replays it", "[cli]") {
  const Ran ran =
      CliFolder().run("check kukuri-before --scenario host-vanishes-in-transaction --seeds 20",
                      "FENCEPOST_FAILURES=/proc/failures");
  CHECK(ran.status == 1);
  CHECK(contains(ran.err, "so this failure is not saved; name another folder with --failures\n"));
  CHECK(last_line(ran.out).starts_with(
      "  replay  fencepost run kukuri-before host-vanishes-in-transaction --seed "));
}

TEST_CASE("list, explain and doctor: tell what there is", "[cli]") {
  const CliFolder folder;
  const Ran list = folder.run("list");
  CHECK(list.status == 0);
  for (const char* name :
       {"kukuri-fenced", "stall-past-lease", "fenced_writes", "takeover", "ack_lost"})
    CHECK(contains(list.out, name));
  CHECK(contains(folder.run("explain single_owner").out, "lease_until(k) as committed before t"));
  for (const char* name : {"single_owner", "crash", "takeover", "quiet-day"})
    CHECK(contains(folder.run(std::string("explain ") + name).out, "\n  corpus/B"));
  CHECK(folder.run("list changes").out.starts_with("changes\n  no-condition "));
  CHECK(contains(folder.run("explain other-time").out, "other-time (change)\n"));
  CHECK(contains(folder.run("list everything").err,
                 "nothing called \"everything\" to list; there are protocols, scenarios, "));
  const Ran alone = folder.run("doctor --versions --postgres .");
  CHECK(alone.status == 3);
  CHECK(
      alone.err ==
      "fencepost: there is no PostgreSQL to compare; install more of PostgreSQL 14 to 18, or name "
      "with --postgres a folder that holds a folder of each\n");
  CHECK(contains(folder.run("doctor --versions --seeds 9..5").err,
                 "a range must go upwards; write 5..9"));
  CHECK(contains(folder.run("doctor hardened kukuri-fenced").err,
                 "doctor looks at one protocol, and 2 are named"));
  CHECK(contains(folder.run("doctor --thorough hardened nowhere").err,
                 "there is no protocol \"nowhere\""));
  const Ran doctor = folder.run("doctor kukuri-fenced");
  CHECK(doctor.status == 0);
  CHECK(contains(doctor.out, "20 runs of one seed, one digest"));
  CHECK(contains(doctor.out, "\n  contained      "));
#ifdef __x86_64__
  CHECK(contains(doctor.out, "\n  real workers   record runs them in simulated time\n"));
#endif
  CHECK(contains(doctor.out, "observe        job 1: state ready"));
  CHECK(contains(doctor.out, "\n  judged         single_owner, fenced_writes"));
  CHECK(
      contains(doctor.out, "\n  not judged     belief_ends: [lease] declares no notices_within\n"));
}

TEST_CASE("lint: doctor shows traps, check notes them, and neither exits otherwise for that",
          "[cli]") {
  const CliFolder folder;
  const Ran doctor = folder.run("doctor corpus/B33-river");
  CHECK(doctor.status == 0);
  CHECK(contains(doctor.out, "\n  traps          1 known trap\n"));
  CHECK(contains(doctor.out,
                 "\n    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  write     "
                 "river_leader.leader_id = :worker\n"));
  CHECK(contains(folder.run("doctor hardened").out, "\n  traps          no known traps\n"));
  folder.copy_protocol("hardened", "mine");
  folder.write("mine/more.sql",
               "-- name: RejectOrder :exec\nUPDATE jobs SET state = 'rejected' WHERE id = $1;\n");
  folder.edit("mine/protocol.toml", "queries = [", "queries = [\"more.sql\", ");
  CHECK(contains(folder.run("doctor ./mine").out,
                 "\n  not run        RejectOrder: no role runs what is called so, and nothing is "
                 "said of it\n"));
  const Ran check = folder.run("check corpus/B11-djjob --scenario quiet-day --seeds 1 --json");
  CHECK(contains(check.err, "lock.sql:2: unguarded-claim (acquire_lock): it takes the job"));
  CHECK(check.out.starts_with("{"));
  CHECK(contains(folder.run("explain unfenced-write").out, "unfenced-write (trap)\n"));
  CHECK(contains(folder.run("list traps").out, "\n  lock-in-where "));
}

}  // namespace
}  // namespace fencepost
