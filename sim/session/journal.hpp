// The pen of a history. All events go through it: those that others note and fill in, and what the
// committed state means after each commit. It counts the steps, keeps the ledger, and can put the
// tables back to where they were some commits ago.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/ledger.hpp"
#include "sim/session/session.hpp"

namespace fencepost {

/// One history while it is written.
class Journal {
 public:
  /// Borrows the world.
  explicit Journal(const World& world);

  /// The first committed state, before anybody works. Precondition: nothing is written yet.
  const Observation& begin();
  /// So many steps came of nothing: a run is not to be ended for them.
  void forgive(int steps) { idle_steps_ += steps; }
  int idle_steps() const { return idle_steps_; }
  /// The step that everything belongs to which is noted now; 0 before the first.
  int step() const { return step_; }
  /// The next step begins; returns it.
  int begin_step() { return ++step_; }

  /// An event of this step at this instant, to be filled in at once: it is a reference into what
  /// the next one moves.
  Event& note(EventKind kind);
  /// The same about a worker, what it acts for and the first job that it holds.
  Event& note(EventKind kind, const Process& process);
  /// A statement is done, or will never be, as its session says; what came of it. If it committed,
  /// that is observed next.
  std::string note_statement(Session& session, const InFlight& done);
  /// Its statement is not done: it waits for a lock, stands before its commit, or has
  /// committed and goes on.
  void note_waiting(EventKind kind, const Session& session);
  /// It has ended on the server, which says why if nobody else does.
  void note_end(const Session& session, const std::string& why);
  /// Its statement waits for a backend of the pooler. Precondition: it has one that does.
  void note_queued(const Session& session);
  /// One of the pooler's backends that nobody had has ended on the server, which says why if nobody
  /// else does.
  void note_idle_end(int backend, const std::string& sqlstate, const std::string& why);
  /// The server did not let a worker connect.
  void note_turned_away(const Task& task, const std::string& sqlstate);
  /// Looks at the committed state after a call of this session, which it made for that attempt, and
  /// notes what it meant. Whether it meant anything.
  bool observe(const Session& session, const Call& call, AttemptId attempt);
  /// Ends the history, because a statement that only looks has no answer to what is committed.
  void note_unanswered(const std::string& statement, const std::string& why);
  /// What was committed now can be gone back to.
  void keep_commit();
  /// A crash of the server happened: what recovery does to the tables, and what that meant.
  void recover();
  /// The same, and the last commits are forgotten, as far as they were kept.
  void forget_commits(int count);

  const Ledger& ledger() const { return ledger_; }
  /// When anything happened last that was not just a statement, or its waiting for a lock.
  Instant last_activity() const { return last_activity_; }
  /// Jobs that a holder made ready again since heal began, and not because it failed.
  const std::set<JobId>& come_round() const { return come_round_; }
  /// Attempts granted so far have numbers up to this one.
  int granted() const { return granted_; }
  /// When the leases end that are held now, by the server's clock.
  std::vector<Instant> lease_ends() const;
  /// When that of this job does, where it is held and an end is known.
  std::optional<Instant> lease_end(const JobId& job) const;
  /// The same, and when those are ready that wait until then.
  std::vector<Instant> free_again() const;

  /// Takes out what came after that step.
  void cut(int step);
  /// Writes the last event.
  void finish(const std::string& note);
  /// The whole history. Precondition: it is finished.
  History take();

 private:
  /// The state after one commit, which a crash may fall back to.
  struct FallBack {
    TableStore::Snapshot tables;
    Ledger::Point point;
  };
  Event& note(EventKind kind, const Session& session, const InFlight& about);
  Commit next_commit();
  Commit of_server(FaultKind fault);
  void write(std::vector<Event> events);
  void find_forbidden(const Session& session, const std::string& operation, AttemptId attempt);

  const World& world_;
  History history_;
  Ledger ledger_;
  int step_ = 0;
  int commit_ = kLoad;  ///< the last one
  int idle_steps_ = 0;
  int granted_ = 0;
  Instant last_activity_{};
  std::set<JobId> come_round_;
  std::map<std::string, std::string> forbidden_;  ///< what :never statements return now
  bool keeps_commits_ = false;
  std::deque<FallBack> fall_backs_;  ///< after the last commits, the newest at the end
};

}  // namespace fencepost
