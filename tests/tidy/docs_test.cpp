// The pages lead to each other, and what they name is there.
#include "tests/tidy/docs.hpp"

#include <algorithm>
#include <filesystem>

#include "tests/fixtures/catch.hpp"
#include "tests/tidy/tidy.hpp"

namespace fencepost {
namespace {

bool in_project(const std::string& path) {
  return std::filesystem::exists(std::filesystem::path(FENCEPOST_SOURCE_DIR) / path);
}

/// README.md and everything under docs/.
std::vector<ProjectFile> pages() {
  std::vector<ProjectFile> found;
  for (ProjectFile& file : project_files())
    if (file.path.ends_with(".md")) found.push_back(std::move(file));
  return found;
}

/// The commands of a text, with its lines, words in brackets.
std::string commands(const std::string& path, const std::string& text) {
  std::string out;
  for (const NamedCommand& each : commands_in({path, text})) {
    out += std::to_string(each.line) + ":";
    for (const std::string& word : each.words) out += " [" + word + "]";
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("docs: every page can be reached from the README", "[tidy]") {
  CHECK(pages().size() > 10);
  CHECK(joined(unlinked_pages(project_files())) == "");
}

TEST_CASE("docs: what the pages name is there", "[tidy]") {
  std::string complaints;
  for (const ProjectFile& page : pages()) complaints += joined(missing_paths(page, in_project));
  CHECK(complaints == "");
  CHECK(joined(missing_parts(pages())) == "");
}

TEST_CASE("docs: the README is short", "[tidy]") {
  for (const ProjectFile& page : pages())
    if (page.path == "README.md")
      CHECK(std::count(page.text.begin(), page.text.end(), '\n') <= 140);
}

TEST_CASE("docs: a page is linked by the README or by a page that is", "[tidy]") {
  const auto links = [](const std::string& readme, const std::string& one, const std::string& two) {
    return joined(
        unlinked_pages({{"README.md", readme}, {"docs/one.md", one}, {"docs/two.md", two}}));
  };
  CHECK(links("[a](docs/one.md)", "see [b](two.md#there)", "") == "");
  CHECK(links("[a](docs/one.md)", "", "see [b](two.md)") ==
        "docs/two.md:1: no page links here; link it in README.md\n");
}

TEST_CASE("docs: a path that is not there is named, and what is no path is not", "[tidy]") {
  const auto missing = [](const std::string& text) {
    return joined(missing_paths({"docs/a.md", text}, [](const std::string& path) {
      return path == "sim/engine/run.cpp" || path == "docs/b.md";
    }));
  };
  CHECK(missing("`sim/engine/run.cpp`, [b](b.md), [c](https://example.com/x), [d](#here)\n") == "");
  CHECK(missing("\n`sim/engine/walk.cpp`\n") ==
        "docs/a.md:2: names sim/engine/walk.cpp, which is not there\n");
  CHECK(missing("[b](../b.md)\n") == "docs/a.md:1: links ../b.md, which is not there\n");
  CHECK(missing("```\n$ ls tests/none\n```\n") ==
        "docs/a.md:2: names tests/none, which is not there\n");
  CHECK(missing("sim/engine/walk.cpp `a/sim/b` `sim/NAME…` `model`\n") == "");
}

TEST_CASE("docs: a link to a part of a page needs a heading there", "[tidy]") {
  const auto missing = [](const std::string& link) {
    return joined(missing_parts(
        {{"README.md", "see [a](" + link + ")\n"}, {"docs/a.md", "# A\n## What it is, now\n"}}));
  };
  CHECK(missing("docs/a.md#what-it-is-now") == "");
  CHECK(missing("docs/a.md") == "");
  CHECK(missing("docs/a.md#what-it-was") ==
        "README.md:1: links #what-it-was of docs/a.md, which has no such heading\n");
  CHECK(missing("#here") == "README.md:1: links #here of README.md, which has no such heading\n");
}

TEST_CASE("docs: a command line is what follows the program's name", "[tidy]") {
  CHECK(commands("a.md", "`./fencepost list faults` and `fencepost` and fencepost check\n") ==
        "1: [list] [faults]\n");
  CHECK(commands("a.md", "```console\n$ ./fencepost check a 'b c' # all\n```\n") ==
        "2: [check] [a] [b c]\n");
  CHECK(commands("a.md", "```\n  replay  fencepost replay a.json | head\n```\n") ==
        "2: [replay] [a.json]\n");
  CHECK(
      commands("a.yml", "name: fencepost nightly\n  - true && .fencepost/fencepost check ./A\n") ==
      "2: [check] [./A]\n");
}

}  // namespace fencepost
