#include "sim/search/measurement.hpp"

#include <algorithm>
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
  std::vector<std::map<std::string, int>> found;  ///< of each column of the subject
  std::map<std::string, int> stories;  ///< steps, of those that were shrunk
  bool finished = false;
};

/// What is listed first is the bug that the protocol is there for.
std::vector<std::string> wanted_of(const Subject& subject, const MeasurePlan& plan) {
  std::vector<std::string> violates = subject.protocol.protocol.expect.violates;
  if (!plan.all && violates.size() > 1) violates.resize(1);
  return violates;
}

/// What is compared over this subject.
std::vector<std::string> columns_of(const Subject& subject, const MeasurePlan& plan) {
  std::vector<std::string> names;
  if (plan.by_scenario) {
    for (const NamedScenario& each : subject.scenarios) names.push_back(each.scenario.name);
    return names;
  }
  for (const Strategy& strategy : strategies()) names.emplace_back(strategy.name);
  names.emplace_back("portfolio");
  return names;
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

  void run(const std::atomic<bool>& stop) {
    trial_.found.assign(columns_of(subject_, plan_).size(), {});
    const std::uint64_t first = plan_.first_seed + static_cast<std::uint64_t>(trial_.number) *
                                                       static_cast<std::uint64_t>(plan_.most);
    for (int nth = 0; nth < plan_.most && !stop && anybody_searches(); ++nth) {
      const std::uint64_t seed = first + static_cast<std::uint64_t>(nth);
      if (plan_.by_scenario)
        try_scenarios(seed, nth, stop);
      else
        try_strategies(seed, nth);
    }
    trial_.finished = !stop;
  }

 private:
  // Trials begin with different scenarios, or whatever the last one shows would always be late. The
  // portfolio's history of a seed is the one of the strategy that it gives that seed, so that
  // it is run once for both.
  void try_strategies(std::uint64_t seed, int nth) {
    const std::size_t portfolio_column = strategies().size();
    const NamedScenario& scenario = subject_.scenarios[scenario_in_turn(
        static_cast<std::uint64_t>(nth + trial_.number), subject_.scenarios.size())];
    for (std::size_t i = 0; i < portfolio_column; ++i) {
      const Strategy& strategy = strategies()[i];
      const bool shared = portfolio(seed).name == strategy.name && searches(portfolio_column);
      if (!searches(i) && !shared) continue;
      const std::set<std::string> names = violations(scenario, strategy, seed);
      note(i, names, nth + 1);
      if (!shared) continue;
      for (const std::string& name : note(portfolio_column, names, nth + 1))
        if (plan_.lengths && trial_.number < kStories) shrink_find(scenario, seed, name);
    }
  }

  void try_scenarios(std::uint64_t seed, int nth, const std::atomic<bool>& stop) {
    for (std::size_t i = 0; i < subject_.scenarios.size() && !stop; ++i)
      if (searches(i)) note(i, violations(subject_.scenarios[i], portfolio(seed), seed), nth + 1);
  }

  std::set<std::string> violations(const NamedScenario& scenario, const Strategy& strategy,
                                   std::uint64_t seed) {
    return violated_by(lane_.with(subject_.protocol.protocol, scenario.scenario)
                           .run(scenario.scenario, *strategy.make(seed)));
  }

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

/// The columns of all subjects, each once.
std::vector<std::string> all_columns(const std::vector<Subject>& subjects,
                                     const MeasurePlan& plan) {
  std::vector<std::string> all;
  for (const Subject& subject : subjects)
    for (std::string& name : columns_of(subject, plan))
      if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
  return all;
}

MeasuredRow row_of(const std::vector<TrialRun>& trials, const std::vector<std::string>& columns,
                   const std::vector<std::string>& all, std::size_t subject, MeasuredRow row) {
  row.trials.resize(all.size());
  for (const TrialRun& trial : trials) {
    if (trial.subject != subject || !trial.finished) continue;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto found = trial.found[i].find(row.property);
      const auto column = std::find(all.begin(), all.end(), columns[i]) - all.begin();
      row.trials[static_cast<std::size_t>(column)].push_back(
          found == trial.found[i].end() ? Trial{} : Trial{found->second});
    }
    if (const auto story = trial.stories.find(row.property); story != trial.stories.end())
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
  measured.columns = all_columns(subjects, plan);
  measured.trials = plan.trials;
  measured.most = plan.most;
  for (std::size_t subject = 0; subject < subjects.size(); ++subject)
    for (const std::string& property : wanted_of(subjects[subject], plan))
      measured.rows.push_back(row_of(trials, columns_of(subjects[subject], plan), measured.columns,
                                     subject,
                                     {subjects[subject].protocol.protocol.name, property, {}, {}}));
  return measurement;
}

}  // namespace fencepost
