// Every command line that README.md, the pages and the examples name is one that the program takes.
#include <algorithm>

#include "sim/text/files.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/tidy/docs.hpp"

namespace fencepost {
namespace {

/// What the program's command line says against it; empty when it is understood. Nothing comes of
/// the command, because there is neither a server nor what it names.
std::string refusal_of(const CliFolder& folder, const std::vector<std::string>& words) {
  // The launcher's own commands; the rest goes to ctest and to the bench.
  if (words.front() == "test" || words.front() == "bench" || words.front() == "package") return "";
  // What a workflow fills in is some number.
  std::string arguments;
  for (std::string word : words) {
    for (std::size_t at; (at = word.find("${{")) != std::string::npos;)
      word.replace(at, word.find("}}", at) + 2 - at, "1");
    arguments += "'" + word + "' ";
  }
  const Ran ran = folder.run(arguments, "FENCEPOST_POSTGRES=/nowhere");
  const bool refused = contains(ran.err, " --help\" tells what there is") ||
                       contains(ran.err, ", which is no flag of ") ||
                       contains(ran.err, "fencepost: there is no command ");
  return refused ? ran.err : "";
}

TEST_CASE("docs: every command line of the pages and examples is understood", "[cli]") {
  const CliFolder folder;
  std::string complaints;
  int count = 0;
  for (const ProjectFile& file : project_files()) {
    if (!file.path.ends_with(".md") && !file.path.starts_with("examples/")) continue;
    for (const NamedCommand& each : commands_in(file)) {
      ++count;
      if (const std::string refusal = refusal_of(folder, each.words); !refusal.empty())
        complaints += file.path + ":" + std::to_string(each.line) + ": " + refusal;
    }
  }
  CHECK(count > 30);
  CHECK(complaints == "");
}

TEST_CASE("docs: a command line with a flag or command that there is not is refused", "[cli]") {
  const CliFolder folder;
  CHECK(refusal_of(folder, {"check", "./queue", "--time-budget", "10m"}) == "");
  CHECK(refusal_of(folder, {"check", "--help"}) == "");
  CHECK(refusal_of(folder, {"test", "-L", "nightly"}) == "");
  CHECK(refusal_of(folder, {"chek"}) != "");
  CHECK(refusal_of(folder, {"check", "--colour"}) != "");
  CHECK(refusal_of(folder, {"run", "hardened"}) != "");
}

TEST_CASE("docs: README's failure is told and drawn as report does", "[cli]") {
  const CliFolder folder;
  const std::string root = FENCEPOST_SOURCE_DIR;
  const std::string file =
      root + "/scenarios/protocols/kukuri-fenced/failures/D01-checkpoint-goes-back.json";
  CHECK(folder.run("report --svg " + file).out ==
        read_text_file(root + "/reports/example.svg", "it"));
  const std::string readme = read_text_file(root + "/README.md", "it");
  const std::string told = folder.run("report --text " + file).out;
  CHECK(told.starts_with("violated  progress_monotone.cursor at step "));
  CHECK(contains(readme, "\n" + told.substr(0, told.find('\n') + 1) +
                             "  where   kukuri-fenced under stall-past-lease, seed 5, 30 steps\n"));
}

}  // namespace
}  // namespace fencepost
