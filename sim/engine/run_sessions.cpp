// The part of a run that is about sessions: opening and closing them, and the way of one statement
// to the server and back.
#include <algorithm>
#include <utility>

#include "sim/engine/run.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr const char* kClosedByWorker = "closed by its worker";

/// What came of a statement, for people: its result, or "error 40001".
std::string told(const PGresult* result, const std::string& sqlstate) {
  return sqlstate.empty() ? summary(result, PQntuples(result) - 1) : "error " + sqlstate;
}

/// The statement, or what fails in its place on the real server: so a transaction is aborted for
/// real, and one that fails to commit is over.
Request failing(const Request& request, const std::string& sqlstate) {
  if (sqlstate.empty()) return request;
  const bool commits = !request.prepared && request.text == "COMMIT";
  return {fmt::format("{}DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = '{}'; END$$",
                      commits ? "ROLLBACK; " : "", sqlstate,
                      sqlstate == "40001" ? "could not serialize access due to concurrent update"
                                          : "canceling statement due to lock timeout"),
          false,
          {},
          {},
          0};
}

}  // namespace

Session& Run::session_of(const PGconn* connection) {
  const auto found = std::find_if(sessions_.rbegin(), sessions_.rend(), [&](const auto& session) {
    return session->backend != nullptr && session->backend->connection == connection;
  });
  SIM_CHECK(found != sessions_.rend(),
            "a libpq call on a connection that is no session of this run");
  return **found;
}

// Libpq's callers know no exceptions: what goes wrong here is thrown when the fiber is back.
PGconn* Run::connect(const char*) {
  try {
    if (windows_.down) return refuse("08006");
    if (windows_.full) return refuse("53300");
    return open_session();
  } catch (...) {
    failure_ = std::current_exception();
    return nullptr;
  }
}

PGconn* Run::open_session() {
  Process& process = *running_->process;
  Session& session = *sessions_.emplace_back(std::make_unique<Session>());
  const std::string& name = running_->opening;
  const int count = ++process.session_counts[name];
  session.number = static_cast<int>(sessions_.size());
  session.id = {process.id.text + "/" + name + (count > 1 ? "#" + std::to_string(count) : "")};
  session.process = &process;
  session.backend = &parts_.pool.borrow(session.number, process.role->settings);
  session.commits = parts_.clock.commits(session.backend->slot);
  if (names_sessions_) parts_.database.name_session(session.backend->pid, process.identity, name);
  return session.backend->connection;
}

void Run::finish(PGconn* connection) {
  if (std::erase_if(refusals_, [&](const Refusal& refusal) {
        return refusal.connection.get() == connection;
      }) > 0)
    return;
  Session& session = session_of(connection);
  if (session.process->dead || session.ended) return;
  session.task = nullptr;
  close(session, kClosedByWorker);
}

// What a backend that is quiet has sent, was sent before it became quiet.
void Run::take_notifications() {
  for (const auto& session : sessions_) {
    Process& process = *session->process;
    if (process.role->listen.empty() || process.dead || session->ended || session->in_flight)
      continue;
    const PortScope outside(nullptr);
    PGconn* connection = session->backend->connection;
    PQconsumeInput(connection);
    for (PGnotify* each = PQnotifies(connection); each != nullptr; each = PQnotifies(connection)) {
      PQfreemem(each);
      process.notified = true;
    }
    if (!process.notified) continue;
    for (const auto& task : tasks_)
      if (task->process == &process && task->polls && task->state == TaskState::sleeping)
        task->state = TaskState::waking;
  }
}

const char* Run::error_message(const PGconn* connection) {
  for (const Refusal& refusal : refusals_)
    if (refusal.connection.get() == connection) return refusal.message.c_str();
  return nullptr;
}

bool Run::broken(PGconn* connection) {
  if (error_message(connection) != nullptr) return true;
  const Session& session = session_of(connection);
  return session.broken || session.process->dead;
}

PGresult* Run::prepare(PGconn* connection, const char* name, const char* sql) {
  if (error_message(connection) != nullptr) return nullptr;
  Session& session = session_of(connection);
  Backend& backend = *session.backend;
  if (session.broken || session.process->dead) return nullptr;
  // A backend of an earlier history may know the statement already: what a worker sees must not
  // depend on that, so it learns that its session is gone from the statement itself.
  const auto known = backend.prepared.find(name);
  const bool gone = session.ended || parts_.clock.activity(backend.slot) == Activity::gone;
  if (gone || (known != backend.prepared.end() && known->second == sql))
    return PQmakeEmptyPGresult(connection, PGRES_COMMAND_OK);
  parts_.clock.about_to_send(backend.slot);
  RawResult result = raw_prepare(connection, name, sql);
  parts_.clock.settle(&backend.slot, 1);
  if (!error_of(connection, result.get())) backend.prepared[name] = sql;
  return result.release();
}

// The way of one statement: a scheduling point, what may happen before it, the server, what may
// happen after it.
PGresult* Run::execute(PGconn* connection, const Request& request) {
  if (error_message(connection) != nullptr) return nullptr;
  Session& session = session_of(connection);
  Task& task = *running_;
  Process& process = *task.process;
  if (process.dead || session.broken) return nullptr;
  task.state = TaskState::ready;
  task.fiber->suspend();
  if (process.dead) return nullptr;
  boundary(task, session, Point::before, request);
  if (process.dead || session.broken) return nullptr;
  ++step_;
  if (process.attempt || !process.held.empty()) ++busy_steps_;
  const auto [job, attempt] = acts_for(task, task.call);
  const InFlight sent{step_, task.call, attempt, job, false};
  if (session.ended) {
    session.broken = true;
    record_statement(session, sent);
    return nullptr;
  }
  const Request sending = failing(request, std::exchange(session.fails_with, ""));
  set_read_only(session);
  if (parts_.log != nullptr) parts_.log->push_back({parts_.clock.now(), session.number, sending});
  session.in_flight = sent;
  session.task = &task;
  parts_.clock.about_to_send(session.backend->slot);
  {
    const PortScope outside(nullptr);
    SIM_CHECK(send(connection, sending), "{}", PQerrorMessage(connection));
  }
  task.state = TaskState::in_flight;
  task.fiber->suspend();
  if (process.dead) return nullptr;
  session.task = nullptr;
  if (!session.ended || session.result)
    boundary(task, session, session.committed ? Point::after_commit : Point::after, request);
  if (process.dead || session.broken) return nullptr;
  return session.result.release();
}

// The server is done with a statement, whether or not somebody still waits for it.
void Run::complete(Session& session) {
  PGconn* connection = session.backend->connection;
  PQconsumeInput(connection);
  while (PQisBusy(connection) != 0) {
    parts_.clock.settle(&session.backend->slot, 1);
    PQconsumeInput(connection);
  }
  session.result.reset();
  while (PGresult* next = PQgetResult(connection)) session.result.reset(next);
  InFlight done = *session.in_flight;
  session.in_flight.reset();
  if (done.blocked) done.step = ++step_;
  const std::uint64_t commits = parts_.clock.commits(session.backend->slot);
  session.committed = commits != session.commits;
  session.commits = commits;
  record_statement(session, done);
  if (session.committed || observes_always_) observe(session, done);
  if (session.committed) keep_commit();
  if (!session.closing) return;
  close(session, "its client is gone");
}

void Run::record_statement(Session& session, const InFlight& done) {
  Event& event = note(EventKind::statement);
  event.step = done.step;
  event.worker = session.process->id;
  event.session = session.id;
  event.operation = done.call.operation;
  event.statement = done.call.statement;
  event.bound = done.call.bound;
  event.attempt = done.attempt;
  event.job = done.job;
  event.committed = session.committed;
  if (session.ended) {
    event.committed = false;
    event.sqlstate = session.backend->fatal_state.empty() ? "08006" : session.backend->fatal_state;
    event.result = "error " + event.sqlstate;
    return;
  }
  const auto error = error_of(session.backend->connection, session.result.get());
  if (error) event.sqlstate = error->sqlstate;
  event.result = told(session.result.get(), event.sqlstate);
}

void Run::observe(const Session& session, const InFlight& done) {
  const Observation now = parts_.database.observe();
  Commit commit{done.step,           parts_.clock.now(),
                session.process->id, session.id,
                done.call.operation, done.call.statement,
                done.attempt,        AttemptId{session.process->round_floor}};
  commit.server_ahead = parts_.clock.ahead();
  for (Event& event : ledger_.commit(commit, now)) {
    if (event.kind == EventKind::granted)
      attempts_granted_ = std::max(attempts_granted_, event.attempt.number);
    last_activity_ = event.at;
    history_.events.push_back(std::move(event));
  }
  find_forbidden(session, done);
}

// Told once, until the statement returns no row again.
void Run::find_forbidden(const Session& session, const InFlight& done) {
  if (parts_.declared.never.empty()) return;
  std::map<std::string, std::string> now = parts_.database.forbidden();
  for (const auto& [name, rows] : now) {
    if (forbidden_.contains(name)) continue;
    Event& event = note(EventKind::forbidden, *session.process);
    event.step = done.step;
    event.session = session.id;
    event.operation = done.call.operation;
    event.statement = name;
    event.result = rows;
    event.attempt = done.attempt;
  }
  forbidden_ = std::move(now);
}

// The backend is gone: a server timeout or an administrator ended it. Its worker learns when it
// next uses it.
void Run::server_ended(Session& session) {
  PGconn* connection = session.backend->connection;
  {
    const PortScope outside(nullptr);
    PQconsumeInput(connection);
    while (PGresult* next = PQgetResult(connection)) {
      const char* state = PQresultErrorField(next, PG_DIAG_SQLSTATE);
      const char* severity = PQresultErrorField(next, PG_DIAG_SEVERITY_NONLOCALIZED);
      if (state != nullptr && severity != nullptr && std::string(severity) == "FATAL")
        session.backend->fatal_state = state;
      PQclear(next);
    }
  }
  session.ended = true;
  session.survives_until.reset();
  session.late.reset();
  session.result.reset();
  ++step_;
  Event& event = note(EventKind::session_ended, *session.process);
  event.session = session.id;
  event.sqlstate = session.backend->fatal_state;
  event.note = event.sqlstate == "25P03"   ? "idle_in_transaction_session_timeout"
               : event.sqlstate == "57P05" ? "idle_session_timeout"
               : event.sqlstate == "57P01" ? "terminated"
                                           : "ended by the server";
  if (observes_always_)
    observe(session, InFlight{step_, {"session", "ended", {}, {}}, {}, {}, false});
  if (!session.in_flight) return;
  InFlight lost = *session.in_flight;
  session.in_flight.reset();
  session.committed = false;
  session.broken = true;
  record_statement(session, lost);
}

// The server notices that its client is gone: at once if the session is idle, else when its
// statement is done. What the end of a backend does to others (rollback, locks released) is done to
// a session that is kept for the next history.
void Run::close(Session& session, const std::string& why) {
  if (session.ended) return;
  if (session.in_flight) {
    session.closing = true;
    return;
  }
  PGconn* connection = session.backend->connection;
  session.ended = true;
  session.closing = false;
  parts_.clock.about_to_send(session.backend->slot);
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) raw_query(connection, "ROLLBACK");
  parts_.clock.about_to_send(session.backend->slot);
  raw_query(connection, "UNLISTEN *; SELECT pg_advisory_unlock_all()");
  parts_.clock.settle(&session.backend->slot, 1);
  Event& event = note(EventKind::session_ended, *session.process);
  event.session = session.id;
  event.sqlstate = session.backend->fatal_state;
  event.note = why;
  const bool closed_by_worker = why == kClosedByWorker;
  if (observes_always_)
    observe(
        session,
        InFlight{step_, {"session", closed_by_worker ? "closed" : "ended", {}, {}}, {}, {}, false});
}

// Locks that are left when everything has come to rest: of dead workers, and of idle ones.
void Run::note_locks() {
  std::vector<int> pids;
  std::map<int, const Session*> by_pid;
  for (const auto& session : sessions_) {
    const Process& process = *session->process;
    if (session->ended || (!process.dead && !idle(process))) continue;
    pids.push_back(session->backend->pid);
    by_pid.emplace(session->backend->pid, session.get());
  }
  for (const HeldLock& lock : parts_.database.locks_of(pids)) {
    const Session& session = *by_pid.at(lock.backend_pid);
    Event& event = note(EventKind::lock_held, *session.process);
    event.session = session.id;
    event.attempt = session.process->dead ? AttemptId{} : session.process->attempt;
    event.note = lock.what;
  }
}

}  // namespace fencepost
