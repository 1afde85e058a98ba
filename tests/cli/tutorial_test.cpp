// The tutorial, as somebody follows it: its files are written, its commands are run, and its
// outputs come.
#include <cstdlib>
#include <sstream>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/tidy/tidy.hpp"

namespace fencepost {
namespace {

/// A block between ``` and ```: what stands behind its first sign, and its lines.
struct PageBlock {
  std::string kind, file;
  std::vector<std::string> lines;
};

std::vector<PageBlock> blocks_of(const std::string& page) {
  std::vector<PageBlock> blocks;
  bool open = false;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      open = !open;
      if (!open) continue;
      std::istringstream words(line.substr(3));
      PageBlock& block = blocks.emplace_back();
      words >> block.kind >> block.file;
    } else if (open) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

std::string as_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// What of these lines does not come in this order; "…" stands for any number of lines, and at a
/// line's end for what is left of it.
std::string not_shown(const std::vector<std::string>& told, const std::string& output) {
  std::istringstream lines(output);
  for (const std::string& line : told) {
    if (line == "…") continue;
    const bool cut = line.ends_with("…");
    const std::string begins = cut ? line.substr(0, line.size() - std::string("…").size()) : line;
    bool found = false;
    for (std::string real; !found && std::getline(lines, real);)
      found = cut ? real.starts_with(begins) : real == line;
    if (!found) return line;
  }
  return "";
}

/// Runs a command of a page, and takes what it says; other programs than fencepost are the shell's.
std::string output_on_page(const CliFolder& folder, const std::string& command) {
  const std::string own = "./fencepost ";
  if (command.starts_with(own))
    return folder.run(command.substr(own.size()), "FENCEPOST_PROGRAM=./fencepost").out;
  const std::string in_folder = "cd '" + folder.path().string() + "' && " + command;
  REQUIRE(std::system(in_folder.c_str()) == 0);
  return "";
}

}  // namespace

TEST_CASE("tutorial: every file, command and output of it is real", "[cli][nightly]") {
  const CliFolder folder;
  int commands = 0;
  for (const ProjectFile& page : project_files()) {
    if (page.path != "docs/tutorial.md") continue;
    for (const PageBlock& block : blocks_of(page.text)) {
      if (!block.file.empty()) {
        std::filesystem::create_directories((folder.path() / block.file).parent_path());
        folder.write(block.file, as_text(block.lines));
        continue;
      }
      REQUIRE(block.kind == "console");
      REQUIRE(block.lines.front().starts_with("$ "));
      const std::string command = block.lines.front().substr(2);
      const std::string output = output_on_page(folder, command);
      INFO(command << "\n" << output);
      CHECK(not_shown({block.lines.begin() + 1, block.lines.end()}, output) == "");
      ++commands;
    }
  }
  CHECK(commands > 10);
}

TEST_CASE("tutorial: an output that does not come is noticed", "[cli]") {
  CHECK(not_shown({"a", "…", "c…"}, "a\nb\ncd\n") == "");
  CHECK(not_shown({"a", "c"}, "a\nb\ncd\n") == "c");
  CHECK(not_shown({"b", "a"}, "a\nb\n") == "a");
}

}  // namespace fencepost
