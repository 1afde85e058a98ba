#include "sim/session/sessions.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// How long an attempt to connect takes that is turned away: a worker that tries again and again
/// must not stop time.
constexpr Duration kTurnedAwayAfter = 100ms;
/// How many of the statements that may commit do so late.
constexpr Chance kLateCommits{1, 8};

}  // namespace

Sessions::Sessions(const World& world, Journal& journal,
                   std::function<void(const Boundary&)> at_boundary)
    : world_(world),
      journal_(journal),
      at_boundary_(std::move(at_boundary)),
      observes_always_(world.declared.lease_kind == LeaseKind::session) {
  for (const Protocol* version : world.versions())
    for (const auto& [name, statement] : version->statements)
      names_sessions_ =
          names_sessions_ || statement.sql.find("fencepost.sessions") != std::string::npos;
  pooler_ = Pooler::of(world, windows_, [this](const Session& session) {
    if (names_sessions_)
      world_.database.name_session(session.backend().pid, session.process.identity, session.name());
  });
}

Sessions::~Sessions() = default;

Task& Sessions::caller() {
  SIM_CHECK(running_ != nullptr, "a libpq call comes from no task, with {} sessions", all_.size());
  return *running_;
}

void Sessions::run(Task& task) {
  SIM_CHECK(running_ == nullptr, "{} is resumed by {}", task.name, running_->name);
  running_ = &task;
  {
    const PortScope scope(this);
    task.run();
  }
  running_ = nullptr;
}

Session& Sessions::session_of(const PGconn* connection) {
  const auto found = by_connection_.find(connection);
  SIM_CHECK(found != by_connection_.end(),
            "a libpq call on a connection that is none of the {} sessions of this run",
            all_.size());
  return *found->second;
}

PGconn* Sessions::connect(const char*) {
  try {
    return open();
  } catch (...) {
    caller().fail(std::current_exception());
    return nullptr;
  }
}

PGconn* Sessions::open() {
  Process& process = caller().process;
  const std::string& name = caller().opening();
  const int nth = process.open_session(name), number = count() + 1;
  const SessionId id{process.id.text + "/" + name + (nth > 1 ? "#" + std::to_string(nth) : "")};
  if (pooler_) {
    all_.push_back(std::make_unique<Session>(id, number, process, world_.clock));
    pooler_->welcome(*all_.back());
    PGconn* const connection = connection_to_nobody();
    by_connection_[connection] = all_.back().get();
    return connection;
  }
  Backend& backend = world_.backends.borrow(number, process.role->settings);
  all_.push_back(std::make_unique<Session>(id, number, process, backend, world_.clock));
  by_connection_[backend.connection] = all_.back().get();
  if (names_sessions_) world_.database.name_session(backend.pid, process.identity, name);
  return backend.connection;
}

std::optional<Welcome> Sessions::welcome(PGconn* connection) {
  if (!pooler_) return std::nullopt;
  return pooler_->welcome(session_of(connection));
}

// A pooler takes everybody; whoever has something to send waits there.
std::optional<std::string> Sessions::turned_away() {
  if (pooler_) return std::nullopt;
  if (windows_.is_open(Window::down)) {
    turn_away("08006");
    return "connection to server failed: Connection refused\n";
  }
  if (!windows_.is_open(Window::full)) return std::nullopt;
  turn_away("53300");
  return "connection to server failed: FATAL:  sorry, too many clients already\n";
}

void Sessions::turn_away(const std::string& sqlstate) {
  Task& task = caller();
  journal_.begin_step();
  journal_.note_turned_away(task, sqlstate);
  if (task.belief == kProgram) task.process.idling.see(sqlstate, world_.clock.now());
  task.sleep_until(world_.clock.now() + kTurnedAwayAfter, Sleep::pause);
}

void Sessions::finish(PGconn* connection) {
  Session& session = session_of(connection);
  if (session.process.dead() || session.ended()) return;
  session.forget_waiter();
  if (!session.survives_until()) close(session, kClosedByWorker);
}

bool Sessions::broken(PGconn* connection) {
  const Session& session = session_of(connection);
  return session.broken() || session.process.dead();
}

bool Sessions::closed_by_server(PGconn* connection) {
  return session_of(connection).closed_by_server();
}

PGresult* Sessions::prepare(PGconn* connection, const char* name, const char* sql) {
  if (broken(connection)) return nullptr;
  Session& session = session_of(connection);
  // Behind a pooler the next backend would not know it.
  const bool kept = !pooler_ && (session.knows(name, sql) || !would_wait(session));
  if (kept) return session.prepare(name, sql);
  return session.prepare_later(name, sql);
}

// Preparing looks at the tables, and is no part of any history that could wait for others.
bool Sessions::would_wait(const Session& session) const {
  const bool alone = std::all_of(all_.begin(), all_.end(), [&](const auto& other) {
    return other.get() == &session || other->holds_nothing();
  });
  return !alone && world_.database.has_locked_tables(session.backend().pid);
}

// The way of one statement: a scheduling point, what may happen before it, the server, what may
// happen after it.
PGresult* Sessions::execute(PGconn* connection, const Request& request) {
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
  const Request sending = session.next_request(request);
  if (!pooler_ && sending.prepared && session.forgot() && !would_wait(session))
    session.prepare_again();
  sent.commits_late = draw_late_commit(task, session);
  doing_ = fmt::format("{} ran {}.{}", process.id.text, sent.call.operation, sent.call.statement);
  submit(session, sending, sent, &task);
  task.await_answer();
  if (process.dead()) return nullptr;
  session.forget_waiter();
  if (!session.ended() || session.result())
    at_boundary_(
        {task, session, session.committed() ? Point::after_commit : Point::after, request});
  if (process.dead() || session.broken()) return nullptr;
  return session.result().release();
}

// Behind a pooler it may have to wait for a backend.
void Sessions::submit(Session& session, const Request& request, const InFlight& sent,
                      const Task* waiter) {
  const Instant until = session.linked() ? Instant{} : pooler_->patience(session);
  if (!session.linked() && !pooler_->serve(session)) {
    session.wait_for_backend({request, sent, until}, waiter);
    return journal_.note_queued(session);
  }
  session.set(writes());
  session.send(request, sent, waiter);
}

void Sessions::send_queued(Session& session) {
  Queued queued = session.take_queued();
  queued.sent.step = journal_.begin_step();
  session.set(writes());
  session.send(queued.request, queued.sent, session.waiter());
}

// Before anybody knows whether the statement changes something: what does not has no commit to be
// late with.
bool Sessions::draw_late_commit(const Task& task, const Session& session) {
  Asker& asker = task.process.asker;
  const std::string& statement = task.call().statement;
  const bool may_commit = session.in_transaction() ? statement == "commit" : statement != "begin";
  const bool alone = std::all_of(all_.begin(), all_.end(), [&](const auto& other) {
    return other->ended() || &other->process == &task.process;
  });
  if (may_commit && !alone)
    return asker.choose(world_.choices, "late_commit", task.call().operation + "." + statement,
                        {{0, 1}, kLateCommits}) != 0;
  asker.pass_by("late_commit");
  return false;
}

std::vector<Slot> Sessions::slots() const {
  std::vector<Slot> slots;
  slots.reserve(all_.size());
  for (const auto& session : all_)
    if (!session->ended() && session->linked()) slots.push_back(session->backend().slot);
  if (pooler_)
    for (const Pooled* const idle : pooler_->idle()) slots.push_back(idle->backend->slot);
  return slots;
}

void Sessions::settle() const {
  const std::vector<Slot> live = slots();
  while (!world_.clock.settle(live.data(), static_cast<int>(live.size())))
    for (const auto& session : all_) session->read_on();
}

bool Sessions::deliver_next() {
  if (pooler_) pooler_->serve_waiting();
  for (const auto& session : all_) {
    if (session->ended()) continue;
    const Activity activity = session->activity();
    if (activity == Activity::gone) {
      note_gone(*session);
      return true;
    }
    if (!session->in_flight()) continue;
    if (activity == Activity::idle) {
      complete(*session);
      return true;
    }
    if (look_at_waiting(*session, activity)) return true;
  }
  return false;
}

// True when it went on.
bool Sessions::look_at_waiting(Session& session, Activity activity) {
  if (activity != Activity::lock && activity != Activity::held) return false;
  const Place place =
      activity == Activity::held ? world_.clock.held_at(session.backend().slot) : Place::lock;
  if (place == Place::committed) {
    commit_inside(session);
    return true;
  }
  const bool known =
      place == Place::commit ? session.in_flight()->parked : session.in_flight()->blocked;
  if (known) return false;
  session.wait_at(place);
  journal_.note_waiting(place == Place::commit ? EventKind::parked : EventKind::blocked, session);
  // A lock that it took is there for all to see, before any commit.
  if (observes_always_ || names_sessions_) observe(session, *session.in_flight());
  return false;
}

// What comes of a statement belongs to the step that sent it, unless that has told something of it
// already, or others went on since.
void Sessions::go_on_with(const InFlight& sent) {
  if (sent.blocked || sent.committed || sent.step != journal_.step()) journal_.begin_step();
}

// The server is done with a statement, whether or not somebody still waits for it.
void Sessions::complete(Session& session) {
  const InFlight done = session.take_answer();
  go_on_with(done);
  const std::string result = journal_.note_statement(session, done);
  Process& process = session.process;
  if (session.waiter() != nullptr && session.waiter()->belief == kProgram) {
    process.idling.see(done.call.operation + "." + done.call.statement + " " + result,
                       world_.clock.now());
    if (session.committed_at_end()) process.note_acted();
  }
  const PGresult* const answer = session.result().get();
  if (answer != nullptr && !found_nothing(answer) && !process.dead()) process.note_found();
  if (session.committed_at_end() || observes_always_) observe(session, done);
  if (session.committed_at_end()) journal_.keep_commit();
  if (session.closing())
    close(session, kClientGone);
  else if (pooler_)
    pooler_->after_statement(session);
}

// A statement may be done when its worker is long dead.
void Sessions::observe(const Session& session, const InFlight& done) {
  if (journal_.observe(session, done.call, done.attempt) && !session.process.dead())
    session.process.note_changed();
}

// Whatever it does next finds what others have done until then: nobody else goes on meanwhile.
void Sessions::commit_inside(Session& session) {
  const bool first = !session.in_flight()->committed && !session.in_flight()->blocked;
  const bool still = first && session.in_flight()->step == journal_.step();
  const InFlight& done = session.commit_inside(still ? journal_.step() : journal_.begin_step());
  journal_.note_waiting(EventKind::committed_inside, session);
  const Task* const waiter = session.waiter();
  if (waiter != nullptr && waiter->belief == kProgram) session.process.note_acted();
  observe(session, done);
  journal_.keep_commit();
  pass_barrier(session);
}

// What a backend that is quiet has sent, was sent before it became quiet.
void Sessions::take_notifications() {
  for (const auto& session : all_) {
    const Process& process = session->process;
    if (process.role->listen.empty() || process.dead() || session->ended() ||
        session->in_flight() || !session->linked())
      continue;
    session->take_notifications();
  }
}

bool Sessions::has_in_flight(const Task& task) const {
  return std::any_of(all_.begin(), all_.end(), [&](const auto& session) {
    return session->waiter() == &task && (session->in_flight() || session->queued());
  });
}

std::vector<Session*> Sessions::at_barrier() const {
  std::vector<Session*> held;
  for (const auto& session : all_)
    if (!session->ended() && (session->activity() == Activity::held || session->waits_for_turn()))
      held.push_back(session.get());
  return held;
}

void Sessions::pass_barrier(Session& session) {
  if (session.waits_for_turn()) return send_queued(session);
  SIM_CHECK(session.activity() == Activity::held, "{} is not at the barrier, but is {}",
            session.id.text, static_cast<int>(session.activity()));
  world_.clock.release(session.backend().slot);
}

int Sessions::first_under_way() const {
  int first = 0;
  for (const auto& session : all_) {
    if (session->ended() || (!session->in_flight() && !session->queued())) continue;
    const int step =
        session->in_flight() ? session->in_flight()->step : session->queued()->sent.step;
    first = first == 0 ? step : std::min(first, step);
  }
  return first;
}

bool Sessions::something_computes() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& session) {
    return !session->ended() && (session->queued() || (session->in_flight() && session->due()));
  });
}

bool Sessions::something_pending() const {
  return windows_.next_end() || std::any_of(all_.begin(), all_.end(), [](const auto& session) {
           return session->late().has_value();
         });
}

bool Sessions::orphans() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& session) {
    return !session->ended() && session->process.dead() &&
           (session->linked() || session->queued() || session->late());
  });
}

}  // namespace fencepost
