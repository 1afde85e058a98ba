// How long a value says to wait.
#pragma once

#include <optional>
#include <string>

#include "sim/database/sql_client.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// Seconds, or the time until a time with a date: never less than nothing, and never longer than a
/// hundred years, which is longer than any history. nullopt: the text is neither.
std::optional<Duration> wait_in(const std::string& text, Instant now);
/// Why what `source` gave (nullopt: nothing did) is no wait, as a sentence about `who`.
std::string no_wait(const std::string& who, const Source& source, const std::optional<Value>& said);

}  // namespace fencepost
