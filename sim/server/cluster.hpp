// A private PostgreSQL server that lives in simulated time: found, prepared, started, and gone
// afterwards.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace fencepost {

class ServerClock;

struct ClusterOptions {
  std::optional<std::filesystem::path> bin;  ///< folder of initdb and postgres; nullopt: found
  std::optional<int> core;                   ///< pin server and caller's thread to this core
  bool keep = false;      ///< leave the server running; the caller prints how to connect
  int connections = 200;  ///< how many sessions it takes at once
};

/// One running server, in a folder of its own.
class Cluster {
 public:
  /// Finds PostgreSQL, makes or copies a data directory, starts the server under the shim. Throws
  /// EnvironmentError: no PostgreSQL (what was searched, what to install), no room on disk or in
  /// memory (how much, where), server failed (its log's last lines).
  explicit Cluster(const ClusterOptions& options);
  /// Ends the server and removes its folder, unless kept.
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// The simulated clock, the session slots and everything else that is shared with the server.
  ServerClock& clock();
  /// A libpq connection string for that database: "host=… user=… dbname=…".
  std::string conninfo(const std::string& database) const;
  /// "15.18"
  std::string version() const;
  pid_t postmaster() const;
  const std::filesystem::path& folder() const;
  /// The library that the server preloads, which is also an extension.
  const std::filesystem::path& shim() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
