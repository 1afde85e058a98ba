// A violation in a few sentences: who held what, what struck whom, and what came of it.
#pragma once

#include <map>
#include <string>

#include "model/history.hpp"
#include "model/verdict.hpp"

namespace fencepost {

/// Of the step of a fault: for how long it may last instead, and the history fails alike.
using AlikeLengths = std::map<int, std::string>;

/// Who claimed what, what hit whom, who took over, and what then went wrong: one to five plain
/// sentences.
std::string story(const History& history, const Violation& violation,
                  const AlikeLengths& alike = {});

}  // namespace fencepost
