// The words of a text with how deep they stand, and the clauses that they begin: a parse tree says
// where its nodes begin, but neither where they end nor where WHERE, SET or FOR UPDATE stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/sql_clause.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {

/// Numbers of parts: from `first` up to and with `last`.
struct PartRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

/// The parts of a text that count, in order. The text is borrowed.
class DeepParts {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit DeepParts(std::string_view sql);

  std::size_t size() const { return parts_.size(); }
  const SqlPart& operator[](std::size_t i) const { return parts_[i]; }
  /// How many parentheses and brackets stand open around it; they themselves stand outside.
  int depth(std::size_t i) const { return depths_[i]; }
  /// The parenthesis that belongs to this one; kNone for everything else.
  std::size_t partner(std::size_t i) const { return partners_[i]; }
  /// The part at this byte, or the last one before it; kNone only where there are no parts.
  std::size_t at(std::size_t byte) const;
  /// Whether it is this word, in small letters, as PostgreSQL reads it.
  bool is(std::size_t i, std::string_view word) const;
  /// The bytes of a range.
  Clause bytes(PartRange range) const {
    return {parts_[range.first].begin, parts_[range.last].end()};
  }

  /// The nearest of these words before part `i` that stands no deeper; kNone where none is.
  std::size_t back_to(std::size_t i, std::initializer_list<std::string_view> words) const;
  /// From part `first` to the last one before the parenthesis around it closes, the statement ends,
  /// or one of these words stands beside it.
  PartRange up_to(std::size_t first, const std::vector<std::string_view>& words) const;
  /// The clause that begins with this word in a range, beside its first part: up to the next
  /// clause. `nth` counts those of one name.
  std::optional<PartRange> clause(PartRange in, std::string_view word, std::size_t nth = 0) const;
  /// What commas divide in a range, beside its first part.
  std::vector<PartRange> items(PartRange in) const;
  /// A range without a parenthesis at an end whose partner is not in it.
  PartRange balanced(PartRange range) const;
  /// A range with the arguments behind its last word and the partners of all its parentheses.
  PartRange completed(PartRange range) const;

 private:
  bool begins_clause(std::size_t i) const;

  SqlParts parts_;
  std::vector<int> depths_;
  std::vector<std::size_t> partners_;
};

}  // namespace fencepost
