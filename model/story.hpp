// A violation in a few sentences: who held what, what struck whom, and what came of it.
#pragma once

#include <string>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// Who claimed what, what hit whom, who took over, and what then went wrong: one to five plain
/// sentences.
std::string story(const History& history, const Violation& violation);

}  // namespace fencepost
