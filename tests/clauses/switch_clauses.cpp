// Writes sources in which every clause can be dropped while they run, and what there is to drop.
//
// Usage: switch_clauses FOLDER JUDGE... -- SOURCE...: each as FOLDER/NAME, and FOLDER/dropped.cpp.
// Of the sources behind the dashes only what judges call counts.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/clauses/clauses.hpp"

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + '"';
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One source, and where its clauses begin in the list of all.
void write_switched(const std::filesystem::path& file, const std::string& path,
                    const std::string& source, const std::vector<fencepost::JudgeClause>& clauses,
                    std::size_t first) {
  std::ofstream(file) << "#include \"tests/clauses/dropped.hpp\"\n#line 1 " << quoted(path) << '\n'
                      << fencepost::switched(source, clauses, first);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> given(words + 1, words + count);
  const std::filesystem::path folder = given[0];
  const auto dashes = std::find(given.begin(), given.end(), "--");
  std::vector<std::string> judges, others;
  for (auto path = given.begin() + 1; path != given.end(); ++path)
    if (path != dashes) (path < dashes ? judges : others).push_back(text_of(*path));
  const std::set<std::string> called = fencepost::called_by(judges, others);
  std::string table;
  std::size_t first = 0;
  for (auto path = given.begin() + 1; path != given.end(); ++path) {
    if (path == dashes) continue;
    const std::string source = text_of(*path);
    const auto clauses =
        path < dashes ? fencepost::clauses_in(source) : fencepost::clauses_in(source, called);
    write_switched(folder / std::filesystem::path(*path).filename(), *path, source, clauses, first);
    for (const fencepost::JudgeClause& each : clauses)
      table += "      {" + quoted(*path) + ", " + std::to_string(each.line) + ", " +
               quoted(each.name) + "},\n";
    first += clauses.size();
  }
  std::ofstream(folder / "dropped.cpp")
      << "#include \"tests/clauses/dropped.hpp\"\n\nnamespace fencepost {\n\n"
      << "const std::vector<NamedClause>& named_clauses() {\n"
      << "  static const std::vector<NamedClause> all = {\n"
      << table << "  };\n  return all;\n}\n\n}  // namespace fencepost\n";
  return 0;
}
