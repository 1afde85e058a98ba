#include "model/idle_polls.hpp"

#include <set>
#include <vector>

namespace fencepost {
namespace {

/// What one worker asked in vain since anything else happened to it, round by round.
struct Polling {
  std::vector<std::vector<const Event*>> rounds;
};

void draw_together(const Polling& polling, bool last_round_led_somewhere, IdleSteps& out) {
  const std::size_t idle =
      polling.rounds.size() - (last_round_led_somewhere && !polling.rounds.empty() ? 1 : 0);
  if (idle < 2) return;
  const Event* const first = polling.rounds.front().front();
  out.first[first->step] = {static_cast<int>(idle), polling.rounds[idle - 1].back()->at};
  for (std::size_t i = 0; i < idle; ++i)
    for (const Event* statement : polling.rounds[i])
      if (statement->step != first->step) out.hidden.insert(statement->step);
}

/// A claim that found nothing; or anything that changed nothing, of a role that claims nothing.
bool is_idle(const Event& event, const std::set<WorkerId>& claim_nothing) {
  return event.kind == EventKind::statement && !event.committed && event.sqlstate.empty() &&
         !event.attempt && (event.operation == "claim" || claim_nothing.contains(event.worker));
}

bool same_statement(const Event& a, const Event& b) {
  return a.operation == b.operation && a.statement == b.statement;
}

}  // namespace

// A round begins with the statement that began the worker's first one. What comes of a later
// statement of a round, or strikes within one, belongs to the last round.
IdleSteps idle_polls(const History& history) {
  IdleSteps out;
  std::map<WorkerId, Polling> workers;
  std::set<WorkerId> claim_nothing;
  for (const Event& event : history.events) {
    if (event.worker.empty()) continue;
    Polling& polling = workers[event.worker];
    if (event.kind == EventKind::worker_started && !event.claims)
      claim_nothing.insert(event.worker);
    if (is_idle(event, claim_nothing)) {
      const bool new_round =
          polling.rounds.empty() || same_statement(event, *polling.rounds.front().front());
      if (new_round) polling.rounds.emplace_back();
      polling.rounds.back().push_back(&event);
      continue;
    }
    const bool own_round = event.kind == EventKind::statement && !polling.rounds.empty() &&
                           same_statement(event, *polling.rounds.front().front());
    draw_together(polling, !own_round, out);
    polling.rounds.clear();
  }
  for (const auto& [worker, polling] : workers) draw_together(polling, false, out);
  return out;
}

}  // namespace fencepost
