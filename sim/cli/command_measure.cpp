// `measure`: how many histories the search takes until it finds what is known to be there.
#include <fmt/format.h>

#include "reports/measure_table.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/plan.hpp"
#include "sim/search/gates.hpp"
#include "sim/search/measurement.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

int measure_command(const Context& context) {
  const Options& options = context.options;
  const Plan plan = plan_of(options);
  const Gallery gallery(context.data);
  std::vector<std::vector<std::string>> skipped;
  std::vector<Gate> gates = gates_of(gallery, plan.protocols, options.scenarios, skipped);
  std::erase_if(gates,
                [](const Gate& gate) { return gate.protocol.protocol.expect.violates.empty(); });
  if (gates.empty())
    throw InputError(fmt::format(
        "no protocol named here expects a violation under [expect], so there is nothing to find: "
        "{}; name a broken one, such as kukuri-fenced",
        fmt::join(plan.protocols, ", ")));
  MeasurePlan measuring;
  measuring.trials = options.trials;
  measuring.most = options.most;
  measuring.lengths = options.lengths;
  measuring.all = options.all;
  measuring.first_seed = options.from.value_or(measuring.first_seed);
  Measured measured;
  {
    Lanes lanes(plan.jobs, context.cluster_options());
    Progress progress(context.terminal);
    measured = measure(lanes, gates, measuring, [&](const Stage& stage) {
      progress.show(stage.what, stage.done, stage.all, stage.unit);
      return !interrupted();
    });
    progress.clear();
    for (const std::string& kept : lanes.end()) fmt::print("{}", kept);
  }
  fmt::print(
      "Median number of histories until a violation is found, over {} trials of at most {} "
      "histories each:\n\n{}",
      measured.trials, measured.most,
      measure_table(measured, options.lengths ? Lengths::shown : Lengths::left_out));
  if (!interrupted()) return kHolds;
  fmt::print(stderr,
             "fencepost: stopped by Ctrl-C, so only trials that were finished are counted\n");
  return kInterrupted;
}

}  // namespace fencepost
