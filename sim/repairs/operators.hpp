// The operators: what may be changed to make a protocol hold.
#pragma once

#include <span>
#include <string_view>

namespace fencepost {

/// One row of the table.
struct RepairOperator {
  std::string_view name;
  std::string_view does;  ///< in one sentence
};

/// All there are: those over statements, then those over programs.
std::span<const RepairOperator> repair_operators();

}  // namespace fencepost
