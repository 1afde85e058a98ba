// A virtual worker: the program of a role, run as ordinary blocking code over libpqxx.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/database/sql_client.hpp"
#include "sim/engine/worker_environment.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// What a worker remembers within a round.
struct Memory {
  std::map<std::string, Value> values;           ///< by column or built-in name
  std::map<std::string, std::vector<Row>> rows;  ///< the last result of each statement
  std::vector<Row> held;                         ///< what the claim returned for each job held
};

/// One process of a role. It knows no simulation: its calls may stop for as long as they like.
class Worker {
 public:
  /// Borrows everything; constants are the protocol's with the load's overrides.
  Worker(WorkerEnvironment& environment, const Protocol& protocol, const Role& role,
         const std::map<std::string, std::string>& constants);
  ~Worker();
  /// The main program: round after round. Returns when its rounds are over; throws WorkerGone.
  void run();
  /// The heartbeat of what is held now, on its own fiber and first due at once; returns when that
  /// is no longer believed; throws WorkerGone.
  void beat(WorkerEnvironment& environment);

 private:
  class Runner;
  enum class RoundEnd { worked, idle };
  RoundEnd round();
  bool handle(const Handler& handler, Runner& runner);
  void believe(Runner& runner);
  void let_go(const std::string& reason);

  WorkerEnvironment& environment_;
  const Protocol& protocol_;
  const Role& role_;
  const std::map<std::string, std::string>& constants_;
  std::map<std::string, std::unique_ptr<SqlClient>> sessions_;
  Memory memory_;
  int tick_ = 0;
  Instant last_good_{};
  bool beating_ = false;
};

}  // namespace fencepost
