#include "reports/idle_polls.hpp"

#include <vector>

namespace fencepost {
namespace {

/// The claim statements of one worker since anything else happened to it, round by round.
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

}  // namespace

// A round begins with the statement that began the worker's first one. What comes of a later
// statement of a round, or strikes within one, belongs to the last round.
IdleSteps idle_polls(const History& history) {
  IdleSteps out;
  std::map<WorkerId, Polling> workers;
  for (const Event& event : history.events) {
    if (event.worker.empty()) continue;
    Polling& polling = workers[event.worker];
    const bool idle = event.kind == EventKind::statement && event.operation == "claim" &&
                      !event.committed && event.sqlstate.empty() && !event.attempt;
    if (idle) {
      const bool new_round =
          polling.rounds.empty() || event.statement == polling.rounds.front().front()->statement;
      if (new_round) polling.rounds.emplace_back();
      polling.rounds.back().push_back(&event);
      continue;
    }
    const bool own_round = event.kind == EventKind::statement && !polling.rounds.empty() &&
                           event.statement == polling.rounds.front().front()->statement;
    draw_together(polling, !own_round, out);
    polling.rounds.clear();
  }
  for (const auto& [worker, polling] : workers) draw_together(polling, false, out);
  return out;
}

}  // namespace fencepost
