// What reports are told of a protocol, which they don't know themselves; and where they go.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "reports/gate_text.hpp"
#include "reports/step_text.hpp"
#include "sim/protocol.hpp"

namespace fencepost {

/// Statements as their user wrote them, with files as the protocol's folder knows them, so that a
/// report says the same on every machine. The protocol must outlive it.
FindSource sources_of(const Protocol& protocol);

/// The lease's token: its columns, and all parameters that may stand for one of them, by [names] or
/// by a step's `with`. Empty for a lease that is no row's (an advisory lock has no token), and
/// where a `:let` statement computes something from it.
LeaseToken lease_token_of(const Protocol& protocol);

/// Writes a report. Throws InputError when the file can't be written; `what` names it ("the page").
void write_report(const std::filesystem::path& file, const std::string& text,
                  std::string_view what);

}  // namespace fencepost
