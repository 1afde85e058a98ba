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

TEST_CASE("labels: no test is added past the tiers", "[tidy]") {
  CHECK(joined(stray_tests(project_files())) == "");
  CHECK(joined(stray_tests({{"tests/CMakeLists.txt", "add_test(NAME ${NAME})\n"}})) == "");
  CHECK(joined(stray_tests({{"sim/text/CMakeLists.txt", "add_test(NAME more)\n"}})) ==
        "sim/text/CMakeLists.txt: adds a test that is in no tier; write add_tier(…) in "
        "tests/CMakeLists.txt\n");
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
  const auto untold = [](const std::string& tag, const std::string& gate) {
    return joined(
        untold_tiers({{"tests/CMakeLists.txt", "add_executable(unit_tests\n  a/b.cpp)\n" + gate},
                      {"tests/a/b.cpp", "TEST_CASE(\"a: b\", \"" + tag + "\")" + " {\n"}},
                     written("nightly")));
  };
  const std::string gate = "add_tier(gate unit unit_tests ${GATE})\n";
  CHECK(untold("[sim]", gate) == "");
  CHECK(untold("[sim]", "add_tier(gate cli cli_tests ${GATE})\n") ==
        "tests/a/b.cpp: has a case with gate, but no test runs unit_tests \"gate\"; add it to "
        "tests/CMakeLists.txt\n");
  CHECK(untold("[sim][nightly]", "") == "");
  CHECK(untold("[sim][once]", gate) ==
        "tests/a/b.cpp: has a case with [once], but no test runs unit_tests \"[once]\"; add it to "
        "tests/CMakeLists.txt\n");
  CHECK(untold("[once][nightly]", gate) ==
        "tests/a/b.cpp: has a case in two tiers, [once][nightly]; leave one of them\n");
  for (const char* mark : {"[.]", "[.slow]", "[!mayfail]"}) CHECK(untold(mark, gate) != "");
}

}  // namespace fencepost
