// The commands, in the order of help: the most used first.
#pragma once

#include <vector>

#include "sim/cli/command_line.hpp"

namespace fencepost {

/// One row for each; what it declares and does is in its file here.
const std::vector<CommandRow>& command_rows();

}  // namespace fencepost
