// What the program says of its own work: only when asked, and never where results are.
#include <algorithm>
#include <map>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

const std::string kRun = "run hardened quiet-day --seed 1";

/// Every file below a folder, by its name there.
std::map<std::string, std::string> files_in(const CliFolder& folder, const std::string& name) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / name))
    if (entry.is_regular_file()) {
      const std::string file = fs::relative(entry.path(), folder.path()).string();
      files[file] = folder.read(file);
    }
  return files;
}

TEST_CASE("log: --verbose tells on stderr that a server begins and ends", "[cli]") {
  const CliFolder folder;
  const Ran plain = folder.run(kRun), verbose = folder.run(kRun + " --verbose");
  CHECK(plain.err.empty());
  CHECK(verbose.err.starts_with("fencepost: the server in "));
  CHECK(contains(verbose.err, " is up: PostgreSQL 1"));
  CHECK(verbose.err.ends_with(" has ended\n"));
  CHECK(std::count(verbose.err.begin(), verbose.err.end(), '\n') == 2);
  CHECK(verbose.out == plain.out);
}

TEST_CASE("log: --quiet says nothing on stderr, and the same on stdout", "[cli]") {
  const CliFolder folder;
  const Ran quiet = folder.run(kRun + " --quiet");
  CHECK(quiet.err.empty());
  CHECK(quiet.out == folder.run(kRun).out);
}

TEST_CASE("log: --verbose and --quiet can't both be meant", "[cli]") {
  const Ran ran = CliFolder().run(kRun + " --quiet --verbose");
  CHECK(ran.status == 2);
  CHECK(ran.err == "fencepost: --verbose and --quiet contradict each other; give one of them\n");
}

TEST_CASE(
    "log: a report's log.txt tells of servers, lanes and shrinking; nothing else there differs",
    "[cli]") {
  const CliFolder folder, other;
  const std::string check =
      "check kukuri-fenced --scenario stall-past-lease --seeds 40 --jobs 2 --report-dir out";
  CHECK(folder.run(check).status == 1);
  std::map<std::string, std::string> first = files_in(folder, "out");
  const std::string log = first["out/log.txt"];
  for (const char* part : {"  a lane begins on core ", " is up: PostgreSQL ", " has ended",
                           "  debug    shrinking, workers left out: ", " ends after "})
    CHECK(contains(log, part));
  CHECK(other.run(check).status == 1);
  std::map<std::string, std::string> second = files_in(other, "out");
  CHECK(first.erase("out/log.txt") + second.erase("out/log.txt") == 2);
  CHECK(first.size() > 5);
  CHECK(first == second);
}

}  // namespace
}  // namespace fencepost
