// Clauses without which every history is judged the same, with the reason. A clause that is only
// quicker, or that another one follows from, stands here; whatever else no history notices is a bug
// of the judge or of its histories.
#pragma once

#include <span>
#include <string_view>

namespace fencepost {

/// A clause, by its file and name, and why it may be dropped.
struct EqualClause {
  std::string_view file, name, why;
};
/// All of them.
std::span<const EqualClause> equal_clauses();

}  // namespace fencepost
