// All sessions of a history, as workers' libpq calls see them: opening, the way of one statement to
// the server and back, closing; and what the server does to them meanwhile.
#pragma once

#include <functional>
#include <map>
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

/// Where a statement can be struck.
enum class Point { before, after, after_commit };
/// One boundary of a statement: whose, on which session, and what is about to be sent or was.
struct Boundary {
  Task& task;
  Session& session;
  Point point;
  const Request& request;
};

/// What the calls of one fiber lead to, and what the loop asks of the server.
class Sessions : public PqPort {
 public:
  /// Borrows both. `at_boundary` is called on the fiber of whose statement it is; afterwards its
  /// process may be dead and its session broken.
  Sessions(const World& world, Journal& journal, std::function<void(const Boundary&)> at_boundary);
  ~Sessions() override;

  // PqPort: libpq calls of the task that runs now. Libpq's callers know no exceptions: what goes
  // wrong is left with the task as its failure.
  std::optional<std::string> turned_away() override;
  PGconn* connect(const char* conninfo) override;
  void finish(PGconn* connection) override;
  bool broken(PGconn* connection) override;
  bool closed_by_server(PGconn* connection) override;
  std::optional<Welcome> welcome(PGconn* connection) override;
  PGresult* execute(PGconn* connection, const Request& request) override;
  PGresult* prepare(PGconn* connection, const char* name, const char* sql) override;

  /// Runs the task to its next scheduling point. Only for the scheduler: never from a fiber.
  void run(Task& task);

  // What the loop asks.
  /// Waits until every backend is still: done, blocked, or at its barrier.
  void settle() const;
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
  /// When the next of all server timeouts, windows, late statements and ends of half-open sessions
  /// is due; nullopt: none.
  std::optional<Instant> next_due() const;
  /// Server timeouts that are due.
  std::vector<Instant> deadlines() const;
  /// How many there were so far.
  int count() const { return static_cast<int>(all_.size()); }
  /// Strikes that one with what is due now, if anything is. True when the server has something to
  /// deliver for it.
  bool fire(int number);
  /// Ends those of the pooler's backends that nobody has and whose time has come.
  void fire_idle();

  // What happens to sessions.
  /// Its client is gone, or it breaks: the server notices at once if the session is idle, else when
  /// its statement is done.
  void close(Session& session, const std::string& why);
  /// The ends of a dead process's sessions, but for one whose statement comes late: noticed at
  /// once, or only when each has survived that long.
  void abandon(const Process& process, std::optional<Duration> survival);
  /// An administrator ends its backend, or, where it has none, the one that it would get next.
  void terminate(Session& session);
  /// What the end of the whole server does; with that SQLSTATE, or without a word.
  void end_all(const std::string& sqlstate, const std::string& why);
  /// What the server does only for a while.
  Windows& windows() { return windows_; }
  /// Ends the windows whose time has come.
  void end_windows(Instant now);
  /// Late statements are due then at the latest.
  void hurry_late(Instant at);

  // What there is to know at the end.
  /// Statements sent by workers that held something.
  int busy_statements() const { return busy_statements_; }
  /// Who sent which statement last: "w1 ran claim.take_job".
  const std::string& doing() const { return doing_; }
  /// The step of the oldest statement that is on the server; 0: none is.
  int first_under_way() const;
  /// Whether the server works on a statement, and will be done or give up at a known time.
  bool something_computes() const;
  /// Whether something of the harness's own doing is still to come.
  bool something_pending() const;
  /// Whether the server still keeps sessions of dead workers.
  bool orphans() const;
  /// Notes which locks are held by sessions of processes of which this is true.
  void note_locks(const std::function<bool(const Process&)>& at_rest);
  /// Gives every backend back with nothing under way. No task may be on its way any more.
  void give_back();

 private:
  Task& caller();
  Session& session_of(const PGconn* connection);
  PGconn* open();
  void turn_away(const std::string& sqlstate);
  /// Whether preparing a statement in this session might wait for others.
  bool would_wait(const Session& session) const;
  bool draw_late_commit(const Task& task, const Session& session);
  bool look_at_waiting(Session& session, Activity activity);
  void submit(Session& session, const Request& request, const InFlight& sent, const Task* waiter);
  void send_queued(Session& session);
  void send_away(Session& session);
  void end_idle(const Pooled& pooled, const std::string& sqlstate, const std::string& why);
  void complete(Session& session);
  void commit_inside(Session& session);
  void observe(const Session& session, const InFlight& done);
  void go_on_with(const InFlight& sent);
  void observe_end(const Session& session, std::string_view how);
  void note_gone(Session& session);
  void send_late(Session& session);
  void cancel_all();
  std::vector<Slot> slots() const;
  Writes writes() const;

  const World& world_;
  Journal& journal_;
  const std::function<void(const Boundary&)> at_boundary_;
  std::vector<std::unique_ptr<Session>> all_;  ///< in the order of their numbers
  std::map<const PGconn*, Session*> by_connection_;
  Windows windows_;
  std::unique_ptr<Pooler> pooler_;  ///< nullptr: there is none between workers and server
  Task* running_ = nullptr;
  int busy_statements_ = 0;
  std::string doing_ = "it began";
  bool names_sessions_ = false;   ///< the protocol's SQL asks which session is whose
  bool observes_always_ = false;  ///< what a session holds may change without a commit
};

}  // namespace fencepost
