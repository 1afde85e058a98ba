// Runs the gate on each mutant until it is caught: which property, under which scenario, after how
// many histories.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/mutants/mutant.hpp"
#include "sim/search/checker.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/subjects.hpp"

namespace fencepost {

/// What became of a mutant.
enum class Became {
  caught,        ///< it violates what the protocol promises
  survived,      ///< it does not, and what it breaks is promised
  not_promised,  ///< it does not, and nothing declared promises what it breaks
  equivalent,    ///< it does the same as the protocol, by proof or by declaration
  refused,       ///< it can't be loaded, or what is changed fails each time
  not_tried,     ///< there was no time for it
};
/// "caught", "not promised", …
std::span<const std::string_view> names_of(Became);
std::string_view to_text(Became became);

/// A mutant, and what became of it.
struct MutantFate {
  Mutant mutant;
  Became became = Became::not_tried;
  std::string property;  ///< caught: the full name of what it violates first
  std::string scenario;  ///< caught: under which
  std::uint64_t seed = 0;
  int histories = 0;  ///< how many were run
  std::chrono::milliseconds took{};
  std::string why;        ///< equivalent, refused, not promised: in a sentence
  bool declared = false;  ///< equivalent: protocol.toml says so
};

/// How mutants are tried.
struct KillPlan {
  SeedRange seeds{1, 5};  ///< of each scenario, at most
  /// And up to this one of two: those that caught its neighbours last, else those with the most
  /// kinds of faults. Where it is no later than the others, there are none more.
  std::uint64_t last_of_two = 100;
  enum class Equivalent { believed, tried } declared = Equivalent::believed;
  /// Which are tried here: of groups of neighbours every `step`th one behind the first `skip`.
  std::size_t skip = 0, step = 1;
};

/// What came of all.
struct Killing {
  std::vector<MutantFate> mutants;  ///< in the order of mutants_of
  std::set<std::string> violated;   ///< by the protocol itself: no mutant is caught by these
};

/// Before any is tried: what is proved or declared to do the same is equivalent.
Killing untried(const Protocol& protocol, std::vector<Mutant> mutants);

/// Tries the plan's share of a subject's mutants. Each is tried under the scenarios that caught its
/// neighbours first, then under those with the most kinds of faults, one seed of each after the
/// other, so that what catches it is the same every time, however many lanes and shares there are.
/// Once `meanwhile` or `enough` says so, no more are begun.
Killing kill_mutants(Lanes& lanes, const Subject& subject, std::vector<Mutant> mutants,
                     const KillPlan& plan, const std::function<std::chrono::milliseconds()>& clock,
                     const Meanwhile& meanwhile, const std::function<bool()>& enough);

/// Of those that are promised against and not equivalent, how many are caught, and how many there
/// are. A mutant that was not tried is not counted.
struct Score {
  int caught = 0;
  int of = 0;
};
Score score_of(const Killing& killing);

}  // namespace fencepost
