// The project's own files keep its rules, and the rules are really enforced.
#include "tests/tidy/tidy.hpp"

#include <algorithm>

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What is wrong with a file of that name that holds this text.
std::string wrong(const std::string& path, const std::string& text) {
  return joined(complaints_about({path, text}));
}
/// The same of a source in sim.
std::string wrong(const std::string& text) { return wrong("sim/thing.cpp", text); }

const std::string kHeader = "// What it is for.\n#pragma once\n\n";

}  // namespace

TEST_CASE("tidy: every file of the project keeps its rules", "[tidy]") {
  const std::vector<ProjectFile> files = project_files();
  CHECK(files.size() > 150);
  std::string complaints;
  for (const ProjectFile& file : files) complaints += joined(complaints_about(file));
  CHECK(complaints == "");
}

TEST_CASE("tidy: four hundred lines are the most", "[tidy]") {
  std::string text;
  for (int line = 0; line < 400; ++line) text += "\n";
  CHECK(wrong(text) == "");
  CHECK(wrong(text + "\n") ==
        "sim/thing.cpp:401: has 401 lines, but 400 are the most; move one idea to a file of its "
        "own\n");
}

TEST_CASE("tidy: real time, other randomness, fractions and unordered containers are not used",
          "[tidy]") {
  CHECK(wrong("int a;\nauto t = std::chrono::system_clock::now();\n") ==
        "sim/thing.cpp:2: uses system_clock; time comes from the simulation's clock\n");
  for (const char* text :
       {"steady_clock::now();", "std::this_thread::sleep_for(x);", "usleep(3);", "nanosleep(a, b);",
        "gettimeofday(a, b);", "clock_gettime(a, b);", "std::time(nullptr);", "#include <random>",
        "std::mt19937_64 g;", "std::random_device d;", "rand();",
        "std::uniform_int_distribution<int> u;", "std::shuffle(a, b, c);", "float a;", "double a;",
        "#include <unordered_map>", "std::unordered_set<int> a;", "getenv(\"HOME\");"}) {
    INFO(text);
    CHECK(wrong(text) != "");
    CHECK(wrong("model/a.cpp", text) != "");
    CHECK(wrong("reports/a.cpp", text) != "");
    CHECK(wrong("tests/bench/bench.cpp", text) == "");
  }
}

TEST_CASE("tidy: exceptions hold for one file", "[tidy]") {
  CHECK(wrong("sim/cli/terminal.hpp", kHeader + "using Clock = std::chrono::steady_clock;\n") ==
        "");
  CHECK(wrong("sim/text/json.cpp", "bool number_float(double, int);\n") == "");
  CHECK(wrong("sim/text/json.cpp", "std::system_clock a;\n") != "");
}

TEST_CASE("tidy: comments, literals and longer words are not code", "[tidy]") {
  CHECK(wrong("// no double, no rand()\nint a = 1'000; /* float\n double */ int b;\n") == "");
  CHECK(wrong("const char* a = \"a \\\" double\"; char b = '\"'; int operand;\n") == "");
  CHECK(wrong("const char* a = R\"(double \" )\"; int redoubled;\n") == "");
  CHECK(wrong("const char* a = \"\"; double b;\n") != "");
  CHECK(wrong("char a = '\\''; double b;\n") != "");
  CHECK(code_only("a \"b\" c") == "a     c");
  CHECK(code_only("a // b\nc") == "a     \nc");
}

TEST_CASE("tidy: nothing is left for later", "[tidy]") {
  const std::string word = std::string("TO") + "DO";
  CHECK(wrong("int a;\n// " + word + ": b\n") ==
        "sim/thing.cpp:2: says " + word + "; do it, or write down what is so\n");
  CHECK(wrong("README.md", word) != "");
  CHECK(wrong("scenarios/a.toml", "# A.\n# " + word) != "");
  CHECK(wrong("const char* a = \"/tmp/a-XXXX"
              "XX\";\n") == "");
}

TEST_CASE("tidy: types and functions of a header say what they promise", "[tidy]") {
  CHECK(wrong("model/a.hpp", kHeader + "struct First {\n  int a;\n};\n\nstruct Second {\n};\n") ==
        "model/a.hpp:8: \"struct Second \" has no comment above it; say what it promises, after "
        "///\n");
  CHECK(wrong("model/a.hpp", kHeader + "/// It is.\nint f(int a,\n      int b);\n\nint g();\n") ==
        "model/a.hpp:8: \"int g\" has no comment above it; say what it promises, after ///\n");
  CHECK(wrong("model/a.hpp", kHeader + "/// Both are.\nint f();\nint g();\n") == "");
  CHECK(wrong("model/a.hpp", kHeader + "struct First;\nstruct Second;\n") == "");
  CHECK(wrong("model/a.hpp", "#pragma once\n") ==
        "model/a.hpp:1: begins without a comment; say what the file is for\n");
  CHECK(wrong("model/a.hpp", "// It is.\n") ==
        "model/a.hpp:1: is a header without #pragma once; add it\n");
}

TEST_CASE("tidy: a scenario says what happens in it", "[tidy]") {
  CHECK(wrong("scenarios/a.toml", "# It stalls.\nname = \"a\"\n") == "");
  CHECK(wrong("scenarios/a.toml", "name = \"a\"\n") ==
        "scenarios/a.toml:1: begins without a comment; say in one what happens in the scenario\n");
  CHECK(wrong("tests/protocols/groups/scenarios/a.toml", "name = \"a\"\n") != "");
  CHECK(wrong("scenarios/protocols/hardened/protocol.toml", "name = \"a\"\n") == "");
}

}  // namespace fencepost
