// What would make a protocol hold, as text and as JSON lines.
#pragma once

#include <string>

#include "sim/mending/mending.hpp"

namespace fencepost {

/// What is violated; each repair as a diff with what it closes and leaves open; or that it holds.
std::string mending_text(const Subject& subject, const Mending& mending);

/// A line for each repair, and one for the protocol.
std::string mending_json(const Subject& subject, const Mending& mending);

}  // namespace fencepost
