// The moves of shrinking: from one candidate to simpler ones, without running anything. None of
// them lengthens a duration or adds load.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/search/shrinker.hpp"

namespace fencepost {

/// How long a run's story is, in order of what matters to its reader.
struct StorySize {
  int weight = 0;  ///< steps, and three for each fault: two lines more are easier to follow than
                   ///< one fault more
  int steps = 0;
  std::size_t deviations = 0;
  std::vector<std::int64_t> load;  ///< how much each of its knobs holds
  std::int64_t digits = 0;         ///< of all durations: 300 s has one, 300.000001 s nine
  Duration lasts{};                ///< of all durations
  auto operator<=>(const StorySize&) const = default;
};
StorySize size_of(const Candidate& candidate, int steps);

/// Deviations that only make sense together: a fault and how long it lasts. In the order of the
/// tape.
std::vector<Tape> units_of(const Tape& tape);

/// One worker less: what happened to it is taken out, and the ones behind it take over its name and
/// so on.
Candidate without_worker(const Candidate& candidate, int worker);
/// The same with workers that start when they first had something to claim, where they don't start
/// late already.
std::vector<Candidate> with_late_starts(const Candidate& candidate,
                                        const std::map<std::string, Duration>& first_claims);
/// Whether it makes a fault strike or work slow, or says how long that lasts.
bool is_fault(const Deviation& deviation);
/// The same with one fault (a unit, which lasts so long) at an earlier boundary of its worker, the
/// nearest first: without any other fault and with the others, as long as it lasted and for the
/// next round time below that.
std::vector<Candidate> with_earlier_fault(const Candidate& candidate, const Tape& fault,
                                          std::optional<Duration> lasts);
/// One job, at most two workers, and of all deviations only this fault, at each of the first
/// worker's first boundaries.
std::vector<Candidate> with_one_fault_alone(const Load& load, const Tape& fault);
/// Of all faults only this one, which ends after that long; and at one of the other worker's next
/// steps a switch to the one that was held up.
std::vector<Candidate> with_switch_back(const Candidate& candidate, const Deviation& fault,
                                        Duration lasts, const std::string& other);
/// Shorter ones, in the same direction: the roundest first, at the end the next multiple of 100 s,
/// 10 s and 1 s below. None is 0.
std::vector<Duration> rounder(Duration duration);

}  // namespace fencepost
