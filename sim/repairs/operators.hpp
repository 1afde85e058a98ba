// The operators: what may be changed to make a protocol hold.
#pragma once

#include <span>
#include <string_view>

namespace fencepost {

/// One row of the table.
struct RepairOperator {
  std::string_view name;
  std::string_view does;    ///< in one sentence
  bool is_setting = false;  ///< ends what takes long, and asks nothing of any row
};

/// All there are: those over statements, then those over programs.
std::span<const RepairOperator> repair_operators();
/// Whether a change by the operator of this name is a setting.
bool is_setting(std::string_view change);

}  // namespace fencepost
