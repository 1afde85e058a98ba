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

constexpr std::size_t kMostFaultFiles = 8;
constexpr std::size_t kMostLinesForACheck = 100;

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

std::string listed(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  return list;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A build's description without its comments.
std::string without_comments(const std::string& build) {
  std::istringstream lines(build);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += line.substr(0, line.find('#')) + "\n";
  return out;
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

}  // namespace

std::vector<Room> rooms_of(const std::vector<ProjectFile>& files) {
  static const Pattern library("add_library\\((\\w+) STATIC");
  std::vector<Room> rooms;
  std::map<std::string, std::set<std::string>> links;
  for (const ProjectFile& file : files) {
    if (name_of(file.path) != "CMakeLists.txt" || file.path.starts_with("tests")) continue;
    const std::string build = without_comments(file.text);
    const std::vector<Groups> found = library.all_in(build);
    if (found.empty()) continue;
    const std::string& name = found[0][1];
    rooms.push_back({name, folder_of(file.path), {}});
    links[name] = linked_by(build, name);
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

namespace {

/// An include of one of the project's headers.
struct Include {
  std::string header;
  std::string where;  ///< "sim/low/b.cpp:2"
};

std::vector<Include> includes_of(const ProjectFile& file, const std::vector<Room>& rooms) {
  static const Pattern include("\\s*#\\s*include\\s+([\"<])([^\">]+)[\">].*");
  std::vector<Include> found;
  std::istringstream text(file.text);
  int line = 0;
  for (std::string each; std::getline(text, each);) {
    ++line;
    if (each.find("include") == std::string::npos) continue;
    const Groups groups = include.whole(each);
    if (groups.empty()) continue;
    // Between < and > stand a system's headers, and also ours would be found.
    const std::string& header = groups[2];
    if (groups[1] == "\"" || room_in(rooms, header) != nullptr || header.starts_with("tests/"))
      found.push_back({header, file.path + ":" + std::to_string(line)});
  }
  return found;
}

/// What is wrong with an include by a file of that room; nullptr: of none.
std::string complaint_of(const Include& include, const ProjectFile& file, const Room* from,
                         const std::vector<Room>& rooms) {
  const Room* to = room_in(rooms, include.header);
  const std::string names = include.where + ": includes \"" + include.header + "\"";
  const bool test = include.header.starts_with("tests/");
  if (to == nullptr && !test)
    return names + ", which stands in no room; write the path from the project's folder";
  if (!include.header.ends_with(".hpp") && !include.header.ends_with(".h"))
    return names + ", which is no header; give its code one, and list its source in the build";
  const bool seen = from == nullptr ? !test || file.path.starts_with("tests/")
                                    : !test && from->sees.contains(to->name);
  if (seen) return "";
  return names + ", but " + (from == nullptr ? folder_of(file.path) : from->name) + " sees only " +
         (from == nullptr ? "rooms" : listed(from->sees)) +
         "; move what needs it to where both are seen, or draw the arrow in the room's "
         "CMakeLists.txt";
}

}  // namespace

std::vector<std::string> wrong_arrows(const std::vector<ProjectFile>& files) {
  const std::vector<Room> rooms = rooms_of(files);
  Complaints complaints;
  for (const Room& one : rooms)
    for (const Room& other : rooms)
      if (one.name < other.name && one.sees.contains(other.name) && other.sees.contains(one.name))
        complaints.push_back(one.folder + "/CMakeLists.txt: " + one.name + " and " + other.name +
                             " see each other; take one of the arrows away, or make them one room");
  for (const ProjectFile& file : files) {
    if (!is_code(file.path)) continue;
    const Room* from = room_in(rooms, file.path);
    if (from == nullptr && !file.path.starts_with("tests/") && file.path != "sim/main.cpp")
      complaints.push_back(file.path +
                           ":1: stands in no room; move it into one, or make its folder one by "
                           "add_library(NAME STATIC …) in a CMakeLists.txt beside it");
    for (const Include& include : includes_of(file, rooms))
      if (std::string wrong = complaint_of(include, file, from, rooms); !wrong.empty())
        complaints.push_back(std::move(wrong));
  }
  return complaints;
}

std::vector<std::string> unmirrored_tests(const std::vector<ProjectFile>& files) {
  std::set<std::string> mirrored = {"bench", "clauses", "fixtures", "fuzz", "tidy"}, tested;
  const std::vector<Room> rooms = rooms_of(files);
  for (const Room& room : rooms) mirrored.insert(name_of(room.folder));
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (!file.path.starts_with("tests/") || !is_code(file.path)) continue;
    const std::string folder =
        folder_of(file.path).substr(std::min<std::size_t>(6, file.path.rfind('/')));
    tested.insert(folder);
    if (!mirrored.contains(folder))
      complaints.push_back(file.path + ":1: stands beside no room's tests; move it to one of " +
                           listed(mirrored));
  }
  for (const Room& room : rooms)
    if (!tested.contains(name_of(room.folder)) && !tested.contains(name_of(folder_of(room.folder))))
      complaints.push_back(room.folder + ": has no tests of its own; make tests/" +
                           name_of(room.folder));
  return complaints;
}

namespace {

/// What a page's cell says that a room sees: "nothing", "all", or the names of some.
std::set<std::string> told_in(const std::string& cell, const Room& room,
                              const std::vector<Room>& rooms) {
  static const Pattern name("`(\\w+)`");
  if (cell == " all ") return room.sees;
  std::set<std::string> sees = {room.name};
  for (const Groups& each : name.all_in(cell))
    for (const Room& other : rooms)
      if (other.name == each[1]) sees.insert(other.sees.begin(), other.sees.end());
  return sees;
}

}  // namespace

std::vector<std::string> untold_rooms(const std::vector<ProjectFile>& files) {
  static const Pattern row("\\| `([\\w/]+)` \\|[^|]*\\|([^|]*)\\|");
  const auto page = std::find_if(files.begin(), files.end(), [](const ProjectFile& file) {
    return file.path == "docs/house.md";
  });
  std::map<std::string, std::string> cells;
  for (const std::string& line : all_lines(page == files.end() ? "" : page->text))
    if (const Groups found = row.whole(line); !found.empty()) cells[found[1]] = found[2];
  const std::vector<Room> rooms = rooms_of(files);
  Complaints complaints;
  for (const Room& room : rooms) {
    const auto cell = cells.find(room.folder);
    const std::set<std::string> told =
        cell == cells.end() ? std::set<std::string>() : told_in(cell->second, room, rooms);
    if (told != room.sees)
      complaints.push_back("docs/house.md:1: says that " + room.folder + " sees " + listed(told) +
                           ", but the build says " + listed(room.sees) + "; correct its row");
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

std::vector<std::string> unchecked_rooms(const std::vector<ProjectFile>& files) {
  static const Pattern check("\\bSIM_CHECK\\(");
  Complaints complaints;
  for (const Room& room : rooms_of(files)) {
    if (room.name != "engine" && room.name != "session") continue;
    std::size_t checks = 0, lines = 0;
    for (const ProjectFile& file : files) {
      if (folder_of(file.path) != room.folder || !is_code(file.path)) continue;
      checks += check.all_in(code_only(file.text)).size();
      lines += lines_in(file.text);
    }
    if (checks * kMostLinesForACheck < lines)
      complaints.push_back(room.folder + ": has " + std::to_string(checks) + " checks in " +
                           std::to_string(lines) + " lines, but one in " +
                           std::to_string(kMostLinesForACheck) +
                           " is the least; let each change of state say with SIM_CHECK when it may "
                           "happen");
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

std::vector<std::string> doubled_types(const std::vector<ProjectFile>& files) {
  static const Pattern type(
      "(?:struct|class|enum class) (\\w+)(?: final)?(?: : ?\\w[^{]*)? ?\\{.*");
  std::map<std::string, std::string> first;
  Complaints complaints;
  for (const ProjectFile& file : files) {
    if (file.path.starts_with("tests/") || !is_code(file.path)) continue;
    bool unnamed = false;
    int number = 0;
    for (const std::string& line : all_lines(file.text)) {
      ++number;
      if (line == "namespace {") unnamed = true;
      if (line == "}  // namespace") unnamed = false;
      const bool begins = line.starts_with("struct ") || line.starts_with("class ") ||
                          line.starts_with("enum class ");
      if (unnamed || !begins) continue;
      const Groups found = type.whole(line);
      if (found.empty()) continue;
      const std::string where = file.path + ":" + std::to_string(number);
      const auto [before, is_first] = first.emplace(found[1], where);
      if (!is_first)
        complaints.push_back(where + ": defines " + found[1] + ", as " + before->second +
                             " does; give it another name, or an unnamed namespace");
    }
  }
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

}  // namespace fencepost
