// The same histories on every version of PostgreSQL: what each made of them, and what differs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/search/checker.hpp"
#include "sim/search/lanes.hpp"
#include "sim/server/find_postgres.hpp"

namespace fencepost {

/// A history as one version made it.
struct MadeHistory {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string digest;   ///< empty: it could not be run
  std::string verdict;  ///< "violates nothing"; why it could not be run
};

/// What all versions made of the same histories; the first version is what others differ from.
struct VersionTable {
  std::vector<std::string> versions;   ///< "15.18"
  std::vector<std::string> protocols;  ///< names
  /// By version, protocol and history.
  std::vector<std::vector<std::vector<MadeHistory>>> made;
  /// By version and protocol: where the first history that differs begins to.
  std::map<std::pair<std::size_t, std::size_t>, OtherEvent> begins;

  /// Numbers of the protocol's histories that are others than with the first version.
  std::vector<std::size_t> others(std::size_t version, std::size_t protocol) const;
  bool same_verdicts() const;
};
/// A row for each protocol, then where each that differs begins to, then a sentence.
std::string to_text(const VersionTable& table);

/// Runs these seeds of each protocol under every scenario that there is, on each of the servers.
/// Once `meanwhile` says so, no more are begun, and the table is not whole. Precondition: there
/// are servers.
VersionTable compare_versions(const std::vector<Postgres>& servers, int jobs,
                              const ClusterOptions& options, const Gallery& gallery,
                              const std::vector<std::string>& protocols, SeedRange seeds,
                              const Meanwhile& meanwhile);

}  // namespace fencepost
