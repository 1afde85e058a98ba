// How soon each strategy, or each scenario, found what a protocol is known to violate.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace fencepost {

/// How many histories one trial took until it found the violation; nullopt: more than it had.
using Trial = std::optional<int>;

/// One violation of one protocol, and how soon each column found it.
struct MeasuredRow {
  std::string protocol;
  std::string property;                    ///< full name
  std::vector<std::vector<Trial>> trials;  ///< of each column; empty: it was not tried
  std::vector<int> stories;  ///< steps of shrunk stories; empty: not measured, or none found
};
/// All that was measured.
struct Measured {
  std::vector<std::string> columns;  ///< strategies and the portfolio, or scenarios
  std::vector<MeasuredRow> rows;
  int trials = 0;
  int most = 0;  ///< histories in a trial
};

/// The middle one; of an even number of trials the mean of the two in the middle, rounded up. A
/// trial that did not find it is longer than all that did. nullopt: the middle did not find it.
Trial median(std::vector<Trial> trials);

}  // namespace fencepost
