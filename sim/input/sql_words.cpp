#include "sim/input/sql_words.hpp"

#include <string>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Behind these a statement begins, also in a function's body.
constexpr std::string_view kBeginning[] = {"begin", "then", "else", "loop"};

/// A body that runs a text that makes a function whose body does: deeper is only quotes.
constexpr int kMostNested = 8;

void visit_words(std::string_view sql, int nested, std::string_view within,
                 const std::function<void(const SqlWord&)>& visit) {
  const SqlParts parts = sql_parts(sql);
  std::string before, first;
  bool begins = true;
  for (std::size_t i = next_that_counts(parts, 0); i < parts.size();) {
    const std::size_t next = next_that_counts(parts, i + 1);
    const SqlPart& part = parts[i];
    if (part.kind == SqlKind::text && nested < kMostNested)
      visit_words(inside_quotes(part.text), nested + 1, nested == 0 ? first : within, visit);
    const std::string word = part.kind == SqlKind::word ? folded(part.text) : "";
    const auto text_at = [&](std::size_t at) {
      return at < parts.size() ? folded(parts[at].text) : "";
    };
    const std::string after = text_at(next), later = text_at(next_that_counts(parts, next + 1));
    if (!word.empty()) visit(SqlWord{before, word, after, later, begins, within});
    if (begins) first = word;
    begins = part.kind == SqlKind::semicolon || is_one_of(word, kBeginning);
    before = word;
    i = next;
  }
}

}  // namespace

void for_each_word(std::string_view sql, const std::function<void(const SqlWord&)>& visit) {
  visit_words(sql, 0, "", visit);
}

void for_each_word(const Protocol& protocol, const std::function<void(const SqlWord&)>& visit) {
  for (const std::string& text : protocol.schema) for_each_word(text, visit);
  for (const auto& [name, statement] : protocol.statements) for_each_word(statement.sql, visit);
}

}  // namespace fencepost
