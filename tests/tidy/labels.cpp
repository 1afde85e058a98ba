#include "tests/tidy/labels.hpp"

#include <algorithm>
#include <map>
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

std::vector<std::string> untold_tiers(const std::vector<ProjectFile>& files,
                                      const std::string& generated) {
  static const Pattern tagged("\"[^\"\n]*(\\[(?:nightly|once)\\])[^\"\n]*\"\\s*\\)\\s*\\{");
  const auto build = std::find_if(files.begin(), files.end(), [](const ProjectFile& file) {
    return file.path == "tests/CMakeLists.txt";
  });
  if (build == files.end()) return {"tests/CMakeLists.txt: is not there"};
  const std::map<std::string, ListedTest> tests = tests_of(generated);
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (!file.path.starts_with("tests/") || !file.path.ends_with(".cpp")) continue;
    for (const Groups& found : tagged.all_in(file.text))
      for (const std::string& program : programs_with(build->text, file.path.substr(6))) {
        const std::string tag = found[1], command = "/" + program + "\" \"" + tag + "\"";
        if (std::none_of(tests.begin(), tests.end(), [&](const auto& test) {
              return test.second.command.find(command) != std::string::npos;
            }))
          complaints.push_back(file.path + ": has a case with " + tag + ", but no test runs " +
                               program + " \"" + tag + "\"; add it to tests/CMakeLists.txt");
      }
  }
  return complaints;
}

}  // namespace fencepost
