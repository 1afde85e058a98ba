#include "sim/explaining/decided.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "model/polling.hpp"
#include "sim/search/strategies.hpp"

namespace fencepost {
namespace {

/// The first so many answers are a tape's, all others another's.
class BegunChoices : public Choices {
 public:
  BegunChoices(const Tape& tape, int begun, Choices& rest)
      : tape_(tape), begun_(begun), rest_(rest) {}
  std::int64_t choose(const ChoicePoint& point, const Alternatives& alternatives) override {
    return asked_++ < begun_ ? tape_.choose(point, alternatives)
                             : rest_.choose(point, alternatives);
  }
  void rewind() override {
    asked_ = 0;
    tape_.rewind();
    rest_.rewind();
  }
  int asked() const { return asked_; }

 private:
  TapeChoices tape_;
  const int begun_;
  Choices& rest_;
  int asked_ = 0;
};

/// The steps that a reader sees, before the violated one.
std::vector<int> steps_seen(const History& history, int violated_step) {
  const IdleSteps idle = idle_polls(history);
  std::set<int> steps{0};
  for (const Event& event : history.events)
    if (is_deed(event.kind) && event.step < violated_step && !idle.hidden.contains(event.step))
      steps.insert(event.step);
  return {steps.begin(), steps.end()};
}

/// Up to which step two histories are the same.
int common_step(const History& a, const History& b) {
  const auto [in_a, in_b] =
      std::mismatch(a.events.begin(), a.events.end(), b.events.begin(), b.events.end());
  int step = std::numeric_limits<int>::max();
  if (in_a != a.events.end()) step = std::min(step, in_a->step - 1);
  if (in_b != b.events.end()) step = std::min(step, in_b->step - 1);
  return step;
}

class Reruns {
 public:
  /// `go_on` is asked before each rerun, and told how many there were.
  Reruns(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run,
         const History& history, std::function<bool(int)> go_on)
      : lane_(lane),
        protocol_(protocol),
        scenario_(scenario),
        run_(run),
        history_(history),
        go_on_(std::move(go_on)) {
    scenario_.load = run.load;
  }
  /// nullopt where it was told to end. A run that is cut behind a step has asked some of what makes
  /// the next ones: it is said of the last that all reruns have.
  std::optional<FailsAfter> after(int step) {
    FailsAfter chance{run_.until_step, 0, 0};
    const int begun = step == 0 ? 0 : asked_until(step);
    for (int seed = 1; seed <= kRerunsOfStep; ++seed) {
      if (!go_on_(done_++)) return std::nullopt;
      const std::unique_ptr<Choices> rest = portfolio(seed).make(seed);
      BegunChoices choices(run_.tape, begun, *rest);
      const History history = lane_.with(protocol_, scenario_).run(scenario_, choices);
      ++chance.reruns;
      chance.step = std::clamp(common_step(history, history_), 0, chance.step);
      if (violation_of(judge_all(history), run_.property) != nullptr) ++chance.failed;
    }
    return chance;
  }

 private:
  /// How many answers the run needs up to and with that step.
  int asked_until(int step) {
    TapeChoices none{Tape{}};
    BegunChoices choices(run_.tape, std::numeric_limits<int>::max(), none);
    lane_.with(protocol_, scenario_).run(scenario_, choices, Until{step});
    return choices.asked();
  }

  Lane& lane_;
  const Protocol& protocol_;
  Scenario scenario_;
  const SavedRun& run_;
  const History& history_;
  const std::function<bool(int)> go_on_;
  int done_ = 0;
};

/// Where to try next: the middle of the two that were tried between which the number that fails
/// differs the most; nullopt where they hardly differ, or lie side by side.
std::optional<std::size_t> most_telling(const std::map<std::size_t, FailsAfter>& tried) {
  int most = kRerunsOfStep / 10;
  std::optional<std::size_t> middle;
  for (auto each = tried.begin(), next = std::next(each); next != tried.end(); ++each, ++next) {
    const int difference = std::abs(next->second.failed - each->second.failed);
    if (difference <= most || next->first - each->first < 2) continue;
    most = difference;
    middle = (each->first + next->first) / 2;
  }
  return middle;
}

}  // namespace

std::vector<FailsAfter> chances_of_failing(Lane& lane, const Protocol& protocol,
                                           const Scenario& scenario, const SavedRun& run,
                                           const History& history,
                                           const std::function<bool(int, int)>& go_on) {
  constexpr std::size_t most = kMostReruns / (kRerunsOfStep + 1), coarse = 5;
  const std::vector<int> steps = steps_seen(history, run.until_step);
  const std::size_t planned = std::min(steps.size(), most);
  Reruns reruns(lane, protocol, scenario, run, history,
                [&](int done) { return go_on(done, static_cast<int>(planned) * kRerunsOfStep); });
  std::map<std::size_t, FailsAfter> tried;
  const auto try_at = [&](std::size_t which) {
    const std::optional<FailsAfter> chance = reruns.after(steps[which]);
    if (chance) tried.emplace(which, *chance);
    return chance.has_value();
  };
  const std::size_t first = steps.size() <= most ? steps.size() : coarse;
  bool goes_on = true;
  for (std::size_t i = 0; i < first && goes_on; ++i)
    goes_on = try_at(i * (steps.size() - 1) / std::max<std::size_t>(1, first - 1));
  while (goes_on && tried.size() < planned) {
    const std::optional<std::size_t> next = most_telling(tried);
    goes_on = next && try_at(*next);
  }
  // Of two that are said of one step the later one knows more of it.
  std::map<int, FailsAfter> by_step;
  for (const auto& [which, chance] : tried) by_step[chance.step] = chance;
  std::vector<FailsAfter> chances;
  for (const auto& [step, chance] : by_step) chances.push_back(chance);
  return chances;
}

}  // namespace fencepost
