#include "sim/search/decided.hpp"

#include <algorithm>
#include <memory>
#include <set>

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

/// So many of them at most, evenly, with the first and the last.
std::vector<int> some_of(const std::vector<int>& steps, std::size_t most) {
  if (steps.size() <= most) return steps;
  std::vector<int> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(steps[i * (steps.size() - 1) / (most - 1)]);
  return some;
}

class Reruns {
 public:
  Reruns(Lane& lane, const Protocol& protocol, const Scenario& scenario, const SavedRun& run)
      : lane_(lane), protocol_(protocol), scenario_(scenario), run_(run) {
    scenario_.load = run.load;
  }
  FailsAfter after(int step) {
    FailsAfter chance{step};
    const int begun = step == 0 ? 0 : asked_until(step);
    for (int seed = 1; seed <= kRerunsOfStep; ++seed) {
      const std::unique_ptr<Choices> rest = portfolio(seed).make(seed);
      BegunChoices choices(run_.tape, begun, *rest);
      const History history = lane_.with(protocol_, scenario_).run(scenario_, choices);
      ++chance.reruns;
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
};

/// The steps between the two sampled ones between which the share rises the most.
std::vector<int> where_it_rises(const std::vector<int>& steps,
                                const std::vector<FailsAfter>& chances) {
  const FailsAfter* const by = decided_by(chances);
  if (by == nullptr) return {};
  const int before =
      std::prev(std::find_if(chances.begin(), chances.end(), [&](const FailsAfter& each) {
        return each.step == by->step;
      }))->step;
  std::vector<int> between;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(between),
               [&](int step) { return step > before && step < by->step; });
  return between;
}

}  // namespace

std::vector<FailsAfter> chances_of_failing(Lane& lane, const Protocol& protocol,
                                           const Scenario& scenario, const SavedRun& run,
                                           const History& history,
                                           const std::function<bool(int, int)>& go_on) {
  constexpr std::size_t most = kMostReruns / (kRerunsOfStep + 1);
  const std::vector<int> steps = steps_seen(history, run.until_step);
  const bool all = steps.size() <= most;
  Reruns reruns(lane, protocol, scenario, run);
  std::vector<FailsAfter> chances;
  const int planned = static_cast<int>(std::min(steps.size(), most)) * kRerunsOfStep;
  const auto sample = [&](const std::vector<int>& some) {
    for (const int step : some) {
      if (!go_on(static_cast<int>(chances.size()) * kRerunsOfStep, planned)) return;
      chances.push_back(reruns.after(step));
    }
  };
  sample(some_of(steps, all ? most : most / 2));
  if (!all) sample(some_of(where_it_rises(steps, chances), most - most / 2));
  std::sort(chances.begin(), chances.end(),
            [](const FailsAfter& a, const FailsAfter& b) { return a.step < b.step; });
  return chances;
}

}  // namespace fencepost
