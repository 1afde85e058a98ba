// `merge`: the shards of a check put together: what all of them came to, in the words and files of
// one machine.
#include <fmt/format.h>

#include "sim/cli/baseline.hpp"
#include "sim/commands/check.hpp"
#include "sim/search/subjects.hpp"
#include "sim/wide/joined.hpp"

namespace fencepost {
namespace {

struct MergeFlags {
  std::vector<std::string> results;
  WorkFlags work;
  std::optional<std::filesystem::path> write_baseline;
  ClusterOptions server;
};

/// What the shards were told, and where it goes from here.
Plan plan_of(const MergeFlags& flags, const CheckLabel& label) {
  WorkFlags work = flags.work;
  work.protocols = label.named;
  Plan plan = fencepost::plan_of(work);
  plan.seeds = label.seeds();
  plan.expecting = label.expecting();
  return plan;
}

/// What the shards checked, as it is here. Only the same of it can be run again, to make failures
/// small.
std::vector<Subject> subjects_of(const Context& context, const MergeFlags& flags, const Plan& plan,
                                 const std::string& file, const CheckLabel& label) {
  std::vector<Subject> subjects =
      fencepost::subjects_of(Gallery(context.data), plan.protocols, label.only);
  for (std::size_t i = 0; i < std::min(subjects.size(), label.protocols.size()); ++i)
    subjects[i].known = label.protocols[i].known;
  demand_one_check(file, label, "what is here",
                   label_of(plan, label.only, subjects, flags.server, label.of));
  return subjects;
}

Checked judge(const Context& context, const MergeFlags& flags, const Plan& plan,
              const std::vector<Subject>& subjects, std::vector<std::vector<Tally>> tallies) {
  std::vector<SubjectResult> counted(subjects.size());
  for (std::size_t i = 0; i < counted.size(); ++i) counted[i].tallies = std::move(tallies[i]);
  Lanes lanes(plan.jobs, flags.server);
  Progress progress(context.terminal);
  const TimeBudget budget(plan.time_budget);
  std::function<bool()> enough;
  if (plan.time_budget) enough = [&] { return budget.used_up(); };
  Checked checked = judge_counted(
      lanes, subjects, std::move(counted), plan.expecting,
      [&](const Stage& stage) {
        progress.show(stage.what, stage.done, stage.all, stage.unit);
        return !interrupted();
      },
      enough);
  progress.clear();
  for (const std::string& kept : lanes.end()) fmt::print(told_on(plan.output), "{}", kept);
  return checked;
}

int merge(const Context& context, const MergeFlags& flags) {
  std::vector<GivenResult> given = read_results(flags.results);
  const std::string first = given.front().file.string();
  ShardResult all = joined(std::move(given));
  const Plan plan = plan_of(flags, all.label);
  std::vector<Subject> subjects = subjects_of(context, flags, plan, first, all.label);
  begin_report(plan.output);
  const Traps traps = note_traps(subjects, context.program);
  std::FILE* const stream = told_on(plan.output);
  for (const SavedOutcome& each : all.saved) fmt::print(stream, "{}\n", each.says);
  if (!all.saved.empty()) fmt::print(stream, "\n");
  leave_saved(all.saved, subjects);
  Checked checked = judge(context, flags, plan, subjects, std::move(all.tallies));
  if (flags.write_baseline && !interrupted() && checked.trouble == nullptr)
    write_baseline(*flags.write_baseline, subjects, checked.results);
  return tell(context, plan, subjects, traps, std::move(all.saved), std::move(checked));
}

}  // namespace

Action merge_command(Flags& flags) {
  const auto into = std::make_shared<MergeFlags>();
  WorkFlags& work = into->work;
  flags.add("RESULT", &into->results, "The results of all shards, or their folder").required();
  add_jobs(flags, work);
  add_failures(flags, work);
  add_report(flags, work);
  flags.add("--write-baseline", &into->write_baseline, "Write what is violated there");
  flags.add("--time-budget", &work.time_budget, "Make failures no smaller after 90s, 5m, 1h")
      .value("TIME")
      .environment("FENCEPOST_TIME_BUDGET");
  add_server(flags, into->server);
  return [into](const Context& context) { return merge(context, *into); };
}

}  // namespace fencepost
