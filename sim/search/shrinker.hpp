// Makes a failing run small: fewer jobs, workers, items, faults, context switches and steps, while
// the same part of the same property stays violated. Nothing is ever lengthened.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/input/load.hpp"
#include "sim/search/tape.hpp"

namespace fencepost {

/// What may be made smaller.
struct Candidate {
  Load load;
  Tape tape;
};
/// What a candidate's run came to, as far as shrinking cares.
struct Attempted {
  bool fails_alike = false;                      ///< the same part of the same property is violated
  int steps = 0;                                 ///< up to and with the violated step
  Tape used;                                     ///< the deviations that were really made
  std::map<std::string, Duration> first_claims;  ///< worker process → when its first granted claim
                                                 ///< began (its BEGIN); for late starts
  std::map<std::string, Instant> struck{};  ///< worker process → when its last fault struck
  std::map<std::string, std::set<Instant>>
      deeds{};     ///< … → when it changed a job, before the violated step
  Tape lengths{};  ///< how long what happened lasted, also where that was the quiet answer; may be
                   ///< empty
};
using TryCandidate = std::function<Attempted(const Candidate&)>;

/// The smallest candidate that was found, and what it took.
struct Shrunk {
  Candidate candidate;
  int steps = 0;
  int tries = 0;
};
/// How many runs making one failure as small as can be may take.
constexpr int kShrinkBudget = 600;
/// How much may be spent on it; a number of runs is one.
struct Effort {
  Effort(int most_runs, std::function<bool()> is_enough = {})
      : runs(most_runs), enough(std::move(is_enough)) {}
  int runs;
  std::function<bool()> enough;  ///< asked before every run: whether what was found has to do
};
/// Deterministic unless it is enough. `start` must fail.
Shrunk shrink(const Candidate& start, const TryCandidate& attempt, const Effort& effort);

}  // namespace fencepost
