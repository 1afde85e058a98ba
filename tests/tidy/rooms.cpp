#include "tests/tidy/rooms.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>

#include "tests/tidy/pattern.hpp"

namespace fencepost {
namespace {

using Complaints = std::vector<std::string>;

constexpr int kLongestFunction = 70;
constexpr std::size_t kMostFaultFiles = 8;

/// How much one room may hold; the rule book and the reports are many small things of one kind.
struct Size {
  std::size_t modules = 14;
  std::size_t lines = 4000;
};
Size limit_of(const std::string& room) {
  if (room == "model") return {20, 4000};
  if (room == "reports") return {22, 5500};
  return {};
}

std::string folder_of(const std::string& path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The words of a build's description.
std::set<std::string> words_in(std::string build) {
  std::replace_if(
      build.begin(), build.end(), [](char c) { return c == '(' || c == ')'; }, ' ');
  std::istringstream list(build);
  return {std::istream_iterator<std::string>(list), {}};
}

bool is_code(const std::string& path) {
  const std::string ending = path.substr(std::min(path.rfind('.'), path.size()));
  return ending == ".cpp" || ending == ".hpp" || ending == ".c" || ending == ".h";
}

std::string listed(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  return list;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// The words that a target links, PUBLIC and PRIVATE alike.
std::set<std::string> linked_by(const std::string& build, const std::string& target) {
  const Pattern call("target_link_libraries\\(\\s*" + target + "\\s([^)]*)\\)");
  std::set<std::string> words;
  for (const Groups& found : call.all_in(build)) {
    std::istringstream list(found[1]);
    for (std::string word; list >> word;) words.insert(word);
  }
  return words;
}

const Room* room_in(const std::vector<Room>& rooms, const std::string& path) {
  const auto found = std::find_if(rooms.begin(), rooms.end(),
                                  [&](const Room& room) { return room.folder == folder_of(path); });
  return found == rooms.end() ? nullptr : &*found;
}

/// One open brace of a source, and what it began.
struct Block {
  enum class Kind { scope, function, table, other } kind = Kind::other;
  int line = 0;
  std::string head;
  int table_lines = 0;  ///< of tables inside
};

Block::Kind kind_of(const std::string& head, bool at_scope) {
  std::string first = head.substr(head.starts_with("inline ") ? 7 : 0);
  first = first.substr(0, first.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
  for (const char* scope : {"namespace", "struct", "class", "enum", "union", "extern"})
    if (first == scope) return Block::Kind::scope;
  const std::set<std::string> words = words_in(head);
  if (head.ends_with("=") && (words.contains("static") || words.contains("constexpr")))
    return Block::Kind::table;
  if (at_scope && !head.ends_with("=") && head.find('(') != std::string::npos)
    return Block::Kind::function;
  return Block::Kind::other;
}

/// Code whose lines for the preprocessor are empty.
std::string without_directives(const std::string& code) {
  std::istringstream lines(code);
  std::string out;
  for (std::string line; std::getline(lines, line); out += '\n') {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] != '#') out += line;
  }
  return out;
}

std::string squeezed(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

std::vector<Room> rooms_of(const std::vector<ProjectFile>& files) {
  static const Pattern library("add_library\\((\\w+) STATIC");
  std::vector<Room> rooms;
  std::map<std::string, std::set<std::string>> links;
  for (const ProjectFile& file : files) {
    if (name_of(file.path) != "CMakeLists.txt" || file.path.starts_with("tests")) continue;
    const std::vector<Groups> found = library.all_in(file.text);
    if (found.empty()) continue;
    const std::string& name = found[0][1];
    rooms.push_back({name, folder_of(file.path), {}});
    links[name] = linked_by(file.text, name);
  }
  for (Room& room : rooms) {
    std::vector<std::string> ahead = {room.name};
    while (!ahead.empty()) {
      const std::string name = ahead.back();
      ahead.pop_back();
      if (!links.contains(name) || !room.sees.insert(name).second) continue;
      ahead.insert(ahead.end(), links[name].begin(), links[name].end());
    }
  }
  return rooms;
}

std::vector<std::string> wrong_arrows(const std::vector<ProjectFile>& files) {
  static const Pattern include("\\s*#\\s*include\\s+\"([^\"]+)\".*");
  const std::vector<Room> rooms = rooms_of(files);
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (!is_code(file.path)) continue;
    const Room* from = room_in(rooms, file.path);
    std::istringstream text(file.text);
    int line = 0;
    for (std::string each; std::getline(text, each);) {
      ++line;
      if (each.find("include") == std::string::npos) continue;
      const Groups found = include.whole(each);
      if (found.empty()) continue;
      const std::string header = found[1], where = file.path + ":" + std::to_string(line);
      const Room* to = room_in(rooms, header);
      const bool test = header.starts_with("tests/");
      if (to == nullptr && !test)
        complaints.push_back(
            where + ": includes \"" + header +
            "\", which stands in no room; write the path from the project's folder");
      else if (from == nullptr ? test && !file.path.starts_with("tests/")
                               : test || !from->sees.contains(to->name))
        complaints.push_back(where + ": includes \"" + header + "\", but " +
                             (from == nullptr ? folder_of(file.path) : from->name) + " sees only " +
                             (from == nullptr ? "rooms" : listed(from->sees)) +
                             "; move what needs it to where both are seen, or draw the arrow in "
                             "the room's CMakeLists.txt");
    }
  }
  return complaints;
}

std::vector<std::string> crowded_rooms(const std::vector<ProjectFile>& files) {
  Complaints complaints;
  for (const Room& room : rooms_of(files)) {
    std::set<std::string> modules;
    std::size_t lines = 0;
    for (const ProjectFile& file : files) {
      if (folder_of(file.path) != room.folder || !is_code(file.path)) continue;
      const std::string name = name_of(file.path);
      modules.insert(name.substr(0, name.find('.')));
      lines += lines_in(file.text);
    }
    const Size most = limit_of(room.name);
    if (modules.size() > most.modules)
      complaints.push_back(room.folder + ": has " + std::to_string(modules.size()) +
                           " modules, but " + std::to_string(most.modules) +
                           " are the most; divide the room");
    if (lines > most.lines)
      complaints.push_back(room.folder + ": has " + std::to_string(lines) + " lines, but " +
                           std::to_string(most.lines) + " are the most; divide the room");
  }
  return complaints;
}

std::vector<std::string> not_listed(const std::vector<ProjectFile>& files) {
  std::set<std::string> listed;
  for (const ProjectFile& build : files) {
    if (name_of(build.path) != "CMakeLists.txt") continue;
    const std::string folder = build.path.substr(0, build.path.size() - name_of(build.path).size());
    for (const std::string& word : words_in(build.text)) listed.insert(folder + word);
  }
  Complaints complaints;
  for (const ProjectFile& file : files)
    if ((file.path.ends_with(".cpp") || file.path.ends_with(".c")) && !listed.contains(file.path))
      complaints.push_back(file.path +
                           ":1: is built by nothing; list it in the CMakeLists.txt of "
                           "its folder or remove it");
  return complaints;
}

std::vector<std::string> scattered_faults(const std::vector<ProjectFile>& files) {
  std::set<std::string> found;
  for (const ProjectFile& file : files)
    if (!file.path.starts_with("tests/") && is_code(file.path) &&
        code_only(file.text).find("FaultKind::") != std::string::npos)
      found.insert(file.path);
  if (found.size() <= kMostFaultFiles) return {};
  return {"FaultKind:: stands in " + std::to_string(found.size()) + " files, but " +
          std::to_string(kMostFaultFiles) + " are the most: " + listed(found) +
          "; let the row in model/fault.cpp say what is asked about a fault"};
}

// Braces are matched in what is left without comments, literals and the preprocessor's lines; the
// words before one tell what it begins.
std::vector<std::string> long_functions(const ProjectFile& file) {
  Complaints complaints;
  if (!is_code(file.path)) return complaints;
  const std::string code = without_directives(code_only(file.text));
  std::vector<Block> open;
  std::string head, before;
  int line = 1;
  for (const char c : code) {
    if (c == '\n') ++line;
    if (c == '{') {
      const bool at_scope = open.empty() || open.back().kind == Block::Kind::scope;
      std::string words = squeezed(head);
      // Behind a brace in a list of initializers the same function goes on.
      if (at_scope && (words.empty() || words.starts_with(","))) words = before + words;
      open.push_back({kind_of(words, at_scope), line, words});
      head.clear();
    } else if (c == '}' && !open.empty()) {
      const Block block = open.back();
      open.pop_back();
      const int lines = line - block.line + 1;
      const bool table = block.kind == Block::Kind::table;
      if (!open.empty()) open.back().table_lines += table ? lines : block.table_lines;
      if (block.kind == Block::Kind::function && lines - block.table_lines > kLongestFunction)
        complaints.push_back(file.path + ":" + std::to_string(block.line) + ": \"" +
                             block.head.substr(0, block.head.find('(')) + "\" has " +
                             std::to_string(lines - block.table_lines) + " lines, but " +
                             std::to_string(kLongestFunction) +
                             " are the most; let it branch, and helpers compute");
      before = block.head;
      head.clear();
    } else if (c == ';') {
      head.clear();
      before.clear();
    } else {
      head += c;
    }
  }
  return complaints;
}

}  // namespace fencepost
