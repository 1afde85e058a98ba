// The lines of a history that is shown: which are drawn together, and how many that leaves.
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

/// The same round of deeds again and again: all but the first and the last.
struct Repeats {
  int steps = 0;  ///< in a round
  int rounds = 0;
  Instant until{};
};

/// The repeats of a whole history.
struct RepeatedSteps {
  std::map<int, Repeats> first;  ///< by the step where they begin
  std::set<int> hidden;          ///< the other steps of such rounds
};

/// Rounds are the same where the same workers do the same deeds for the same jobs; what is hidden
/// as polling is no part of one. At least two are drawn together, and they have five steps or more.
/// Those of which a step is in `shown` are not.
RepeatedSteps repeated_rounds(const History& history, const IdleSteps& idle,
                              const std::set<int>& shown);

/// Whether an event of this kind is a line of a story by itself; all others tell what one meant.
bool is_deed(EventKind kind);
/// How many lines a story has up to that step (0: to its end), polling drawn together.
int story_steps(const History& history, int until_step);

}  // namespace fencepost
