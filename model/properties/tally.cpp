#include "model/properties/tally.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

#include "model/situation.hpp"

namespace fencepost {
namespace {

/// The one whose violated step is lower is the easier to understand.
void keep_earlier(Find& kept, const Find& other) {
  const int histories = kept.histories + other.histories;
  if (kept.histories == 0 || other.violation.step < kept.violation.step) kept = other;
  kept.histories = histories;
}

/// Whether no history of a scenario could say anything of a property, though it was to.
bool left_open(const Outcomes& outcomes) {
  return judged_in(outcomes) == 0 && outcomes.contains(Outcome::open);
}

/// A promise's own order first, then what fails most often.
std::vector<std::string> by_weight(const std::map<std::string, Find>& found,
                                   const std::vector<std::string>& promised) {
  std::vector<std::string> names;
  for (const auto& [name, find] : found) names.push_back(name);
  const auto weight = [&](const std::string& name) {
    return std::tuple(std::find(promised.begin(), promised.end(), name) - promised.begin(),
                      -found.at(name).histories, name);
  };
  std::sort(names.begin(), names.end(),
            [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
  return names;
}

}  // namespace

int judged_in(const Outcomes& outcomes) {
  int count = 0;
  for (const Outcome outcome : {Outcome::holds, Outcome::violated})
    if (const auto found = outcomes.find(outcome); found != outcomes.end()) count += found->second;
  return count;
}

void Endings::add(const Endings& later) {
  succeeded += later.succeeded;
  failed += later.failed;
  if (with.empty()) with = later.with;
}

void Tally::add(std::uint64_t seed, const History& history) {
  ++histories;
  steps += history.events.back().step;
  if (history.events.back().note == "cut") ++cut;
  if (std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
        return event.kind == EventKind::changed && event.after;
      }))
    ++with_jobs;
  for (const auto& [situation, count] : fencepost::reached(history)) reached[situation] += count;
  for (const Situation& situation : situations())
    if (!can_come_about(situation, history.declared)) ruled_out.emplace(situation.name);
  const std::vector<Judgement> judgements = judge_all(history);
  for (const Excuse& excuse : excuses_in(history, judgements)) ++excused[excuse];
  for (const Judgement& judgement : judgements) {
    const std::string property(judgement.property->name);
    ++judged[property][judgement.verdict.outcome];
    if (judgement.verdict.outcome == Outcome::open) open.emplace(property, judgement.verdict.why);
    for (const Violation& violation : judgement.verdict.violations)
      keep_earlier(found[full_name(*judgement.property, violation)],
                   {1, scenario, seed, violation});
  }
  for (const Event& event : history.events) {
    if (event.kind != EventKind::statement || event.operation == kConnect) continue;
    Endings& statement = statements[event.operation + "." + event.statement];
    ++(event.sqlstate.empty() ? statement.succeeded : statement.failed);
    if (statement.with.empty() && !event.sqlstate.empty())
      statement.with = event.sqlstate + (event.message.empty() ? "" : " (" + event.message + ")");
  }
}

void Tally::merge(const Tally& later) {
  histories += later.histories;
  cut += later.cut;
  with_jobs += later.with_jobs;
  steps += later.steps;
  for (const auto& [situation, count] : later.reached) reached[situation] += count;
  for (const auto& [property, outcomes] : later.judged)
    for (const auto& [outcome, count] : outcomes) judged[property][outcome] += count;
  for (const auto& [name, find] : later.found) keep_earlier(found[name], find);
  ruled_out.insert(later.ruled_out.begin(), later.ruled_out.end());
  for (const auto& [property, why] : later.open) open.emplace(property, why);
  for (const auto& [excuse, count] : later.excused) excused[excuse] += count;
  for (const auto& [name, endings] : later.statements) statements[name].add(endings);
}

std::map<std::string, std::map<std::string, int>> all_excused(const std::vector<Tally>& tallies) {
  std::map<std::string, std::map<std::string, int>> all;
  for (const Tally& tally : tallies)
    for (const auto& [excuse, count] : tally.excused)
      all[excuse.declaration][excuse.property] += count;
  return all;
}

std::map<std::string, Endings> never_succeeded(const std::vector<Tally>& tallies) {
  Tally all;
  for (const Tally& tally : tallies) all.merge(tally);
  std::erase_if(all.statements, [](const auto& each) { return each.second.succeeded > 0; });
  return all.statements;
}

// All of them miss it with (1 - p)^n; in billionths, by squaring.
int missed_below(int judged) {
  constexpr std::int64_t kOne = 1'000'000'000;
  int thousandths = 1;
  for (; thousandths < 1000; ++thousandths) {
    std::int64_t missed = kOne, power = kOne / 1000 * (1000 - thousandths);
    for (int n = judged; n > 0; n /= 2, power = power * power / kOne)
      if (n % 2 == 1) missed = missed * power / kOne;
    if (missed <= kOne / 20) break;
  }
  return thousandths;
}

// Shown is the scenario that fails most often, because it is the typical one.
std::map<std::string, Find> all_found(const std::vector<Tally>& tallies) {
  std::map<std::string, Find> all;
  std::map<std::string, int> most;
  for (const Tally& tally : tallies) {
    for (const auto& [name, find] : tally.found) {
      const int histories = all[name].histories + find.histories;
      if (find.histories > most[name]) all[name] = find;
      most[name] = std::max(most[name], find.histories);
      all[name].histories = histories;
    }
  }
  return all;
}

ProtocolVerdict judge_protocol(const std::vector<Tally>& tallies, const Demands& demands,
                               const Promise& promise) {
  ProtocolVerdict verdict;
  verdict.violated = by_weight(all_found(tallies), promise.violates);
  const auto allowed = [&](const std::string& name) {
    return std::ranges::count(promise.known, name) > 0 ||
           (promise.as_expected && std::ranges::count(promise.violates, name) > 0);
  };
  for (const std::string& name : verdict.violated)
    if (!allowed(name)) verdict.unexpected.push_back(name);
  if (promise.as_expected)
    for (const std::string& name : promise.violates)
      if (std::ranges::count(verdict.violated, name) == 0) verdict.not_found.push_back(name);
  for (const Tally& tally : tallies) {
    const auto demanded = demands.find(tally.scenario);
    if (demanded == demands.end()) continue;
    for (const auto& [situation, least] : demanded->second) {
      const auto reached = tally.reached.find(situation);
      const int count = reached == tally.reached.end() ? 0 : reached->second;
      if (count >= least || tally.ruled_out.contains(situation)) continue;
      if (std::ranges::count(promise.unreachable, situation) > 0)
        ++verdict.waived[situation];
      else
        verdict.missed.push_back({tally.scenario, situation, count, least});
    }
  }
  if (tallies.empty())
    verdict.unproved.push_back(
        {"", "",
         "it was run under no scenario; [check] scenarios, or --scenario, must name one that can "
         "strike it"});
  if (!promise.unconfirmed.empty()) verdict.unproved.push_back({"", "", promise.unconfirmed});
  // Where something is violated, that is what keeps the rest from coming to an end.
  for (const Tally& tally : tallies)
    for (const auto& [property, why] : tally.open)
      if (tally.found.empty() && left_open(tally.judged.at(property)))
        verdict.unproved.push_back({tally.scenario, property, why});
  verdict.failed = !verdict.unexpected.empty() || !verdict.not_found.empty();
  return verdict;
}

void excuse_unfinished(ProtocolVerdict& verdict, const std::vector<Tally>& tallies, int planned) {
  const auto unfinished = [&](const Tally& tally) { return tally.histories < planned; };
  if (std::none_of(tallies.begin(), tallies.end(), unfinished)) return;
  const auto excused = [&](const Missed& missed) {
    return std::any_of(tallies.begin(), tallies.end(), [&](const Tally& tally) {
      return tally.scenario == missed.scenario && unfinished(tally);
    });
  };
  std::erase_if(verdict.unproved, [&](const Unproved& each) {
    return std::any_of(tallies.begin(), tallies.end(), [&](const Tally& tally) {
      return tally.scenario == each.scenario && unfinished(tally);
    });
  });
  const auto first =
      std::stable_partition(verdict.missed.begin(), verdict.missed.end(), std::not_fn(excused));
  verdict.not_reached_yet.insert(verdict.not_reached_yet.end(), first, verdict.missed.end());
  verdict.missed.erase(first, verdict.missed.end());
  verdict.not_found_yet = std::move(verdict.not_found);
  verdict.not_found.clear();
  verdict.failed = !verdict.unexpected.empty();
}

}  // namespace fencepost
