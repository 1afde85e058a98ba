// One run in progress: the scheduler, the workers' processes, their sessions, and time. Simulation
// makes one for each history.
//
// The loop (run.cpp) is: wait until every backend is still, deliver what is done, let Choices pick
// who goes on, and only if nobody can, move time to the next thing that is due.
#pragma once

#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "model/ledger.hpp"
#include "sim/database/backend_pool.hpp"
#include "sim/database/database.hpp"
#include "sim/database/pq_port.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/engine/choices.hpp"
#include "sim/engine/fiber.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/engine/worker.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"
#include "sim/server/server_clock.hpp"

namespace fencepost {

struct Process;
struct Task;

/// A statement that was sent and is not done.
struct InFlight {
  int step = 0;
  Call call;
  AttemptId attempt;
  JobId job;
  bool blocked = false;
};

/// A statement whose worker died when it was on its way: the server will get it.
struct LateStatement {
  Request request;
  InFlight sent;
  Instant at{};
};

/// One session of the history: a borrowed backend, and what its worker knows of it.
struct Session {
  SessionId id;
  int number = 0;
  Process* process = nullptr;
  Task* task = nullptr;  ///< who waits for the statement under way; nullptr when that one is gone
  Backend* backend = nullptr;
  std::optional<InFlight> in_flight;
  RawResult result;        ///< of the last statement that is done
  bool committed = false;  ///< that statement committed something
  bool broken = false;     ///< its worker sees a broken connection
  bool closing = false;    ///< the server ends it when its statement is done
  bool ended = false;      ///< nothing is left of it on the server
  std::uint64_t commits = 0;
  std::optional<Instant> survives_until;  ///< half-open: the server keeps it this long
  std::optional<LateStatement> late;
  std::string fails_with;     ///< SQLSTATE with which its next statement is made to fail
  std::string writes_before;  ///< its own default_transaction_read_only, while that is overridden
};

/// What the server refuses for a while, or for how long its clock stands still.
struct Windows {
  std::optional<Instant> down;       ///< no new sessions, because it does not run
  std::optional<Instant> full;       ///< no new sessions, because there are too many
  std::optional<Instant> read_only;  ///< no writes
  std::optional<Instant> frozen;     ///< its clock stands still
};

/// What a fiber waits for.
enum class TaskState {
  waking,     ///< has slept, or is new: runs to its next scheduling point before anything is chosen
  ready,      ///< at a scheduling point: its next statement goes when it is chosen
  in_flight,  ///< its statement is on the server
  sleeping,
  done,
};

/// The heartbeat of a worker as such, whatever it holds.
constexpr int kAlways = -1;

/// One fiber of a process: its program, or a heartbeat.
struct Task {
  int number = 0;
  std::string name;
  Process* process = nullptr;
  int belief = 0;      ///< heartbeat: of which belief, or kAlways; 0: the main program
  bool polls = false;  ///< sleeps until its next poll, which a notification ends
  JobId job;           ///< heartbeat: what that belief is about
  AttemptId attempt;
  TaskState state = TaskState::waking;
  Instant wake_at{};
  Call call;
  std::string opening;  ///< the session that the next connect opens
  std::unique_ptr<WorkerEnvironment> environment;
  std::unique_ptr<Fiber> fiber;
};

/// One life of a virtual worker.
struct Process {
  WorkerId id;
  std::string identity;  ///< what its SQL knows it as
  int number = 0;
  int incarnation = 1;
  const Protocol* protocol = nullptr;  ///< the version that it runs
  const Role* role = nullptr;
  Duration clock_offset{};
  bool stopping = false;  ///< it was asked to end
  bool notified = false;  ///< a notification came that it has not acted on
  Drift clock_drift{};
  bool dead = false;
  bool finished = false;
  std::optional<Instant> stalled_until;
  std::unique_ptr<Worker> worker;
  std::map<std::string, int> session_counts;
  std::map<std::string, std::int64_t> ordinals;  ///< by kind of choice
  std::vector<std::pair<JobId, AttemptId>> held;
  AttemptId attempt;    ///< what it acts for in this round, also after it let go
  int round_floor = 0;  ///< attempts up to this number are of earlier rounds
  int belief = 0;       ///< counts its beliefs
  bool believing = false;
  bool lease_lost = false;

  /// What its own clock shows then.
  Instant clock_at(Instant now) const;
  /// How long it takes until its own clock has moved by that much.
  Duration by_its_clock(Duration lasts) const;
};

/// A process that is to start.
struct Birth {
  Instant at{};
  int number = 0;
  int incarnation = 1;
  const Protocol* protocol = nullptr;
  const Role* role = nullptr;
  std::string identity;
  bool restart = false;
};

/// One history, from the first birth to the last event. Used once.
class Run : public PqPort {
 public:
  struct Parts {
    ServerClock& clock;
    Database& database;
    BackendPool& pool;
    const Protocol& protocol;
    const Declared& declared;
    const Scenario& scenario;
    Choices& choices;
    Until until;
    StatementLog* log = nullptr;  ///< where every statement sent is written down, for benchmarks
  };
  explicit Run(const Parts& parts);
  ~Run() override;
  History execute_history();

  // PqPort: libpq calls of the fiber that runs now (run_sessions.cpp).
  PGconn* connect(const char* conninfo) override;
  void finish(PGconn* connection) override;
  bool broken(PGconn* connection) override;
  const char* error_message(const PGconn* connection) override;
  PGresult* execute(PGconn* connection, const Request& request) override;
  PGresult* prepare(PGconn* connection, const char* name, const char* sql) override;

 private:
  friend class TaskEnvironment;
  enum class Point { before, after, after_commit };

  // run.cpp: the loop and time
  void start();
  void deliver();
  bool pick();
  bool advance();
  void wake_what_is_due();
  std::optional<Instant> next_due() const;
  void resume(Task& task);
  void reap();
  bool over();
  bool heal_is_over() const;
  void begin_heal();
  void end();
  void release_everything();
  void tick();

  // run_workers.cpp: processes, beliefs
  void plan_births();
  void give_birth(const Birth& birth);
  Task& spawn(Process& process, int belief);
  void kill(Process& process, bool half_open);
  void believe(Process& process, const std::vector<JobId>& jobs);
  void let_go(Process& process, const std::string& reason);
  Duration work_time(Process& process, Duration usual);
  /// What a task acts for: a heartbeat for the belief it belongs to, which may be over; the program
  /// for what is held.
  std::pair<JobId, AttemptId> acts_for(const Task& task, const Call& call) const;
  bool let_go_of(Process& process, const JobId& job, const std::string& reason);
  void take_notifications();
  bool idle(const Process& process) const;
  bool claims(const Process& process) const;

  // run_sessions.cpp: sessions and their statements
  Session& session_of(const PGconn* connection);
  PGconn* open_session();
  void complete(Session& session);
  void record_statement(Session& session, const InFlight& done);
  void observe(const Session& session, const InFlight& done);
  void find_forbidden(const Session& session, const InFlight& done);
  void server_ended(Session& session);
  void close(Session& session, const std::string& why);
  void note_locks();

  // run_faults.cpp: what may strike at a boundary, and for how long
  void boundary(Task& task, Session& session, Point point, const Request& request);
  void strike(const FaultRule& rule, Task& task, Session& session, const std::string& where,
              const Request& request);
  void plan_restart(const FaultRule& rule, const Process& process, Duration after);
  std::vector<std::int64_t> durations(const std::vector<Length>& lengths) const;
  std::vector<std::int64_t> steps_of_clock(const std::vector<Length>& lengths) const;
  /// One of these lengths, or aimed at a deadline known now; `kind` + ".lasts" is the choice.
  Duration choose_duration(const std::string& kind, Process& process, const std::string& where,
                           const std::vector<Length>& lengths);
  std::int64_t choose(const std::string& kind, Process& process, const std::string& where,
                      const Alternatives& alternatives);
  Event& note(EventKind kind);
  Event& note(EventKind kind, const Process& process);

  // run_server_faults.cpp: what happens to the server or to everybody
  void strike_everybody(const FaultRule& rule, Task& task, Session& session,
                        const std::string& where, Duration lasts);
  void roll_back(Duration lasts);
  void end_every_session(const std::string& sqlstate, const std::string& why);
  void cancel_every_statement();
  void lose_commits(Process& process, const std::string& where);
  void recover();
  void keep_commit();
  Commit of_server(FaultKind fault) const;
  void record(std::vector<Event> events);
  PGconn* refuse(const std::string& sqlstate);
  void set_read_only(Session& session);
  void send_late(Session& session);
  std::optional<Instant> next_end_of_window() const;
  void end_windows(Instant now);
  bool something_pending() const;

  /// The state after one commit, which a crash may fall back to.
  struct Kept {
    TableStore::Snapshot tables;
    Ledger::Point point;
  };
  struct FinishConnection {
    void operator()(PGconn* connection) const;
  };
  struct Refusal {
    std::unique_ptr<PGconn, FinishConnection> connection;
    std::string message;
  };

  Parts parts_;
  History history_;
  Ledger ledger_;
  std::map<const Protocol*, std::map<std::string, std::string>> constants_;  ///< by version
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<Birth> births_;
  std::vector<ItemId> poisoned_;
  std::map<FaultKind, int> struck_;
  std::map<std::string, std::int64_t> next_ordinals_;
  Task* running_ = nullptr;
  Task* last_task_ = nullptr;
  std::string last_ran_ = "start";
  int step_ = 0;
  int busy_steps_ = 0;  ///< statements of workers that hold something: polling does not use up hurt
  int attempts_granted_ = 0;
  std::optional<Instant> heal_began_;
  Instant last_activity_{};
  std::map<std::string, std::string> forbidden_;  ///< what :never statements return now
  std::string finish_note_;
  std::exception_ptr failure_;  ///< what a fiber could not handle: wrong input, or a bug of ours
  bool ending_ = false;         ///< the history is over: what a fiber still throws says nothing
  Windows windows_;
  std::vector<Refusal> refusals_;  ///< connections that failed, until their workers close them
  bool keeps_commits_ = false;
  std::deque<Kept> kept_;  ///< after the last commits, the newest at the end
  bool names_sessions_ = false;
  bool observes_always_ = false;
};

}  // namespace fencepost
