#include "sim/session/calls.hpp"

#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// How long an attempt to connect takes that is turned away: a worker that tries again and again
/// must not stop time.
constexpr Duration kTurnedAwayAfter = 100ms;
/// How many of the statements that may commit do so late.
constexpr Chance kLateCommits{1, 8};

Answer answer_of(Session& session) {
  if (session.committed()) return Answer::committed;
  const PGresult* const result = session.result().get();
  if (result == nullptr) return Answer::nothing;
  const ExecStatusType status = PQresultStatus(result);
  const bool tells =
      status == PGRES_FATAL_ERROR || (status == PGRES_TUPLES_OK && !found_nothing(result));
  return tells ? Answer::telling : Answer::nothing;
}

}  // namespace

Calls::Calls(const World& world, Journal& journal, Sessions& sessions,
             std::function<void(const Boundary&)> at_boundary)
    : world_(world), journal_(journal), sessions_(sessions), at_boundary_(std::move(at_boundary)) {}

Task& Calls::caller() {
  SIM_CHECK(running_ != nullptr, "a libpq call comes from no task, with {} sessions",
            sessions_.count());
  return *running_;
}

void Calls::run(Task& task) {
  SIM_CHECK(running_ == nullptr, "{} is resumed by {}", task.name, running_->name);
  running_ = &task;
  {
    const PortScope scope(this);
    task.run();
  }
  running_ = nullptr;
}

Session& Calls::session_of(const PGconn* connection) {
  const auto found = by_connection_.find(connection);
  SIM_CHECK(found != by_connection_.end(),
            "a libpq call on a connection that is none of the {} sessions of this run",
            sessions_.count());
  return *found->second;
}

PGconn* Calls::connect(const char*) {
  try {
    return open();
  } catch (...) {
    caller().fail(std::current_exception());
    return nullptr;
  }
}

PGconn* Calls::open() {
  Session& session = sessions_.open(caller().process, caller().opening());
  PGconn* const connection =
      sessions_.pooler() != nullptr ? connection_to_nobody() : session.backend().connection;
  by_connection_[connection] = &session;
  return connection;
}

std::optional<Welcome> Calls::welcome(PGconn* connection) {
  if (sessions_.pooler() == nullptr) return std::nullopt;
  return sessions_.pooler()->welcome(session_of(connection));
}

// A pooler takes everybody; whoever has something to send waits there.
std::optional<std::string> Calls::turned_away() {
  if (sessions_.pooler() != nullptr) return std::nullopt;
  if (sessions_.windows().is_open(Window::down)) {
    turn_away("08006");
    return "connection to server failed: Connection refused\n";
  }
  if (!sessions_.windows().is_open(Window::full)) return std::nullopt;
  turn_away("53300");
  return "connection to server failed: FATAL:  sorry, too many clients already\n";
}

void Calls::turn_away(const std::string& sqlstate) {
  Task& task = caller();
  journal_.begin_step();
  journal_.note_turned_away(task, sqlstate);
  if (task.belief == kProgram) task.process.idling.see(sqlstate, world_.clock.now());
  task.sleep_until(world_.clock.now() + kTurnedAwayAfter, Sleep::pause);
}

void Calls::finish(PGconn* connection) {
  Session& session = session_of(connection);
  if (session.process.dead() || session.ended()) return;
  session.forget_waiter();
  if (session.survives_until()) return;
  try {
    sessions_.close(session, kClosedByWorker);
  } catch (...) {  // a destructor of the client's calls it
    caller().fail(std::current_exception());
  }
}

bool Calls::broken(PGconn* connection) {
  const Session& session = session_of(connection);
  return session.broken() || session.process.dead();
}

bool Calls::closed_by_server(PGconn* connection) {
  return session_of(connection).closed_by_server();
}

// Not before a statement is sent: it would begin the server's timeouts for an idle session anew,
// but not on a backend that knows it from an earlier history.
PGresult* Calls::prepare(PGconn* connection, const char* name, const char* sql) {
  if (broken(connection)) return nullptr;
  Session& session = session_of(connection);
  // Behind a pooler the next backend would not know it.
  if (sessions_.pooler() != nullptr || !session.knows(name, sql)) session.prepare_later(name, sql);
  return PQmakeEmptyPGresult(nullptr, PGRES_COMMAND_OK);
}

// The way of one statement: a scheduling point, what may happen before it, the server, what may
// happen after it.
PGresult* Calls::execute(PGconn* connection, const Request& request) {
  if (broken(connection)) return nullptr;
  Session& session = session_of(connection);
  Task& task = caller();
  Process& process = task.process;
  task.stand_ready();
  if (process.dead()) return nullptr;
  at_boundary_({task, session, Point::before, request});
  if (process.dead() || session.broken()) return nullptr;
  const int step = journal_.begin_step();
  // What a worker writes of itself while it waits for work is polling, too.
  if (task.belief != kAlways)
    process.count_statement();
  else if (!process.believing())
    journal_.forgive(1);
  if (task.belief == kProgram) process.sends(world_.clock.now());
  if (process.attempt() || !process.held().empty()) ++busy_statements_;
  const auto [job, attempt] = task.acts_for(task.call().job);
  InFlight sent{step, task.call(), attempt, job, false};
  if (session.ended()) {
    session.break_off();
    journal_.note_statement(session, sent);
    return nullptr;
  }
  const std::optional<Request> failing = session.failing_instead_of(request);
  const Request& sending = failing ? *failing : request;
  // Behind a pooler the next backend would not know it.
  if (sessions_.pooler() == nullptr) {
    const bool forgot = sending.prepared && session.forgot();
    if ((forgot || session.is_to_prepare()) && !sessions_.would_wait(session)) {
      if (forgot) session.prepare_again();
      if (session.is_to_prepare()) session.prepare();
    }
  }
  sent.commits_late = draw_late_commit(task, session);
  doing_.assign(process.id.text).append(" ran ");
  doing_.append(sent.call.operation).append(".").append(sent.call.statement);
  sessions_.submit(session, sending, std::move(sent), &task);
  task.await_answer();
  if (process.dead()) return nullptr;
  session.forget_waiter();
  task.learn(answer_of(session));
  if (!session.ended() || session.result())
    at_boundary_(
        {task, session, session.committed() ? Point::after_commit : Point::after, request});
  if (process.dead() || session.broken()) return nullptr;
  return session.result().release();
}

// Before anybody knows whether the statement changes something: what does not has no commit to be
// late with.
bool Calls::draw_late_commit(const Task& task, const Session& session) {
  Asker& asker = task.process.asker;
  const std::string& statement = task.call().statement;
  const bool may_commit = session.in_transaction() ? statement == "commit" : statement != "begin";
  if (may_commit && !sessions_.are_all_of(task.process))
    return asker.choose(world_.choices, "late_commit", task.call().operation + "." + statement,
                        {{0, 1}, kLateCommits}) != 0;
  asker.pass_by("late_commit");
  return false;
}

void Calls::end() {
  SIM_CHECK(running_ == nullptr, "{} still runs at the end", running_->name);
  const PortScope outside(nullptr);
  if (sessions_.pooler() != nullptr)
    for (const auto& [connection, session] : by_connection_)
      PQfinish(const_cast<PGconn*>(connection));
  by_connection_.clear();
}

}  // namespace fencepost
