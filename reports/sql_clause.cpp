#include "reports/sql_clause.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace fencepost {
namespace {

/// A bare word outside of strings, quoted names and comments, in capitals; anything else is left
/// out but for what it does to `depth`.
struct Word {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
  int depth = 0;  ///< of parentheses
};

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool part_of_word(char c) { return letter(c) || (c >= '0' && c <= '9') || c == '$'; }

class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql) {
    while (at_ < sql_.size()) step();
  }
  std::vector<Word> words() { return std::move(words_); }
  /// Behind the last byte that is neither blank nor a comment, before `end`.
  std::size_t code_end_before(std::size_t end) const {
    std::size_t last = 0;
    for (const std::size_t code : code_ends_)
      if (code <= end) last = std::max(last, code);
    return last;
  }

 private:
  bool starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
  /// Behind the next `text`, or at the end.
  std::size_t behind(std::string_view text, std::size_t from) const {
    const std::size_t found = sql_.find(text, from);
    return found == std::string_view::npos ? sql_.size() : found + text.size();
  }
  void step() {
    const char c = sql_[at_];
    if (starts("--")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (starts("/*")) {
      skip_block_comment();
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++at_;
    } else {
      step_code(c);
      code_ends_.push_back(at_);
    }
  }
  void step_code(char c) {
    const bool escapes = (c == 'E' || c == 'e') && at_ + 1 < sql_.size() && sql_[at_ + 1] == '\'';
    if (escapes) ++at_;
    if (escapes || c == '\'')
      skip_quoted('\'', escapes);
    else if (c == '"')
      skip_quoted('"', false);
    else if (c == '$')
      skip_dollar_quote();
    else if (letter(c))
      read_word();
    else if (c == ':' || c == '@')
      skip_parameter();
    else
      skip_symbol(c);
  }
  void skip_symbol(char c) {
    if (c == '(' || c == '[') ++depth_;
    if (c == ')' || c == ']') --depth_;
    ++at_;
    if (c >= '0' && c <= '9')
      while (at_ < sql_.size() && part_of_word(sql_[at_])) ++at_;
  }
  /// :where is a parameter, no key word.
  void skip_parameter() {
    ++at_;
    while (at_ < sql_.size() && part_of_word(sql_[at_])) ++at_;
  }
  void skip_quoted(char quote, bool backslashes) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (backslashes && sql_[at_] == '\\') {
        ++at_;
      } else if (sql_[at_] == quote) {
        ++at_;
        if (at_ >= sql_.size() || sql_[at_] != quote) return;
      }
    }
    at_ = sql_.size();
  }
  void skip_dollar_quote() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && part_of_word(sql_[end]) && sql_[end] != '$') ++end;
    const bool quote =
        end < sql_.size() && sql_[end] == '$' && (end == at_ + 1 || letter(sql_[at_ + 1]));
    at_ = quote ? behind(sql_.substr(at_, end + 1 - at_), end + 1) : end;
  }
  void skip_block_comment() {
    int nested = 0;
    do {
      if (starts("/*")) {
        ++nested;
        at_ += 2;
      } else if (starts("*/")) {
        --nested;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (nested > 0 && at_ < sql_.size());
  }
  void read_word() {
    Word word{"", at_, at_, depth_};
    for (; at_ < sql_.size() && part_of_word(sql_[at_]); ++at_) {
      const char c = sql_[at_];
      word.text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    word.end = at_;
    words_.push_back(std::move(word));
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<Word> words_;
  std::vector<std::size_t> code_ends_;
};

bool ends_condition(const std::string& word) {
  static constexpr std::array<std::string_view, 13> ends = {
      "RETURNING", "ORDER", "GROUP", "HAVING", "WINDOW", "LIMIT",    "OFFSET",
      "FETCH",     "FOR",   "UNION", "EXCEPT", "ON",     "INTERSECT"};
  return std::find(ends.begin(), ends.end(), word) != ends.end();
}

}  // namespace

std::optional<Clause> where_clause(std::string_view sql) {
  Reader reader(sql);
  const std::vector<Word> words = reader.words();
  std::optional<Clause> clause;
  bool open = false;
  for (const Word& word : words) {
    if (word.depth != 0) continue;
    if (open && ends_condition(word.text)) {
      clause->end = reader.code_end_before(word.begin);
      open = false;
    }
    if (word.text != "WHERE") continue;
    if (clause) return std::nullopt;
    clause = Clause{word.begin, reader.code_end_before(sql.size())};
    open = true;
  }
  return clause;
}

bool writes(std::string_view sql) {
  const std::vector<Word> words = Reader(sql).words();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& before = i == 0 ? "" : words[i - 1].text;
    if (words[i].text == "INSERT" || words[i].text == "DELETE" || words[i].text == "MERGE")
      return true;
    if (words[i].text == "UPDATE" && before != "FOR" && before != "DO" && before != "KEY")
      return true;
  }
  return false;
}

}  // namespace fencepost
