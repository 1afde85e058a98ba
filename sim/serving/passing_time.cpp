#include "sim/serving/passing_time.hpp"

#include <algorithm>
#include <cstdlib>

#include "sim/server/shim_shared.h"

namespace fencepost {
namespace {

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

PassingTime::PassingTime(ServerClock& clock, PGconn* own) : clock_(clock), own_(own) {}

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

std::optional<PassingTime::Due> PassingTime::next_due(const std::vector<Slot>& sessions) const {
  std::optional<Due> next;
  for (const Slot slot : sessions) {
    const std::optional<Instant> at = wishes(slot) ? std::nullopt : clock_.due(slot);
    if (at && (!next || *at < next->at)) next = {slot, *at};
  }
  return next;
}

bool PassingTime::pass(const std::vector<Slot>& sessions) {
  if (wishes_.empty() || !clock_.are_still(sessions)) return false;
  // Who has what he wished, was cancelled, or ended, does not sleep any more.
  std::erase_if(
      wishes_, [this](const Wish& wish) { return clock_.activity(wish.who) != Activity::timeout; });
  if (wishes_.empty()) return false;
  const auto first =
      std::min_element(wishes_.begin(), wishes_.end(),
                       [](const Wish& a, const Wish& b) { return a.until < b.until; });
  const Instant goal = instant_of(*first);
  if (const std::optional<Due> next = next_due(sessions); next && next->at <= goal) {
    clock_.set(std::max(clock_.now(), next->at));
    clock_.fire(next->who);
    return true;
  }
  clock_.set(std::max(clock_.now(), goal));
  clock_.end_sleep(first->who);
  return false;
}

std::vector<int> PassingTime::waiting_in_circles() {
  const RawResult result = raw_must(own_, kInCircles);
  std::vector<int> pids;
  for (int row = 0; row < PQntuples(result.get()); ++row)
    pids.push_back(std::atoi(PQgetvalue(result.get(), row, 0)));
  return pids;
}

void PassingTime::break_deadlocks(const std::vector<Slot>& sessions) {
  const auto waits = [this](Slot slot) { return clock_.activity(slot) == Activity::lock; };
  if (std::count_if(sessions.begin(), sessions.end(), waits) < 2 || !clock_.are_still(sessions))
    return;
  for (const int pid : waiting_in_circles()) {
    const Slot slot = clock_.slot_of(pid);
    const std::optional<Instant> at = waits(slot) ? clock_.due(slot) : std::nullopt;
    if (!at || *at > clock_.now() + kLooksForDeadlocks) continue;
    clock_.set(std::max(clock_.now(), *at));
    clock_.fire(slot);
    return;
  }
}

}  // namespace fencepost
