#include "model/measured.hpp"

#include <algorithm>

namespace fencepost {

Trial median(std::vector<Trial> trials) {
  if (trials.empty()) return std::nullopt;
  std::sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) {
    return a.has_value() && (!b.has_value() || *a < *b);
  });
  const Trial low = trials[(trials.size() - 1) / 2], high = trials[trials.size() / 2];
  if (!low || !high) return std::nullopt;
  return (*low + *high + 1) / 2;
}

}  // namespace fencepost
