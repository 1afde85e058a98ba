// `check`: the gate.
#include <fmt/format.h>

#include "reports/gate_text.hpp"
#include "sim/commands.hpp"
#include "sim/error.hpp"
#include "sim/plan.hpp"
#include "sim/regressions.hpp"
#include "sim/replay_file.hpp"
#include "sim/settings.hpp"
#include "sim/words.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostLines = 120;

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
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
    plan.failures = settings->failures.value_or(plan.failures);
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
  plan.jobs = options.jobs.value_or(plan.jobs);
  plan.failures = options.failures.value_or(plan.failures);
  if (options.as_expected) plan.expecting = Expecting::as_declared;
  return plan;
}

Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped) {
  Gate gate{gallery.protocol(name), {}};
  for (NamedScenario& each : gallery.scenarios(gate.protocol)) {
    if (!wanted(only, each.scenario.name)) continue;
    const auto idle = idle_faults(each.scenario, gate.protocol.protocol);
    if (!idle.empty() && idle.size() == each.scenario.faults.size())
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

namespace {

void print_failure(const Context& context, const Failure& failure, const std::string& replay) {
  FailureReport report{failure.saved.protocol,    failure.saved.scenario,
                       failure.saved.seed,        failure.saved.property,
                       failure.violation,         &failure.history,
                       failure.saved.shrunk_from, replay,
                       failure.saved.digest,      kMostLines};
  fmt::print("\n{}",
             failure_text(
                 report,
                 {context.terminal.color ? Color::on : Color::off, context.terminal.width, 0, {}}));
}

std::string replay_of(const Context& context, const Failure& failure,
                      const std::filesystem::path& folder) {
  const std::optional<std::filesystem::path> file = save_failure(failure.saved, folder);
  return file ? fmt::format("{} replay {}", context.program, for_shell(file->string()))
              : run_command_of(context.program, failure.saved);
}

/// What came of the saved failures, which tell what they violate instead of a new one.
std::vector<Regression> check_saved(const Context& context, const Gallery& gallery,
                                    const Plan& plan, Lanes& lanes, std::vector<Gate>& gates,
                                    const Meanwhile& meanwhile) {
  const std::vector<SavedFailure> saved =
      saved_failures(gallery, gates, context.options.scenarios, plan.failures);
  std::vector<Regression> regressions = replay_saved(lanes, gates, saved, meanwhile);
  for (const Regression& each : regressions)
    if (each.came == Came::fails_again && is_red(each, gates[each.saved.gate], plan.expecting))
      gates[each.saved.gate].told.insert(each.saved.run.property);
  return regressions;
}

/// Returns whether any is red.
bool print_saved(const Plan& plan, const std::vector<Gate>& gates,
                 const std::vector<Regression>& regressions) {
  for (const Regression& each : regressions)
    fmt::print("{}\n", regression_text(each, gates[each.saved.gate], plan.expecting));
  if (!regressions.empty()) fmt::print("\n");
  return std::any_of(regressions.begin(), regressions.end(), [&](const Regression& each) {
    return is_red(each, gates[each.saved.gate], plan.expecting);
  });
}

int status_of(const std::vector<GateResult>& results) {
  int status = kHolds;
  for (const GateResult& result : results) {
    if (result.verdict.failed) return kViolated;
    if (!result.verdict.missed.empty() || result.tallies.empty()) status = kVacuous;
  }
  return status;
}

}  // namespace

int check_command(const Context& context) {
  const Plan plan = plan_of(context.options);
  const Gallery gallery(context.data);
  std::vector<Gate> gates;
  std::vector<std::vector<std::string>> skipped(plan.protocols.size());
  for (std::size_t i = 0; i < plan.protocols.size(); ++i)
    gates.push_back(gate_of(gallery, plan.protocols[i], context.options.scenarios, skipped[i]));

  std::vector<GateResult> results;
  std::vector<Regression> regressions;
  {
    Lanes lanes(plan.jobs, context.cluster_options());
    Progress progress(context.terminal);
    const Meanwhile meanwhile = [&](const Stage& stage) {
      progress.show(stage.what, stage.done, stage.all, stage.unit);
      return !interrupted();
    };
    regressions = check_saved(context, gallery, plan, lanes, gates, meanwhile);
    if (!interrupted()) results = check_gates(lanes, gates, plan.seeds, plan.expecting, meanwhile);
    progress.clear();
    for (const std::string& kept : lanes.end()) fmt::print("{}", kept);
  }
  const bool as_declared = plan.expecting == Expecting::as_declared;
  const bool saved_red = print_saved(plan, gates, regressions);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Protocol& protocol = gates[i].protocol.protocol;
    fmt::print("{}{}", i == 0 ? "" : "\n",
               gate_text({protocol.name, protocol.about, results[i].tallies, skipped[i],
                          results[i].verdict, as_declared}));
  }
  if (interrupted()) {
    fmt::print(stderr,
               "fencepost: stopped by Ctrl-C, so this is not a verdict: only what was run until "
               "then is counted\n");
    return kInterrupted;
  }
  for (const Regression& each : regressions)
    if (each.failure && is_red(each, gates[each.saved.gate], plan.expecting))
      print_failure(
          context, *each.failure,
          fmt::format("{} replay {}{}", context.program, for_shell(each.saved.file.string()),
                      each.saved.changed ? " --force" : ""));
  for (const GateResult& result : results)
    for (const Failure& failure : result.failures)
      print_failure(context, failure, replay_of(context, failure, plan.failures));
  const int status = saved_red ? static_cast<int>(kViolated) : status_of(results);
  if (status == kHolds) fmt::print("\n{}\n", as_declared ? "as expected" : "holds");
  if (status == kVacuous)
    fmt::print(
        "\nvacuous: nothing was violated, but not everything that must be reached was reached\n");
  return status;
}

}  // namespace fencepost
