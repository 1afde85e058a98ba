#include "tests/tidy/tidy.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

constexpr std::size_t kMostLines = 400;

std::string read(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string at_line(const ProjectFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line) + ": ";
}

bool ends_with(const std::string& path, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return path.ends_with(ending); });
}
std::string folder_of(const std::string& path) { return path.substr(0, path.find('/')); }

/// What is not used, and where it is all the same, with the reason. A word may hold one *, which is
/// any letters.
struct Banned {
  std::vector<std::string> words;
  std::string instead;
  std::vector<std::string> allowed_in;
};
const std::vector<Banned>& banned() {
  static const std::vector<Banned> table = {
      {{"system_clock"}, "time comes from the simulation's clock", {}},
      // How fast a check goes is shown to people, and a budget of real time ends it early.
      {{"steady_clock"},
       "time comes from the simulation's clock",
       {"sim/cli/terminal.hpp", "sim/cli/terminal.cpp"}},
      {{"this_thread", "sleep_for", "usleep"}, "a worker sleeps in simulated time", {}},
      // The end of a server that does not end is awaited in real time, a bounded number of times.
      {{"nanosleep"}, "a worker sleeps in simulated time", {"sim/process/child_process.cpp"}},
      // The shim is what the server's clock comes from; a server that is kept leaves us with the
      // machine's, and one for somebody's own programs begins with it.
      {{"gettimeofday", "clock_gettime", "std::time"},
       "time comes from the simulation's clock",
       {"sim/server/shim.c", "sim/server/server_clock.cpp", "sim/serving/served.cpp"}},
      {{"random_device", "mt19937*", "uniform_*_distribution", "rand", "srand", "std::shuffle"},
       "everything that could go either way asks Choices",
       {}},
      // The JSON library's interface hands over a number that it read, to be refused.
      {{"float", "double"},
       "count in whole numbers",
       {"sim/text/json.cpp", "sql/tree/parse_tree.cpp"}},
      {{"unordered_map", "unordered_set", "unordered_multimap", "unordered_multiset"},
       "use an ordered container, whose order can show",
       {}},
      {{"friend"}, "let the type offer what others need of it", {}},
      {{"getenv"},
       "the environment is read by the command line, which hands over what it says",
       // The shim has no other way; a cache, the server's programs and a terminal's colours are
       // found where every program of this system looks for them.
       {"sim/server/shim.c", "sim/main.cpp", "sim/cli/terminal.cpp",
        "sim/server/data_directory.cpp", "sim/server/find_postgres.cpp"}},
  };
  return table;
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Where a word stands in a text as a whole word, with the rest that its * stands for. By hand: as
/// a regular expression over every line of the project it takes seconds.
std::vector<std::pair<std::size_t, std::string>> found_in(const std::string& text,
                                                          const std::string& word) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const std::string stem = word.substr(0, word.find('*'));
  const std::string tail = stem == word ? "" : word.substr(stem.size() + 1);
  for (std::size_t at = text.find(stem); at != std::string::npos; at = text.find(stem, at + 1)) {
    std::size_t end = at + stem.size();
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string rest = text.substr(at + stem.size(), end - at - stem.size());
    if ((at == 0 || !is_letter(text[at - 1])) && (stem == word ? rest == "" : rest.ends_with(tail)))
      found.emplace_back(at, stem + rest);
  }
  return found;
}

std::size_t line_at(const std::string& text, std::size_t place) {
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
}

void check_banned(const ProjectFile& file, Complaints& complaints) {
  const std::string code = code_only(file.text);
  for (const char* header : {"<random>", "<unordered_map>", "<unordered_set>"})
    for (std::size_t at = code.find(header); at != std::string::npos;
         at = code.find(header, at + 1))
      complaints.push_back(at_line(file, line_at(code, at)) + "includes " + header +
                           "; use Choices and ordered containers");
  for (const Banned& each : banned()) {
    if (std::find(each.allowed_in.begin(), each.allowed_in.end(), file.path) !=
        each.allowed_in.end())
      continue;
    for (const std::string& word : each.words)
      for (const auto& [at, found] : found_in(code, word))
        complaints.push_back(at_line(file, line_at(code, at)) + "uses " + found + "; " +
                             each.instead);
  }
}

void check_size(const ProjectFile& file, Complaints& complaints) {
  const std::size_t count = all_lines(file.text).size();
  if (count > kMostLines)
    complaints.push_back(at_line(file, count) + "has " + std::to_string(count) + " lines, but " +
                         std::to_string(kMostLines) +
                         " are the most; move one idea to a file of its own");
}

void check_unfinished(const ProjectFile& file, Complaints& complaints) {
  for (const char* word : {"TO"
                           "DO",
                           "FIX"
                           "ME",
                           "X"
                           "XX",
                           "HA"
                           "CK"})
    for (const auto& [at, found] : found_in(file.text, word))
      complaints.push_back(at_line(file, line_at(file.text, at)) + "says " + found +
                           "; do it, or write down what is so");
}

bool is_comment(const std::string& line) {
  return line.starts_with("//") || line.starts_with("/*") || line.starts_with(" *");
}

/// "struct Some;": all that is said of it is that there is one.
bool is_forward(const std::string& line) {
  const bool type =
      line.starts_with("struct ") || line.starts_with("class ") || line.starts_with("enum ");
  return type && line.ends_with(';') && line.find_first_of("({=:") == std::string::npos;
}

/// A type or function at the outer level of a header has a comment above it, or stands under one
/// with others of its kind, without a blank line between; what comes first is what the header's own
/// first comment is about.
void check_documented(const ProjectFile& file, Complaints& complaints) {
  const auto lines = all_lines(file.text);
  if (lines.empty() || !is_comment(lines.front()))
    complaints.push_back(at_line(file, 1) + "begins without a comment; say what the file is for");
  bool commented = false, first = true, continued = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.empty()) commented = false;
    if (is_comment(line)) commented = true;
    const bool outer = !line.empty() && std::isalpha(static_cast<unsigned char>(line[0])) != 0;
    const bool declares = outer && !continued && !line.starts_with("namespace") &&
                          !line.starts_with("using namespace") && !line.starts_with("template") &&
                          !line.starts_with("extern \"C\"") && !is_forward(line);
    continued = line.ends_with('\\') || (outer && line.ends_with(','));
    if (!declares) continue;
    if (!commented && !first)
      complaints.push_back(at_line(file, i + 1) + "\"" + line.substr(0, line.find_first_of("({;")) +
                           "\" has no comment above it; say what it promises, after ///");
    first = false;
  }
}

void check_guard(const ProjectFile& file, Complaints& complaints) {
  if (file.text.find("#pragma once\n") == std::string::npos && file.path.ends_with(".hpp"))
    complaints.push_back(at_line(file, 1) + "is a header without #pragma once; add it");
}

void check_scenario(const ProjectFile& file, Complaints& complaints) {
  if (!file.text.starts_with("# "))
    complaints.push_back(at_line(file, 1) +
                         "begins without a comment; say in one what happens in the scenario");
}

}  // namespace

bool is_code(const std::string& path) { return ends_with(path, {".cpp", ".hpp", ".c", ".h"}); }

std::vector<std::string> all_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<ProjectFile> project_files() {
  const fs::path root = FENCEPOST_SOURCE_DIR;
  std::vector<ProjectFile> files;
  for (const char* folder :
       {"model", "sql", "sim", "reports", "tests", "scenarios", "docs", "examples"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.is_regular_file())
        files.push_back({entry.path().lexically_relative(root).string(), read(entry.path())});
  for (const char* file : {"CMakeLists.txt", "fencepost", "README.md", ".ci/run"})
    files.push_back({file, read(root / file)});
  std::sort(files.begin(), files.end(),
            [](const ProjectFile& a, const ProjectFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> complaints_about(const ProjectFile& file) {
  Complaints complaints;
  check_unfinished(file, complaints);
  if (file.path.ends_with(".toml") && file.path.find("scenarios/") != std::string::npos &&
      !file.path.ends_with("protocol.toml"))
    check_scenario(file, complaints);
  if (!is_code(file.path)) return complaints;
  check_size(file, complaints);
  check_guard(file, complaints);
  const std::string folder = folder_of(file.path);
  if (folder == "tests") return complaints;
  check_banned(file, complaints);
  if (ends_with(file.path, {".hpp", ".h"})) check_documented(file, complaints);
  return complaints;
}

// A quote between two digits or letters separates digits, and begins no character.
std::string code_only(const std::string& text) {
  std::string out = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < out.size(); ++i)
      if (out[i] != '\n') out[i] = ' ';
  };
  const auto end_of = [&](const std::string& what, std::size_t from) {
    const std::size_t found = text.find(what, from);
    return found == std::string::npos ? text.size() : found + what.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    const bool alone = i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0;
    if (text.compare(i, 2, "//") == 0) {
      end = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      end = end_of("*/", i + 2);
    } else if (text.compare(i, 2, "R\"") == 0 && alone) {
      const std::size_t open = std::min(text.find('(', i), text.size() - 1);
      end = end_of(")" + text.substr(i + 2, open - i - 2) + "\"", open);
    } else if (text[i] == '"' || (text[i] == '\'' && alone)) {
      while (end < text.size() && text[end] != text[i] && text[end] != '\n')
        end += text[end] == '\\' ? 2 : 1;
      ++end;
    } else {
      i = end;
      continue;
    }
    blank(i, end);
    i = end;
  }
  return out;
}

std::string joined(const std::vector<std::string>& complaints) {
  std::string text;
  for (const std::string& complaint : complaints) text += complaint + "\n";
  return text;
}

}  // namespace fencepost
