// Conditions of one row as PostgreSQL judges them, true, false or unknown, over all rows that a
// table can have: enough to tell that one asks for no more than another.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fencepost {

/// What is known of the rows of a table.
struct RowRules {
  std::set<std::string> names;      ///< that may stand before its columns: table, alias
  std::set<std::string> columns;    ///< all
  std::set<std::string> not_null;   ///< of these, which are never null
  std::vector<std::string> checks;  ///< conditions that are not false for any row
};

/// Whether both conditions let the same rows through, whatever the row and the values of all that
/// is not plain. False also where there are too many cases to tell.
bool same_rows(const std::string& one, const std::string& other, const RowRules& rules);

}  // namespace fencepost
