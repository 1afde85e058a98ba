#include "sql/sql_columns.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace fencepost {
namespace {

/// The parts that count, from one of them on to both sides.
class Around {
 public:
  Around(const SqlParts& parts, std::size_t at) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i == at) at_ = parts_.size();
      if (parts[i].counts()) parts_.push_back(&parts[i]);
    }
  }

  std::string column() const {
    if (const std::string before = compared(at_ - 1); !before.empty()) return before;
    if (is_comparison(text(at_ + 1)) && is_word(at_ + 2)) return name(last_of_path(at_ + 2));
    for (const std::string_view word : {"limit", "offset"})
      if (key(at_ - 1) == word) return std::string(word);
    return inserted();
  }

 private:
  std::string_view text(std::size_t i) const {
    return i < parts_.size() ? parts_[i]->text : std::string_view();
  }
  bool is_word(std::size_t i) const {
    return i < parts_.size() && parts_[i]->kind == SqlKind::word;
  }
  std::string key(std::size_t i) const { return is_word(i) ? folded(parts_[i]->text) : ""; }
  /// As PostgreSQL would call it; quoted ones without their quotes.
  std::string name(std::size_t i) const {
    if (!is_word(i)) return "";
    const std::string_view word = parts_[i]->text;
    if (word.starts_with('"')) return std::string(word.substr(1, word.size() - 2));
    const std::string plain = folded(word);
    return plain == "any" || plain == "all" ? "" : plain;
  }
  std::size_t last_of_path(std::size_t i) const {
    while (text(i + 1) == "." && is_word(i + 2)) i += 2;
    return i;
  }
  static bool is_comparison(std::string_view symbol) {
    static constexpr std::array<std::string_view, 8> all = {
        "=", "<", ">", "<=", ">=", "<>", "!=", ":="};
    return std::find(all.begin(), all.end(), symbol) != all.end();
  }
  /// COLUMN = here, COLUMN = ANY (here, COLUMN = CAST (here
  std::string compared(std::size_t i) const {
    if (text(i) == "(" && (key(i - 1) == "any" || key(i - 1) == "cast" || key(i - 1) == "coalesce"))
      i -= 2;
    return is_comparison(text(i)) ? name(i - 1) : "";
  }
  /// INSERT INTO t (a, b) VALUES (x, here)
  std::string inserted() const {
    std::size_t place = 0;
    std::size_t i = at_;
    for (int depth = 0; i-- > 0;) {
      if (text(i) == ")") ++depth;
      if (text(i) == "(" && depth-- == 0) break;
      if (text(i) == "," && depth == 0) ++place;
    }
    while (i < parts_.size() && i > 0 && text(i) == "(" && text(i - 1) == ",")
      i = row_before(i - 1);
    if (i == 0 || i >= parts_.size() || key(i - 1) != "values" || text(i - 2) != ")") return "";
    std::vector<std::string> columns;
    for (std::size_t c = i - 3; c < parts_.size() && text(c) != "("; --c)
      if (is_word(c)) columns.push_back(name(c));
    return place < columns.size() ? columns[columns.size() - 1 - place] : "";
  }
  /// Where the row of VALUES begins that ends before this comma.
  std::size_t row_before(std::size_t comma) const {
    int depth = 0;
    for (std::size_t i = comma; i-- > 0;) {
      if (text(i) == ")") ++depth;
      if (text(i) == "(" && --depth == 0) return i;
    }
    return parts_.size();
  }

  std::vector<const SqlPart*> parts_;
  std::size_t at_ = 0;
};

}  // namespace

std::string column_of(const SqlParts& parts, std::size_t i) { return Around(parts, i).column(); }

}  // namespace fencepost
