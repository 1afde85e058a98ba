#include "sim/session/timers.hpp"

#include <algorithm>
#include <string>

namespace fencepost {

Timers::Timers(const World& world, Journal& journal, Sessions& sessions)
    : world_(world), journal_(journal), sessions_(sessions) {}

std::optional<Instant> Timers::next_due() const {
  std::optional<Instant> next = sessions_.windows().next_end();
  for (const auto& session : sessions_.all()) {
    if (session->ended()) continue;
    next = earlier(next, session->due());
    next = earlier(next, session->survives_until());
    if (session->late()) next = earlier(next, session->late()->at);
    if (session->queued() && !session->linked()) next = earlier(next, session->queued()->until);
  }
  Pooler* const pooler = sessions_.pooler();
  if (pooler == nullptr) return next;
  next = earlier(next, pooler->next_try());
  for (const Pooled* const idle : pooler->idle()) {
    next = earlier(next, world_.clock.due(idle->backend->slot));
    next = earlier(next, pooler->too_old_at(*idle));
  }
  return next;
}

bool Timers::fire(int number) {
  Session& session = *sessions_.all().at(static_cast<std::size_t>(number - 1));
  const Instant now = world_.clock.now();
  if (session.ended()) return false;
  if (session.late() && session.late()->at <= now) {
    send_late(session);
    return true;
  }
  if (session.survives_until() && *session.survives_until() <= now) {
    session.give_client_up();
    sessions_.close(session, "the server gave up on its dead client");
    return false;
  }
  if (session.queued() && !session.linked() && session.queued()->until <= now) {
    send_away(session);
    return true;
  }
  if (!session.linked()) return false;
  const Slot slot = session.backend().slot;
  if (session.activity() == Activity::gone) return false;
  const std::string_view sqlstate = world_.clock.ending_due(slot);
  if (!sqlstate.empty() && session.vanish(sqlstate)) return true;
  if (!world_.clock.fire(slot)) return false;
  session.settle();
  return true;
}

// On its old session, for nobody; then the server notices that its client is gone.
void Timers::send_late(Session& session) {
  LateStatement late = session.take_late();
  late.sent.step = journal_.begin_step();
  sessions_.submit(session, late.request, std::move(late.sent), nullptr);
  session.close_when_done();
}

void Timers::end_windows(Instant now) {
  for (const Window window : sessions_.windows().end(now))
    if (window == Window::frozen) world_.clock.thaw();
}

void Timers::hurry_late(Instant at) {
  for (const auto& session : sessions_.all())
    if (session->late()) session->hurry_late(at);
}

// The pooler had no backend for it for too long, and closes its connection.
void Timers::send_away(Session& session) {
  journal_.begin_step();
  session.send_away(kWaitedTooLong);
  const std::optional<InFlight> lost = session.lose();
  sessions_.close(session, "the pooler had no backend for it");
  if (lost) journal_.note_statement(session, *lost);
}

void Timers::fire_idle() {
  Pooler* const pooler = sessions_.pooler();
  if (pooler == nullptr) return;
  for (const Pooled* const idle : pooler->idle()) {
    const Slot slot = idle->backend->slot;
    const std::string_view sqlstate = world_.clock.ending_due(slot);
    if (const auto end = pooler->too_old_at(*idle); end && *end <= world_.clock.now()) {
      journal_.begin_step();
      sessions_.end_idle(*idle, "", "replaced by the pooler");
    } else if (!sqlstate.empty()) {
      journal_.begin_step();
      sessions_.end_idle(*idle, std::string(sqlstate), "");
    } else if (world_.clock.fire(slot)) {
      sessions_.settle();
    }
  }
}

bool Timers::something_pending() const {
  return sessions_.windows().next_end() ||
         std::any_of(sessions_.all().begin(), sessions_.all().end(),
                     [](const auto& session) { return session->late().has_value(); });
}

}  // namespace fencepost
