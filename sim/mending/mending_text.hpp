// What would make a protocol hold, as text and as JSON lines.
#pragma once

#include <string>

#include "sim/mending/mending.hpp"

namespace fencepost {

/// What is violated; each repair as a diff with what it closes and leaves open; or that it holds.
std::string mending_text(const Subject& subject, const Mending& mending);

/// Where no repair can compare a token, because claims give none: what to do about that, as a line.
/// Else empty.
std::string no_token_text(const Protocol& protocol);

/// A line for each repair, and one for the protocol.
std::string mending_json(const Subject& subject, const Mending& mending);

}  // namespace fencepost
