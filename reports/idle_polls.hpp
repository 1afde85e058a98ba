// Which statements of a history are polling that came to nothing.
#pragma once

#include <map>
#include <set>

#include "model/history.hpp"

namespace fencepost {

/// Several rounds of one worker's polling in a row that found and changed nothing.
struct IdlePolls {
  int rounds = 0;
  Instant until{};
};

struct IdleSteps {
  std::map<int, IdlePolls> first;  ///< by the step where they begin
  std::set<int> hidden;            ///< the other steps of such rounds
};

IdleSteps idle_polls(const History& history);

}  // namespace fencepost
