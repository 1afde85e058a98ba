// How sessions end: by themselves, with their process, with the server, with the history.

#include <csignal>

#include "sim/session/sessions.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

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
  SIM_CHECK(running_ == nullptr, "{} still runs at the end", running_->name);
  for (int round = 0; round < 1000; ++round) {
    bool calm = true;
    for (const auto& session : all_) calm = session->calm() && calm;
    if (calm) break;
  }
  if (pooler_)
    pooler_->give_back();
  else
    for (const auto& session : all_) world_.backends.give_back(session->backend());
  const PortScope outside(nullptr);
  if (pooler_)
    for (const auto& [connection, session] : by_connection_)
      PQfinish(const_cast<PGconn*>(connection));
  by_connection_.clear();
  all_.clear();
}

}  // namespace fencepost
