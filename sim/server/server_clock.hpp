// The page that fencepost and the server's shim share: the simulated clock, and a slot for every
// backend that says exactly whether it waits and for what.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/time.hpp"

struct shim_shared;
struct shim_slot;

namespace fencepost {

/// What a backend is doing, as its slot says it, exact at the moment `ServerClock::settle`
/// returned.
enum class Activity {
  running,  ///< not still yet
  idle,     ///< waits for its client to send: every answer is in the socket
  sending,  ///< waits for its client to read on, because the socket is full
  lock,     ///< waits for a heavyweight lock
  held,     ///< it stands at its barrier until released (and acts on signals only then)
  timeout,  ///< sleeps on the server (pg_sleep)
  other,    ///< waits for something else that does not come by itself
  gone,     ///< the process has exited
};

/// Where a backend may stand at its barrier.
enum class Place {
  lock,       ///< its lock was granted
  commit,     ///< what it changed is about to be committed
  committed,  ///< that was committed inside of a statement (CALL, DO), which goes on
};

/// A backend's slot, by number; it stays the same for the life of the backend. The generation tells
/// it from the backends that use the same number later.
struct Slot {
  int number = -1;
  std::uint32_t generation = 0;
};

/// What a process does: it computes, or it waits for a lock of the database or a moment of time.
struct Turn {
  int pid = 0;
  std::uint64_t number = 0;  ///< another one whenever it has waited or was woken since
  bool computes = false;
};

/// How long nothing at all may happen on the server, in real time, before a wait is given up.
struct Patience {
  std::chrono::milliseconds length{30'000};
};

/// How many processes of the server the page has room for.
struct SlotCount {
  std::uint32_t count = 1024;
};

/// Tables of one database, at most 64, by the server's numbers for them.
struct WatchedTables {
  std::uint32_t database = 0;
  std::vector<std::uint32_t> tables;
};

/// What transactions have done since that was last asked.
struct Wrote {
  std::uint64_t tables = 0;   ///< bit i: one may have changed rows of watched table i
  std::uint32_t writers = 0;  ///< how many have committed that did anything but read
};

/// fencepost's side of the page.
class ServerClock {
 public:
  /// Maps the page file; creates it, at Instant{} and with that many slots, when it does not exist.
  explicit ServerClock(const std::string& file, Patience patience = {}, SlotCount slots = {});
  ~ServerClock();
  ServerClock(const ServerClock&) = delete;
  ServerClock& operator=(const ServerClock&) = delete;

  /// Simulated time, which never jumps. Instant{} is 2027-01-15 08:00:00 UTC, where every history
  /// starts; the server's clock shows that until a fault makes it wrong.
  Instant now() const { return now_; }
  void set(Instant instant) {
    now_ = instant;
    show();
  }

  /// What the server's clock shows now, and how far that is ahead of simulated time.
  Instant shown() const;
  Duration ahead() const { return shown() - now_; }
  /// The server's clock jumps. Returns by how much: it stays between the years 2000 and 2127, which
  /// PostgreSQL and we can print.
  Duration step(Duration by);
  /// The server's clock stands still until `thaw`; then it goes on from where it stood.
  void freeze() {
    if (!frozen_) frozen_ = shown();
  }
  void thaw();
  /// The server's clock shows whole multiples of this only; 0: every microsecond.
  void coarsen(Duration tick) {
    tick_ = tick;
    show();
  }
  /// The server's clock is right again.
  void follow();
  /// When the server's clock will show at least this; nullopt when it stands still before.
  std::optional<Instant> when_shown(Instant instant) const;

  /// The slot of a live backend, by the number that the server knows it as; nullopt: there is none.
  std::optional<Slot> find_slot(int process) const;
  /// The same. Throws HarnessError if there is none.
  Slot slot_of(int process) const;
  /// The server knows the process that it starts next by that number, which is above all that a
  /// kernel gives: SQL sees it as the process's id. Waits until an earlier one's end was noticed;
  /// throws EnvironmentError when there is nobody any more who would, or when patience ends.
  void number_next(int number);
  /// The process that begins next is for locks a part of that one, of a history's session: what it
  /// holds keeps it out of no table. It sees what is committed, as everybody.
  void place_next_beside(int process);
  /// Whether some transaction may hold a lock that readers wait for, or wait for one.
  bool excludes_readers() const;
  Activity activity(Slot slot) const;
  /// What waits for its client has something to hear; call it before every send to that backend.
  void about_to_send(Slot slot);
  /// Signals the backend, counted as a wake-up.
  void signal(Slot slot, int signal_number);
  /// Waits until every given slot is still (anything but running). A backend that waits for a
  /// process of the server's own, such as the checkpointer, is still only when that process is.
  /// Throws HarnessError, with what each slot does, when patience ends. False when one of them
  /// waits for its client to read on: who has the connection reads, and settles again.
  bool settle(const Slot* slots, int count) const;
  /// Whether they all are, now.
  bool are_still(const std::vector<Slot>& slots) const {
    return std::all_of(slots.begin(), slots.end(), [this](Slot slot) { return still(slot); });
  }

  /// From here on a backend whose lock is granted, or whose statement goes on after a commit, stops
  /// at its barrier. A lock wait that ends in an error does not.
  void close_barrier(Slot slot);
  /// From here on, until `let_commit`, it stops before each commit of what it changed, too.
  void hold_commits(Slot slot);
  void let_commit(Slot slot);
  /// Where it stands. Precondition: it is held.
  Place held_at(Slot slot) const;
  /// From here on it passes everywhere; one that stands there goes on.
  void open_barrier(Slot slot);
  /// Lets one backend pass the barrier, once.
  void release(Slot slot);

  /// When, in simulated time, the backend's own timer (lock_timeout, statement_timeout,
  /// deadlock_timeout, idle_in_transaction…) or sleep is due by the server's clock; nullopt: none,
  /// or that clock stands still. In the past after the clock jumped ahead. Only timers that can
  /// still change anything, and only while the backend is still.
  std::optional<Instant> due(Slot slot) const;
  /// The SQLSTATE with which what is due at now() ends a session that waits for its client; empty:
  /// nothing is, or it ends none.
  std::string_view ending_due(Slot slot) const;
  /// Delivers what is due at now() to this backend. False when nothing was. Settle before asking
  /// again.
  bool fire(Slot slot);
  /// A backend that sleeps finds that its time has come, and none of its timeouts' does.
  void end_sleep(Slot slot);

  /// How many transactions of this backend that changed something have committed; stays readable
  /// after the backend is gone.
  std::uint64_t commits(Slot slot) const;
  /// How often SQL dropped all statements prepared in its session.
  std::uint32_t forgotten(Slot slot) const;
  /// How many settings nobody but SQL defined were there when its session last ran DISCARD TEMP.
  std::uint32_t placeholders(Slot slot) const;
  /// How many transactions of the server changed what its catalogues say.
  std::uint64_t definitions() const;
  /// Of those that have committed since this was last asked, whoever ran them and however: who may
  /// have changed rows held a writer's lock on their table. All tables, by more than one, where
  /// others were asked about before. COMMIT PREPARED is not seen here, but as a change of
  /// definitions.
  Wrote take_written(const WatchedTables& watched);
  /// From here on the backend's random bytes are a function of this seed.
  void seed(Slot slot, std::uint64_t seed);
  /// The seed that makes what the backend draws next come again. Precondition: it is still.
  std::uint64_t seed_now(Slot slot) const;
  /// Of every process that has one, dead ones included.
  std::vector<Turn> turns() const;
  /// Every live process of the server that has a slot: all but the postmaster.
  std::vector<int> processes() const;
  /// From here on the server lives in real time, without a harness: its clock goes on from what it
  /// shows as fast as the machine's, and what waits in simulated time is woken.
  void return_to_real_time();

 private:
  shim_shared* page_ = nullptr;
  Patience patience_;
  Instant now_{};
  Duration offset_{};
  Duration tick_{};
  std::optional<Instant> frozen_;
  void show();
  std::span<shim_slot> slots() const;
  shim_slot& slot_at(Slot slot) const;
  int pid_of(Slot slot) const;
  bool still(Slot slot) const;
  void forget_dead() const;
  std::string describe(Slot slot) const;
};

}  // namespace fencepost
