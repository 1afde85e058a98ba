// Simulated time. Every history starts at Instant{}; an Instant is the exact number of microseconds
// since then. Nothing in the model ever reads a real clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

using namespace std::chrono_literals;

/// A span of simulated time, exact to the microsecond (PostgreSQL's own resolution).
using Duration = std::chrono::microseconds;

/// The clock whose time points are Instants; it has no now(), because only a simulation has one.
struct SimulatedClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<SimulatedClock>;
  static constexpr bool is_steady = true;
};

/// A point in simulated time: microseconds since the history's start.
using Instant = SimulatedClock::time_point;

/// "330.000001 s", "5 s", "0 s": exact, without trailing zeros, always in seconds.
std::string to_text(Duration duration);
/// An Instant reads as the Duration since the history's start.
std::string to_text(Instant instant);

/// Reads "300s", "1.5 s", "80ms", "5min", "2h", "250us" or "330.000001 s"; nullopt for anything
/// else, also for negative values.
std::optional<Duration> duration_from_text(std::string_view text);

}  // namespace fencepost
