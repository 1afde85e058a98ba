// A role's program broken one step at a time: what it would be if somebody had left out, swapped or
// ignored one thing in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// One change of a role.
struct RoleEdit {
  std::string_view change;    ///< the operator's name (operators.hpp)
  std::string of;             ///< "worker.advance"
  int line = 0;               ///< in protocol.toml; 0: not known
  std::string clause;         ///< what is changed, as protocol.toml writes it
  std::string instead;        ///< the same changed; empty: it is gone
  bool works_inside = false;  ///< it puts work into a transaction
  std::vector<Step> swapped;  ///< the two that change places
  Role role;
};

/// Every change of a role, in the order of the file.
std::vector<RoleEdit> role_edits(const Role& role, const Protocol& protocol);

/// A number or an interval of PostgreSQL's ("30s", "15 min") so many times; empty for what is
/// neither, or would not be whole.
std::string multiplied(const std::string& value, int by);

}  // namespace fencepost
