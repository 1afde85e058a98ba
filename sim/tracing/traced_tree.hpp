// A program that is not ours, and all that it starts, in simulated time: nothing of fencepost is
// inside of it. Its clocks are a page that we write; waits for a time end when that page says so;
// its random bytes come of a seed; and it talks to nobody but the server that it is given.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/tracing/stillness.hpp"
#include "sim/tracing/timed_wait.hpp"

namespace fencepost {

/// What is run, and with whom it may talk.
struct TracedCommand {
  std::vector<std::string> arguments;  ///< the first is found as a shell finds it
  std::vector<std::pair<std::string, std::string>> environment;  ///< beside ours
  std::filesystem::path output;                                  ///< where what it prints goes
  std::uint64_t seed = 1;
  std::function<bool()> stopped;  ///< whether the user wants to stop; empty: never
};

/// Which process of a tree: which child of its parent, of which child, and so on. The program
/// itself has none. Numbers of processes differ every time; these do not, as long as each forks in
/// an order of its own.
using Lineage = std::vector<int>;

/// Traced by the thread that makes it, which alone may use it (ptrace of Linux).
class TracedTree {
 public:
  /// Starts it. Throws InputError where it can't be started, EnvironmentError where this machine
  /// does not let it be traced.
  explicit TracedTree(TracedCommand command);
  /// Kills what is left of it.
  ~TracedTree();
  TracedTree(const TracedTree&) = delete;
  TracedTree& operator=(const TracedTree&) = delete;

  /// Waits until all of it sleeps, or has ended. Throws EnvironmentError, with what it does, where
  /// it computes for longer than half a minute of real time, and when it is stopped.
  void settle();
  /// The next moment at which something of it wakes by itself; nullopt: nothing does. Precondition:
  /// it is still.
  std::optional<Instant> next_wake() const;
  /// Its clock shows that from here on, and what waits for no longer wakes.
  void set_clock(Instant now);
  /// As SIGKILL does, all at once, at a moment when it is still.
  void kill();
  /// The exit status, as a shell has it, of the program itself; nullopt: it runs.
  std::optional<int> status() const { return status_; }
  /// Which of its processes that is; empty: the program itself, or none.
  Lineage lineage_of(pid_t process) const;
  /// What of it could not be had in simulated time, in words: a sentence each.
  const std::vector<std::string>& strange() const { return strange_; }

 private:
  struct Thread {
    pid_t process = 0;
    std::optional<TimedWait> waits;
    std::optional<Registers> asked;  ///< the call that waits, as the program made it
  };
  struct Process {
    Lineage lineage;
    int children = 0;
    std::uint64_t random = 0;  ///< its own, because processes run beside each other
  };
  void start();
  void begin_child(pid_t child, pid_t of_thread);
  bool handle_stops();
  void handle(pid_t thread, int status);
  void handle_event(pid_t thread, int event);
  void handle_call(pid_t thread);
  void handle_end_of_wait(pid_t thread);
  void answer_random(Registers& registers, pid_t thread);
  void answer_clock(Registers& registers, pid_t thread) const;
  void look_at_connection(Registers& registers, pid_t thread);
  void go_on(pid_t thread, int signal = 0);
  void begin_program(pid_t process);
  void note_strange(const std::string& sentence);
  std::vector<pid_t> threads() const;

  const TracedCommand command_;
  TracedClock clock_;
  ThreadStillness stillness_;
  pid_t program_ = -1;
  std::map<pid_t, Thread> threads_;
  std::map<pid_t, Process> processes_;
  std::optional<int> status_;
  std::vector<std::string> strange_;
};

/// Why no program can be had in simulated time on this machine, in words, tried out; empty: one
/// can.
std::string why_not_traced();

}  // namespace fencepost
