// What is found once is saved, told apart, and replayed first from then on.
#include <fmt/format.h>

#include <set>

#include "sim/search/fuzzer.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kStuck = "kukuri-before --scenario host-vanishes-in-transaction";
const std::string kStuckFile =
    "fencepost-failures/kukuri-before-host-vanishes-in-transaction-job_not_stuck.json";

/// A folder in which check has saved failures of kukuri-before.
class Failed : public CliFolder {
 public:
  Failed() {
    const Ran ran = run(fmt::format("check {} --seeds 20", kStuck));
    REQUIRE(ran.status == 1);
    REQUIRE(contains(read(kStuckFile), "\"property\": \"job_not_stuck\""));
  }
};

TEST_CASE("scenario_in_turn: every round uses every scenario once, and begins one later", "[sim]") {
  law("for any number of scenarios", [] {
    const auto scenarios = static_cast<std::size_t>(any_number(1, 40));
    const auto round = static_cast<std::uint64_t>(any_number(1000));
    std::set<std::size_t> used;
    for (std::uint64_t i = 0; i < scenarios; ++i)
      used.insert(scenario_in_turn(round * scenarios + i, scenarios));
    HOLDS(used.size() == scenarios);
    HOLDS(*used.rbegin() == scenarios - 1);
    HOLDS(scenario_in_turn(round * scenarios, scenarios) == round % scenarios);
  });
}

TEST_CASE("fuzz: shards together run every history of the search, each once", "[sim]") {
  law("for any number of machines", [] {
    const auto of = static_cast<std::uint64_t>(any_number(1, 40));
    std::set<std::uint64_t> run;
    for (std::uint64_t number = 0; number < of; ++number) {
      FuzzPlan plan;
      plan.skip = number;
      plan.step = of;
      for (std::uint64_t nth = 0; nth < 5; ++nth) HOLDS(run.insert(plan.number_of(nth)).second);
    }
    HOLDS(*run.rbegin() == 5 * of - 1);
  });
}

TEST_CASE("fuzz: what it finds is made small, saved, and ends with the command that replays it",
          "[cli]") {
  const CliFolder folder;
  const auto before = server_folders();
  const Ran ran = folder.run(fmt::format("fuzz {} --time 4s --from 5000", kStuck));
  CHECK(ran.status == 1);
  CHECK(ran.out.starts_with("kukuri-before  "));
  CHECK(contains(ran.out, ", seeds 5000.."));
  CHECK(contains(ran.out, "  reached  "));
  CHECK(contains(ran.out, " a second, shrinking included\n"));
  CHECK(contains(ran.out, "  job_not_stuck in "));
  const std::string replay = "    fencepost replay fencepost-failures/kukuri-before-";
  REQUIRE(last_line(ran.out).starts_with(replay));
  const Ran replayed = folder.run(last_line(ran.out).substr(14));
  CHECK(replayed.status == 1);
  CHECK(contains(replayed.out, ", as it was saved\n"));
  CHECK(server_folders_since(before).empty());
}

TEST_CASE("fuzz: what is saved already is known again", "[cli]") {
  const Failed folder;
  const Ran ran = folder.run(fmt::format("fuzz {} --time 4s", kStuck));
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, " steps, saved before\n    fencepost replay " + kStuckFile + "\n"));
}

TEST_CASE("fuzz: where nothing is wrong nothing is found", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("fuzz hardened --scenario quiet-day --time 1s --from 10 --shard 2/3");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, ", seeds 11.."));
  CHECK(contains(ran.out, ", 3 apart\n"));
  CHECK(last_line(ran.out) == "nothing was found");
  CHECK(ran.err.empty());
}

TEST_CASE("fuzz: what a broken protocol declares is no failure where it is expected", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run(fmt::format("fuzz {} --as-expected --time 2s", kStuck));
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "  ✗ expected  job_not_stuck in "));
  CHECK(last_line(ran.out) == "nothing was found");
}

TEST_CASE("check: a saved failure is replayed first, told again, and not looked for twice",
          "[cli]") {
  const Failed folder;
  const Ran ran = folder.run(fmt::format("check {} --seeds 1", kStuck));
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "saved failure " + kStuckFile + " fails again: job_not_stuck\n"));
  CHECK(contains(ran.out, "\nviolated  job_not_stuck at step "));
  CHECK(contains(ran.out, "  replay  fencepost replay " + kStuckFile + "\n"));
  const Ran more = folder.run(fmt::format("check {} --seeds 20", kStuck));
  const std::size_t once = more.out.find("\nviolated  job_not_stuck at step ");
  REQUIRE(once != std::string::npos);
  CHECK(more.out.find("\nviolated  job_not_stuck at step ", once + 1) == std::string::npos);
}

TEST_CASE("check: a saved failure of another protocol, or of a scenario left out, is not replayed",
          "[cli]") {
  const Failed folder;
  CHECK(
      !contains(folder.run("check hardened --scenario quiet-day --seeds 2").out, "saved failure"));
  CHECK(!contains(folder.run("check kukuri-before --scenario quiet-day --seeds 1").out,
                  "saved failure"));
}

TEST_CASE("check: a saved failure whose property was edited says what is violated instead",
          "[cli]") {
  const Failed folder;
  folder.edit(kStuckFile, "\"property\": \"job_not_stuck\"", "\"property\": \"single_owner\"");
  const Ran ran =
      folder.run("check kukuri-before --scenario host-vanishes-in-transaction --seeds 1");
  CHECK(ran.out.starts_with("saved failure " + kStuckFile +
                            " no longer fits, and was not judged: what is violated in it is "
                            "job_not_stuck, not single_owner; nothing else has changed, so the "
                            "file was edited"));
  CHECK(!contains(ran.out, "violated  single_owner"));
}

TEST_CASE("check: a saved failure that no longer fits says which choice, where, and why", "[cli]") {
  const Failed folder;
  folder.edit(kStuckFile, "\"kind\": \"crash_half_open\"", "\"kind\": \"terminate\"");
  const Ran ran =
      folder.run("check kukuri-before --scenario host-vanishes-in-transaction --seeds 1");
  CHECK(ran.out.starts_with("saved failure " + kStuckFile +
                            " no longer fits, and was not judged: its choice \"w"));
  CHECK(contains(ran.out, "was never asked for; nothing else has changed, so the file was edited"));
}

TEST_CASE("check: a saved failure that was not judged is not green, and every report says why",
          "[cli]") {
  const CliFolder folder;
  folder.run("run hardened quiet-day --seed 1 --save x.json");
  folder.write("fencepost-failures/x.json", folder.read("x.json"));
  folder.edit("fencepost-failures/x.json", "\"property\": \"\"", "\"property\": \"single_owner\"");
  const std::string check = "check hardened --scenario quiet-day --seeds 1";
  const Ran holds = folder.run(check);
  CHECK(holds.status == 0);
  CHECK(holds.out.starts_with(
      "saved failure fencepost-failures/x.json holds now: single_owner is no longer violated in "
      "it, "
      "although its history is the same, so fencepost judges otherwise; delete the file\n"));
  folder.edit("fencepost-failures/x.json", "\"digest\": \"", "\"digest\": \"0");
  const std::string says =
      "saved failure fencepost-failures/x.json no longer fits, and was not judged: the digest of "
      "its history is ";
  const Ran ran = folder.run(check + " --report-dir report");
  CHECK(ran.status == 4);
  CHECK(ran.out.starts_with(says));
  CHECK(contains(ran.out, "\n  ? not proved " + says));
  for (const std::string form : {"junit.xml", "results.jsonl", "index.html", "summary.md"})
    CHECK(contains(folder.read("report/" + form), " no longer fits, and was not judged"));
  CHECK(contains(folder.run("report report/results.json").out, "\n  ? not proved " + says));
  REQUIRE(folder.run(check + " --shard 1/1").status == 0);
  const Ran merged = folder.run("merge fencepost-shards --json");
  CHECK(merged.status == 4);
  CHECK(contains(merged.out, "\"kind\": \"saved\""));
}

TEST_CASE("check: a saved failure is tried although its protocol has changed, and says so",
          "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("kukuri-before", "mine");
  const std::string check = "check ./mine --scenario host-vanishes-in-transaction --seeds 20";
  REQUIRE(folder.run(check).status == 1);
  folder.edit("mine/queries.sql", "--", "-- changed\n--");
  const Ran ran = folder.run(check);
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "saved failure " + kStuckFile +
                              " fails again: job_not_stuck; its protocol or scenario has changed "
                              "since\n"));
  CHECK(contains(ran.out, "replay " + kStuckFile + " --force\n"));
}

TEST_CASE("check: a canary that no longer fails is not green", "[cli]") {
  const Failed folder;
  folder.copy_protocol("kukuri-before", "mine");
  folder.write("mine/failures/stuck.json", folder.read(kStuckFile));
  const std::string check =
      "check ./mine --as-expected --scenario host-vanishes-in-transaction --seeds 1";
  const std::string elsewhere = "FENCEPOST_FAILURES=none";
  CHECK(contains(folder.run(check, elsewhere).out,
                 "saved failure ./mine/failures/stuck.json fails again, as expected: "
                 "job_not_stuck\n"));
  folder.edit("mine/failures/stuck.json", "\"property\": \"job_not_stuck\"",
              "\"property\": \"single_owner\"");
  const Ran ran = folder.run(check, elsewhere);
  CHECK(contains(ran.out, "\n  ? not proved saved failure ./mine/failures/stuck.json no longer "));
  CHECK(contains(ran.out,
                 "; [expect] needs it as a canary: save a failure of single_owner there again, or "
                 "take the file out\n"));
}

TEST_CASE("check: a saved failure that is cut off is wrong input, by file and line", "[cli]") {
  const Failed folder;
  folder.write(kStuckFile, "{\"format\": 1,\n");
  const Ran ran = folder.run(
      "check kukuri-before --scenario host-vanishes-in-transaction --seeds 1 --report-dir report");
  CHECK(ran.status == 2);
  const std::string error = kStuckFile + ":1: the file is cut off";
  CHECK(contains(ran.err, error));
  CHECK(contains(folder.read("report/junit.xml"),
                 "<error message=\"the check came to no end: " + error));
  CHECK(contains(folder.read("report/results.jsonl"), "{\"schema\": 1, \"kind\": \"trouble\", "));
  CHECK(!folder.has("report/results.json"));
  for (const std::string slip : {"fencepost-failurs", "no/such", kStuckFile.c_str()})
    CHECK(contains(folder.run("check kukuri-before --failures " + slip).err,
                   "fencepost: --failures is " + slip + ", but there is no such folder; "));
  const Ran fresh = folder.run("check hardened --scenario quiet-day --seeds 1 --failures fresh");
  CHECK(fresh.status == 0);
  CHECK(
      contains(fresh.err,
               "fencepost: --failures is fresh, which is not there, so no saved failure is tried; "
               "it is made where one is found\n"));
}

TEST_CASE("measure: a table of what is expected, and nothing to measure where nothing is",
          "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run(
      "measure kukuri-before --scenario host-vanishes-in-transaction --trials 2 --most 20 --all");
  CHECK(ran.status == 0);
  CHECK(contains(ran.out,
                 "| protocol · property | random_walk | priorities | targeted_stall | two_stalls | "
                 "one_fault | late_start | portfolio |\n"));
  CHECK(contains(ran.out, "| kukuri-before · job_not_stuck | "));
  CHECK(contains(ran.out, "| kukuri-before · terminal_sticks | > 20 |"));
  CHECK(last_line(ran.out).starts_with("| found | "));
  const Ran stock = folder.run("measure B24-pg-boss --stock --by-scenario --trials 1 --most 1");
  CHECK(stock.status == 0);
  CHECK(contains(stock.out, "| protocol · property | seeds | at worst | scenarios |\n"));
  CHECK(contains(stock.out, "| slow-work | "));
  CHECK(!contains(stock.out, "| work-outlasts-visibility | "));
  const Ran both = folder.run("measure B24-pg-boss --stock --scenario slow-work");
  CHECK(both.status == 2);
  CHECK(contains(both.err, "--stock is all bundled scenarios, and --scenario some"));
  const Ran none = folder.run("measure hardened");
  CHECK(none.status == 2);
  CHECK(contains(none.err, "no protocol named here expects a violation under [expect]"));
}

}  // namespace
}  // namespace fencepost
