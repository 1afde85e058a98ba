// Every test is in one tier, and every case of a tier is really run.
#include "tests/tidy/labels.hpp"

#include <fstream>
#include <iterator>

#include "tests/fixtures/catch.hpp"
#include "tests/tidy/tidy.hpp"

namespace fencepost {
namespace {

/// What CMake wrote for this build.
std::string generated() {
  std::ifstream file(FENCEPOST_TESTS_DIR "/CTestTestfile.cmake");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// As CMake writes it: a test of one program with these labels.
std::string written(const std::string& labels) {
  return "add_test([=[unit]=] \"/a/unit_tests\" \"[nightly]\")\n"
         "set_tests_properties([=[unit]=] PROPERTIES  " +
         (labels.empty() ? "" : "LABELS \"" + labels + "\" ") + "TIMEOUT \"1\")\n";
}

}  // namespace

TEST_CASE("labels: every test has exactly one of gate, nightly and once", "[tidy]") {
  CHECK(generated().find("LABELS \"gate\"") != std::string::npos);
  CHECK(joined(wrong_labels(generated())) == "");
}

TEST_CASE("labels: every case of a tier is run by a test", "[tidy]") {
  CHECK(joined(untold_tiers(project_files(), generated())) == "");
}

TEST_CASE("labels: none, two, or another one is told", "[tidy]") {
  for (const char* good : {"gate", "nightly", "once"})
    CHECK(joined(wrong_labels(written(good))) == "");
  CHECK(
      joined(wrong_labels(written(""))) ==
      "tests/CMakeLists.txt: test \"unit\" has no label; give it one of gate, nightly and once\n");
  CHECK(joined(wrong_labels(written("gate;nightly"))) != "");
  CHECK(joined(wrong_labels(written("slow"))) != "");
  CHECK(joined(wrong_labels("add_test(plain \"/a/b\")\n")) != "");
}

TEST_CASE("labels: a case that no test asks for is told", "[tidy]") {
  const auto untold = [](const std::string& tag) {
    return joined(untold_tiers({{"tests/CMakeLists.txt", "add_executable(unit_tests\n  a/b.cpp)\n"},
                                {"tests/a/b.cpp", "TEST_CASE(\"a: b\", \"" + tag + "\")" + " {\n"}},
                               written("nightly")));
  };
  CHECK(untold("[sim]") == "");
  CHECK(untold("[sim][nightly]") == "");
  CHECK(untold("[sim][once]") ==
        "tests/a/b.cpp: has a case with [once], but no test runs unit_tests \"[once]\"; add it to "
        "tests/CMakeLists.txt\n");
}

}  // namespace fencepost
