#include "sim/session/sessions.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
Sessions::Sessions(const World& world, Journal& journal)
    : world_(world),
      journal_(journal),
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

Session& Sessions::open(Process& process, const std::string& name) {
  const int nth = process.open_session(name), number = count() + 1;
  const SessionId id{process.id.text + "/" + name + (nth > 1 ? "#" + std::to_string(nth) : "")};
  if (pooler_) {
    all_.push_back(std::make_unique<Session>(id, number, process, world_.clock));
    pooler_->welcome(*all_.back());
    return *all_.back();
  }
  Backend& backend = world_.backends.borrow(number, process.role->settings);
  all_.push_back(std::make_unique<Session>(id, number, process, backend, world_.clock));
  if (names_sessions_) world_.database.name_session(backend.pid, process.identity, name);
  return *all_.back();
}

bool Sessions::are_all_of(const Process& process) const {
  return std::all_of(all_.begin(), all_.end(),
                     [&](const auto& each) { return each->ended() || &each->process == &process; });
}

// Preparing looks at the tables, and is no part of any history that could wait for others.
bool Sessions::would_wait(const Session& session) const {
  // A prepared transaction is no session's.
  const bool alone = !session.backend().leftovers.prepared &&
                     std::all_of(all_.begin(), all_.end(), [&](const auto& other) {
                       return other.get() == &session || other->holds_nothing();
                     });
  return !alone && world_.database.has_locked_tables(session.backend().pid);
}

// Behind a pooler it may have to wait for a backend.
void Sessions::submit(Session& session, const Request& request, InFlight sent, const Task* waiter) {
  const Instant until = session.linked() ? Instant{} : pooler_->patience(session);
  if (!session.linked() && !pooler_->serve(session)) {
    session.wait_for_backend({request, std::move(sent), until}, waiter);
    return journal_.note_queued(session);
  }
  session.set(writes());
  session.send(request, std::move(sent), waiter);
}

void Sessions::send_queued(Session& session) {
  Queued queued = session.take_queued();
  queued.sent.step = journal_.begin_step();
  session.set(writes());
  session.send(queued.request, std::move(queued.sent), session.waiter());
}

void Sessions::settle() {
  slots_.clear();
  for (const auto& session : all_)
    if (!session->ended() && session->linked()) slots_.push_back(session->backend().slot);
  if (pooler_)
    for (const Pooled* const idle : pooler_->idle()) slots_.push_back(idle->backend->slot);
  while (!world_.clock.settle(slots_.data(), static_cast<int>(slots_.size())))
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

// The server is done with a statement, whether or not somebody still waits for it. What ends a
// transaction counts no rows.
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
  if (session.committed_at_end() && answer != nullptr &&
      PQcmdTuples(const_cast<PGresult*>(answer)) == std::string_view("0"))
    world_.database.note_unchanged(done.call.statement);
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

bool Sessions::orphans() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& session) {
    return !session->ended() && session->process.dead() &&
           (session->linked() || session->queued() || session->late());
  });
}

std::vector<Instant> Sessions::deadlines() const {
  std::vector<Instant> all;
  for (const auto& session : all_) {
    if (session->ended()) continue;
    if (const auto due = session->due()) all.push_back(*due);
    if (session->queued() && !session->linked()) all.push_back(session->queued()->until);
  }
  return all;
}

Writes Sessions::writes() const {
  return windows_.is_open(Window::read_only) ? Writes::read_only : Writes::accepted;
}

// The backend is gone: a server timeout or an administrator ended it. Its worker learns when it
// next uses it.
void Sessions::note_gone(Session& session) {
  session.note_gone();
  if (pooler_) pooler_->forget(session);
  if (session.backend().fatal_state.empty())
    throw EnvironmentError(fmt::format("{}: the server's process was killed", session.id.text));
  if (session.in_flight())
    go_on_with(*session.in_flight());
  else
    journal_.begin_step();
  journal_.note_end(session, {});
  if (observes_always_) observe_end(session, kEnded);
  if (const auto lost = session.lose()) journal_.note_statement(session, *lost);
}

void Sessions::close(Session& session, const std::string& why) {
  if (session.ended()) return;
  if (session.in_flight()) return session.close_when_done();
  if (pooler_) pooler_->leave(session);
  session.end();
  journal_.note_end(session, why);
  if (observes_always_) observe_end(session, why == kClosedByWorker ? kClosed : kEnded);
}

// What it held is free.
void Sessions::observe_end(const Session& session, std::string_view how) {
  journal_.observe(session, {std::string(kSession), std::string(how), {}, {}}, {});
}

void Sessions::abandon(const Process& process, std::optional<Duration> survival) {
  // Closing one notes events, but opens none.
  for (const auto& session : all_) {
    if (&session->process != &process || session->ended()) continue;
    session->forget_waiter();
    if (session->late()) continue;
    if (survival)
      session->survive_until(world_.clock.now() + *survival);
    else
      close(*session, kClientGone);
  }
}

// Statements first, all of them, because a rollback lets others go on; then what the end of a
// backend does.
void Sessions::end_all(const std::string& sqlstate, const std::string& why) {
  cancel_all();
  for (const auto& session : all_) {
    if (session->ended() || !session->linked()) continue;
    if (pooler_) pooler_->forget(*session);
    session->give_client_up();
    const std::optional<InFlight> lost = session->lose();
    session->backend().fatal_state = sqlstate;
    close(*session, why);
    if (lost) journal_.note_statement(*session, *lost);
  }
  if (!pooler_) return;
  for (const Pooled* const idle : pooler_->idle()) end_idle(*idle, sqlstate, why);
}

void Sessions::terminate(Session& session) {
  constexpr std::string_view by_administrator = "57P01";
  if (session.ended()) return;
  if (!session.linked()) {
    if (const Pooled* const next = pooler_->next_for(session))
      end_idle(*next, std::string(by_administrator), "");
    return;
  }
  if (session.vanish(by_administrator)) return;
  world_.clock.signal(session.backend().slot, SIGTERM);
  session.settle();
}

// Its clients do not notice: each gets another one next.
void Sessions::end_idle(const Pooled& pooled, const std::string& sqlstate, const std::string& why) {
  const int number = pooled.number;
  const Session* const known_as = pooled.known_as;
  pooler_->end(pooled);
  journal_.note_idle_end(number, sqlstate, why);
  if (observes_always_ && known_as != nullptr) observe_end(*known_as, kEnded);
}

void Sessions::cancel_all() {
  for (const auto& session : all_) {
    if (session->ended() || !session->in_flight()) continue;
    if (!session->cancel([&] { settle(); })) continue;
    journal_.observe(*session, session->in_flight()->call, session->in_flight()->attempt);
    journal_.keep_commit();
  }
}

void Sessions::note_locks(const std::function<bool(const Process&)>& at_rest) {
  std::vector<int> pids;
  struct Holder {
    const Session* session;
    int backend;
  };
  std::map<int, Holder> by_pid;
  for (const auto& session : all_) {
    if (session->holds_nothing() || !at_rest(session->process)) continue;
    pids.push_back(session->backend().pid);
    by_pid[session->backend().pid] = {session.get(), session->on()};
  }
  if (pooler_)
    for (const Pooled* const idle : pooler_->idle())
      if (idle->known_as != nullptr && at_rest(idle->known_as->process)) {
        pids.push_back(idle->backend->pid);
        by_pid[idle->backend->pid] = {idle->known_as, idle->number};
      }
  for (const HeldLock& lock : world_.database.locks_of(pids)) {
    const auto& [holder, backend] = by_pid.at(lock.backend_pid);
    const Session& session = *holder;
    Event& event = journal_.note(EventKind::lock_held, session.process);
    event.session = session.id;
    event.backend = backend;
    event.attempt = session.process.dead() ? AttemptId{} : session.process.attempt();
    event.note = lock.what;
  }
}

void Sessions::give_back() {
  for (int round = 0; round < 1000; ++round) {
    bool calm = true;
    for (const auto& session : all_) calm = session->calm() && calm;
    if (calm) break;
  }
  if (pooler_)
    pooler_->give_back();
  else
    for (const auto& session : all_) world_.backends.give_back(session->backend());
  all_.clear();
}

}  // namespace fencepost
