// Steps of a program as protocol.toml writes them, to say what was changed.
#pragma once

#include <string>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// `"claim_job"`, or `{ run = "claim_job", empty = "nothing" }`; what a step binds is left out.
std::string text_of(const Step& step);
/// The same of several: `["a", "b"]`.
std::string text_of(const std::vector<Step>& steps);

}  // namespace fencepost
