// The house keeps its rooms: arrows, sizes and functions.
#include "tests/tidy/rooms.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// A house of three rooms, one above the other, and these files.
std::vector<ProjectFile> house(std::vector<ProjectFile> files) {
  files.push_back({"model/CMakeLists.txt", "add_library(model STATIC\n  a.cpp)\n"});
  files.push_back(
      {"sim/low/CMakeLists.txt",
       "add_library(low STATIC\n  b.cpp)\ntarget_link_libraries(low PUBLIC model fmt)"});
  files.push_back({"sim/high/CMakeLists.txt",
                   "add_library(high STATIC\n  c.cpp)\ntarget_link_libraries(high PRIVATE low)"});
  return files;
}

std::string function_of(int lines) {
  std::string text = "int f(int a) {\n";
  for (int line = 2; line < lines; ++line) text += "  ++a;\n";
  return text + "}\n";
}

}  // namespace

TEST_CASE("rooms: every include of the project goes along an arrow", "[tidy]") {
  CHECK(rooms_of(project_files()).size() >= 10);
  CHECK(joined(wrong_arrows(project_files())) == "");
}

TEST_CASE("rooms: none is crowded", "[tidy]") {
  CHECK(joined(crowded_rooms(project_files())) == "");
}

TEST_CASE("rooms: every source of the project is listed in the build", "[tidy]") {
  CHECK(joined(not_listed(project_files())) == "");
}

TEST_CASE("rooms: no function of the project is longer than a screen", "[tidy]") {
  std::string complaints;
  for (const ProjectFile& file : project_files())
    if (!file.path.starts_with("tests/")) complaints += joined(long_functions(file));
  CHECK(complaints == "");
}

TEST_CASE("rooms: few files of the project know single faults", "[tidy]") {
  CHECK(joined(scattered_faults(project_files())) == "");
}

TEST_CASE("rooms: a ninth file that knows single faults is one too many", "[tidy]") {
  std::vector<ProjectFile> files = {{"tests/a.cpp", "FaultKind::stall"},
                                    {"sim/low/a.hpp", "// FaultKind::stall"}};
  for (int i = 1; i <= 8; ++i)
    files.push_back({"sim/low/" + std::to_string(i) + ".cpp", "return FaultKind::stall;"});
  CHECK(joined(scattered_faults(files)) == "");
  files.push_back({"sim/low/9.hpp", "return FaultKind::stall;"});
  const std::string complaint = joined(scattered_faults(files));
  CHECK(
      complaint.starts_with("FaultKind:: stands in 9 files, but 8 are the most: sim/low/1.cpp, "));
  CHECK(complaint.ends_with("; let the row in model/fault.cpp say what is asked about a fault\n"));
}

TEST_CASE("rooms: what a target links, directly or through another, is seen", "[tidy]") {
  CHECK(joined(wrong_arrows(house({{"sim/high/c.cpp", "#include \"sim/low/b.hpp\"\n"},
                                   {"sim/high/d.cpp", "#include \"model/a.hpp\"\n"},
                                   {"sim/high/e.cpp", "#include \"sim/high/c.hpp\"\n"},
                                   {"sim/main.cpp", "#include \"sim/high/c.hpp\"\n"},
                                   {"tests/low/b_test.cpp", "#include \"sim/high/c.hpp\"\n"}}))) ==
        "");
}

TEST_CASE("rooms: an include without an arrow is named with the way out", "[tidy]") {
  CHECK(joined(wrong_arrows(house({{"sim/low/b.cpp", "\n#include \"sim/high/c.hpp\"\n"}}))) ==
        "sim/low/b.cpp:2: includes \"sim/high/c.hpp\", but low sees only low, model; move what "
        "needs it to where both are seen, or draw the arrow in the room's CMakeLists.txt\n");
  CHECK(joined(wrong_arrows(house({{"model/a.cpp", "#include \"tests/a.hpp\"\n"}}))) != "");
  CHECK(joined(wrong_arrows(house({{"sim/main.cpp", "#include \"tests/a.hpp\"\n"}}))) != "");
}

TEST_CASE("rooms: an include names its room", "[tidy]") {
  CHECK(joined(wrong_arrows(house({{"sim/low/b.cpp", "#include \"b.hpp\"\n"}}))) ==
        "sim/low/b.cpp:1: includes \"b.hpp\", which stands in no room; write the path from the "
        "project's folder\n");
  CHECK(joined(wrong_arrows(house({{"tests/a.cpp", "#include \"../sim/low/b.hpp\"\n"}}))) != "");
}

TEST_CASE("rooms: fourteen modules are the most, a header and its source being one", "[tidy]") {
  std::vector<ProjectFile> files;
  for (char name = 'a'; name < 'a' + 14; ++name)
    for (const char* ending : {".hpp", ".cpp"})
      files.push_back({"sim/low/" + std::string(1, name) + ending, ""});
  CHECK(joined(crowded_rooms(house(files))) == "");
  files.push_back({"sim/low/z.cpp", ""});
  CHECK(joined(crowded_rooms(house(files))) ==
        "sim/low: has 15 modules, but 14 are the most; divide the room\n");
}

TEST_CASE("rooms: four thousand lines are the most", "[tidy]") {
  CHECK(joined(crowded_rooms(house({{"sim/low/b.cpp", std::string(4000, '\n')}}))) == "");
  CHECK(joined(crowded_rooms(house({{"sim/low/b.cpp", std::string(4001, '\n')}}))) ==
        "sim/low: has 4001 lines, but 4000 are the most; divide the room\n");
}

TEST_CASE("rooms: a source that nothing builds is named", "[tidy]") {
  CHECK(joined(not_listed(house({{"sim/low/b.cpp", ""}, {"sim/low/b.hpp", ""}}))) == "");
  CHECK(joined(not_listed(house({{"sim/low/new.cpp", ""}}))) ==
        "sim/low/new.cpp:1: is built by nothing; list it in the CMakeLists.txt of its folder or "
        "remove it\n");
}

TEST_CASE("rooms: seventy lines of a function are the most", "[tidy]") {
  CHECK(joined(long_functions({"sim/low/b.cpp", function_of(70)})) == "");
  CHECK(joined(long_functions({"sim/low/b.cpp", "namespace a {\n" + function_of(71) + "}\n"})) ==
        "sim/low/b.cpp:2: \"int f\" has 71 lines, but 70 are the most; let it branch, and helpers "
        "compute\n");
  CHECK(joined(long_functions({"sim/low/b.cpp", "struct A {\n" + function_of(71) + "};\n"})) != "");
  CHECK(joined(long_functions(
            {"sim/low/b.cpp", "A::A() : a_(1), b_{2} " + function_of(71).substr(13)})) != "");
}

TEST_CASE("rooms: a constant table in a function does not count, and a list does", "[tidy]") {
  std::string table = "int f() {\n  static const int rows[] = {\n";
  std::string list = "int f() {\n  const std::vector<int> rows = {\n";
  for (std::string* each : {&table, &list}) {
    for (int row = 0; row < 100; ++row) *each += "      1,\n";
    *each += "  };\n  return rows[0];\n}\n";
  }
  CHECK(joined(long_functions({"sim/low/b.cpp", table})) == "");
  CHECK(joined(long_functions({"sim/low/b.hpp", list})) != "");
}

}  // namespace fencepost
