#include "model/decided.hpp"

#include <algorithm>
#include <cstdint>

namespace fencepost {
namespace {

/// The largest number whose square is not above that one (Newton's method).
std::int64_t root_of(std::int64_t square) {
  std::int64_t root = square, next = square / 2 + 1;
  while (next < root) {
    root = next;
    next = (root + square / root) / 2;
  }
  return root;
}

}  // namespace

// Of k in n with z: (k + z²/2 ± z √(k (n - k) / n + z²/4)) / (n + z²), in millionths.
Interval interval_of(const FailsAfter& after) {
  if (after.reruns == 0) return {};
  constexpr std::int64_t million = 1'000'000, square = 3'841'459;  // 1.959964²
  const std::int64_t n = after.reruns, k = after.failed;
  const std::int64_t middle = k * million + square / 2;
  const std::int64_t reach = root_of(square * ((4 * k * (n - k) * million + n * square) / (4 * n)));
  const auto thousandths = [&](std::int64_t bound) {
    const std::int64_t whole = n * million + square;
    return static_cast<int>(
        std::clamp<std::int64_t>((2000 * bound + whole) / (2 * whole), 0, 1000));
  };
  return {thousandths(std::max<std::int64_t>(0, middle - reach)), thousandths(middle + reach)};
}

const FailsAfter* decided_by(const std::vector<FailsAfter>& chances) {
  const FailsAfter* found = nullptr;
  int most = 0;
  for (std::size_t i = 1; i < chances.size(); ++i) {
    const int rise = chances[i].share() - chances[i - 1].share();
    if (rise <= most) continue;
    most = rise;
    found = &chances[i];
  }
  return found;
}

}  // namespace fencepost
