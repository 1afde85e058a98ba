// Real workers and a private server in one simulated time. Everybody runs until nobody can go on by
// himself; then one of those who wait is let go: a request of a worker to the server, or time to
// what is due next.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/conducting/held_session.hpp"
#include "sim/tracing/traced_tree.hpp"

namespace fencepost {

/// What happens once to a worker when the answer to a statement has come for it that had rows.
struct WorkerFault {
  std::optional<int> worker;      ///< from 0; nullopt: whoever is the first
  std::string statement;          ///< a part of its text
  std::optional<Duration> stall;  ///< how long it stands still; nullopt: it is killed
};

/// What is run, as one history.
struct Conducted {
  std::vector<std::vector<std::string>> workers;  ///< a command each
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path folder;  ///< of ours, that workers may reach; its path is short
  std::string server;            ///< the server's Unix socket
  std::uint64_t seed = 1;
  std::vector<WorkerFault> faults;
  std::function<bool()> stopped;  ///< whether the user wants to stop; empty: never
  /// Who goes on, of so many: below that.
  std::function<std::size_t(std::size_t count)> pick;
  /// Called with what was let go, and with what was answered; may be empty.
  std::function<void(const HeldSession& session)> on_sent;
  std::function<void(const HeldSession& session, const ServerAnswer& answer)> on_answered;
};

/// What went on.
enum class Stepped {
  nobody,   ///< nothing can happen any more
  request,  ///< one was let go
  time,     ///< it passed
};

/// One history. To be used by one thread only, which traces the workers.
class Conductor {
 public:
  /// Begins the workers, at the moment that the clock shows. Borrows the clock. Throws as
  /// TracedTree does.
  Conductor(ServerClock& clock, Conducted conducted);
  ~Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  /// Lets one go on.
  Stepped step();
  Duration elapsed() const { return clock_.now() - begin_; }
  /// What happened: a line for each request, answer, fault and end.
  const std::vector<std::string>& lines() const { return lines_; }
  std::uint64_t digest() const;
  /// The exit status of a worker; nullopt: it runs.
  std::optional<int> status(int worker) const;
  /// What of a worker could not be had in simulated time, in words.
  const std::vector<std::string>& strange(int worker) const;
  /// Where what a worker prints is.
  std::filesystem::path output(int worker) const;

 private:
  struct Worker;
  void begin_worker(int number);
  void settle();
  bool take_connections(int number);
  bool collect();
  bool gather();
  bool deliver();
  void strike(HeldSession& session, const ServerAnswer& answer);
  Stepped pass_time();
  std::optional<Instant> next_due() const;
  void set_clock(Instant now);
  void settle_server();
  void tell(const std::string& line);
  void tell(const HeldSession& session, const std::string& line);
  bool stands(const Worker& worker) const;

  ServerClock& clock_;
  Conducted conducted_;
  const Instant begin_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::list<HeldSession> sessions_;  ///< in the order in which they came
  std::vector<std::string> lines_;
};

}  // namespace fencepost
