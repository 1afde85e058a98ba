// The command line without anything behind it: what is understood, what is said of what is not, and
// the pages that are made from its one table.
#include "sim/cli/command_line.hpp"

#include <sstream>

#include "reports/escaped.hpp"
#include "sim/cli/options.hpp"
#include "sim/commands/commands.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

using Environment = std::map<std::string, std::string>;

/// What comes of these words: "read", or what is printed or complained of.
std::string read(std::vector<const char*> words, const Environment& environment = {}) {
  words.insert(words.begin(), "fencepost");
  const Caller caller{"fencepost", 80, [&](const std::string& name) -> std::optional<std::string> {
                        const auto found = environment.find(name);
                        if (found == environment.end()) return std::nullopt;
                        return found->second;
                      }};
  try {
    read_command_line(static_cast<int>(words.size()), words.data(), caller, command_rows());
    return "read";
  } catch (const Printed& printed) {
    return printed.text;
  } catch (const InputError& error) {
    return error.what();
  }
}

/// What the plan of `check` says against its seeds and its time.
std::string plan_against(GivenText seeds, GivenText budget) {
  WorkFlags flags;
  flags.protocols = {"hardened"};
  flags.seeds = std::move(seeds);
  flags.time_budget = std::move(budget);
  try {
    plan_of(flags);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST_CASE("command line: every page of help fits a screen of 24 lines and 80 columns", "[cli]") {
  std::vector<std::string> pages = {read({"help"})};
  for (const CommandRow& row : command_rows()) pages.push_back(read({"help", row.name.c_str()}));
  for (const std::string& page : pages) {
    std::istringstream lines(page);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) CHECK(characters_in(line) <= 80);
    CAPTURE(page);
    CHECK(count > 5);
    CHECK(count <= 24);
  }
}

TEST_CASE("command line: help is asked for in all the usual ways", "[cli]") {
  for (const char* word : {"help", "--help", "-h"}) CHECK(read({word}) == read({"help"}));
  CHECK(read({"check", "--help"}) == read({"help", "check"}));
  CHECK(read({"check", "./queue", "-h"}) == read({"help", "check"}));
  CHECK(read({"help", "chek"}).find("; did you mean \"check\"?") != std::string::npos);
  CHECK(read({"-V"}) == read({"--version"}));
  CHECK(read({"-V"}).starts_with("fencepost "));
  const std::string check = read({"help", "check"});
  CHECK(check.find("  --seeds N ") != std::string::npos);
  CHECK(check.find(" [100]\n") != std::string::npos);
  CHECK(check.find("\nExample: fencepost check ") != std::string::npos);
}

TEST_CASE("command line: an unknown flag or command is told with the known one next to it",
          "[cli]") {
  CHECK(read({"check", "--sed", "3"}) ==
        "not expected: --sed, which is no flag of check; did you mean \"--seeds\"?");
  CHECK(read({"run", "a", "b", "--sedd=3"}) ==
        "not expected: --sedd, which is no flag of run; did you mean \"--seed\"?");
  CHECK(read({"check", "--zzzzzzz"}) == "not expected: --zzzzzzz, which is no flag of check");
  CHECK(read({"chekc"}).ends_with("; did you mean \"check\"?"));
  CHECK(read({}).starts_with("no command is named; known are init, check, "));
  CHECK(read({"check", "--quiet", "--verbose"}) ==
        "--verbose and --quiet contradict each other; give one of them");
  CHECK(read({"check", "--color", "alway"}) ==
        "--color is \"alway\", but must be auto, always or never; did you mean \"always\"?");
}

TEST_CASE("command line: an empty word is refused, as a script writes it for want of a variable",
          "[cli]") {
  const std::string help = " is empty, but needs a value; \"fencepost check --help\" tells what ";
  CHECK(read({"check", "--seeds", ""}) == "--seeds" + help + "there is");
  CHECK(read({"check", "--report-dir=", "hardened"}) == "--report-dir" + help + "there is");
  CHECK(read({"check", "--jobs="}) == "--jobs" + help + "there is");
  CHECK(read({"check", ""}) == "an argument behind check" + help + "there is");
  CHECK(read({"check", "--list-scenarios=="}).starts_with("not expected: "));
  CHECK(read({"check"}, {{"FENCEPOST_SEEDS", ""}}) == "read");
}

TEST_CASE("command line: what is wrong in the environment is called by its name there", "[cli]") {
  CHECK(read({"check", "--jobs", "0"}) ==
        "--jobs: Value 0 not in range 1 to 256; \"fencepost check --help\" tells what there is");
  CHECK(read({"check"}, {{"FENCEPOST_JOBS", "0"}}) ==
        "FENCEPOST_JOBS: Value 0 not in range 1 to 256; \"fencepost check --help\" tells what "
        "there is");
  CHECK(read({"check", "--jobs", "2"}, {{"FENCEPOST_JOBS", "0"}}) == "read");
  CHECK(read({"check"}, {{"FENCEPOST_JOBS", "2"}}) == "read");
  CHECK(plan_against({"many", "FENCEPOST_SEEDS"}, {}) ==
        "FENCEPOST_SEEDS is \"many\", but must be how many (100) or a range (5..9), from 1 on");
  CHECK(plan_against({"9..5", "--seeds"}, {}) ==
        "--seeds is \"9..5\", but a range must go upwards; write 5..9");
  CHECK(plan_against({"99000000", "FENCEPOST_SEEDS"}, {}) ==
        "FENCEPOST_SEEDS asks for 99000000 histories of each scenario, but there may be at most "
        "10000000; take a smaller range");
  CHECK(plan_against({}, {"soon", "FENCEPOST_TIME_BUDGET"}) ==
        "FENCEPOST_TIME_BUDGET is \"soon\", but must be a length of time such as 90s, 5m or 1h");
}

TEST_CASE("command line: man page and completions know every command and flag", "[cli]") {
  const std::string pages[] = {read({"man-page"}), read({"completions", "bash"}),
                               read({"completions", "zsh"}), read({"completions", "fish"})};
  for (const std::string& page : pages) {
    for (const CommandRow& row : command_rows()) CHECK(page.find(row.name) != std::string::npos);
    for (const char* flag : {"time-budget", "color", "junit", "spec", "columns", "table"}) {
      std::string shown = flag;
      if (&page == &pages[0] && shown == "time-budget") shown = "time\\-budget";
      CHECK(page.find(shown) != std::string::npos);
    }
  }
  CHECK(pages[0].starts_with(".TH FENCEPOST 1 "));
  CHECK(read({"completions", "tcsh"}) ==
        "there are no completions for \"tcsh\"; name bash, zsh or fish");
}

}  // namespace
}  // namespace fencepost
