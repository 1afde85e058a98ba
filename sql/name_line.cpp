#include "sql/name_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kNameBlanks = " \t\r\n\v\f";

/// What stands in the comment; of several lines, what the first with text says.
std::string_view content_of(std::string_view comment) {
  if (comment.starts_with("--")) return trimmed(comment.substr(2));
  std::string_view inside = comment.substr(2, comment.size() - 4);
  inside = inside.substr(
      std::min(inside.find_first_not_of(std::string(kNameBlanks) + "*"), inside.size()));
  return trimmed(inside.substr(0, inside.find('\n')));
}

using Meaning = std::pair<std::string_view, std::string_view>;
/// Marks behind a name, the longest first.
constexpr std::array<Meaning, 9> kMarks = {{{"*!", "batchexec"},
                                            {"<!", "one"},
                                            {"i!", "one"},
                                            {"!", "execrows"},
                                            {"^", "one"},
                                            {"$", "one"},
                                            {"#", "exec"},
                                            {"*", "many"},
                                            {"?", "many"}}};
/// Words behind a colon that sqlc does not have.
constexpr std::array<Meaning, 15> kWords = {{{"?", "many"},
                                             {"query", "many"},
                                             {"!", "execrows"},
                                             {"execute", "execrows"},
                                             {"<!", "one"},
                                             {"returning-execute", "one"},
                                             {"i!", "one"},
                                             {"insert", "one"},
                                             {"1", "one"},
                                             {"scalar", "one"},
                                             {"*", "many"},
                                             {"multi", "many"},
                                             {"n", "execrows"},
                                             {"affected", "execrows"},
                                             {"raw", ""}}};

template <typename Table>
const Meaning* find(const Table& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Meaning& each) { return each.first == word; });
  return found == table.end() ? nullptr : &*found;
}

const Meaning* mark_of(std::string_view name) {
  for (const Meaning& mark : kMarks)
    if (mark.first != "i!" && name.size() > mark.first.size() && name.ends_with(mark.first))
      return &mark;
  return nullptr;
}

/// The words behind the name, of which the last that says something counts.
bool read_words(std::string_view rest, std::string& command) {
  for (rest = trimmed(rest); !rest.empty();) {
    const std::size_t end = std::min(rest.find_first_of(kNameBlanks), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest = trimmed(rest.substr(end));
    if (word.starts_with("--")) break;
    if (!word.starts_with(":")) {
      const Meaning* mark = find(kMarks, word);
      if (mark == nullptr) return false;
      command = mark->second;
      continue;
    }
    const Meaning* known = find(kWords, word.substr(1));
    if (known == nullptr)
      command = word.substr(1);
    else if (!known->second.empty())
      command = known->second;
  }
  return true;
}

}  // namespace

std::optional<NameLine> name_line(std::string_view comment) {
  std::string_view rest = content_of(comment);
  const auto begins = [&](std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest = trimmed(rest.substr(word.size()));
    return true;
  };
  if (!begins("name:") && !begins(":name ") && !(comment.starts_with("/*") && begins("@name ")))
    return std::nullopt;
  NameLine out;
  const std::size_t end = std::min(rest.find_first_of(" \t\r:("), rest.size());
  const std::string_view name = rest.substr(0, end);
  rest = rest.substr(end);
  if (const Meaning* mark = mark_of(name)) out.command = mark->second;
  if (rest.starts_with("(")) {
    rest = rest.substr(std::min(rest.find(')'), rest.size() - 1) + 1);
    const std::size_t marks = std::min(rest.find_first_of(" \t\r:"), rest.size());
    if (const Meaning* mark = find(kMarks, rest.substr(0, marks))) {
      out.command = mark->second;
      rest = rest.substr(marks);
    }
  }
  if (read_words(rest, out.command) && is_statement_name(without_marks(name)))
    out.name = without_marks(name);
  return out;
}

std::string_view without_marks(std::string_view name) {
  const Meaning* mark = mark_of(name);
  return mark == nullptr ? name : name.substr(0, name.size() - mark->first.size());
}

bool is_statement_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

}  // namespace fencepost
