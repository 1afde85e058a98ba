// All sessions of a history, as the server sees them: opening, what it is done with, closing, and
// what it does to them meanwhile. Workers reach them by Calls, time by Timers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/session/journal.hpp"
#include "sim/session/pooler.hpp"
#include "sim/session/session.hpp"

namespace fencepost {

/// Why a session ended, where nobody says more.
constexpr const char* kClosedByWorker = "closed by its worker";
constexpr const char* kClientGone = "its client is gone";

/// From the first connection to the last backend given back.
class Sessions {
 public:
  /// Borrows both.
  Sessions(const World& world, Journal& journal);

  /// A new one of that name in its role, behind the pooler where there is one.
  Session& open(Process& process, const std::string& name);
  /// In the order of their numbers.
  const std::vector<std::unique_ptr<Session>>& all() const { return all_; }
  /// How many there were so far.
  int count() const { return static_cast<int>(all_.size()); }
  /// Whether nobody else has any that is open.
  bool are_all_of(const Process& process) const;
  /// nullptr: there is none between workers and server.
  Pooler* pooler() const { return pooler_.get(); }
  /// What the server does only for a while.
  Windows& windows() { return windows_; }
  /// Whether preparing a statement in this session might wait for others.
  bool would_wait(const Session& session) const;
  /// Sends a statement, as soon as there is a backend for it. Precondition: nothing is under way.
  void submit(Session& session, const Request& request, InFlight sent, const Task* waiter);

  // What the loop asks.
  /// Waits until every backend is still: done, blocked, or at its barrier.
  void settle();
  /// Records the first thing the server has done since, and what is blocked before that; false when
  /// there is nothing more.
  bool deliver_next();
  /// Who was notified knows it from here on.
  void take_notifications();
  /// Whether this task's statement is on the server.
  bool has_in_flight(const Task& task) const;
  /// In the order of their numbers: those that stand there, and those whose statement has waited
  /// for the pooler.
  std::vector<Session*> at_barrier() const;
  void pass_barrier(Session& session);
  /// Server timeouts that are due.
  std::vector<Instant> deadlines() const;

  // What happens to them.
  /// Its client is gone, or it breaks: the server notices at once if the session is idle, else when
  /// its statement is done.
  void close(Session& session, const std::string& why);
  /// The ends of a dead process's sessions, but for one whose statement comes late: noticed at
  /// once, or only when each has survived that long.
  void abandon(const Process& process, std::optional<Duration> survival);
  /// An administrator ends its backend, or, where it has none, the one that it would get next.
  void terminate(Session& session);
  /// The server ends one of the pooler's backends that nobody has, with that SQLSTATE, or says why.
  void end_idle(const Pooled& pooled, const std::string& sqlstate, const std::string& why);
  /// What the end of the whole server does; with that SQLSTATE, or without a word.
  void end_all(const std::string& sqlstate, const std::string& why);

  // What there is to know at the end.
  /// The step of the oldest statement that is on the server; 0: none is.
  int first_under_way() const;
  /// Whether the server works on a statement, and will be done or give up at a known time.
  bool something_computes() const;
  /// Whether the server still keeps sessions of dead workers.
  bool orphans() const;
  /// Notes which locks are held by sessions of processes of which this is true.
  void note_locks(const std::function<bool(const Process&)>& at_rest);
  /// Gives every backend back with nothing under way. No task may be on its way any more.
  void give_back();

 private:
  bool look_at_waiting(Session& session, Activity activity);
  void send_queued(Session& session);
  void complete(Session& session);
  void commit_inside(Session& session);
  void observe(const Session& session, const InFlight& done);
  void go_on_with(const InFlight& sent);
  void observe_end(const Session& session, std::string_view how);
  void note_gone(Session& session);
  void cancel_all();
  Writes writes() const;

  const World& world_;
  Journal& journal_;
  std::vector<std::unique_ptr<Session>> all_;
  Windows windows_;
  std::unique_ptr<Pooler> pooler_;
  bool names_sessions_ = false;   ///< the protocol's SQL asks which session is whose
  std::vector<Slot> slots_;       ///< of the backends that were waited for last
  bool observes_always_ = false;  ///< what a session holds may change without a commit
};

}  // namespace fencepost
