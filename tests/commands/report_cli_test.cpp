#include <sstream>

#include "sim/text/json.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/xml_check.hpp"

namespace fencepost {
namespace {

const std::string kCheck = "check kukuri-fenced --scenario stall-past-lease --seeds 40 ";
/// One without saved failures of its own, which would be told instead of new ones.
const std::string kFresh = "check kukuri-unfenced --scenario stall-past-lease --seeds 40 ";
const std::string kStem = "failures/kukuri-unfenced-stall-past-lease-progress_monotone.cursor";

std::string complaint(const Ran& ran) {
  CHECK(ran.status == 2);
  CHECK(ran.out.empty());
  const std::string begin = "fencepost: ";
  REQUIRE(ran.err.starts_with(begin));
  return ran.err.substr(begin.size(), ran.err.size() - begin.size() - 1);
}

TEST_CASE("check: --report-dir writes every report, and report writes them again without a server",
          "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run(kFresh + "--report-dir out");
  CHECK(ran.status == 1);
  CHECK(contains(ran.err, "queries.sql:51: unfenced-write (save_progress): "));
  CHECK(ran.err.ends_with("\nfencepost: the report is out/index.html\n"));
  CHECK(contains(ran.out, "\n  report  out/" + kStem + ".html\n  replay  fencepost replay out/" +
                              kStem + ".json\n"));
  for (const std::string file : {"out/index.html", "out/junit.xml"})
    CHECK(xml_complaint(folder.read(file)) == "");
  CHECK(contains(folder.read("out/index.html"), "href=\"" + kStem + ".html\""));
  CHECK(contains(folder.read("out/summary.md"), "progress\\_monotone.cursor"));
  CHECK(contains(folder.read("out/" + kStem + ".html"), "save_checkpoint"));
  CHECK(folder.read("out/" + kStem + ".json") == folder.read("fencepost-" + kStem + ".json"));

  REQUIRE(folder.run("report out/results.json --out again", "PATH=/nowhere").status == 0);
  for (const std::string file : {"/results.json", "/summary.md", "/index.html", "/junit.xml"}) {
    std::string first = folder.read("out" + file), again = folder.read("again" + file);
    CHECK(first == again);
  }
  const Ran told = folder.run("report out/" + kStem + ".json --text");
  CHECK(told.status == 0);
  CHECK(told.out.starts_with("violated  progress_monotone.cursor at step "));
  CHECK(last_line(told.out) == "  replay  fencepost replay out/" + kStem + ".json");
  const Ran junit = folder.run("report out/results.json --junit");
  CHECK(xml_complaint(junit.out) == "");
  CHECK(contains(junit.out, "<failure type=\"violated\""));
  CHECK(xml_complaint(folder.run("report --html out/" + kStem + ".json").out) == "");
  CHECK(xml_complaint(folder.run("report --svg out/" + kStem + ".json").out) == "");
  CHECK(
      contains(complaint(folder.run("replay out/results.json")), "is the result file of a check"));
}

TEST_CASE("check: --json writes JSON lines to stdout and nothing else", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run(kCheck + "--json", "GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=s.md");
  CHECK(ran.status == 1);
  std::istringstream lines(ran.out);
  int violated = 0, traps = 0;
  for (std::string line; std::getline(lines, line);) {
    const JsonNode node = json_tree(line, "stdout");
    REQUIRE(node.find("kind") != nullptr);
    if (node.find("kind")->text == "trap") {
      CHECK(contains(node.find("sql")->text, "queries.sql:"));
      ++traps;
      continue;
    }
    if (node.find("kind")->text == "saved") {
      CHECK(node.find("outcome")->text == "fails_again");
      continue;
    }
    REQUIRE(node.find("kind")->text == "verdict");
    CHECK(node.find("scenario")->text == "stall-past-lease");
    if (node.find("verdict")->text != "violated") continue;
    ++violated;
    for (const char* key : {"seed", "digest", "step", "story", "report", "replay"})
      CHECK(node.find(key) != nullptr);
  }
  CHECK(violated == 3);
  CHECK(traps == 3);
  CHECK(contains(ran.err, "::error file="));
  CHECK(contains(ran.err, "queries.sql,line="));
  CHECK(contains(folder.read("s.md"), "## ❌ fencepost: violated"));
}

TEST_CASE("check: a time budget ends it green, and says how far it was run", "[cli]") {
  const CliFolder folder;
  folder.write("fencepost.toml", "time_budget = \"1ms\"\nreport_dir = \"out\"\n");
  const Ran ran = folder.run("check hardened --seeds 5000 --jobs 1");
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out).starts_with("held as far as it was run: "));
  CHECK(last_line(ran.out).ends_with(" histories"));
  CHECK(contains(ran.out, "- unfinished"));
  CHECK_FALSE(contains(ran.out, "vacuous"));
  CHECK(contains(folder.read("out/junit.xml"), "not judged: not finished, "));
  CHECK_FALSE(contains(folder.read("out/junit.xml"), "<failure"));
  const std::string page = folder.read("out/index.html");
  CHECK(contains(page, last_line(ran.out)));
  CHECK(folder.run("report out/results.json").out == ran.out);
}

TEST_CASE("report: what it can't read or write is named with what to do", "[cli]") {
  const CliFolder folder;
  CHECK(contains(complaint(folder.run("report none.json")), "none.json"));
  folder.write("cut.json", "{\"format\": 1,\n");
  CHECK(complaint(folder.run("report cut.json")).starts_with("cut.json:1: the file is cut off: "));
  folder.write("cut.json", "{\"format\": 1,\n\"kind\": \"results\"}");
  CHECK(complaint(folder.run("report cut.json")) ==
        "cut.json:1: \"protocols\" is missing in a result file: restore the file, or save the run "
        "again");
  CHECK(contains(complaint(folder.run("report cut.json --html --svg")), "--help"));
  CHECK(complaint(folder.run("check hardened --time-budget soon")) ==
        "--time-budget is \"soon\", but must be a length of time such as 90s, 5m or 1h");
  folder.write("fencepost.toml", "time_budget = \"0s\"\n");
  CHECK(
      complaint(folder.run("check hardened")) ==
      "fencepost.toml:1: time_budget is the text \"0s\", but must be longer than nothing, such as "
      "\"1s\"");
}

}  // namespace
}  // namespace fencepost
