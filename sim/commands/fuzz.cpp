// `fuzz`: looks for more with new seeds.
#include <fmt/format.h>

#include <algorithm>

#include "model/schedule.hpp"
#include "reports/escaped.hpp"
#include "sim/cli/options.hpp"
#include "sim/search/fuzzer.hpp"
#include "sim/search/regressions.hpp"
#include "sim/search/run_file.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"
#include "sim/wide/shard.hpp"

namespace fencepost {
namespace {

struct FuzzFlags {
  WorkFlags work;
  int time = 60;                      ///< for how many seconds
  std::optional<std::uint64_t> from;  ///< the first seed
  GivenText shard;
  ClusterOptions server;
};

/// Situations by how often they came about, and those that never did.
std::string reached_text(const Tally& tally) {
  std::vector<std::string> reached, never;
  for (const auto& [situation, count] : tally.reached)
    if (count > 0)
      reached.push_back(fmt::format("{} {}", situation, count));
    else
      never.push_back(situation);
  std::string text;
  if (!reached.empty()) text += fmt::format("  reached  {}\n", fmt::join(reached, ", "));
  if (!never.empty()) text += fmt::format("  never    {}\n", fmt::join(never, ", "));
  return text;
}

/// One protocol: how much was tried, what came about, what was violated how often.
std::string subject_summary(const Subject& subject, const Fuzzed& fuzzed, const FuzzResult& result,
                            std::size_t index, const FuzzPlan& plan) {
  std::string text = fmt::format("{}  {}", subject.name(),
                                 counted(fuzzed.tally.histories, "history", "histories"));
  if (fuzzed.last_seed != 0)
    text += fmt::format(", seeds {}..{}", plan.first_seed + plan.skip, fuzzed.last_seed);
  if (plan.step > 1) text += fmt::format(", {} apart", plan.step);
  text += "\n" + reached_text(fuzzed.tally);
  for (const auto& [property, find] : fuzzed.tally.found) {
    const auto schedules =
        std::count_if(result.found.begin(), result.found.end(), [&](const Found& found) {
          return found.subject == index && found.failure.run.property == property;
        });
    text +=
        fmt::format("  {}  {} in {}\n", schedules > 0 ? "✗ violated" : "✗ expected", property,
                    counted(find.histories, "history", "histories") +
                        (schedules > 0 ? ", " + counted(schedules, "schedule") : std::string()));
  }
  if (fuzzed.unshrunk > 0)
    text += fmt::format("  {} of another kind was not shrunk: give it more --time\n",
                        counted(fuzzed.unshrunk, "find"));
  return text;
}

/// Where a failure is, and the command that shows it again.
struct KeptFailure {
  const Found* found = nullptr;
  std::string replay;
  bool known = false;
};

class Keeper {
 public:
  Keeper(const Context& context, const Plan& plan, const std::vector<Regression>& regressions)
      : context_(context), plan_(plan) {
    for (const Regression& each : regressions)
      if (each.failure)
        known_.emplace(std::pair(each.saved.subject,
                                 signature(each.saved.run.property, each.failure->told().history)),
                       each.saved.file.string());
  }
  KeptFailure keep(const Found& found) {
    const auto known = known_.find({found.subject, found.signature});
    if (known != known_.end())
      return {&found, replay_command_of(context_.program, known->second), true};
    const auto file = save_failure(found.failure.run, plan_.output.failures, found.signature);
    return {&found,
            file ? replay_command_of(context_.program, *file)
                 : run_command_of(context_.program, found.failure.run),
            false};
  }
  void tell(const KeptFailure& kept) const {
    FailureReport report = report_of(kept.found->failure.run);
    report.replay = kept.replay;
    fmt::print("\n{}", failure_text(report, text_options(context_)));
  }

 private:
  const Context& context_;
  const Plan& plan_;
  std::map<std::pair<std::size_t, std::string>, std::string> known_;
};

/// The shortest story of each property is told, of the others the command that does so.
void print_found(Keeper& keeper, const std::vector<Found>& found) {
  std::vector<KeptFailure> all;
  for (const Found& each : found) all.push_back(keeper.keep(each));
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i == 0 || all[i].found->subject != all[i - 1].found->subject ||
        all[i].found->failure.run.property != all[i - 1].found->failure.run.property)
      keeper.tell(all[i]);
  fmt::print("\n{}\n", counted(static_cast<std::int64_t>(all.size()), "failure"));
  for (const KeptFailure& kept : all)
    fmt::print("  {} in {}{}\n    {}\n", kept.found->failure.run.property,
               counted(kept.found->failure.steps, "step"), kept.known ? ", saved before" : "",
               kept.replay);
}

FuzzPlan fuzzing_by(const Context& context, const FuzzFlags& flags, const Plan& plan) {
  FuzzPlan fuzzing;
  fuzzing.expecting = plan.expecting;
  fuzzing.first_seed = flags.from.value_or(std::max(fuzzing.first_seed, plan.seeds.last + 1));
  if (flags.shard.text.empty()) return fuzzing;
  const Shard shard = shard_from(flags.shard, context.environment);
  fuzzing.skip = static_cast<std::uint64_t>(shard.number - 1);
  fuzzing.step = static_cast<std::uint64_t>(shard.of);
  return fuzzing;
}

int fuzz_for(const Context& context, const FuzzFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  const std::vector<Subject> subjects = subjects_of(gallery, plan.protocols, flags.work.scenarios);
  demand_scenarios(subjects);
  const FuzzPlan fuzzing = fuzzing_by(context, flags, plan);
  FuzzResult result;
  std::vector<Regression> regressions;
  std::int64_t milliseconds = 0;
  {
    Lanes lanes(plan.jobs, flags.server);
    Progress progress(context.terminal);
    regressions =
        replay_saved(lanes, subjects,
                     saved_failures(gallery, subjects, flags.work.scenarios, plan.output.failures),
                     [&](const Stage& stage) {
                       progress.show(stage.what, stage.done, stage.all, stage.unit);
                       return !interrupted();
                     });
    const Stopwatch watch;
    const std::int64_t most = flags.time * 1000LL;
    result = fuzz(
        lanes, subjects, fuzzing,
        [&](const FuzzStage& stage) {
          const std::int64_t now = watch.elapsed().count();
          if (now <= most) milliseconds = now;
          progress.say("fuzzing", std::min(now, most), most,
                       fmt::format("{} of {} s, {} histories, {} a second, {}",
                                   std::min(now, most) / 1000, flags.time, stage.histories,
                                   stage.histories * 1000 / std::max<std::int64_t>(1, now),
                                   counted(stage.failures, "failure")));
          return now < most && !interrupted();
        },
        [] { return !interrupted(); });
    progress.clear();
    for (const std::string& kept : lanes.end()) fmt::print("{}", kept);
  }
  std::int64_t histories = 0;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    histories += result.subjects[i].tally.histories;
    fmt::print("{}{}", i == 0 ? "" : "\n",
               subject_summary(subjects[i], result.subjects[i], result, i, fuzzing));
  }
  fmt::print(
      "\n{} a second, shrinking included\n",
      counted(histories * 1000 / std::max<std::int64_t>(1, milliseconds), "history", "histories"));
  if (interrupted())
    fmt::print(stderr, "fencepost: ended by {}; this is what was found until then\n",
               interrupted_by());
  if (!result.found.empty()) {
    Keeper keeper(context, plan, regressions);
    print_found(keeper, result.found);
  }
  if (result.trouble != nullptr) {
    std::fflush(stdout);
    fmt::print(stderr,
               "fencepost: the search came to no end, and tells what it found until then\n");
    std::rethrow_exception(result.trouble);
  }
  if (result.found.empty()) fmt::print("nothing was found\n");
  if (interrupted()) return kInterrupted;
  if (!result.found.empty()) return kViolated;
  return kHolds;
}

}  // namespace

Action fuzz_command(Flags& flags) {
  const auto into = std::make_shared<FuzzFlags>();
  add_protocols(flags, into->work);
  flags.add("--time", &into->time, "For how long, such as 90s or 5m")
      .usually("60s")
      .in_seconds()
      .between(1, 1'000'000);
  add_from(flags, into->from, "The first seed [the first that check does not use]");
  flags.add("--shard", &into->shard, "One machine's share of the seeds; or auto")
      .value("I/N")
      .environment("FENCEPOST_SHARD");
  flags.add("--as-expected", &into->work.as_expected, "What [expect] declares is no failure");
  add_failures(flags, into->work);
  add_server(flags, into->server);
  return [into](const Context& context) { return fuzz_for(context, *into); };
}

}  // namespace fencepost
