#include "sim/plan.hpp"

#include <algorithm>

#include "sim/error.hpp"
#include "sim/settings.hpp"

namespace fencepost {
namespace {

constexpr std::uint64_t kMostSeeds = 10'000'000;

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

bool needs_previous(const Scenario& scenario) {
  return scenario.load.previous > 0 ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultRule& rule) { return rule.kind == FaultKind::roll_back; });
}

bool checks(const Protocol& protocol, const std::string& scenario) {
  const auto& names = protocol.checked_under;
  return !names || std::find(names->begin(), names->end(), scenario) != names->end();
}

bool is_own(const Scenario& scenario, const Protocol& protocol) {
  return std::find(protocol.scenarios.begin(), protocol.scenarios.end(), scenario.file) !=
         protocol.scenarios.end();
}

}  // namespace

Plan plan_of(const Options& options) {
  Plan plan;
  plan.protocols = options.names;
  plan.jobs = static_cast<int>(usable_cores().size());
  const std::optional<Settings> settings = nearest_settings(std::filesystem::current_path());
  if (settings) {
    if (settings->seeds) plan.seeds.last = static_cast<std::uint64_t>(*settings->seeds);
    plan.jobs = settings->jobs.value_or(plan.jobs);
    plan.output.failures = settings->failures.value_or(plan.output.failures);
    plan.output.report_dir = settings->report_dir;
    plan.time_budget = settings->time_budget;
    if (plan.protocols.empty()) {
      plan.protocols = settings->protocols;
      if (settings->as_expected) plan.expecting = Expecting::as_declared;
    }
  }
  if (plan.protocols.empty())
    throw InputError(
        settings ? fmt::format("{} lists no protocols; add protocols = [\"./folder\"], or name one",
                               settings->file.string())
                 : "no protocol is named, and there is no fencepost.toml here or above that lists "
                   "any; name a folder or a bundled one: check path/to/protocol");
  plan.seeds = options.seeds.value_or(plan.seeds);
  if (plan.seeds.last - plan.seeds.first >= kMostSeeds)
    throw InputError(
        fmt::format("--seeds asks for {} histories of each scenario, but one check takes at most "
                    "{}; take a smaller range",
                    plan.seeds.last - plan.seeds.first + 1, kMostSeeds));
  plan.jobs = options.jobs.value_or(plan.jobs);
  plan.output.failures = options.failures.value_or(plan.output.failures);
  if (options.report_dir) plan.output.report_dir = options.report_dir;
  if (options.time_budget) plan.time_budget = options.time_budget;
  plan.output.json = options.json;
  if (options.as_expected) plan.expecting = Expecting::as_declared;
  return plan;
}

Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped) {
  Gate gate{gallery.protocol(name), {}};
  const Protocol& protocol = gate.protocol.protocol;
  for (NamedScenario& each : gallery.scenarios(gate.protocol)) {
    const bool own = is_own(each.scenario, protocol);
    if (only.empty() && !own && !checks(protocol, each.scenario.name)) continue;
    if (!wanted(only, each.scenario.name)) continue;
    const bool no_version = needs_previous(each.scenario) && !protocol.previous;
    const bool no_items = each.scenario.load.poison > 0 && protocol.find("applied") == nullptr;
    if (no_version || no_items)
      skipped.push_back(each.scenario.name);
    else
      gate.scenarios.push_back(std::move(each));
  }
  for (const std::string& scenario : only)
    if (std::none_of(gate.scenarios.begin(), gate.scenarios.end(),
                     [&](const auto& each) { return each.scenario.name == scenario; }) &&
        std::find(skipped.begin(), skipped.end(), scenario) == skipped.end())
      gate.scenarios.push_back(gallery.scenario(scenario, gate.protocol));
  return gate;
}

std::vector<Gate> gates_of(const Plan& plan, const Gallery& gallery,
                           const std::vector<std::string>& only,
                           std::vector<std::vector<std::string>>& skipped) {
  std::vector<Gate> gates;
  for (const std::string& name : plan.protocols)
    for (const std::string& each : gallery.matching(name))
      gates.push_back(gate_of(gallery, each, only, skipped.emplace_back()));
  return gates;
}

}  // namespace fencepost
