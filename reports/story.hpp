// A violation told in a few sentences.
#pragma once

#include <string>

#include "model/history.hpp"
#include "model/property.hpp"

namespace fencepost {

/// Who claimed what, what hit whom, who took over, and what then went wrong: one to five plain
/// sentences.
std::string story(const History& history, const Violation& violation);

}  // namespace fencepost
