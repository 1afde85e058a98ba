// What the program may assume about where its output goes, and the one line of progress on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fencepost {

struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool color = false;  ///< on stdout
  int width = 120;     ///< of stdout; 0: not a terminal, lines are not cut
};
/// Asks the kernel, and NO_COLOR, TERM and COLUMNS.
Terminal this_terminal();

/// A bar that moves on a terminal; a plain line every ten seconds elsewhere. One of the two places
/// that read a real clock.
class Progress {
 public:
  explicit Progress(const Terminal& terminal);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `what` is done `done` times of `all`; `unit` is what is counted ("histories").
  void show(std::string_view what, std::int64_t done, std::int64_t all, std::string_view unit);
  /// Takes the bar off the screen, before something else is written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool moves_;
  bool shown_ = false;
  std::string stage_;
  Clock::time_point began_;
  Clock::time_point last_;
};

}  // namespace fencepost
