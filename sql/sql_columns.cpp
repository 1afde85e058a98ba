#include "sql/sql_columns.hpp"

#include <algorithm>
#include <array>

namespace fencepost {
namespace {

bool is_comparison(std::string_view symbol) {
  static constexpr std::array<std::string_view, 8> all = {
      "=", "<", ">", "<=", ">=", "<>", "!=", ":="};
  return std::find(all.begin(), all.end(), symbol) != all.end();
}

}  // namespace

SqlColumns::SqlColumns(const SqlParts& parts) {
  std::vector<std::size_t> opened;        // parentheses that are open, the innermost last
  std::vector<std::size_t> commas = {0};  // in each of them, and outside of all
  for (const SqlPart& part : parts) {
    numbers_.push_back(counted_.size());
    if (part.counts()) add(part, opened, commas);
  }
}

void SqlColumns::add(const SqlPart& part, std::vector<std::size_t>& opened,
                     std::vector<std::size_t>& commas) {
  const std::size_t here = counted_.size();
  counted_.push_back({&part, opened.empty() ? here : opened.back(), commas.back(), here});
  if (part.kind == SqlKind::semicolon) opened.clear(), commas = {0};
  if (part.text == ",") ++commas.back();
  if (part.text == ")" && !opened.empty()) opened.pop_back(), commas.pop_back();
  if (part.text != "(") return;
  if (text(here - 1) == "," && text(here - 2) == ")")
    counted_[here].first = counted_[counted_[here - 2].open].first;
  opened.push_back(here);
  commas.push_back(0);
}

std::string SqlColumns::of(std::size_t i) const {
  const std::size_t at = numbers_[i];
  if (const std::string before = compared(at - 1); !before.empty()) return before;
  if (is_comparison(text(at + 1)) && is_word(at + 2)) return name(last_of_path(at + 2));
  for (const std::string_view word : {"limit", "offset"})
    if (key(at - 1) == word) return std::string(word);
  return inserted(at);
}

std::string_view SqlColumns::text(std::size_t i) const {
  return i < counted_.size() ? counted_[i].part->text : std::string_view();
}
bool SqlColumns::is_word(std::size_t i) const {
  return i < counted_.size() && counted_[i].part->kind == SqlKind::word;
}
std::string SqlColumns::key(std::size_t i) const { return is_word(i) ? folded(text(i)) : ""; }
/// As PostgreSQL would call it; quoted ones without their quotes.
std::string SqlColumns::name(std::size_t i) const {
  if (!is_word(i)) return "";
  const std::string_view word = text(i);
  if (word.starts_with('"')) return std::string(word.substr(1, word.size() - 2));
  const std::string plain = folded(word);
  return plain == "any" || plain == "all" ? "" : plain;
}
std::size_t SqlColumns::last_of_path(std::size_t i) const {
  while (text(i + 1) == "." && is_word(i + 2)) i += 2;
  return i;
}
/// COLUMN = here, COLUMN = ANY (here, COLUMN = CAST (here
std::string SqlColumns::compared(std::size_t i) const {
  if (text(i) == "(" && (key(i - 1) == "any" || key(i - 1) == "cast" || key(i - 1) == "coalesce"))
    i -= 2;
  return is_comparison(text(i)) ? name(i - 1) : "";
}
/// INSERT INTO t (a, b) VALUES (x, here)
std::string SqlColumns::inserted(std::size_t i) const {
  const std::size_t row = counted_[counted_[i].open].first;
  if (row < 2 || text(row) != "(" || key(row - 1) != "values" || text(row - 2) != ")") return "";
  std::size_t place = counted_[i].place;
  for (std::size_t c = counted_[row - 2].open + 1; c < row - 2; ++c)
    if (is_word(c) && place-- == 0) return name(c);
  return "";
}

}  // namespace fencepost
