// What reports are told of a protocol, which they don't know themselves.
#pragma once

#include "reports/step_text.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// Statements as their user wrote them, with files as the protocol's folder knows them, so that a
/// report says the same on every machine. The protocol must outlive it.
FindSource sources_of(const Protocol& protocol);

}  // namespace fencepost
