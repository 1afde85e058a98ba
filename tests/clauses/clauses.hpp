// The clauses of a source, and the source in which each can be dropped while it runs. So all of
// them are tried with one build, and what the judges are made of stays as it is read.
//
// A clause is an operand of && or || (dropped, the others decide), the condition of an `if` (what
// it guards never happens; and, where it is one condition alone, happens always), that of ?: (the
// first is taken always, or the second), and a bound among several of std::max or std::min (the
// others decide). Not clauses: what makes texts (inside fmt::format, in functions that are called
// ..._text), the condition that is all of what a function returns, a condition that declares a
// value, the kinds of a switch, and that something was found (a comparison with end(), without
// which what follows means nothing).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// What can be dropped.
struct JudgeClause {
  std::size_t begin = 0, end = 0;  ///< where it stands in the source
  int line = 0;
  std::string before,
      behind;  ///< what makes it something that can be dropped, with "{}" for a number
  /// "event.fault", "if (event.fault)"; the second of that name in a source ends in " #2".
  std::string name;
};
/// In the order in which they stand.
std::vector<JudgeClause> clauses_in(const std::string& source);

/// A function that is nobody's own, as it stands in a source.
struct FreeFunction {
  std::string name;
  std::size_t begin = 0, end = 0;
};
/// In the order in which they stand; each begins at the beginning of a line.
std::vector<FreeFunction> free_functions_in(const std::string& source);
/// The names of what is called in a text and is nobody's own: "f" of "f(a, b.g(std::h(c)))".
std::set<std::string> called_in(std::string_view text);
/// What these call, and what that calls, as far as it stands in one of the others.
std::set<std::string> called_by(const std::vector<std::string>& sources,
                                const std::vector<std::string>& others);
/// The clauses of these functions alone.
std::vector<JudgeClause> clauses_in(const std::string& source, const std::set<std::string>& names);

/// The source, in which the first of these is dropped where `fencepost::dropped(first)` says so,
/// and so on. Its lines stay where they are.
std::string switched(const std::string& source, const std::vector<JudgeClause>& clauses,
                     std::size_t first);

}  // namespace fencepost
