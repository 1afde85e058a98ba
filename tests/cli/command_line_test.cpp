// The command line without anything behind it: what is understood, what is said of what is not, and
// the pages that are made from its one table.
#include "sim/cli/command_line.hpp"

#include <fmt/format.h>

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

/// What `try` was told.
struct Tried {
  std::string folder;
  std::vector<std::string> files;
  std::vector<std::string> names;
  std::optional<std::uint64_t> from;
  int seconds = 0;
  bool deep = false;
  std::string form;
};
Tried tried;

Action try_command(Flags& flags) {
  tried = {};
  flags.add("FOLDER", &tried.folder, "").required();
  flags.add("FILE", &tried.files, "");
  flags.add("--name", &tried.names, "");
  flags.add("--from", &tried.from, "").between(1, 9);
  flags.add("--wait,--patience", &tried.seconds, "").in_seconds().between(1, 9000);
  flags.add("--deep", &tried.deep, "");
  flags.add_one_of({"form", "", OneOf::Pick::exactly_one, &tried.form, {{"a", ""}, {"b", ""}}});
  return {};
}

/// What is said against these words behind `try`; empty when they are read.
std::string against(std::vector<const char*> words) {
  words.insert(words.begin(), {"fencepost", "try"});
  try {
    read_command_line(static_cast<int>(words.size()), words.data(),
                      {"fencepost", 80, [](const std::string&) { return std::nullopt; }},
                      {{"try", "", "", try_command}});
    return "";
  } catch (const InputError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find(';'));
  }
}

TEST_CASE("command line: every word goes where its place and the flag before it say", "[cli]") {
  using Words = std::vector<std::string>;
  CHECK(against({"--a", "f", "g", "--name=x", "y", "--from", "9", "--deep", "--", "--h"}) == "");
  CHECK(tried.folder == "f");
  CHECK(tried.files == Words{"g", "--h"});
  CHECK(tried.names == Words{"x", "y"});
  CHECK(tried.from == 9);
  CHECK(tried.deep);
  CHECK(tried.form == "a");
  CHECK(against({"--b", "--name", "x", "y", "f"}) == "");
  CHECK(tried.names == Words{"x", "y"});
  CHECK(tried.folder == "f");
  CHECK(tried.from == std::nullopt);
  for (const auto& [text, seconds] : {std::pair{"--wait=90", 90},
                                      {"--patience=90s", 90},
                                      {"--wait=5m", 300},
                                      {"--wait=2h", 7200}}) {
    CHECK(against({"-", "--a", text}) == "");
    CHECK(tried.seconds == seconds);
    CHECK(tried.folder == "-");
  }
}

TEST_CASE("command line: what a flag can't take is told in a sentence", "[cli]") {
  CHECK(against({"--a"}) == "FOLDER is required");
  CHECK(against({"f"}) == "one of --a and --b is required");
  CHECK(against({"f", "--a", "--b"}) == "--a and --b exclude each other");
  CHECK(against({"f", "--a", "--from"}) == "--from needs a value, N");
  CHECK(against({"f", "--a", "--wait", "--deep"}) == "--wait needs a value, TIME");
  CHECK(against({"f", "--a", "--from", "1", "--from=2"}) == "--from is given twice");
  CHECK(against({"f", "--a", "--deep=no"}) == "--deep takes no value");
  CHECK(against({"f", "--a", "-x"}) == "not expected: -x, which is no flag of try");
  for (const char* number : {"0", "10", "-1", "+1", "0x1", "1.5", "a", "99999999999999999999"})
    CHECK(against({"f", "--a", "--from", number}) ==
          fmt::format("--from is \"{}\", but must be a whole number from 1 to 9", number));
  for (const char* time : {"s", "5x", "3h", "99999999999999999h"})
    CHECK(against({"f", "--a", "--wait", time}) ==
          fmt::format("--wait is \"{}\", but must be a time such as 90s, 5m or 1h, from 1 to 9000 "
                      "seconds",
                      time));
  CHECK(read({"replay", "r.json", "s.json"}) ==
        "not expected: \"s.json\"; \"fencepost replay --help\" tells what there is");
}

TEST_CASE("command line: what is wrong in the environment is called by its name there", "[cli]") {
  CHECK(
      read({"check", "--jobs", "0"}) ==
      "--jobs is \"0\", but must be a whole number from 1 to 256; \"fencepost check --help\" tells "
      "what there is");
  CHECK(read({"check"}, {{"FENCEPOST_JOBS", "0"}}) ==
        "FENCEPOST_JOBS is \"0\", but must be a whole number from 1 to 256; \"fencepost check "
        "--help\" "
        "tells what there is");
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
