#include "tests/tidy/functions.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <sstream>

namespace fencepost {
namespace {

constexpr int kLongestFunction = 70;

/// One open brace of a source, and what it began.
struct Block {
  enum class Kind { scope, function, table, other } kind = Kind::other;
  int line = 0;
  std::string head;
  int table_lines = 0;  ///< of tables inside
};

std::set<std::string> words_of(const std::string& head) {
  std::istringstream words(head);
  return {std::istream_iterator<std::string>(words), {}};
}

/// What is left of a head behind template<…> and inline.
std::string without_template(std::string head) {
  if (head.starts_with("template")) {
    std::size_t end = head.find('<');
    for (int depth = 0; end < head.size(); ++end) {
      depth += head[end] == '<' ? 1 : head[end] == '>' ? -1 : 0;
      if (depth == 0) break;
    }
    head = head.substr(std::min(head.size(), end + 2));
  }
  return head.starts_with("inline ") ? head.substr(7) : head;
}

/// Whether what a head says ends with the parameters of a function.
bool ends_with_parameters(std::string_view head) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view word : {" const", " noexcept", " override", " final"})
      if (head.ends_with(word)) {
        head.remove_suffix(word.size());
        found = true;
      }
  }
  return head.ends_with(')');
}

/// "struct A", "enum class B : int"; but not "struct A* f(int a)", which returns one.
bool is_scope(const std::string& head) {
  const std::string what = without_template(head);
  const std::string first = what.substr(0, what.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
  for (const char* scope : {"namespace", "struct", "class", "enum", "union"})
    if (first == scope) return !ends_with_parameters(what);
  return what == "extern";
}

/// "[&](int a) mutable -> bool" at the end of a head, and not "a[1]".
bool is_lambda(const std::string& head) {
  std::size_t end = head.rfind("](");
  if (end == std::string::npos && head.ends_with(']')) end = head.size() - 1;
  if (end == std::string::npos) return false;
  const std::size_t begin = head.rfind('[', end);
  if (begin == std::string::npos || begin == 0) return begin == 0;
  const char before = head[begin - 1];
  return std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_' && before != ']' &&
         before != ')';
}

/// `within`: what the nearest block around it is that is a function, a table or a scope.
Block::Kind kind_of(const std::string& head, Block::Kind within, bool at_scope) {
  if (is_scope(head)) return Block::Kind::scope;
  const std::set<std::string> words = words_of(head);
  if (head.ends_with("=") && (words.contains("static") || words.contains("constexpr")))
    return Block::Kind::table;
  if (at_scope && !head.ends_with("=") && head.find('(') != std::string::npos)
    return Block::Kind::function;
  return within != Block::Kind::function && is_lambda(head) ? Block::Kind::function
                                                            : Block::Kind::other;
}

Block::Kind kind_around(const std::vector<Block>& open) {
  const auto found = std::find_if(open.rbegin(), open.rend(), [](const Block& block) {
    return block.kind != Block::Kind::other;
  });
  return found == open.rend() ? Block::Kind::scope : found->kind;
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

// Braces are matched in what is left without comments, literals and the preprocessor's lines; the
// words before one tell what it begins.
std::vector<std::string> long_functions(const ProjectFile& file) {
  std::vector<std::string> complaints;
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
      open.push_back({kind_of(words, kind_around(open), at_scope), line, words});
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
