// From "this seed violates that" to the smallest run that shows it, saved so that it can be
// replayed, and told without a server.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/properties/property.hpp"
#include "model/told.hpp"
#include "sim/input/gallery.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/saved_run.hpp"
#include "sim/search/shrinker.hpp"

namespace fencepost {

/// A run and what it came to.
struct Played {
  History history;
  std::vector<Judgement> judgements;
  std::string misfit;  ///< why a tape no longer fits, see TapeChoices
};

/// A history in which one part of one property is violated, and its file.
struct Failure {
  SavedRun run;                  ///< told
  int steps = 0;                 ///< how many its story has, see story_steps
  int tries = 1;                 ///< how many runs it took to shrink it
  std::filesystem::path file{};  ///< where it is saved already; empty: nowhere
  bool changed = false;          ///< its protocol or scenario is another version now
  bool operator==(const Failure&) const = default;

  /// Precondition: it is told.
  const Told& told() const { return *run.told; }
};

/// The first violation of that full name ("fenced_writes.cursor"); nullptr if there is none.
const Violation* violation_of(const std::vector<Judgement>& judgements, const std::string& name);

/// The lease's token: its columns, and all parameters that may stand for one of them, by [names] or
/// by a step's `with`. Empty for a lease that is no row's (an advisory lock has no token), and
/// where a `:let` statement computes something from it.
LeaseToken lease_token_of(const Protocol& protocol);
/// The SQL of the statements that a history uses, by name. Files are named from the working
/// directory where they are below it, else from the protocol's folder, so that no path of this
/// machine is told.
std::vector<SqlSource> sources_of(const Protocol& protocol, const History& history);
/// The history, its story, and the SQL that it uses; the tape, where there is one, says how long
/// its faults may last.
Told told_of(const Protocol& protocol, const Violation& violation, const History& history,
             const Tape& tape = {});
/// A run whose whole history violates that: as far as the violated step, and told.
Failure failure_of(const Protocol& protocol, SavedRun run, const Violation& violation,
                   const History& history);

/// What is known of the run of a seed before it is played.
SavedRun run_of(const NamedProtocol& protocol, const NamedScenario& scenario, std::uint64_t seed);
/// The run of a seed, written down: as long as it was, or up to the step at which `property` (a
/// full name, may be empty) is violated.
SavedRun record_run(Lane& lane, const NamedProtocol& protocol, const NamedScenario& scenario,
                    std::uint64_t seed, const std::string& property);
/// A saved run again. The scenario is the one it names; its load is the saved one.
Played replay(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run);
/// The smallest run found that violates the same part, for that effort. Throws HarnessError
/// when `run` violates nothing.
Failure shrink(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run,
               const Effort& effort);

}  // namespace fencepost
