#include "sim/search/measurement.hpp"

#include <atomic>
#include <set>

#include "sim/search/fuzzer.hpp"
#include "sim/search/shrinker.hpp"
#include "sim/search/strategies.hpp"

namespace fencepost {
namespace {

/// Making a story small takes hundreds of runs, so that not every trial's is.
constexpr int kStories = 5;

/// One trial of one protocol: of each column, which violations it found after how many histories.
struct TrialRun {
  std::size_t subject = 0;
  int number = 0;  ///< from 0
  std::vector<std::map<std::string, int>> found;
  std::map<std::string, int> stories;  ///< steps, of those that were shrunk
  bool finished = false;
};

/// What is listed first is the bug that the protocol is there for.
std::vector<std::string> wanted_of(const Subject& subject, const MeasurePlan& plan) {
  std::vector<std::string> violates = subject.protocol.protocol.expect.violates;
  if (!plan.all && violates.size() > 1) violates.resize(1);
  return violates;
}

std::set<std::string> violated_by(const History& history) {
  std::set<std::string> names;
  for (const Judgement& judgement : judge_all(history))
    for (const Violation& violation : judgement.verdict.violations)
      names.insert(full_name(*judgement.property, violation));
  return names;
}

class OneTrial {
 public:
  OneTrial(Lane& lane, const Subject& subject, const MeasurePlan& plan, TrialRun& trial)
      : lane_(lane), subject_(subject), plan_(plan), trial_(trial) {
    for (std::string& name : wanted_of(subject, plan)) wanted_.insert(std::move(name));
  }

  // Trials begin with different scenarios, or whatever the last one shows would always be late. The
  // portfolio's history of a seed is the one of the strategy that it gives that seed, so that
  // it is run once for both.
  void run(const std::atomic<bool>& stop) {
    const std::size_t portfolio_column = strategies().size();
    trial_.found.assign(portfolio_column + 1, {});
    const std::uint64_t first = plan_.first_seed + static_cast<std::uint64_t>(trial_.number) *
                                                       static_cast<std::uint64_t>(plan_.most);
    for (int nth = 0; nth < plan_.most && !stop && anybody_searches(); ++nth) {
      const std::uint64_t seed = first + static_cast<std::uint64_t>(nth);
      const NamedScenario& scenario = subject_.scenarios[scenario_in_turn(
          static_cast<std::uint64_t>(nth + trial_.number), subject_.scenarios.size())];
      for (std::size_t i = 0; i < portfolio_column; ++i) {
        const Strategy& strategy = strategies()[i];
        const bool shared = portfolio(seed).name == strategy.name && searches(portfolio_column);
        if (!searches(i) && !shared) continue;
        const History history = lane_.with(subject_.protocol.protocol, scenario.scenario)
                                    .run(scenario.scenario, *strategy.make(seed));
        const std::set<std::string> names = violated_by(history);
        note(i, names, nth + 1);
        if (!shared) continue;
        for (const std::string& name : note(portfolio_column, names, nth + 1))
          if (plan_.lengths && trial_.number < kStories) shrink_find(scenario, seed, name);
      }
    }
    trial_.finished = !stop;
  }

 private:
  bool searches(std::size_t column) const { return trial_.found[column].size() < wanted_.size(); }

  bool anybody_searches() const {
    for (std::size_t column = 0; column < trial_.found.size(); ++column)
      if (searches(column)) return true;
    return false;
  }

  /// Returns what this column had not found before.
  std::vector<std::string> note(std::size_t column, const std::set<std::string>& names,
                                int histories) {
    std::vector<std::string> fresh;
    for (const std::string& name : names)
      if (wanted_.contains(name) && trial_.found[column].emplace(name, histories).second)
        fresh.push_back(name);
    return fresh;
  }

  void shrink_find(const NamedScenario& scenario, std::uint64_t seed, const std::string& name) {
    const SavedRun run = record_run(lane_, subject_.protocol, scenario, seed, name);
    trial_.stories[name] =
        shrink(lane_, subject_.protocol.protocol, scenario.scenario, run, kShrinkBudget).steps;
  }

  Lane& lane_;
  const Subject& subject_;
  const MeasurePlan& plan_;
  TrialRun& trial_;
  std::set<std::string> wanted_;
};

MeasuredRow row_of(const std::vector<TrialRun>& trials, std::size_t subject,
                   const std::string& protocol, const std::string& property) {
  MeasuredRow row{protocol, property, {}, {}};
  row.trials.resize(strategies().size() + 1);
  for (const TrialRun& trial : trials) {
    if (trial.subject != subject || !trial.finished) continue;
    for (std::size_t i = 0; i < row.trials.size(); ++i) {
      const auto found = trial.found[i].find(property);
      row.trials[i].push_back(found == trial.found[i].end() ? Trial{} : Trial{found->second});
    }
    if (const auto story = trial.stories.find(property); story != trial.stories.end())
      row.stories.push_back(story->second);
  }
  return row;
}

}  // namespace

Measurement measure(Lanes& lanes, const std::vector<Subject>& subjects, const MeasurePlan& plan,
                    const Meanwhile& meanwhile) {
  std::vector<TrialRun> trials;
  for (std::size_t subject = 0; subject < subjects.size(); ++subject)
    if (!wanted_of(subjects[subject], plan).empty() && !subjects[subject].scenarios.empty())
      for (int number = 0; number < plan.trials; ++number)
        trials.push_back({subject, number, {}, {}, false});
  std::atomic<std::int64_t> done = 0;
  std::atomic<bool> stop = false;
  std::vector<LaneTask> tasks;
  for (TrialRun& trial : trials)
    tasks.push_back([&](Lane& lane) {
      OneTrial(lane, subjects[trial.subject], plan, trial).run(stop);
      ++done;
    });
  Measurement measurement;
  try {
    lanes.run(tasks, [&] {
      if (!meanwhile({"measuring", "trials", done, static_cast<std::int64_t>(trials.size())}))
        stop = true;
      return !stop;
    });
  } catch (const std::exception&) {
    measurement.trouble = std::current_exception();
  }
  Measured& measured = measurement.measured;
  for (const Strategy& strategy : strategies()) measured.columns.emplace_back(strategy.name);
  measured.columns.emplace_back("portfolio");
  measured.trials = plan.trials;
  measured.most = plan.most;
  for (std::size_t subject = 0; subject < subjects.size(); ++subject)
    for (const std::string& property : wanted_of(subjects[subject], plan))
      measured.rows.push_back(
          row_of(trials, subject, subjects[subject].protocol.protocol.name, property));
  return measurement;
}

}  // namespace fencepost
