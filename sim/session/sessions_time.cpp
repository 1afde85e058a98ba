// What happens to sessions when its time has come: the server's timeouts, late statements, ends of
// half-open sessions and of windows, and of waiting for the pooler.

#include <algorithm>

#include "sim/session/sessions.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

std::vector<Instant> Sessions::deadlines() const {
  std::vector<Instant> all;
  for (const auto& session : all_) {
    if (session->ended()) continue;
    if (const auto due = session->due()) all.push_back(*due);
    if (session->queued() && !session->linked()) all.push_back(session->queued()->until);
  }
  return all;
}

std::optional<Instant> Sessions::next_due() const {
  std::optional<Instant> next = windows_.next_end();
  for (const auto& session : all_) {
    if (session->ended()) continue;
    next = earlier(next, session->due());
    next = earlier(next, session->survives_until());
    if (session->late()) next = earlier(next, session->late()->at);
    if (session->queued() && !session->linked()) next = earlier(next, session->queued()->until);
  }
  if (!pooler_) return next;
  next = earlier(next, pooler_->next_try());
  for (const Pooled* const idle : pooler_->idle()) {
    next = earlier(next, world_.clock.due(idle->backend->slot));
    next = earlier(next, pooler_->too_old_at(*idle));
  }
  return next;
}

bool Sessions::fire(int number) {
  Session& session = *all_.at(static_cast<std::size_t>(number - 1));
  const Instant now = world_.clock.now();
  if (session.ended()) return false;
  if (session.late() && session.late()->at <= now) {
    send_late(session);
    return true;
  }
  if (session.survives_until() && *session.survives_until() <= now) {
    session.give_client_up();
    close(session, "the server gave up on its dead client");
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
void Sessions::send_late(Session& session) {
  LateStatement late = session.take_late();
  late.sent.step = journal_.begin_step();
  submit(session, late.request, late.sent, nullptr);
  session.close_when_done();
}

Writes Sessions::writes() const {
  return windows_.is_open(Window::read_only) ? Writes::read_only : Writes::accepted;
}

void Sessions::end_windows(Instant now) {
  for (const Window window : windows_.end(now))
    if (window == Window::frozen) world_.clock.thaw();
}

void Sessions::hurry_late(Instant at) {
  for (const auto& session : all_)
    if (session->late()) session->hurry_late(at);
}

// The pooler had no backend for it for too long, and closes its connection.
void Sessions::send_away(Session& session) {
  journal_.begin_step();
  session.send_away(kWaitedTooLong);
  const std::optional<InFlight> lost = session.lose();
  close(session, "the pooler had no backend for it");
  if (lost) journal_.note_statement(session, *lost);
}

void Sessions::fire_idle() {
  if (!pooler_) return;
  for (const Pooled* const idle : pooler_->idle()) {
    const Slot slot = idle->backend->slot;
    const std::string_view sqlstate = world_.clock.ending_due(slot);
    if (const auto end = pooler_->too_old_at(*idle); end && *end <= world_.clock.now()) {
      journal_.begin_step();
      end_idle(*idle, "", "replaced by the pooler");
    } else if (!sqlstate.empty()) {
      journal_.begin_step();
      end_idle(*idle, std::string(sqlstate), "");
    } else if (world_.clock.fire(slot)) {
      settle();
    }
  }
}

}  // namespace fencepost
