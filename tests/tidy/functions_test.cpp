// No function is longer than a screen, and none hides from being measured.
#include "tests/tidy/functions.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

std::string function_of(int lines) {
  std::string text = "int f(int a) {\n";
  for (int line = 2; line < lines; ++line) text += "  ++a;\n";
  return text + "}\n";
}

/// The same with another head, which ends in a brace.
std::string function_of(const std::string& head, int lines) {
  return head + function_of(lines).substr(14);
}

/// What is wrong with a source.
std::string too_long(const std::string& text) {
  return joined(long_functions({"sim/low/b.cpp", text}));
}

}  // namespace

TEST_CASE("functions: no function of the project is longer than a screen", "[tidy]") {
  std::string complaints;
  for (const ProjectFile& file : project_files()) complaints += joined(long_functions(file));
  CHECK(complaints == "");
}

TEST_CASE("functions: seventy lines of a function are the most", "[tidy]") {
  CHECK(too_long(function_of(70)) == "");
  CHECK(too_long("namespace a {\n" + function_of(71) + "}\n") ==
        "sim/low/b.cpp:2: \"int f\" has 71 lines, but 70 are the most; let it branch, and helpers "
        "compute\n");
  CHECK(too_long("struct A {\n" + function_of(71) + "};\n") != "");
  CHECK(too_long("A::A() : a_(1), b_{2} " + function_of(71).substr(13)) != "");
}

TEST_CASE("functions: a constant table in a function does not count, and a list does", "[tidy]") {
  std::string table = "int f() {\n  static const int rows[] = {\n";
  std::string list = "int f() {\n  const std::vector<int> rows = {\n";
  for (std::string* each : {&table, &list}) {
    for (int row = 0; row < 100; ++row) *each += "      1,\n";
    *each += "  };\n  return rows[0];\n}\n";
  }
  CHECK(too_long(table) == "");
  CHECK(too_long(list) != "");
}

TEST_CASE("functions: what they stand in or return hides none", "[tidy]") {
  for (const char* head :
       {"extern \"C\" int f(int a) {", "struct A* f(int a) {", "enum B f(int a) const {",
        "const auto f = [] {", "auto f = [&](int a) -> int {"}) {
    INFO(head);
    CHECK(too_long(function_of(head, 70)) == "");
    CHECK(too_long(function_of(head, 71)) != "");
  }
  CHECK(too_long("template <typename T, int N = 1>\nclass A {\n" + function_of(71) + "};\n") != "");
  CHECK(too_long("struct A : B<C> {\n" + std::string(100, '\n') + "};\n") == "");
  CHECK(too_long("constexpr Row kRows[] = {\n    {1, " + function_of("[](int a) {", 71) +
                 "}};\n") != "");
  CHECK(too_long("const Row kRow = {\n    .judge = " + function_of("[](int a) {", 71) + "};\n") !=
        "");
}

}  // namespace fencepost
