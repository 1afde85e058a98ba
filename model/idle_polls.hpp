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

/// The polling of a whole history.
struct IdleSteps {
  std::map<int, IdlePolls> first;  ///< by the step where they begin
  std::set<int> hidden;            ///< the other steps of such rounds
};

/// Only two rounds and more in a row are polling; a round that led somewhere is not.
IdleSteps idle_polls(const History& history);

}  // namespace fencepost
