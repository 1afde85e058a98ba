// Which names have a value where, as far as that is known before any step runs.
#pragma once

#include "sim/database/statement_shapes.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// Throws InputError, with file, line and parameter, for a step of a program or a heartbeat that
/// binds a name which nothing on any path to it gives a value. What only a run can say (a statement
/// found no row, a transaction was left) is left to it.
void check_known_names(const Protocol& protocol, const ReturnedColumns& returned);

}  // namespace fencepost
