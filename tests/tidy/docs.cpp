#include "tests/tidy/docs.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "tests/tidy/pattern.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

/// A piece of a page that is code: a line of a block, or what stands between backticks.
struct Code {
  std::size_t line = 0;
  std::string text;
};

std::vector<Code> code_of(const ProjectFile& file) {
  static const Pattern span("`([^`]+)`");
  const bool page = file.path.ends_with(".md");
  std::vector<Code> found;
  bool block = !page;
  const std::vector<std::string> lines = all_lines(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (page && line.starts_with("```")) {
      block = !block;
    } else if (block) {
      found.push_back({i + 1, line});
    } else {
      for (const Groups& each : span.all_in(line)) found.push_back({i + 1, each[1]});
    }
  }
  return found;
}

/// A link that stays in the project.
struct Link {
  std::size_t line = 0;
  std::string target;  ///< empty: this page
  std::string part;    ///< behind the #
};

std::vector<Link> links_of(const ProjectFile& page) {
  static const Pattern link("\\]\\(([^)\\s]+)\\)");
  std::vector<Link> found;
  const std::vector<std::string> lines = all_lines(page.text);
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const Groups& each : link.all_in(lines[i])) {
      const std::size_t hash = std::min(each[1].find('#'), each[1].size());
      if (each[1].find("://") == std::string::npos)
        found.push_back({i + 1, each[1].substr(0, hash), each[1].substr(hash)});
    }
  return found;
}

/// A page's headings as links name them: "#a-protocol-is-code".
std::set<std::string> parts_of(const std::string& page) {
  std::set<std::string> parts;
  for (const std::string& line : all_lines(page)) {
    const std::size_t text = line.find_first_not_of('#');
    if (text == 0 || text == std::string::npos || line[text] != ' ') continue;
    std::string part = "#";
    for (const char c : line.substr(text + 1))
      if (c == ' ' || c == '-')
        part += '-';
      else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0)
        part += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    parts.insert(part);
  }
  return parts;
}

/// A link's target from the project's folder.
std::string from_root(const ProjectFile& page, const std::string& target) {
  if (target.empty()) return page.path;
  return (fs::path(page.path).parent_path() / target).lexically_normal().string();
}

/// The words behind the program's name; nullopt where it does not stand there. Between single
/// quotes nothing but the end means anything, between double ones no more is needed here.
std::optional<std::vector<std::string>> words_behind(const std::set<std::string>& names,
                                                     const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool named = false, begun = false;
  char quote = 0;
  const auto end_word = [&] {
    if (named && begun) words.push_back(word);
    named = named || (begun && names.contains(word));
    word.clear();
    begun = false;
  };
  for (const char c : text) {
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? char{0} : c;
      begun = true;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      end_word();
    } else if (quote == 0 && (std::string_view("|<>;&").find(c) != std::string_view::npos ||
                              (c == '#' && !begun))) {
      if (named || c == '#') break;
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  end_word();
  return named ? std::optional(words) : std::nullopt;
}

}  // namespace

std::vector<std::string> unlinked_pages(const std::vector<ProjectFile>& files) {
  std::map<std::string, const ProjectFile*> pages;
  for (const ProjectFile& file : files)
    if (file.path == "README.md" || (file.path.starts_with("docs/") && file.path.ends_with(".md")))
      pages[file.path] = &file;
  std::set<std::string> reached;
  std::vector<std::string> ahead = {"README.md"};
  while (!ahead.empty()) {
    const std::string path = ahead.back();
    ahead.pop_back();
    if (!pages.contains(path) || !reached.insert(path).second) continue;
    for (const Link& link : links_of(*pages[path]))
      ahead.push_back(from_root(*pages[path], link.target));
  }
  Complaints complaints;
  for (const auto& [path, page] : pages)
    if (!reached.contains(path))
      complaints.push_back(path + ":1: no page links here; link it in README.md");
  return complaints;
}

std::vector<std::string> missing_paths(const ProjectFile& page, const Exists& exists) {
  static const Pattern path(
      "(^|[\\s'\"=(])((?:\\./)?(?:model|sql|sim|reports|tests|scenarios|docs|examples|\\.ci)/"
      "[\\w./-]*)(?=$|[\\s'\",;:)])");
  Complaints complaints;
  for (const Link& link : links_of(page))
    if (!link.target.empty() && !exists(from_root(page, link.target)))
      complaints.push_back(page.path + ":" + std::to_string(link.line) + ": links " + link.target +
                           ", which is not there");
  for (const Code& code : code_of(page))
    for (const Groups& each : path.all_in(code.text))
      if (const std::string& named = each[2]; !exists(named))
        complaints.push_back(page.path + ":" + std::to_string(code.line) + ": names " + named +
                             ", which is not there");
  return complaints;
}

std::vector<std::string> missing_parts(const std::vector<ProjectFile>& pages) {
  std::map<std::string, std::set<std::string>> parts;
  for (const ProjectFile& page : pages) parts[page.path] = parts_of(page.text);
  Complaints complaints;
  for (const ProjectFile& page : pages)
    for (const Link& link : links_of(page)) {
      const auto target = parts.find(from_root(page, link.target));
      if (link.part.size() > 1 && target != parts.end() && !target->second.contains(link.part))
        complaints.push_back(page.path + ":" + std::to_string(link.line) + ": links " + link.part +
                             " of " + target->first + ", which has no such heading");
    }
  return complaints;
}

std::vector<NamedCommand> commands_in(const ProjectFile& file) {
  std::set<std::string> names = {"./fencepost", ".fencepost/fencepost"};
  // In a workflow the bare word is also what things are called.
  if (file.path.ends_with(".md")) names.insert("fencepost");
  std::vector<NamedCommand> found;
  for (const Code& code : code_of(file))
    if (auto words = words_behind(names, code.text); words && !words->empty())
      found.push_back({code.line, std::move(*words)});
  return found;
}

}  // namespace fencepost
