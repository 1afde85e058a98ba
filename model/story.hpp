// A violation told in a few sentences.
#pragma once

#include <string>

#include "model/history.hpp"
#include "model/property.hpp"

namespace fencepost {

/// Who claimed what, what hit whom, who took over, and what then went wrong: one to five plain
/// sentences.
std::string story(const History& history, const Violation& violation);

/// Whether an event of this kind is a line of a story by itself; all others tell what one meant.
bool is_deed(EventKind kind);
/// How many lines a story has up to that step (0: to its end), polling drawn together.
int story_steps(const History& history, int until_step);

}  // namespace fencepost
