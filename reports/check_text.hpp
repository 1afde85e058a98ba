// What a protocol, and a whole check, came to, as text.
#pragma once

#include <string>

#include "reports/check_report.hpp"
#include "reports/failure.hpp"

namespace fencepost {

/// The verdict of each property and scenario: what is violated (how often, where first), what
/// holds, what was not judged and why, and what was not reached; in lines of at most that width
/// (0: sentences as they are).
std::string protocol_text(const ProtocolReport& report, std::size_t width = 0);

/// The protocols, then the failures, and what it all came to unless that is said already.
std::string check_text(const CheckReport& report, const TextOptions& options);

}  // namespace fencepost
