#include "model/polling.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/schedule.hpp"

namespace fencepost {
namespace {

/// What one worker asked in vain since anything else happened to it, round by round.
struct Polling {
  std::vector<std::vector<const Event*>> rounds;
};

/// The first rounds, so many of them.
void draw_together(const Polling& polling, std::size_t idle, IdleSteps& out) {
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
    // The last round led somewhere, unless this begins another one.
    const std::size_t rounds = polling.rounds.size();
    draw_together(polling, own_round || rounds == 0 ? rounds : rounds - 1, out);
    polling.rounds.clear();
  }
  for (const auto& [worker, polling] : workers) draw_together(polling, polling.rounds.size(), out);
  return out;
}

namespace {

/// A step as it is compared with others.
struct SaidStep {
  int step = 0;
  Instant at{};
  int deeds = 0;  ///< the same number for the same deeds
};

std::string said_of(const Event& event) {
  const std::string deed = deed_of(event);
  return deed.empty() ? std::string(to_text(event.kind)) : deed;
}

std::vector<SaidStep> said_steps(const History& history, const IdleSteps& idle,
                                 const std::set<int>& shown) {
  std::map<std::string, int> numbers;
  std::vector<std::pair<SaidStep, std::string>> steps;
  for (const Event& event : history.events) {
    if (!is_deed(event.kind) || idle.hidden.contains(event.step)) continue;
    if (steps.empty() || steps.back().first.step != event.step)
      steps.push_back(
          {{event.step, event.at}, shown.contains(event.step) ? std::to_string(event.step) : ""});
    steps.back().second += event.worker.text + " " + said_of(event) + " " + event.job.text + "\n";
  }
  std::vector<SaidStep> out;
  for (auto& [step, deeds] : steps) {
    step.deeds = numbers.emplace(deeds, static_cast<int>(numbers.size())).first->second;
    out.push_back(step);
  }
  return out;
}

/// How many rounds of that length are the same from there on.
std::size_t rounds_at(const std::vector<SaidStep>& steps, std::size_t from, std::size_t length) {
  std::size_t same = 0;
  while (from + same + length < steps.size() &&
         steps[from + same].deeds == steps[from + same + length].deeds)
    ++same;
  return same / length + 1;
}

}  // namespace

RepeatedSteps repeated_rounds(const History& history, const IdleSteps& idle,
                              const std::set<int>& shown) {
  constexpr std::size_t longest = 60, least_rounds = 4, least_steps = 5;
  const std::vector<SaidStep> steps = said_steps(history, idle, shown);
  RepeatedSteps out;
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t length = 0, rounds = 0;
    for (std::size_t each = 1; each <= longest && rounds == 0; ++each) {
      const std::size_t count = rounds_at(steps, i, each);
      if (count >= least_rounds && each * (count - 2) >= least_steps) length = each, rounds = count;
    }
    if (rounds == 0) {
      ++i;
      continue;
    }
    const std::size_t begin = i + length, end = i + length * (rounds - 1);
    out.first[steps[begin].step] = {static_cast<int>(length), static_cast<int>(rounds) - 2,
                                    steps[end - 1].at};
    for (std::size_t hidden = begin + 1; hidden < end; ++hidden)
      out.hidden.insert(steps[hidden].step);
    i = end + length;
  }
  return out;
}

bool is_deed(EventKind kind) {
  switch (kind) {
    case EventKind::statement:
    case EventKind::blocked:
    case EventKind::committed_inside:
    case EventKind::parked:
    case EventKind::queued:
    case EventKind::fault:
    case EventKind::resumed:
    case EventKind::work:
    case EventKind::heal_started:
    case EventKind::finished:
      return true;
    default:
      return false;
  }
}

int story_steps(const History& history, int until_step) {
  const IdleSteps idle = idle_polls(history);
  int steps = 0;
  for (const Event& event : history.events) {
    if (until_step > 0 && event.step > until_step) continue;
    if (idle.hidden.contains(event.step)) continue;
    if (idle.first.contains(event.step) ? event.kind == EventKind::statement : is_deed(event.kind))
      ++steps;
  }
  return steps;
}

}  // namespace fencepost
