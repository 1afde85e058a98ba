// Lengths and chances as people write them in scenarios: "1.1 lease", "80ms", "1/5".
#pragma once

#include <optional>
#include <string_view>

#include "sim/input/scenario.hpp"

namespace fencepost {

/// "10s", or at most 1000 leases or polls with at most six decimals: "1.1 lease", "2 poll", "3
/// leases"; nullopt for anything else.
std::optional<Length> length_from_text(std::string_view text);
/// "0", "1" or "HITS/OF" with HITS <= OF <= 1,000,000; nullopt for anything else.
std::optional<Chance> chance_from_text(std::string_view text);

}  // namespace fencepost
