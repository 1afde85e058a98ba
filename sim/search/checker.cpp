#include "sim/search/checker.hpp"

#include <algorithm>
#include <atomic>

#include "sim/search/shrinker.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::uint64_t kSeedsPerTask = 10;
/// Each of several finds is made small so far, and then the shortest of them as far as can be.
constexpr int kFirstBudget = 150;

/// Some seeds of one scenario of one gate.
struct Part {
  std::size_t gate = 0;
  std::size_t scenario = 0;
  SeedRange seeds;
  Tally tally;
};

/// What follows the first seed of each scenario. A lane that goes from one gate to the next has to
/// load its protocol, so rounds are few.
enum class Rounds {
  doubling,  ///< every scenario has had its share whenever the work is ended
  single,    ///< all the others at once
};

std::vector<Part> parts_of(const std::vector<Gate>& gates, SeedRange seeds, Rounds rounds) {
  std::vector<Part> parts;
  std::uint64_t round_size = 1;
  for (std::uint64_t first = seeds.first; first <= seeds.last; first += round_size) {
    if (first != seeds.first)
      round_size = rounds == Rounds::doubling ? first - seeds.first : seeds.last - first + 1;
    const std::uint64_t end = std::min(seeds.last + 1, first + round_size);
    for (std::size_t gate = 0; gate < gates.size(); ++gate)
      for (std::size_t scenario = 0; scenario < gates[gate].scenarios.size(); ++scenario)
        for (std::uint64_t each = first; each < end; each += kSeedsPerTask)
          parts.push_back({gate, scenario, {each, std::min(end, each + kSeedsPerTask) - 1}, {}});
  }
  return parts;
}

/// How many parts the first round has.
std::int64_t first_round(const std::vector<Gate>& gates) {
  std::int64_t parts = 0;
  for (const Gate& gate : gates) parts += static_cast<std::int64_t>(gate.scenarios.size());
  return parts;
}

History run_seed(Lane& lane, const Protocol& protocol, const Scenario& scenario,
                 std::uint64_t seed) {
  return lane.with(protocol, scenario).run(scenario, *portfolio(seed).make(seed));
}

void do_part(Lane& lane, const Gate& gate, Part& part, SeedRange all,
             std::atomic<std::int64_t>& done, const std::atomic<bool>& stop) {
  const Protocol& protocol = gate.protocol.protocol;
  const Scenario& scenario = gate.scenarios[part.scenario].scenario;
  part.tally.scenario = scenario.name;
  for (std::uint64_t seed = part.seeds.first; seed <= part.seeds.last && !stop; ++seed) {
    const History history = run_seed(lane, protocol, scenario, seed);
    if (seed == all.first)
      demand_same(history, run_seed(lane, protocol, scenario, seed),
                  fmt::format("{} under {} with seed {}", protocol.name, scenario.name, seed));
    part.tally.add(seed, history);
    ++done;
  }
}

Demands demands_of(const Gate& gate) {
  Demands demands;
  for (const NamedScenario& each : gate.scenarios)
    demands[each.scenario.name] = each.scenario.reach;
  return demands;
}

std::vector<GateResult> merged(const std::vector<Gate>& gates, const std::vector<Part>& parts,
                               Expecting expecting) {
  std::vector<GateResult> results(gates.size());
  for (std::size_t i = 0; i < gates.size(); ++i) {
    results[i].tallies.resize(gates[i].scenarios.size());
    for (std::size_t k = 0; k < gates[i].scenarios.size(); ++k)
      results[i].tallies[k].scenario = gates[i].scenarios[k].scenario.name;
  }
  for (const Part& part : parts) results[part.gate].tallies[part.scenario].merge(part.tally);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const Expectation& expect = gates[i].protocol.protocol.expect;
    results[i].verdict =
        judge_gate(results[i].tallies, demands_of(gates[i]),
                   {expecting == Expecting::as_declared, expect.violates, expect.unreachable});
  }
  return results;
}

/// The same failure looks simpler in one scenario than in another, so it is told from the three
/// that show it most often.
std::vector<Find> typical(const std::vector<Tally>& tallies, const std::string& name) {
  std::vector<Find> finds;
  for (const Tally& tally : tallies)
    if (const auto find = tally.found.find(name); find != tally.found.end())
      finds.push_back(find->second);
  std::stable_sort(finds.begin(), finds.end(),
                   [](const Find& a, const Find& b) { return a.histories > b.histories; });
  if (finds.size() > 3) finds.resize(3);
  return finds;
}

Failure make_small(Lane& lane, const Gate& gate, const std::string& name, const Find& find) {
  const auto scenario =
      std::find_if(gate.scenarios.begin(), gate.scenarios.end(),
                   [&](const NamedScenario& each) { return each.scenario.name == find.scenario; });
  const SavedRun run = record(lane, gate.protocol, *scenario, find.seed, name);
  return minimise(lane, gate.protocol.protocol, scenario->scenario, run, kFirstBudget);
}

Failure make_smallest(Lane& lane, const Gate& gate, const Failure& small) {
  const auto scenario = std::find_if(
      gate.scenarios.begin(), gate.scenarios.end(),
      [&](const NamedScenario& each) { return each.scenario.name == small.saved.scenario; });
  return minimise(lane, gate.protocol.protocol, scenario->scenario, small.saved, kShrinkBudget);
}

}  // namespace

void demand_same(const History& first, const History& second, const std::string& what) {
  if (digest(first) == digest(second)) return;
  for (std::size_t i = 0; i < std::max(first.events.size(), second.events.size()); ++i) {
    const std::string one = i < first.events.size() ? canonical_line(first.events[i]) : "(the end)";
    const std::string two =
        i < second.events.size() ? canonical_line(second.events[i]) : "(the end)";
    if (one != two)
      throw HarnessError(
          fmt::format("{} gave two different histories (digests {} and {}), so nothing it shows "
                      "can be trusted; the first event that differs:\n  first   {}\n  second  "
                      "{}\nplease report this with the protocol",
                      what, digest(first), digest(second), one, two));
  }
}

std::vector<GateResult> check_gates(Lanes& lanes, const std::vector<Gate>& gates, SeedRange seeds,
                                    Expecting expecting, const Meanwhile& meanwhile,
                                    const std::function<bool()>& enough) {
  std::vector<Part> parts = parts_of(gates, seeds, enough ? Rounds::doubling : Rounds::single);
  std::atomic<std::int64_t> done = 0, begun = 0;
  std::atomic<bool> stop = false;
  std::int64_t all = 0;
  std::vector<LaneTask> tasks;
  for (Part& part : parts) {
    all += static_cast<std::int64_t>(part.seeds.last - part.seeds.first + 1);
    tasks.push_back([&](Lane& lane) {
      ++begun;
      do_part(lane, gates[part.gate], part, seeds, done, stop);
    });
  }
  const auto watch = [&](std::string_view what, std::string_view unit) {
    return [&, what, unit] {
      if (!meanwhile({what, unit, done, all})) stop = true;
      return !stop;
    };
  };
  const auto checking = watch("checking", "histories");
  lanes.run(tasks,
            [&] { return checking() && !(enough && begun >= first_round(gates) && enough()); });
  std::vector<GateResult> results = merged(gates, parts, expecting);
  if (stop) return results;

  tasks.clear();
  done = 0;
  std::vector<std::vector<std::vector<Failure>>> told(gates.size());
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const auto& names = results[i].verdict.unexpected;
    told[i].resize(names.size());
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (gates[i].already_saved.contains(names[k])) continue;
      const std::vector<Find> finds = typical(results[i].tallies, names[k]);
      told[i][k].resize(finds.size());
      for (std::size_t n = 0; n < finds.size(); ++n)
        tasks.push_back([&gate = gates[i], &failure = told[i][k][n], name = names[k],
                         find = finds[n], &done](Lane& lane) {
          failure = make_small(lane, gate, name, find);
          ++done;
        });
    }
  }
  all = static_cast<std::int64_t>(tasks.size());
  lanes.run(tasks, watch("making counterexamples small", "failures"));
  for (std::size_t i = 0; i < gates.size(); ++i)
    for (std::vector<Failure>& versions : told[i]) {
      std::erase_if(versions,
                    [](const Failure& failure) { return failure.saved.property.empty(); });
      const auto shortest =
          std::min_element(versions.begin(), versions.end(),
                           [](const Failure& a, const Failure& b) { return a.steps < b.steps; });
      if (shortest != versions.end()) results[i].failures.push_back(std::move(*shortest));
    }
  if (stop) return results;

  tasks.clear();
  done = 0;
  for (std::size_t i = 0; i < gates.size(); ++i)
    for (Failure& failure : results[i].failures)
      tasks.push_back([&gate = gates[i], &failure, &done](Lane& lane) {
        failure = make_smallest(lane, gate, failure);
        ++done;
      });
  all = static_cast<std::int64_t>(tasks.size());
  lanes.run(tasks, watch("making the shortest smaller", "failures"));
  return results;
}

}  // namespace fencepost
