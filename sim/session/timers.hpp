// What comes of sessions when its time has come: the server's timeouts, late statements, ends of
// half-open sessions and of windows, and of waiting for the pooler.
#pragma once

#include <optional>

#include "sim/session/sessions.hpp"

namespace fencepost {

/// All that is due in sessions, by the server's clock.
class Timers {
 public:
  /// Borrows all of them.
  Timers(const World& world, Journal& journal, Sessions& sessions);

  /// When the next of all server timeouts, windows, late statements and ends of half-open sessions
  /// is due; nullopt: none.
  std::optional<Instant> next_due() const;
  /// Whether something of the harness's own doing is still to come.
  bool something_pending() const;
  /// Strikes that session with what is due now, if anything is. True when the server has something
  /// to deliver for it.
  bool fire(int number);
  /// Ends those of the pooler's backends that nobody has and whose time has come.
  void fire_idle();
  /// Ends the windows whose time has come.
  void end_windows(Instant now);
  /// Late statements are due then at the latest.
  void hurry_late(Instant at);

 private:
  void send_late(Session& session);
  void send_away(Session& session);

  const World& world_;
  Journal& journal_;
  Sessions& sessions_;
};

}  // namespace fencepost
