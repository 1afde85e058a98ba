// What the server makes of a protocol's statements: the types of parameters and results.
#pragma once

#include <string>

#include "sim/export/counterexample.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// Asks the server of a database in which the protocol's schema is. `:let` statements are left out:
/// no session ever runs them.
StatementShapes statement_shapes(const std::string& conninfo, const Protocol& protocol);

}  // namespace fencepost
