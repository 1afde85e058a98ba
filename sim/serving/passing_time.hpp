// Time that stands still until a session wishes that it passes, and then passes from one moment at
// which something is due to the next.
#pragma once

#include <cstdint>
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
  /// Borrows them, and a session of fencepost's own, which asks who waits for whom.
  PassingTime(ServerClock& clock, Proxy& proxy, PGconn* own);

  /// Passes on what both sides say, and lets time pass by one step where that is wished. Takes a
  /// tenth of a second at most. `real`: microseconds by the machine's clock.
  void move_on(std::int64_t real);
  /// A deadlock is told, though no time passes: the clock moves on by the millisecond after which
  /// the server looks for one. To be asked now and then.
  void break_deadlocks();

 private:
  struct Due {
    Slot who;
    Instant at;
  };
  void wish(const std::vector<Wish>& wishes);
  bool wishes(Slot slot) const;
  std::optional<Due> next_due() const;
  bool pass();
  void begin_to_hear();
  std::vector<int> waiting_in_circles();

  ServerClock& clock_;
  Proxy& proxy_;
  PGconn* own_;
  std::vector<Wish> wishes_;
  bool told_ = false;      ///< a step has woken somebody, who has said nothing yet
  int silences_ = 0;       ///< as many silent turns clients are heard still; 0: they are held back
  int restless_ = 0;       ///< turns for which they were held back, and not everybody was still
  int untold_ = 0;         ///< steps since they were heard
  std::int64_t talk_ = 0;  ///< as many microseconds they are heard still
  std::int64_t real_ = 0;  ///< at the last turn
};

}  // namespace fencepost
