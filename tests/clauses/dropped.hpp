// Which clause of the judges is dropped now, and which there are.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

namespace fencepost {

/// One that can be dropped, by its place in the list of all.
struct NamedClause {
  std::string file;  ///< "model/token.cpp"
  int line = 0;
  std::string name;  ///< as in clauses.hpp
};
/// All of them, as they were written with the sources in which they can be dropped.
const std::vector<NamedClause>& named_clauses();

/// Names the clause that is dropped, by its place, to a program that the test runner's main begins.
constexpr const char* kDropped = "FENCEPOST_DROPPED_CLAUSE";
/// Whether that one is.
inline bool dropped(int clause) {
  static const char* const named = std::getenv(kDropped);
  static const int number = named == nullptr ? -1 : std::atoi(named);
  return clause == number;
}

}  // namespace fencepost
