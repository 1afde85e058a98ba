// Lanes side by side: each a thread with a private server of its own, both pinned to a core of
// their own. What is found does not depend on how many there are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/process/containment.hpp"
#include "sim/process/core.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

/// A private server, and the simulation on it, on a core of their own.
class Lane {
 public:
  /// Takes a core, and starts the server; `options.core` is ignored.
  explicit Lane(const ClusterOptions& options);
  /// Nobody may have been told how to connect to a server that is kept, because something failed:
  /// then stderr is.
  ~Lane();
  /// The simulation with this protocol loaded, on a server with its settings and as many sessions
  /// as its histories under the scenario may need, by these means; the protocol must outlive the
  /// next call.
  Simulation& with(const Protocol& protocol, const Scenario& scenario, Means means = {});
  const Cluster& cluster() const { return *cluster_; }
  /// What the user should know of how histories run here, in a sentence each, without those that
  /// were taken before.
  std::vector<std::string> take_remarks();
  /// "3", or "any".
  std::string core() const;
  /// How to connect to its server, and how to end it, for one that is kept.
  std::string how_to_connect();

 private:
  void start();
  void start_for(const Protocol& protocol);
  const TakenCore core_;
  ClusterOptions options_;
  const std::vector<Gap> gaps_ = not_contained();
  std::set<std::string> taken_;  ///< remarks
  std::string earlier_;          ///< how to connect to kept servers that were too small
  bool told_ = false;            ///< somebody was told how to connect
  std::optional<Cluster> cluster_;
  std::optional<Simulation> simulation_;
  const Protocol* loaded_ = nullptr;
  Means loaded_by_;
  std::string loaded_hash_;  ///< another protocol may come to lie at the same address
};

/// A piece of work for any lane.
using LaneTask = std::function<void(Lane&)>;

/// Threads with a server and a core each; what they find does not depend on how many there are.
class Lanes {
 public:
  /// Starts `count` threads; their servers start when there is work. `options.core` is ignored.
  Lanes(int count, const ClusterOptions& options);
  /// As `end`; stderr is told of servers that are kept.
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  int count() const;
  /// Does all tasks, begun in order; calls `meanwhile` about ten times a second on this thread,
  /// which returns false to begin no more. Rethrows what the first task (in order) that failed has
  /// thrown.
  void run(const std::vector<LaneTask>& tasks, const std::function<bool()>& meanwhile);
  /// Ends the threads and their servers; where servers are kept, tells how to connect to each.
  std::vector<std::string> end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
