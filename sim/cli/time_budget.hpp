// How long `check` may begin new histories. With the progress bar the only reader of a real clock:
// it decides how many histories there are, never what one of them is.
#pragma once

#include <chrono>
#include <optional>

namespace fencepost {

class TimeBudget {
 public:
  /// Begins now; nullopt: as long as it takes.
  explicit TimeBudget(std::optional<std::chrono::microseconds> lasts) {
    if (lasts) end_ = Clock::now() + *lasts;
  }
  bool used_up() const { return end_ && Clock::now() >= *end_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> end_;
};

}  // namespace fencepost
