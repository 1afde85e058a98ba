// PostgreSQL's own parser, in one place and behind walls: it is C code made for a server, with a
// server's stack.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace fencepost {

/// What the parser does not take, and where.
struct SqlError {
  std::string message;  ///< as PostgreSQL says it: `syntax error at or near "FORM"`
  std::size_t at = 0;   ///< in bytes of the text
};

/// A text's parse tree as libpg_query writes it, or what is wrong.
struct ParserAnswer {
  std::string json;
  std::optional<SqlError> error;
};

/// Asks the parser about a text of any number of statements, whose parameters are $1, $2, …
///
/// It never ends the program, whatever the text is: on a stack of its own it gets nothing that is
/// nested too deep for it (the parser itself would overflow any stack), too long, not UTF-8, or
/// holds a NUL; that is an error like any other. Not from two threads at once: while it runs, the
/// library keeps what is written to stderr.
ParserAnswer ask_pg_parser(const std::string& sql);

}  // namespace fencepost
