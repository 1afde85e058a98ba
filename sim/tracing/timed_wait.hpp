// Waits that end by themselves: what a program's system call says of it, and what the call becomes,
// so that it ends when simulated time is there.
#pragma once

#include <optional>

#include "sim/tracing/registers.hpp"
#include "sim/tracing/traced_clock.hpp"

namespace fencepost {

/// What a call becomes that waits for something, but not for ever.
struct TimedWait {
  Nanoseconds until = 0;  ///< since 1970
  std::int64_t over = 0;  ///< what it returns once that has passed
};

/// Reads a stopped call that may wait for a time, and takes the time out of its registers: it waits
/// for ever then, and is ended from outside. nullopt: it does not wait for a time. Waits that are
/// given in milliseconds end on whole ones of simulated time, because what wakes a program
/// meanwhile makes it reckon what is left from another fraction; those given more exactly end a
/// microsecond later, because some wait until it is past their deadline.
std::optional<TimedWait> take_time_out(Registers& registers, pid_t thread,
                                       const TracedClock& clock);

}  // namespace fencepost
