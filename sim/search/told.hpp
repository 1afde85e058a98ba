// What a history tells without a server.
#pragma once

#include "model/told.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// The lease's token: its columns, and all parameters that may stand for one of them, by [names] or
/// by a step's `with`. Empty for a lease that is no row's (an advisory lock has no token), and
/// where a `:let` statement computes something from it.
LeaseToken lease_token_of(const Protocol& protocol);

/// The history, its story, and the SQL of the statements that it uses. Files are named from the
/// working directory where they are below it, else from the protocol's folder, so that no path of
/// this machine is told.
Told told_of(const Protocol& protocol, const Violation& violation, const History& history);

}  // namespace fencepost
