// How good the search is: how many histories each strategy takes until it finds what a protocol is
// known to violate.
#pragma once

#include <cstdint>
#include <exception>
#include <vector>

#include "model/measured.hpp"
#include "sim/search/checker.hpp"

namespace fencepost {

struct MeasurePlan {
  int trials = 30;
  int most = 300;                        ///< histories in a trial
  std::uint64_t first_seed = 2'000'001;  ///< beyond what check and fuzz use
  bool all = false;      ///< everything that is expected, and not only what is listed first
  bool lengths = false;  ///< whether stories are shrunk and counted too
  bool by_scenario = false;  ///< a column is a scenario, and not a strategy
};

/// What was measured, and what ended it before its time; nullptr: nothing.
struct Measurement {
  Measured measured;
  std::exception_ptr trouble = nullptr;
};

/// Measures all subjects whose protocols expect violations, one row for each. The trials use
/// disjoint ranges of seeds, of which every column gets the same; a history counts for everything
/// that it violates. Columns are the strategies, with the scenarios in turn, and at last the
/// portfolio, which gives each seed to one of them; or the scenarios, by name, with the portfolio:
/// a row has no trials of a scenario that its protocol is not run under. When `meanwhile` or a
/// lane's failure stops it, the rows hold the trials that were finished.
Measurement measure(Lanes& lanes, const std::vector<Subject>& subjects, const MeasurePlan& plan,
                    const Meanwhile& meanwhile);

}  // namespace fencepost
