// Writes sources in which every clause can be dropped while they run, and what there is to drop.
//
// Usage: switch_clauses FOLDER SOURCE...: each as FOLDER/NAME, and FOLDER/dropped.cpp.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include "tests/clauses/clauses.hpp"

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + '"';
}

}  // namespace

int main(int count, char** words) {
  const std::span given(words, static_cast<std::size_t>(count));
  const std::filesystem::path folder = given[1];
  std::string table;
  std::size_t first = 0;
  for (const std::filesystem::path path : given.subspan(2)) {
    std::ifstream file(path);
    const std::string source(std::istreambuf_iterator<char>(file), {});
    const std::vector<fencepost::JudgeClause> clauses = fencepost::clauses_in(source);
    std::ofstream(folder / path.filename())
        << "#include \"tests/clauses/dropped.hpp\"\n#line 1 " << path << '\n'
        << fencepost::switched(source, clauses, first);
    for (const fencepost::JudgeClause& each : clauses)
      table += "      {" + quoted(path.filename().string()) + ", " + std::to_string(each.line) +
               ", " + quoted(each.name) + "},\n";
    first += clauses.size();
  }
  std::ofstream(folder / "dropped.cpp")
      << "#include \"tests/clauses/dropped.hpp\"\n\nnamespace fencepost {\n\n"
      << "const std::vector<NamedClause>& named_clauses() {\n"
      << "  static const std::vector<NamedClause> all = {\n"
      << table << "  };\n  return all;\n}\n\n}  // namespace fencepost\n";
  return 0;
}
