#include "tests/tidy/labels.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "tests/tidy/pattern.hpp"

namespace fencepost {
namespace {

using Complaints = std::vector<std::string>;

/// A test as CMake wrote it down for CTest.
struct ListedTest {
  std::string command;  ///< program and arguments, each in double quotes
  std::string labels;   ///< with semicolons between them
};

std::map<std::string, ListedTest> tests_of(const std::string& generated) {
  static const Pattern test("add_test\\((?:\\[=*\\[)?([^\\]\\s\"]+)(?:\\]=*\\])? (.*)\\)");
  static const Pattern properties(
      "set_tests_properties\\((?:\\[=*\\[)?([^\\]\\s\"]+)(?:\\]=*\\])? PROPERTIES (.*)\\)");
  static const Pattern labels("\\bLABELS \"([^\"]*)\"");
  std::map<std::string, ListedTest> tests;
  std::istringstream lines(generated);
  for (std::string line; std::getline(lines, line);) {
    if (const Groups found = test.whole(line); !found.empty()) tests[found[1]].command = found[2];
    const Groups found = properties.whole(line);
    if (found.empty()) continue;
    for (const Groups& label : labels.all_in(found[2])) tests[found[1]].labels = label[1];
  }
  return tests;
}

/// The programs of tests/CMakeLists.txt that are built from a source.
std::vector<std::string> programs_with(const std::string& build, const std::string& source) {
  static const Pattern program("add_executable\\((\\w+)([^)]*)\\)");
  std::vector<std::string> names;
  for (const Groups& found : program.all_in(build)) {
    std::istringstream sources(found[2]);
    for (std::string word; sources >> word;)
      if (word == source) names.push_back(found[1]);
  }
  return names;
}

/// Whether a test runs a program's cases of a tier. Which are the gate's is read in the build,
/// because under sanitizers something else stands for some of them.
bool is_run(const std::string& program, const std::string& tier, const std::string& build,
            const std::map<std::string, ListedTest>& tests) {
  if (tier == "gate")
    return !Pattern("add_tier\\(gate [\\w-]+ " + program + " \\$\\{GATE\\}\\)")
                .all_in(build)
                .empty();
  const std::string command = "/" + program + "\" \"" + tier + "\"";
  return std::any_of(tests.begin(), tests.end(), [&](const auto& test) {
    return test.second.command.find(command) != std::string::npos;
  });
}

}  // namespace

std::vector<std::string> wrong_labels(const std::string& generated) {
  Complaints complaints;
  for (const auto& [name, test] : tests_of(generated))
    if (test.labels != "gate" && test.labels != "nightly" && test.labels != "once")
      complaints.push_back("tests/CMakeLists.txt: test \"" + name + "\" has " +
                           (test.labels.empty() ? "no label" : "the labels " + test.labels) +
                           "; give it one of gate, nightly and once");
  return complaints;
}

std::vector<std::string> stray_tests(const std::vector<ProjectFile>& files) {
  static const Pattern added("\\badd_test\\(");
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (file.path.substr(file.path.rfind('/') + 1) != "CMakeLists.txt") continue;
    const bool ours = file.path == "tests/CMakeLists.txt";
    if (added.all_in(file.text).size() > (ours ? 1U : 0U))
      complaints.push_back(file.path + ": adds a test that is in no tier; write add_tier(…) in " +
                           "tests/CMakeLists.txt");
  }
  return complaints;
}

std::vector<std::string> untold_tiers(const std::vector<ProjectFile>& files,
                                      const std::string& generated) {
  static const Pattern cases("\"((?:\\[[^\\]\"\n]+\\])+)\"\\s*\\)\\s*\\{");
  const auto build = std::find_if(files.begin(), files.end(), [](const ProjectFile& file) {
    return file.path == "tests/CMakeLists.txt";
  });
  if (build == files.end()) return {"tests/CMakeLists.txt: is not there"};
  const std::map<std::string, ListedTest> tests = tests_of(generated);
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (!file.path.starts_with("tests/") || !file.path.ends_with(".cpp")) continue;
    std::set<std::string> tiers;
    for (const Groups& found : cases.all_in(file.text)) {
      const bool nightly = found[1].find("[nightly]") != std::string::npos;
      const bool once = found[1].find("[once]") != std::string::npos;
      if (nightly && once)
        complaints.push_back(file.path + ": has a case in two tiers, " + found[1] +
                             "; leave one of them");
      if (found[1].find("[.") != std::string::npos || found[1].find("[!") != std::string::npos)
        complaints.push_back(file.path + ": has a case that is hidden or may fail, " + found[1] +
                             "; give it a tier, or mend it");
      tiers.insert(nightly ? "[nightly]" : once ? "[once]" : "gate");
    }
    for (const std::string& program : programs_with(build->text, file.path.substr(6)))
      for (const std::string& tier : tiers)
        if (!is_run(program, tier, build->text, tests))
          complaints.push_back(file.path + ": has a case with " + tier + ", but no test runs " +
                               program + " \"" + tier + "\"; add it to tests/CMakeLists.txt");
  }
  return complaints;
}

}  // namespace fencepost
