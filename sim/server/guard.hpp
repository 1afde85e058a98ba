// Looks after one private server in real time, on a thread of its own: ends it when a statement
// computes for too long or somebody wants to stop, and knows why it is no more. Whoever waits for
// the server, however, is woken by its end, so nothing else needs to look at a real clock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sim/server/server_clock.hpp"

namespace fencepost {

/// What ends a server before its time.
struct Limits {
  int seconds = 30;               ///< the longest that one statement may compute
  std::function<bool()> stopped;  ///< whether the user wants to stop; nullptr: never

  std::chrono::seconds patience() const { return std::chrono::seconds{seconds}; }
};

/// The one who looks after it, until it is destroyed.
class Guard {
 public:
  /// Of the server in this folder.
  Guard(const std::filesystem::path& folder, pid_t postmaster, Limits limits);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Why the server is no more, in words; nullopt: it lives. What has begun to end is waited for.
  std::optional<std::string> lost();

 private:
  /// How often each process was seen in its turn, and which that is.
  using Seen = std::map<int, std::pair<std::uint64_t, int>>;
  void look_after();
  std::string reason_to_end();
  std::optional<Turn> endless_turn();
  void end(const std::string& why);

  const std::filesystem::path folder_;
  const pid_t postmaster_;
  const Limits limits_;
  ServerClock clock_;
  Seen seen_;
  int stopped_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;
  std::string why_;
  std::thread thread_;
};

}  // namespace fencepost
