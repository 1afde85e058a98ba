// One run: history = f(protocol, scenario, choices), on a server and a database that are kept for
// the next. What happens in it is in run.hpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "sim/database/means.hpp"
#include "sim/database/pq_port.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"
#include "sim/session/choices.hpp"

namespace fencepost {

class Cluster;

/// One thread, one cluster, one core: runs histories one after the other.
class Simulation {
 public:
  /// Borrows the cluster, which must outlive it.
  explicit Simulation(Cluster& cluster);
  ~Simulation();
  /// Creates the protocol's database, prepares every statement and observe. Throws InputError
  /// (file:line) for SQL that the server refuses, missing observe columns, and schemas that fail.
  /// The protocol must outlive the next load.
  void load(const Protocol& protocol, Means means = {});
  /// Runs one history of the loaded protocol.
  History run(const Scenario& scenario, Choices& choices, Until until = {});
  /// Puts the protocol's database back to where a history of this load starts, as run() does first.
  void reset(const Load& load);
  /// What the user should know of how that is done for the loaded protocol; empty: nothing. It may
  /// become known with any history.
  std::vector<std::string> remarks() const;
  /// A libpq connection string for the loaded protocol's database.
  std::string conninfo() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
