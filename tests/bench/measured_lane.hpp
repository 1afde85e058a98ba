// The side that is asked: one lane that answers a round on each line of its input.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>

#include "sim/engine/simulation.hpp"
#include "sim/server/cluster.hpp"
#include "tests/bench/round.hpp"

namespace fencepost {

/// A lane that measures itself.
class MeasuredLane {
 public:
  explicit MeasuredLane(const ClusterOptions& options) : options_(options) { start(); }
  /// Throws what running histories throws.
  Figures measure(const BenchRound& round);

 private:
  Figures histories(const BenchRound& round);
  Figures resets(const BenchRound& round);
  const Protocol& load(const BenchRound& round);

  void start();

  ClusterOptions options_;
  std::optional<Cluster> cluster_;
  std::optional<Simulation> simulation_;
  std::map<std::string, Protocol> protocols_;
  std::string loaded_;
};

/// Measures own_statements: the history of the protocol, which is loaded, under the round's
/// scenario without faults, medians over so many runs. `history`: without its reset; `bare`:
/// its statements back to back; `sent`: the same by send and wait, as a lane must; `asked`: with
/// the observer's queries after every commit as well.
Figures own_statements(Cluster& cluster, Simulation& simulation, const Protocol& protocol,
                       const Scenario& scenario, int repeats);

/// The scenario that a round asks for.
Scenario scenario_of(const BenchRound& round);

/// Answers rounds, a line each, on a server that is pinned to that core, until the input ends. What
/// can't be measured is answered with why.
void serve_rounds(int core, std::istream& in, std::ostream& out);

}  // namespace fencepost
