#include "sim/killing/killing.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "model/properties/property.hpp"
#include "model/properties/tally.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Milliseconds = std::chrono::milliseconds;

/// Neighbours are tried one after the other on one lane, so that each knows what caught the last.
constexpr std::size_t kNeighbours = 8;
/// A scenario that caught a neighbour is tried with so many seeds before the others.
constexpr std::uint64_t kSeedsOfNeighbours = 3;

/// So many scenarios are tried with more seeds than the others.
constexpr std::size_t kDeep = 2;

/// Classes of errors that come of others, of the server, or of a broken connection.
bool is_own_fault(std::string_view sqlstate) {
  static constexpr std::string_view others[] = {"08", "25", "40", "53", "55", "57", "58"};
  return !sqlstate.empty() &&
         std::none_of(std::begin(others), std::end(others),
                      [&](std::string_view each) { return sqlstate.starts_with(each); });
}

/// What one history violates, judges and leaves open, and how its statements ended; only errors
/// that are their own faults are failures here.
struct Look {
  std::vector<std::string> violated;
  std::set<std::string> judged, open;
  std::map<std::string, Endings> statements;
};

Look look_at(const History& history) {
  Look look;
  for (const Judgement& judgement : judge_all(history)) {
    const std::string name(judgement.property->name);
    const Outcome outcome = judgement.verdict.outcome;
    if (outcome == Outcome::open) look.open.insert(name);
    if (outcome == Outcome::holds || outcome == Outcome::violated) look.judged.insert(name);
    for (const Violation& violation : judgement.verdict.violations)
      look.violated.push_back(full_name(*judgement.property, violation));
  }
  for (const Event& event : history.events) {
    if (event.kind != EventKind::statement || event.statement.empty()) continue;
    Endings& endings = look.statements[event.statement];
    if (event.sqlstate.empty()) ++endings.succeeded;
    if (!is_own_fault(event.sqlstate)) continue;
    ++endings.failed;
    if (endings.with.empty()) endings.with = event.sqlstate + " " + event.message;
  }
  return look;
}

/// One subject's mutants on their way.
class Killer {
 public:
  Killer(Lanes& lanes, const Subject& subject, const KillPlan& plan,
         const std::function<Milliseconds()>& clock, const Meanwhile& meanwhile,
         const std::function<bool()>& enough)
      : lanes_(lanes),
        subject_(subject),
        plan_(plan),
        clock_(clock),
        meanwhile_(meanwhile),
        enough_(enough) {
    for (std::size_t i = 0; i < subject.scenarios.size(); ++i) order_.push_back(i);
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return subject.scenarios[a].scenario.faults.size() >
             subject.scenarios[b].scenario.faults.size();
    });
  }

  Killing run(std::vector<Mutant> mutants) && {
    killing_ = untried(protocol(), std::move(mutants));
    const auto own = groups();
    if (!own.empty() || plan_.skip == 0) learn();
    try_all(own);
    return std::move(killing_);
  }

 private:
  /// Numbers of scenarios, with properties.
  using ByScenario = std::set<std::pair<std::size_t, std::string>>;

  const Protocol& protocol() const { return subject_.protocol.protocol; }

  Look look(Lane& lane, const Protocol& of, std::size_t scenario, std::uint64_t seed) const {
    return look_at(run_seed(lane, of, subject_.scenarios[scenario].scenario, seed));
  }

  /// What the protocol itself violates catches nobody; what never fails in it should not in
  /// mutants.
  void learn() {
    std::mutex mutex;
    std::vector<LaneTask> tasks;
    std::atomic<int> done = 0;
    for (const std::size_t scenario : order_)
      tasks.push_back([&, scenario](Lane& lane) {
        for (std::uint64_t seed = plan_.seeds.first; seed <= plan_.seeds.last; ++seed) {
          const Look seen = look(lane, protocol(), scenario, seed);
          const std::lock_guard guard(mutex);
          killing_.violated.insert(seen.violated.begin(), seen.violated.end());
          for (const auto& [name, endings] : seen.statements)
            if (endings.succeeded > 0) runs_well_.insert(name);
          for (const std::string& name : seen.judged) judged_.insert({scenario, name});
        }
        ++done;
      });
    lanes_.run(tasks, [&] {
      stop_ = !meanwhile_(
          {"checking the protocol", "scenarios", done, static_cast<std::int64_t>(tasks.size())});
      return !stop_;
    });
    const auto& expected = protocol().expect.violates;
    killing_.violated.insert(expected.begin(), expected.end());
  }

  /// Numbers of mutants that are to be tried here, neighbours together.
  std::vector<std::vector<std::size_t>> groups() const {
    std::vector<std::vector<std::size_t>> groups;
    std::string of;
    for (std::size_t i = 0; i < killing_.mutants.size(); ++i) {
      const MutantFate& fate = killing_.mutants[i];
      const bool again = fate.declared && plan_.declared == KillPlan::Equivalent::tried;
      if (fate.became != Became::not_tried && !again) continue;
      if (groups.empty() || fate.mutant.of != of || groups.back().size() == kNeighbours)
        groups.emplace_back();
      groups.back().push_back(i);
      of = fate.mutant.of;
    }
    std::vector<std::vector<std::size_t>> own;
    for (std::size_t i = plan_.skip; i < groups.size(); i += plan_.step)
      own.push_back(std::move(groups[i]));
    return own;
  }

  void try_all(const std::vector<std::vector<std::size_t>>& all) {
    std::int64_t count = 0;
    for (const auto& group : all) count += static_cast<std::int64_t>(group.size());
    std::vector<LaneTask> tasks;
    for (const auto& group : all)
      tasks.push_back([&, group](Lane& lane) { try_group(lane, group); });
    lanes_.run(tasks, [&] {
      if (!meanwhile_({"trying mutants", "mutants", done_, count}) || enough_()) stop_ = true;
      return !stop_;
    });
  }

  void try_group(Lane& lane, const std::vector<std::size_t>& group) {
    std::vector<std::size_t> caught_by;
    for (const std::size_t i : group) {
      if (stop_) return;
      MutantFate& fate = killing_.mutants[i];
      const Milliseconds began = clock_();
      try_one(lane, fate, caught_by);
      fate.took = clock_() - began;
      ++done_;
    }
  }

  void try_one(Lane& lane, MutantFate& fate, std::vector<std::size_t>& caught_by) {
    try {
      const auto kept = keep(lane, mutated(protocol(), fate.mutant));
      const Protocol& now = *kept.first;
      std::map<std::string, Endings> statements;
      ByScenario open, judged;
      bool over = false;
      for (const auto& [scenario, seed] : histories(caught_by)) {
        const Look seen = look(lane, now, scenario, seed);
        ++fate.histories;
        for (const std::string& name : seen.open) open.insert({scenario, name});
        for (const std::string& name : seen.judged) judged.insert({scenario, name});
        for (const auto& [name, endings] : seen.statements) statements[name].add(endings);
        over = is_over(lane, fate, seen, scenario, seed, caught_by);
        if (over) break;
        if (stop_) return;
      }
      if (const std::string failing = always_fails(fate.mutant, statements); !failing.empty()) {
        fate.became = Became::refused;
        fate.why = failing;
      } else if (const auto left = left_open(open, judged); !over && left != open.end()) {
        fate.became = Became::caught;
        fate.property = left->second + " not proved";
        fate.scenario = subject_.scenarios[left->first].scenario.name;
      } else if (!over && !fate.declared) {
        fate.became =
            fate.mutant.promise == Promised::always ? Became::survived : Became::not_promised;
        fate.why = promised_by(fate.mutant.promise);
      }
    } catch (const InputError& error) {
      fate.became = Became::refused;
      fate.why = one_line(error.what());
    } catch (const HarnessError& error) {
      throw HarnessError(
          fmt::format("{}\nthis came of the mutant {}", error.what(), to_text(fate.mutant)));
    }
  }

  /// The lane's simulation looks at the protocol until it has loaded another one, so both the new
  /// one and the one before it are kept that long.
  using Kept = std::shared_ptr<const Protocol>;
  std::pair<Kept, Kept> keep(const Lane& lane, Protocol now) {
    auto made = std::make_shared<const Protocol>(std::move(now));
    const std::lock_guard guard(mutex_);
    return {made, std::exchange(kept_[&lane], made)};
  }

  bool is_over(Lane& lane, MutantFate& fate, const Look& seen, std::size_t scenario,
               std::uint64_t seed, std::vector<std::size_t>& caught_by) {
    const auto found =
        std::find_if(seen.violated.begin(), seen.violated.end(), [&](const std::string& name) {
          return !killing_.violated.contains(name) && !violates(lane, name, scenario, seed);
        });
    if (found == seen.violated.end() || stop_) return false;
    fate.became = Became::caught;
    fate.property = *found;
    fate.scenario = subject_.scenarios[scenario].scenario.name;
    fate.seed = seed;
    std::erase(caught_by, scenario);
    caught_by.insert(caught_by.begin(), scenario);
    return true;
  }

  /// Whether the protocol itself violates it under that scenario with a seed that learn() did not
  /// try, up to this one: so many had the mutant, too.
  bool violates(Lane& lane, const std::string& name, std::size_t scenario, std::uint64_t seed) {
    for (std::uint64_t each = plan_.seeds.last + 1; each <= seed && !stop_; ++each)
      if (violated_later(lane, scenario, each).contains(name)) return true;
    return false;
  }
  std::set<std::string> violated_later(Lane& lane, std::size_t scenario, std::uint64_t seed) {
    const std::pair history(scenario, seed);
    {
      const std::lock_guard guard(mutex_);
      if (const auto known = later_.find(history); known != later_.end()) return known->second;
    }
    const Look seen = look(lane, protocol(), scenario, seed);
    const std::lock_guard guard(mutex_);
    return later_[history] = {seen.violated.begin(), seen.violated.end()};
  }

  /// A property that a scenario judges in the protocol, and in no history of the mutant though some
  /// leave it open: then check says that it is not proved, and is not green either.
  ByScenario::const_iterator left_open(const ByScenario& open, const ByScenario& judged) const {
    return std::find_if(open.begin(), open.end(), [&](const auto& each) {
      return judged_.contains(each) && !judged.contains(each);
    });
  }

  /// Under which scenario with which seed, in turn.
  std::vector<std::pair<std::size_t, std::uint64_t>> histories(
      const std::vector<std::size_t>& caught_by) const {
    std::vector<std::pair<std::size_t, std::uint64_t>> all;
    const auto& [first, last] = plan_.seeds;
    const std::uint64_t early = std::min(last, first + kSeedsOfNeighbours - 1);
    for (const std::size_t scenario : caught_by)
      for (std::uint64_t seed = first; seed <= early; ++seed) all.emplace_back(scenario, seed);
    for (std::uint64_t seed = first; seed <= last; ++seed)
      for (const std::size_t scenario : order_) {
        const bool done = seed <= early && std::find(caught_by.begin(), caught_by.end(),
                                                     scenario) != caught_by.end();
        if (!done) all.emplace_back(scenario, seed);
      }
    std::vector<std::size_t> two = caught_by;
    for (const std::size_t scenario : order_)
      if (std::find(two.begin(), two.end(), scenario) == two.end()) two.push_back(scenario);
    two.resize(std::min(two.size(), kDeep));
    for (std::uint64_t seed = last + 1; seed <= plan_.last_of_two; ++seed)
      for (const std::size_t scenario : two) all.emplace_back(scenario, seed);
    return all;
  }

  /// A statement that works in the protocol and never does in the mutant, though no fault is to
  /// blame, says that the change makes no sense. A program that makes it fail is another matter.
  std::string always_fails(const Mutant& mutant,
                           const std::map<std::string, Endings>& statements) const {
    if (std::holds_alternative<Role>(mutant.now)) return "";
    for (const auto& [name, each] : statements)
      if (each.succeeded == 0 && each.failed > 0 && runs_well_.contains(name))
        return fmt::format("{} fails each time: {}", name, one_line(each.with));
    return "";
  }

  Lanes& lanes_;
  const Subject& subject_;
  const KillPlan& plan_;
  const std::function<Milliseconds()>& clock_;
  const Meanwhile& meanwhile_;
  const std::function<bool()>& enough_;
  std::vector<std::size_t> order_;  ///< of scenarios
  std::mutex mutex_;
  std::map<const Lane*, Kept> kept_;
  std::set<std::string> runs_well_;
  ByScenario judged_;  ///< in the protocol itself
  /// What the protocol itself violates, by scenario and seed, with seeds that few mutants get.
  std::map<std::pair<std::size_t, std::uint64_t>, std::set<std::string>> later_;
  Killing killing_;
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace

std::span<const std::string_view> names_of(Became) {
  static constexpr std::string_view names[] = {"caught",     "survived", "not promised",
                                               "equivalent", "refused",  "not tried"};
  return names;
}

std::string_view to_text(Became became) {
  return names_of(became)[static_cast<std::size_t>(became)];
}

Killing untried(const Protocol& protocol, std::vector<Mutant> mutants) {
  Killing killing;
  for (Mutant& mutant : mutants) {
    MutantFate& fate = killing.mutants.emplace_back();
    fate.mutant = std::move(mutant);
    const EquivalentMutant* said = declared_equivalent(protocol, fate.mutant);
    if (said == nullptr && fate.mutant.proof.empty()) continue;
    fate.became = Became::equivalent;
    fate.declared = said != nullptr;
    fate.why = said != nullptr ? said->because : fate.mutant.proof;
  }
  return killing;
}

Killing kill_mutants(Lanes& lanes, const Subject& subject, std::vector<Mutant> mutants,
                     const KillPlan& plan, const std::function<Milliseconds()>& clock,
                     const Meanwhile& meanwhile, const std::function<bool()>& enough) {
  return Killer(lanes, subject, plan, clock, meanwhile, enough).run(std::move(mutants));
}

Score score_of(const Killing& killing) {
  Score score;
  for (const MutantFate& fate : killing.mutants) {
    if (fate.became == Became::caught) ++score.caught;
    if (fate.became == Became::caught || fate.became == Became::survived) ++score.of;
  }
  return score;
}

}  // namespace fencepost
