// SQL taken apart, just as far as is needed to tell code from what only looks like code: where
// strings, quoted names, dollar quotes and comments begin and end, where a statement ends, and
// which words are parameters.
#pragma once

#include <cstddef>
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
  parameter,  ///< :name, @name, sqlc.arg(name), sqlc.narg(name), $1
  semicolon,
  symbol,      ///< operators and punctuation; also the : of a slice a[1:n], and :: and :=
  unfinished,  ///< a string, quoted name or comment whose end is missing: the rest of the text
};

/// One part of an SQL text: [begin, end) in bytes, and the 1-based line on which it begins.
struct SqlPart {
  SqlKind kind = SqlKind::blank;
  std::size_t begin = 0;
  std::size_t end = 0;
  int line = 1;
  std::string name;  ///< parameter: "job_id", or "$1" where that is written · unfinished: what it
                     ///< is ("a string")
};

/// Every byte of the text belongs to exactly one part, in order. Never throws, whatever the bytes
/// are.
///
/// An @ that is the end of an operator (<@, @@, @-@, ^@) is one; else @name is a parameter, also in
/// `id=@id`. In a subscript the colon after an operand separates a slice: a[1:n] binds nothing,
/// a[:n] and a[1: :n] bind n.
std::vector<SqlPart> sql_parts(std::string_view text);

/// Letters, digits and _, not beginning with a digit: what a statement, an operation or a session
/// may be called.
bool is_plain_name(std::string_view text);

}  // namespace fencepost
