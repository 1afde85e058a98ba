// A private PostgreSQL server that lives in simulated time: found, prepared, started, and gone
// afterwards.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sim/server/data_directory.hpp"
#include "sim/server/guard.hpp"

namespace fencepost {

struct ClusterOptions {
  std::optional<std::filesystem::path> bin;  ///< folder of initdb and postgres; nullopt: found
  std::optional<int> core;                   ///< pin server and caller's thread to this core
  bool keep = false;      ///< leave the server running; the caller prints how to connect
  int connections = 200;  ///< how many sessions it takes at once
  std::map<std::string, std::string> settings{};  ///< more of postgresql.conf
  Limits limits{};                                ///< what ends it before its time
  bool contained = true;  ///< by the kernel; else it may do all that its user may
};

/// The version of the server that would be started: "15.18". Throws EnvironmentError as Cluster
/// does.
std::string server_version(const ClusterOptions& options);
/// What this build of fencepost is told apart from others by: the bytes of the program and of the
/// library that its servers preload.
std::string build_fingerprint();

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

  // Each of these ends the server and starts it again, in the same folder and simulated time; all
  // sessions end. Throws EnvironmentError when there is no room.
  /// With data that no server has used: nothing is left of what was done.
  void begin_anew();
  /// With the data it had; they are kept as a copy of that number, from 0.
  void keep(int number);
  /// With the data of that copy: also transactions and objects get the numbers that they got after
  /// it was made.
  void put_back(int number);

  /// The simulated clock, the session slots and everything else that is shared with the server.
  ServerClock& clock();
  /// Why the server is no more; nullopt: it lives. To be asked when something went wrong.
  std::optional<std::string> lost() const;
  /// A libpq connection string for that database: "host=… user=… dbname=…", of the role that may do
  /// everything, or of another.
  std::string conninfo(const std::string& database, const std::string& role = kSuperuser) const;
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
