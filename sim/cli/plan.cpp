#include "sim/cli/plan.hpp"

#include <algorithm>

#include "sim/cli/settings.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::uint64_t kMostSeeds = 10'000'000;

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

}  // namespace fencepost
