// The page that fencepost and the server's shim share: the simulated clock, and a slot for every backend that says
// exactly whether it waits and for what.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "model/time.hpp"

namespace fencepost {

/// What a backend is doing, as its slot says it, exact at the moment `ServerClock::settle` returned.
enum class Activity {
  running,      ///< not still yet
  idle,         ///< waits for its client: every answer is in the socket
  lock,         ///< waits for a heavyweight lock
  held,         ///< its lock wait is over; it stands at the gate until released
  timeout,      ///< sleeps on the server (pg_sleep)
  other,        ///< waits for something else
  gone,         ///< the process has exited
};

/// A backend's slot, by number; it stays the same for the life of the backend.
struct Slot {
  int number = -1;
};

class ServerClock {
 public:
  struct Page;
  /// Maps the page file; creates it zeroed when it does not exist.
  explicit ServerClock(const std::string& file);
  ~ServerClock();
  ServerClock(const ServerClock&) = delete;
  ServerClock& operator=(const ServerClock&) = delete;

  /// The server's time. Instant{} is 2027-01-15 08:00:00 UTC, where every history starts.
  Instant now() const;
  void set(Instant instant);

  /// The slot of a live backend. Throws HarnessError if there is none.
  Slot slot_of(int backend_pid) const;
  Activity activity(Slot slot) const;
  /// Counts one wake-up; call it before every send to that backend.
  void about_to_send(Slot slot);
  /// Signals the backend, counted as a wake-up.
  void signal(Slot slot, int signal_number);
  /// Waits until every given slot is still (anything but running). Throws HarnessError, with what each slot does, after
  /// `patience` of real time without any event.
  void settle(const Slot* slots, int count) const;

  /// While held, a backend whose lock wait ends stops at the gate.
  void hold(Slot slot, bool on);
  /// Lets one backend pass the gate, once.
  void release(Slot slot);

  /// When the backend's own timer (lock_timeout, statement_timeout, deadlock_timeout, idle_in_transaction…) or sleep is due; nullopt: none.
  std::optional<Instant> due(Slot slot) const;
  /// Delivers what is due at now() to this backend. False when nothing was.
  bool fire(Slot slot);

  /// Changes with every commit of this backend that wrote something.
  std::uint64_t last_commit(Slot slot) const;
  /// From here on the backend's random bytes are a function of this seed.
  void seed(Slot slot, std::uint64_t seed);

 private:
  Page* page_ = nullptr;
  int pid_of(Slot slot) const;
};

}  // namespace fencepost
