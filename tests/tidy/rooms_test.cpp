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

TEST_CASE("rooms: the project's tests mirror them, and its page says what they see", "[tidy]") {
  CHECK(joined(unmirrored_tests(project_files())) == "");
  CHECK(joined(untold_rooms(project_files())) == "");
}

TEST_CASE("rooms: few files of the project know single faults", "[tidy]") {
  CHECK(joined(scattered_faults(project_files())) == "");
}

TEST_CASE("rooms: where a history's state changes, it is said when it may", "[tidy]") {
  CHECK(joined(unchecked_rooms(project_files())) == "");
  const auto unchecked = [](const std::string& text) {
    return joined(
        unchecked_rooms({{"sim/engine/CMakeLists.txt", "add_library(engine STATIC\n  a.cpp)\n"},
                         {"sim/engine/a.cpp", text}}));
  };
  CHECK(unchecked(std::string(99, '\n') + "SIM_CHECK(a, \"b\");\n") == "");
  CHECK(unchecked(std::string(100, '\n') + "// SIM_CHECK(a, \"b\");\n") ==
        "sim/engine: has 0 checks in 101 lines, but one in 100 is the least; let each change of "
        "state say with SIM_CHECK when it may happen\n");
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

TEST_CASE("rooms: a name is that of one type", "[tidy]") {
  CHECK(joined(doubled_types(project_files())) == "");
  const std::string one = "namespace fencepost {\nstruct Stillness {\n};\n}\n";
  CHECK(joined(
            doubled_types({{"sim/low/a.hpp", one},
                           {"sim/high/b.cpp", "class Stillness final : public Base {\n};\n"},
                           {"sim/high/c.cpp",
                            "namespace {\nstruct Stillness {\n};\n}  // "
                            "namespace\nstruct Other {\n"},
                           {"sim/high/d.hpp", "struct Stillness;\nstruct Stillness::Part {\n"}})) ==
        "sim/high/b.cpp:1: defines Stillness, as sim/low/a.hpp:2 does; give it another name, or an "
        "unnamed namespace\n");
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

TEST_CASE("rooms: a header between < and > is the same header, and a source is none", "[tidy]") {
  CHECK(joined(wrong_arrows(house({{"sim/low/b.cpp", "#include <sim/high/c.hpp>\n"}}))) != "");
  CHECK(joined(wrong_arrows(house({{"sim/low/b.cpp", "#include <sys/stat.h>\n"}}))) == "");
  CHECK(joined(wrong_arrows(house({{"sim/high/c.cpp", "#include \"sim/low/rows.inc\"\n"}}))) ==
        "sim/high/c.cpp:1: includes \"sim/low/rows.inc\", which is no header; give its code one, "
        "and list its source in the build\n");
}

TEST_CASE("rooms: arrows both ways are one room; one in a comment is none", "[tidy]") {
  std::vector<ProjectFile> files = house({});
  files[0].text += "target_link_libraries(model PUBLIC high)\n";
  CHECK(joined(wrong_arrows(files))
            .starts_with("sim/low/CMakeLists.txt: low and model see each other; take one of the "
                         "arrows away, or make them one room\n"));
  files = house({{"model/a.cpp", "#include \"sim/low/b.hpp\"\n"}});
  CHECK(files[1].path == "model/CMakeLists.txt");
  files[1].text += "# target_link_libraries(model PUBLIC low)\n";
  CHECK(joined(wrong_arrows(files)) != "");
}

TEST_CASE("rooms: code stands in one", "[tidy]") {
  CHECK(joined(wrong_arrows(house({{"sim/low/deep/b.cpp", ""}}))) ==
        "sim/low/deep/b.cpp:1: stands in no room; move it into one, or make its folder one by "
        "add_library(NAME STATIC …) in a CMakeLists.txt beside it\n");
}

TEST_CASE("rooms: each has tests in a folder of its name", "[tidy]") {
  std::vector<ProjectFile> files = house({{"tests/model/a_test.cpp", ""},
                                          {"tests/low/b_test.cpp", ""},
                                          {"tests/high/c_test.cpp", ""},
                                          {"tests/tidy/rooms.cpp", ""}});
  CHECK(joined(unmirrored_tests(files)) == "");
  files.push_back({"sim/low/deep/CMakeLists.txt", "add_library(deep STATIC\n  e.cpp)\n"});
  CHECK(joined(unmirrored_tests(files)) == "");
  files.push_back({"tests/more/d_test.cpp", ""});
  CHECK(joined(unmirrored_tests(files)) ==
        "tests/more/d_test.cpp:1: stands beside no room's tests; move it to one of bench, clauses, "
        "deep, fixtures, fuzz, high, low, model, tidy\n");
  files.erase(files.begin());
  CHECK(
      joined(unmirrored_tests(files)).find("model: has no tests of its own; make tests/model\n") !=
      std::string::npos);
}

TEST_CASE("rooms: the page's table says what each one sees", "[tidy]") {
  const auto untold = [](const std::string& high) {
    return joined(untold_rooms(house({{"docs/house.md",
                                       "| `model` | a | nothing |\n| `sim/low` | b | `model` |\n"
                                       "| `sim/high` | c | " +
                                           high + " |\n"}})));
  };
  CHECK(untold("`low`") == "");
  CHECK(untold("all") == "");
  CHECK(untold("`model`") ==
        "docs/house.md:1: says that sim/high sees high, model, but the build says high, low, "
        "model; correct its row\n");
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

}  // namespace fencepost
