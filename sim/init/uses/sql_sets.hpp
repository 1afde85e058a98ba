// What a statement sets columns to.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/init/uses/sql_length.hpp"
#include "sql/tree/query_view.hpp"

namespace fencepost {

/// What a column is set to.
struct ColumnSet {
  std::string column;
  enum class To {
    constant,  ///< `labels` holds it
    cased,     ///< one of `labels`, as a CASE says
    null,
    parameter,  ///< `parameter`
    counted,    ///< one more than it was, or a sequence's next; with `parameter`: than that
    now,
    later,   ///< now and `length`
    random,  ///< a new uuid, and its kind
    other
  } to = To::other;
  std::vector<std::string> labels{};
  std::string parameter{};
  SqlLength length{};
  Duration counts{};  ///< of a time as a whole number; 0: it is none, or it is not said
};
using To = ColumnSet::To;

/// One assignment of a statement.
ColumnSet set_of(const Assignment& each);
/// $1 + 30000, or $1 - 30000, as "$1" and that length; nullopt where it is something else.
std::optional<std::pair<std::string, SqlLength>> added_to_parameter(const Operand& value,
                                                                    Duration unit);
/// The texts among an expression's constants, in order.
std::vector<std::string> constants_in(const TreeNode& expression);

}  // namespace fencepost
