// A text of several statements, divided as psql divides it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// One statement of a text: from its first word to its last, without the semicolon.
struct SqlStatement {
  std::string_view text;  ///< borrowed
  std::size_t begin = 0;  ///< in bytes
  int line = 1;           ///< 1-based, on which it begins
  /// Its first words, at most eight, as PostgreSQL reads them; names keep their quotes.
  std::vector<std::string> words;

  /// Whether it begins with these words.
  bool begins(const std::vector<std::string>& with) const;
};

/// All statements, in order. A semicolon in parentheses (of CREATE RULE) and in the body of a
/// function (BEGIN ATOMIC … END) ends none.
std::vector<SqlStatement> sql_statements(std::string_view text);

}  // namespace fencepost
