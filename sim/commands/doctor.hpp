// What a machine can do with one protocol, for commands that end with it.
#pragma once

#include <string>

#include "sim/cli/command_line.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

/// Prints what `doctor PROTOCOL` prints, and returns its exit status. Throws as that does.
int doctor_of(const Context& context, const std::string& protocol, const ClusterOptions& server);

}  // namespace fencepost
