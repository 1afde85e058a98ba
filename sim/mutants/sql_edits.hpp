// SQL broken one clause at a time: what a text would be if somebody had forgotten, or mistaken, one
// thing in it. Each is bytes of the text and what stands there instead, so that all else stays the
// user's.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/sql_clause.hpp"

namespace fencepost {

/// Bytes of a text, and what stands there instead.
struct Splice {
  Clause at;
  std::string text;
};

/// One change of a text.
struct SqlEdit {
  std::string_view change;          ///< the operator's name (operators.hpp)
  Clause clause;                    ///< what is changed, as its reader looks at it
  std::vector<Splice> splices;      ///< from left to right, inside of the clause or at its end
  std::set<std::string> columns{};  ///< that it is about: compared, or given a value
};

/// Every change of every query of a text, whose parameters are $1, $2, …, in the order of what they
/// change. Empty for what the parser does not take. No splice's text holds a parameter.
std::vector<SqlEdit> sql_edits(const std::string& sql);

/// The text with the splices, which must not overlap.
std::string spliced(std::string text, const std::vector<Splice>& splices);

}  // namespace fencepost
