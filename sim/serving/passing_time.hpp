// Time that stands still until a session wishes that it passes, and then passes from one moment at
// which something is due to the next.
#pragma once

#include <optional>
#include <vector>

#include "sim/database/raw_query.hpp"
#include "sim/serving/proxy.hpp"

namespace fencepost {

/// The deadlock_timeout of a server whose time this is.
constexpr Duration kLooksForDeadlocks{1000};

/// What happens between now and what was wished.
class PassingTime {
 public:
  /// Borrows the clock, and a session of fencepost's own, which asks who waits for whom.
  PassingTime(ServerClock& clock, PGconn* own);

  void wish(const std::vector<Wish>& wishes);
  bool is_wished() const { return !wishes_.empty(); }
  /// One step, where every session is still: to the next moment at which something is due, or to
  /// the first wish. Nobody whose wish comes true is ended by a timeout of his own. True: something
  /// was due, to which somebody may react.
  bool pass(const std::vector<Slot>& sessions);
  /// A deadlock is told, though no time passes: the clock moves on by the millisecond after which
  /// the server looks for one. To be asked now and then.
  void break_deadlocks(const std::vector<Slot>& sessions);

 private:
  struct Due {
    Slot who;
    Instant at;
  };
  std::optional<Due> next_due(const std::vector<Slot>& sessions) const;
  bool wishes(Slot slot) const;
  std::vector<int> waiting_in_circles();

  ServerClock& clock_;
  PGconn* own_;
  std::vector<Wish> wishes_;
};

}  // namespace fencepost
