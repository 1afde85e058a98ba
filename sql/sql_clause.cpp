#include "sql/sql_clause.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// A word without quotes, as PostgreSQL reads it.
struct Word {
  std::string text;
  std::size_t begin = 0;
  std::size_t behind = 0;  ///< where the last part before it ends that counts
  int depth = 0;           ///< of parentheses
};

/// The words of a statement, and one without text at its end.
std::vector<Word> words_of(std::string_view sql) {
  std::vector<Word> words;
  std::size_t behind = 0;
  int depth = 0;
  for (const SqlPart& part : sql_parts(sql)) {
    if (!part.counts()) continue;
    if (part.text == "(" || part.text == "[") ++depth;
    if (part.text == ")" || part.text == "]") --depth;
    if (part.kind == SqlKind::word && !part.text.starts_with('"'))
      words.push_back({folded(part.text), part.begin, behind, depth});
    behind = part.end();
  }
  words.push_back({"", sql.size(), behind, 0});
  return words;
}

bool ends_condition(const std::string& word) {
  static constexpr std::array<std::string_view, 14> ends = {
      "",       "returning", "order", "group", "having", "window", "limit",
      "offset", "fetch",     "for",   "union", "except", "on",     "intersect"};
  return std::find(ends.begin(), ends.end(), word) != ends.end();
}

}  // namespace

std::optional<Clause> where_clause(std::string_view sql) {
  std::optional<Clause> clause;
  bool open = false;
  for (const Word& word : words_of(sql)) {
    if (word.depth != 0) continue;
    if (open && ends_condition(word.text)) {
      clause->end = word.behind;
      open = false;
    }
    if (word.text != "where") continue;
    if (clause) return std::nullopt;
    clause = Clause{word.begin, word.begin};
    open = true;
  }
  return clause;
}

bool returns_rows(std::string_view sql) {
  static constexpr std::array<std::string_view, 7> queries = {"select", "values",  "table", "show",
                                                              "fetch",  "explain", "call"};
  static constexpr std::array<std::string_view, 4> others = {"insert", "update", "delete", "merge"};
  std::string_view kind;
  for (const Word& word : words_of(sql)) {
    if (word.depth != 0) continue;
    if (word.text == "returning") return true;
    const auto is_one = [&](const auto& list) {
      return std::find(list.begin(), list.end(), word.text) != list.end();
    };
    if (kind.empty() && (is_one(queries) || is_one(others)))
      kind = is_one(queries) ? "query" : "other";
    else if (kind.empty() && word.text != "with" && words_of(sql).front().text != "with")
      return false;
  }
  return kind == "query";
}

bool writes(std::string_view sql) {
  std::string before;
  for (const Word& word : words_of(sql)) {
    if (word.text == "insert" || word.text == "delete" || word.text == "merge") return true;
    if (word.text == "update" && before != "for" && before != "do" && before != "key") return true;
    before = word.text;
  }
  return false;
}

}  // namespace fencepost
