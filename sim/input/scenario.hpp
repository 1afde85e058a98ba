// A scenario: how much load, which faults may happen where, and what must be reached for the run to
// prove anything.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "sim/input/load.hpp"

namespace fencepost {

/// One fault that may happen: at which boundaries (globs over "operation.statement:point"), how
/// likely at each, how often in a history at the most, and how long.
struct FaultRule {
  FaultKind kind{};
  std::vector<std::string> at;  ///< globs; empty: everywhere
  int at_line = 0;              ///< where the file says so
  Chance chance;
  std::optional<Chance> behind_an_answer;  ///< instead, before a statement of a worker that has
                                           ///< got rows or an error since it last committed
  int at_most = 3;
  std::vector<Length> lasts;   ///< how long; crash: until the restart; clock_step: how far, also
                               ///< back. Deadlines known at the time are added
  bool exactly = false;        ///< but not here: it lasts as one of `lasts` says
  bool same_identity = false;  ///< restart keeps the worker's name
  bool restarts = true;        ///< a crashed worker is restarted after `lasts`
};

/// A scenario file, read and checked: a value.
struct Scenario {
  std::string name;
  std::string about;  ///< the comment lines at the top of the file
  std::filesystem::path file;
  Load load;
  std::vector<FaultRule> faults;  ///< in order of FaultKind, one per kind
  int hurt_steps = 100;  ///< after so many statements of workers that hold a job, or half of
                         ///< `steps`, no new faults: heal begins
  int steps = 2000;      ///< a run is cut here
  std::map<std::string, int> reach;  ///< situation → at least so often over the whole check
  int reach_line = 0;                ///< of [reach] in the file
  std::set<std::string> anyway;      ///< properties that are judged though a fault excuses them
  int judge_line = 0;                ///< of [judge] in the file
  std::string
      hash;  ///< 16 hex digits over the file without comments' effect on a run: load, faults, steps
};

/// Reads a scenario file. Throws InputError with file and line: unknown keys, faults, malformed
/// globs, chances, lengths.
Scenario read_scenario(const std::filesystem::path& file);
/// Throws InputError when [reach] names a situation, or [judge] a property, that there is not.
/// Apart from reading, because the table of them belongs to the model.
void check_names(const Scenario& scenario);

}  // namespace fencepost
