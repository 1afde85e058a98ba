// What an exported script looks up in its history.
#pragma once

#include <string>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// What came of a statement that waits for a lock: the event of its being done; nullptr when the
/// history ends before.
const Event* completion_of(const History& history, const Event& blocked);

/// The trace's lines of a step, uncut.
std::vector<std::string> trace_lines(const History& history, int step);

}  // namespace fencepost
