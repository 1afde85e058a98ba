// The clock of a traced program: a page that its memory has, and that the functions of its vDSO
// read instead of the machine's clocks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "model/time.hpp"

namespace fencepost {

/// A moment as programs count it: nanoseconds.
using Nanoseconds = std::int64_t;

/// One clock, for a program and all that it starts.
class TracedClock {
 public:
  /// At Instant{}. Throws EnvironmentError.
  TracedClock();
  ~TracedClock();
  TracedClock(const TracedClock&) = delete;
  TracedClock& operator=(const TracedClock&) = delete;

  void set(Instant instant);
  /// Since 1970, what CLOCK_REALTIME shows.
  Nanoseconds now() const { return *page_; }
  /// The first that shows this or more.
  static Instant first_instant_at(Nanoseconds shown);
  /// What a clock of that number (CLOCK_…) shows; below 0: it is a processor's, which goes on.
  Nanoseconds shown_by(int clock) const;
  /// The moment, since 1970, at which the clock of that number will show this.
  Nanoseconds when_shows(int clock, Nanoseconds shown) const;

  /// Puts the clock into a program that stands behind its execve. Throws EnvironmentError where
  /// this machine's vDSO is another than is known.
  void patch_into(pid_t process) const;

 private:
  int file_ = -1;
  Nanoseconds* page_ = nullptr;
};

}  // namespace fencepost
