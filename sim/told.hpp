// What a history tells without a server.
#pragma once

#include "model/told.hpp"
#include "sim/protocol.hpp"

namespace fencepost {

/// The history, its story, and the SQL of the statements that it uses. Files are named from the
/// working directory where they are below it, else from the protocol's folder, so that no path of
/// this machine is told.
Told told_of(const Protocol& protocol, const Violation& violation, const History& history);

}  // namespace fencepost
