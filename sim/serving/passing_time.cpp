#include "sim/serving/passing_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "sim/server/shim_shared.h"

namespace fencepost {
namespace {

using namespace std::chrono_literals;

/// In real time: what a client notices of a wish; and a turn while time passes, in milliseconds
/// where clients are heard, so that it is longer on a busy machine.
constexpr std::chrono::microseconds kWaits{100'000}, kTurn{1'000}, kHurries{200};
/// Clients live in real time: whoever was told something has as many silent turns to say something,
/// and all together, who may never be silent, as many microseconds of talk. Whether all have read
/// what they were told is costly to know, and asked in some turns only.
constexpr int kReacts = 25, kAsksIn = 5;
constexpr std::int64_t kTalks = 200'000;
/// They are held back for as many turns at most while somebody computes, who may wait for them, and
/// for as many steps that nobody was told of: one of them may want to cancel.
constexpr int kRestless = 50, kUntold = 500;

bool same(Slot a, Slot b) { return a.number == b.number && a.generation == b.generation; }

Instant instant_of(const Wish& wish) { return Instant{Duration{wish.until - FENCEPOST_EPOCH}}; }

/// Who waits for a lock, and is waited for by himself: the first of them to have begun.
constexpr const char* kInCircles =
    "WITH RECURSIVE edges AS ("
    "  SELECT DISTINCT pid, unnest(pg_blocking_pids(pid)) AS blocker"
    "    FROM pg_locks WHERE NOT granted),"
    " paths AS ("
    "  SELECT pid, blocker FROM edges"
    "  UNION SELECT paths.pid, edges.blocker FROM paths JOIN edges ON edges.pid = paths.blocker)"
    " SELECT pid FROM paths WHERE pid = blocker ORDER BY pid";

}  // namespace

PassingTime::PassingTime(ServerClock& clock, Proxy& proxy, PGconn* own)
    : clock_(clock), proxy_(proxy), own_(own) {}

void PassingTime::begin_to_hear() {
  silences_ = kReacts;
  talk_ = kTalks;
  told_ = false;
  restless_ = untold_ = 0;
}

// Who was still before nothing came is so now: clients say nothing meanwhile. Only then no wish and
// no answer is on its way.
void PassingTime::move_on(std::int64_t real) {
  const std::int64_t turn = real - std::exchange(real_, real);
  if (wishes_.empty()) {
    silences_ = untold_ = 0;
    told_ = false;
    proxy_.move(kWaits, Clients::heard);
    return wish(proxy_.take_wishes());
  }
  const bool still = !proxy_.some_begin() && clock_.are_still(proxy_.sessions());
  const bool heard = silences_ > 0;
  const bool came = heard ? proxy_.move(kTurn, Clients::heard)
                          : proxy_.move(still ? 0us : kHurries, Clients::held_back);
  wish(proxy_.take_wishes());
  if (heard) {
    const bool asks = silences_ % kAsksIn == 0;
    const bool silent = still && !came && !(asks && proxy_.some_are_behind());
    silences_ = silent ? silences_ - 1 : kReacts;
    talk_ -= came || still ? turn : 0;
    if (talk_ <= 0) silences_ = 0;
  } else if ((came && told_) || (!still && ++restless_ > kRestless) || untold_ > kUntold) {
    begin_to_hear();
  } else if (still && !came) {
    restless_ = 0;
    ++untold_;
    proxy_.begin_to_tell();
    told_ = pass();
  }
}

void PassingTime::wish(const std::vector<Wish>& wishes) {
  for (const Wish& each : wishes) {
    std::erase_if(wishes_, [&](const Wish& earlier) { return same(earlier.who, each.who); });
    wishes_.push_back(each);
  }
}

bool PassingTime::wishes(Slot slot) const {
  return std::any_of(wishes_.begin(), wishes_.end(),
                     [slot](const Wish& wish) { return same(wish.who, slot); });
}

std::optional<PassingTime::Due> PassingTime::next_due() const {
  std::optional<Due> next;
  for (const Slot slot : proxy_.sessions()) {
    const std::optional<Instant> at = wishes(slot) ? std::nullopt : clock_.due(slot);
    if (at && (!next || *at < next->at)) next = {slot, *at};
  }
  return next;
}

/// One step, where everybody is still: to the next moment at which something is due, or to the
/// first wish. Nobody whose wish comes true is ended by a timeout of his own. False: no wish is
/// left.
bool PassingTime::pass() {
  // Who has what he wished, was cancelled, or ended, does not sleep any more.
  std::erase_if(
      wishes_, [this](const Wish& wish) { return clock_.activity(wish.who) != Activity::timeout; });
  if (wishes_.empty()) return false;
  const auto first =
      std::min_element(wishes_.begin(), wishes_.end(),
                       [](const Wish& a, const Wish& b) { return a.until < b.until; });
  const Instant goal = instant_of(*first);
  const std::optional<Due> next = next_due();
  const bool is_due = next && next->at <= goal;
  clock_.set(std::max(clock_.now(), is_due ? next->at : goal));
  if (is_due) {
    clock_.fire(next->who);
  } else {
    clock_.end_sleep(first->who);
    wishes_.erase(first);
  }
  return true;
}

std::vector<int> PassingTime::waiting_in_circles() {
  std::vector<int> pids;
  try {
    const RawResult result = raw_must(own_, kInCircles);
    for (int row = 0; row < PQntuples(result.get()); ++row)
      pids.push_back(std::atoi(PQgetvalue(result.get(), row, 0)));
  } catch (const SessionLost&) {
    PQreset(own_);  // a clean-up between tests may end all sessions but its own
  }
  return pids;
}

// Others may compute meanwhile, for as long as they like.
void PassingTime::break_deadlocks() {
  const std::vector<Slot>& sessions = proxy_.sessions();
  const auto waits = [this](Slot slot) { return clock_.activity(slot) == Activity::lock; };
  if (std::count_if(sessions.begin(), sessions.end(), waits) < 2) return;
  for (const int pid : waiting_in_circles()) {
    const std::optional<Slot> slot = clock_.find_slot(pid);
    const std::optional<Instant> at = slot && waits(*slot) ? clock_.due(*slot) : std::nullopt;
    if (!at || *at > clock_.now() + kLooksForDeadlocks) continue;
    // Whoever wished less than that millisecond has it first.
    if (std::any_of(wishes_.begin(), wishes_.end(),
                    [&](const Wish& wish) { return instant_of(wish) < *at; }))
      return;
    clock_.set(std::max(clock_.now(), *at));
    clock_.fire(*slot);
    return;
  }
}

}  // namespace fencepost
