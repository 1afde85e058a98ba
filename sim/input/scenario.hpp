// A scenario: how much load, which faults may happen where, and what must be reached for the run to
// prove anything.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// A chance of `hits` in `of`: exact, no floating point. "1/5"; "0" and "1" are written as such.
struct Chance {
  std::uint32_t hits = 0;
  std::uint32_t of = 1;
  friend bool operator==(const Chance&, const Chance&) = default;
};

/// How fast a worker's clock runs: 10,000 millionths more is a hundredth faster.
struct Drift {
  std::int64_t millionths = 0;
  friend bool operator==(const Drift&, const Drift&) = default;
};

/// A duration in a scenario: absolute ("10s"), or in leases or polls of the protocol ("1.1 lease",
/// "2 poll"); negative only where a clock jumps. Kept as an exact fraction of a million, so
/// that 1.1 leases of 300 s are 330 s to the microsecond.
struct Length {
  enum class Unit { absolute, lease, poll } unit = Unit::absolute;
  Duration absolute{};
  std::int64_t millionths = 0;
  Duration resolve(const Declared& declared) const;
  friend bool operator==(const Length&, const Length&) = default;
};

/// One fault that may happen: at which boundaries (globs over "operation.statement:point"), how
/// likely at each, how often in a history at the most, and how long.
struct FaultRule {
  FaultKind kind = FaultKind::stall;
  std::vector<std::string> at;  ///< globs; empty: everywhere
  Chance chance;
  int at_most = 3;
  std::vector<Length> lasts;   ///< how long; crash: until the restart; clock_step: how far, also
                               ///< back. Deadlines known at the time are added
  bool same_identity = false;  ///< restart keeps the worker's name
  bool restarts = true;        ///< a crashed worker is restarted after `lasts`
};

/// How many of what there are, and how they work.
struct Load {
  int workers = 2;
  int jobs = 1;
  int items = 4;
  int previous = 0;                  ///< workers of the previous version, beside the others
  std::map<std::string, int> roles;  ///< how many workers a role has, instead of its own count
  std::map<std::string, std::string>
      constants;       ///< override the protocol's, where it has one of that name ("chunk")
  Chance slow_chance;  ///< how likely a piece of work is slow
  std::vector<Length> slow_lasts;       ///< how long slow work takes instead
  int poison = 0;                       ///< how many items can't be processed
  std::vector<Duration> clock_offsets;  ///< a worker's clock is off by one of these
  std::vector<Drift> clock_drifts;      ///< a worker's clock is fast or slow by one of these
  Duration clock_tick{};  ///< the server's clock shows whole multiples of this; 0: microseconds
  friend bool operator==(const Load&, const Load&) = default;
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
  std::map<std::string, int> reach;  ///< situation → at least so often over the whole gate
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
/// "*" matches any run of characters, "?" one; nothing else is special.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace fencepost
