// `measure`: how many histories the search takes until it finds what is known to be there.
#include <fmt/format.h>

#include "reports/escaped.hpp"
#include "reports/measure_table.hpp"
#include "sim/cli/options.hpp"
#include "sim/search/measurement.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

struct MeasureFlags {
  WorkFlags work;
  MeasurePlan plan;
  bool stock = false;                 ///< bundled scenarios alone
  std::optional<std::uint64_t> from;  ///< the first seed
  ClusterOptions server;
};

int measure_search(const Context& context, const MeasureFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  if (flags.stock && !flags.work.scenarios.empty())
    throw InputError("--stock is all bundled scenarios, and --scenario some: give one of them");
  std::vector<Subject> subjects = subjects_of(gallery, plan.protocols, flags.work.scenarios,
                                              flags.stock ? Stock::alone : Stock::and_own);
  std::erase_if(subjects, [](const Subject& subject) {
    return subject.protocol.protocol.expect.violates.empty();
  });
  if (subjects.empty())
    throw InputError(fmt::format(
        "no protocol named here expects a violation under [expect], so there is nothing to find: "
        "{}; name a broken one, such as kukuri-fenced",
        fmt::join(plan.protocols, ", ")));
  MeasurePlan measuring = flags.plan;
  measuring.first_seed = flags.from.value_or(measuring.first_seed);
  Measurement measurement;
  {
    Lanes lanes(plan.jobs, flags.server);
    Progress progress(context.terminal);
    measurement = measure(lanes, subjects, measuring, [&](const Stage& stage) {
      progress.show(stage.what, stage.done, stage.all, stage.unit);
      return !interrupted();
    });
    progress.clear();
    for (const std::string& kept : lanes.end()) fmt::print("{}", kept);
  }
  const Measured& measured = measurement.measured;
  if (measuring.by_scenario)
    fmt::print("Seeds until a scenario shows a violation, in {} of at most {} each:\n\n{}",
               counted(measured.trials, "trial"), measured.most, scenario_tables(measured));
  else
    fmt::print(
        "Median number of histories until a violation is found, over {} trials of at most {} "
        "histories each:\n\n{}",
        measured.trials, measured.most,
        measure_table(measured, measuring.lengths ? Lengths::shown : Lengths::left_out));
  if (!interrupted() && measurement.trouble != nullptr) {
    std::fflush(stdout);
    fmt::print(stderr, "fencepost: measuring came to no end, and counts the trials until then\n");
    std::rethrow_exception(measurement.trouble);
  }
  if (!interrupted()) return kHolds;
  fmt::print(stderr, "fencepost: stopped by {}, so only trials that were finished are counted\n",
             interrupted_by());
  return kInterrupted;
}

}  // namespace

Action measure_command(Flags& flags) {
  const auto into = std::make_shared<MeasureFlags>();
  MeasurePlan& plan = into->plan;
  add_protocols(flags, into->work);
  flags.add("--trials", &plan.trials, "How often it is searched for").between(1, 1'000'000);
  flags.add("--most", &plan.most, "Histories in a trial").between(1, 1'000'000);
  add_from(flags, into->from, "The first seed");
  flags.add("--all", &plan.all, "Everything under [expect], not only what is listed first");
  flags.add("--stock", &into->stock, "Under all bundled scenarios, and none of the protocol's own");
  flags.add("--by-scenario", &plan.by_scenario,
            "What each scenario shows, and how soon, instead of each strategy");
  flags.add("--lengths", &plan.lengths, "Also how long the shrunk stories are");
  add_server(flags, into->server);
  return [into](const Context& context) { return measure_search(context, *into); };
}

}  // namespace fencepost
