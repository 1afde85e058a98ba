// PostgreSQL's text of a point in time, as an Instant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/time.hpp"

namespace fencepost {

/// The server's clock at Instant{}, in seconds since 1970: 2027-01-15 08:00:00 UTC.
inline constexpr long long kEpochSeconds = 1'800'000'000;

/// Reads "2027-01-15 08:00:00.000001+00" or without the zone (then it is UTC), and "infinity" (the
/// end of time); nullopt for anything else. Proleptic Gregorian calendar (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", 2013).
std::optional<Instant> instant_from_timestamp(std::string_view text);
/// The other way round, with "+00".
std::string timestamp_of(Instant instant);

}  // namespace fencepost
