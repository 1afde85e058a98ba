// SQL taken apart, just as far as is needed to tell code from what only looks like code: where
// strings, quoted names, dollar quotes and comments begin and end, where a statement ends, and
// which words are parameters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

enum class SqlKind {
  blank,          ///< spaces and line ends
  line_comment,   ///< from -- up to the line's end, without it
  block_comment,  ///< /* … */, nested ones included
  text,           ///< '…', E'…' with backslashes, $tag$ … $tag$
  word,           ///< a key word or name, quoted or not
  number,
  parameter,  ///< :name, @name, sqlc.arg(name), sqlc.narg(name), %(name)s, #{name}, $1, :1, ?1, ?,
              ///< %s
  semicolon,
  symbol,      ///< operators and punctuation; also the : of a slice a[1:n], and :: and :=
  unfinished,  ///< a string, quoted name or comment whose end is missing: the rest of the text
};

/// One part of an SQL text.
struct SqlPart {
  SqlKind kind = SqlKind::blank;
  std::size_t begin = 0;  ///< in bytes
  std::string_view text;  ///< as it is written; borrowed
  int line = 1;           ///< 1-based, on which it begins
  std::string name;  ///< parameter: "job_id", "$1" where a number is written, "?" where only order
                     ///< tells them apart · unfinished: what it is ("a string")
  std::size_t end() const { return begin + text.size(); }
  /// Neither blank nor a comment.
  bool counts() const {
    return kind != SqlKind::blank && kind != SqlKind::line_comment &&
           kind != SqlKind::block_comment;
  }
};
using SqlParts = std::vector<SqlPart>;

/// Every byte of the text belongs to exactly one part, in order: joined they are the text. Never
/// throws, whatever the bytes are.
///
/// An @ that is the end of an operator (<@, @@, @-@, ^@) is one; else @name is a parameter, also in
/// `id=@id`. In a subscript the colon after an operand separates a slice: a[1:n] binds nothing,
/// a[:n] and a[1: :n] bind n. A ? or %s behind an operand is an operator, as in `tags ? 'red'`.
SqlParts sql_parts(std::string_view text);
/// The next part from number `i` on that counts; parts.size() where there is none.
std::size_t next_that_counts(const SqlParts& parts, std::size_t i);

/// What is between the quotes of a part that is a text, as it is written there.
std::string_view inside_quotes(std::string_view literal);
/// What a part that is a text means; nullopt where it goes on behind a line end, and for escapes by
/// number.
std::optional<std::string> meaning_of_literal(std::string_view literal);
/// A text as a literal: 'it''s'. For a server with standard_conforming_strings.
std::string as_literal(std::string_view text);
/// A name in quotes, which means just that, whatever is in it: "my ""own"" table".
std::string in_name_quotes(std::string_view name);

/// Whether a word may go on with this byte: a letter, a digit, _ or $.
bool in_sql_word(char c);
/// Without blanks and line ends at both ends.
std::string_view trimmed(std::string_view text);
/// As PostgreSQL reads a word without quotes: its ASCII letters small.
std::string folded(std::string_view word);

}  // namespace fencepost
