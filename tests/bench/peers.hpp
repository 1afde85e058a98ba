// Other programs that do a part of the same, where they are installed, on a server of ours.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/server/cluster.hpp"
#include "tests/bench/cpu.hpp"

namespace fencepost {

/// What a program of others came to.
struct PeerRun {
  CpuTime cpu;  ///< its own and its server's
  std::string output;
};

/// A server with one protocol's database, and the programs that are run on it; all on one core,
/// which the calling thread is pinned to for as long.
class Peers {
 public:
  Peers(const std::filesystem::path& protocol, int core);

  /// nullopt: not installed. Throws EnvironmentError with what it said when it failed.
  std::optional<PeerRun> pgbench(const std::string& script, int transactions);
  std::optional<PeerRun> isolationtester(const std::string& spec);
  const Protocol& protocol() const { return protocol_; }

 private:
  std::optional<PeerRun> run(std::vector<std::string> arguments, const std::string& input);

  Protocol protocol_;
  Cluster cluster_;
  Simulation simulation_;
};

/// Three sessions of isolationtester that run this statement once each, in a transaction; before
/// each permutation that setup is done, and after it that.
std::string claims_spec(const Statement& claim, const std::string& setup,
                        const std::string& teardown);

}  // namespace fencepost
