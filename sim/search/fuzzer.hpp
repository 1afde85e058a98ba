// Looks for failures with new seeds for as long as it may, and tells apart what it finds: two
// histories show one failure when their shrunk stories violate the same part of the same
// property by the same schedule (model/schedule.hpp).
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "sim/search/checker.hpp"

namespace fencepost {

struct FuzzPlan {
  std::uint64_t first_seed = 1'000'001;  ///< beyond what check uses
  Expecting expecting = Expecting::nothing;
  std::uint64_t skip = 0;  ///< one machine's share: of a subject's histories so many are left out,
  std::uint64_t step = 1;  ///< and then every such one is run

  /// Among all histories of its subject, from 0, the nth that is run here.
  std::uint64_t number_of(std::uint64_t nth) const { return skip + nth * step; }
};

/// One distinct failure, shrunk.
struct Found {
  std::size_t subject = 0;
  Failure failure;
  std::string signature;
  int stories = 1;  ///< how many finds that were shrunk came to this one
};

/// What one subject's histories came to.
struct Fuzzed {
  Tally tally;                  ///< of all scenarios together; its finds name the scenario
  std::uint64_t last_seed = 0;  ///< from the plan's first one on; 0: none
  int unshrunk = 0;             ///< finds of other kinds for which there was no time to shrink them
};

/// What a search came to, by subject.
struct FuzzResult {
  std::vector<Fuzzed> subjects;
  std::vector<Found> found;  ///< by subject, then by property, then the shortest story first
  std::exception_ptr trouble = nullptr;  ///< what ended it before its time; nullptr: nothing
};

/// How far it is.
struct FuzzStage {
  std::int64_t histories = 0;
  std::int64_t failures = 0;  ///< distinct ones
};
/// Called about ten times a second on the caller's thread; false: it is time to end.
using WhileFuzzing = std::function<bool(const FuzzStage&)>;
/// Asked at the end: whether what was found last may still be shrunk.
using MayShrink = std::function<bool()>;

/// The nth history of a subject, whoever runs it, has the nth seed, and the scenario whose turn it
/// is; so every seed is used once, and what a seed does can be run again. Half of the runs go into
/// making finds small, one of each kind (property, statement and kinds of faults) as it is found;
/// after the time is over at least one of each property. Throws what ends it before the first
/// history.
FuzzResult fuzz(Lanes& lanes, const std::vector<Subject>& subjects, const FuzzPlan& plan,
                const WhileFuzzing& meanwhile, const MayShrink& may_shrink);

/// The scenario of the nth history of a search, from 0: all in turn, each round beginning one
/// later, so that what else goes by turns (strategies) does not always meet the same scenario.
std::size_t scenario_in_turn(std::uint64_t nth, std::size_t scenarios);

}  // namespace fencepost
