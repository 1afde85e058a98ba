// `check`: the gate.
#include <fmt/format.h>

#include <algorithm>

#include "reports/gate_text.hpp"
#include "sim/check_output.hpp"
#include "sim/commands.hpp"
#include "sim/error.hpp"
#include "sim/settings.hpp"
#include "sim/time_budget.hpp"

namespace fencepost {
namespace {

constexpr SeedRange kUsualSeeds{1, 100};
constexpr std::uint64_t kMostSeeds = 10'000'000;

/// Flags beat the environment, which beats fencepost.toml.
struct Plan {
  std::vector<std::string> protocols;
  SeedRange seeds = kUsualSeeds;
  int jobs = 1;
  Expecting expecting = Expecting::nothing;
  CheckOutput output{"fencepost-failures", {}, false};
  std::optional<Duration> time_budget;
};

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

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

bool needs_previous(const Scenario& scenario) {
  return scenario.load.previous > 0 ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultRule& rule) { return rule.kind == FaultKind::roll_back; });
}

bool is_own(const Scenario& scenario, const Protocol& protocol) {
  return std::find(protocol.scenarios.begin(), protocol.scenarios.end(), scenario.file) !=
         protocol.scenarios.end();
}

/// A scenario whose every fault aims at statements that this protocol does not have proves nothing
/// about it.
Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped) {
  Gate gate{gallery.protocol(name), {}};
  const Protocol& protocol = gate.protocol.protocol;
  for (NamedScenario& each : gallery.scenarios(gate.protocol)) {
    const bool own = is_own(each.scenario, protocol);
    if (only.empty() && !own && !wanted(protocol.checked_under, each.scenario.name)) continue;
    if (!wanted(only, each.scenario.name)) continue;
    const auto idle = idle_faults(each.scenario, protocol);
    const bool lacks_version = needs_previous(each.scenario) && !protocol.previous;
    if (lacks_version || (!idle.empty() && idle.size() == each.scenario.faults.size()))
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

}  // namespace

int check_command(const Context& context) {
  const Plan plan = plan_of(context.options);
  const Gallery gallery(context.data);
  std::vector<Gate> gates;
  std::vector<std::vector<std::string>> skipped;
  for (const std::string& name : plan.protocols)
    for (const std::string& each : gallery.matching(name))
      gates.push_back(gate_of(gallery, each, context.options.scenarios, skipped.emplace_back()));

  std::vector<GateResult> results;
  {
    Lanes lanes(plan.jobs, context.cluster_options());
    Progress progress(context.terminal);
    const TimeBudget budget(plan.time_budget);
    results = check_gates(
        lanes, gates, plan.seeds, plan.expecting,
        [&](const Stage& stage) {
          progress.show(stage.what, stage.done, stage.all, stage.unit);
          return !interrupted();
        },
        [&] { return budget.used_up(); });
    progress.clear();
    for (const std::string& kept : lanes.end())
      fmt::print(plan.output.json ? stderr : stdout, "{}", kept);
  }
  CheckReport report =
      check_report(gates, results, skipped, plan.expecting,
                   static_cast<int>(plan.seeds.last - plan.seeds.first + 1), context.program);
  if (interrupted()) {
    if (!plan.output.json)
      for (const ProtocolReport& each : report.protocols) fmt::print("{}", gate_text(each.gate));
    fmt::print(stderr,
               "fencepost: stopped by Ctrl-C, so this is not a verdict: only what was run until "
               "then is counted\n");
    return kInterrupted;
  }
  return publish(context, std::move(report), results, plan.output);
}

}  // namespace fencepost
