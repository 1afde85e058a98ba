// `merge`: the shards of a check or of `mutate` put together: what all of them came to, in the
// words and files of one machine.
#include <fmt/format.h>

#include "reports/escaped.hpp"
#include "sim/cli/baseline.hpp"
#include "sim/commands/check.hpp"
#include "sim/commands/mutate.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/error.hpp"
#include "sim/wide/joined.hpp"
#include "sim/wide/share.hpp"

namespace fencepost {
namespace {

struct MergeFlags {
  std::vector<std::string> results;
  WorkFlags work;
  std::optional<std::filesystem::path> write_baseline;
  std::optional<std::filesystem::path> junit;
  ClusterOptions server;
};

/// What the shards were told, and where it goes from here.
Plan plan_of(const MergeFlags& flags, const WorkLabel& label) {
  WorkFlags work = flags.work;
  work.protocols = label.named;
  Plan plan = fencepost::plan_of(work);
  plan.seeds = label.seeds();
  plan.expecting = label.expecting();
  return plan;
}

/// Only the same subjects, here, can be run again, to make failures small, or have the same
/// mutants.
void demand_same(const MergeFlags& flags, const std::string& file, const WorkLabel& label,
                 const std::vector<Subject>& subjects) {
  demand_one_check(file, label, "what is here", label_here(label, subjects, flags.server));
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

/// What of its flags is for results of the other command.
void demand_fitting(const Context& context, const MergeFlags& flags, const WorkLabel& label) {
  const auto refuse = [&](std::string_view flag, bool given, std::string_view of) {
    if (given && label.command != of)
      throw InputError(fmt::format(
          "{} is for what \"{}\" comes to, but these are results of \"{}\"; leave it out", flag, of,
          label.command));
  };
  refuse("--junit", flags.junit.has_value(), "mutate");
  refuse("--failures", by_flag(context, flags.work.failures, "FENCEPOST_FAILURES"), "check");
  const GivenText& budget = flags.work.time_budget;
  refuse("--time-budget", !budget.text.empty() && budget.by == "--time-budget", "check");
  refuse("--write-baseline", flags.write_baseline.has_value(), "check");
  refuse("--report-dir", by_flag(context, flags.work.report_dir, "FENCEPOST_REPORT_DIR"), "check");
}

int merge_mutants(const Context& context, const MergeFlags& flags, const std::string& file,
                  const ShardResult& all) {
  MutantWork work = mutant_work(subjects_of(Gallery(context.data), all.label.named, all.label.only),
                                all.label.changes);
  demand_same(flags, file, all.label, work.subjects);
  MutantsTold told(flags.work.json ? MutantsTold::As::json : MutantsTold::As::text);
  for (std::size_t i = 0; i < work.subjects.size(); ++i) {
    const Subject& subject = work.subjects[i];
    told.tell(
        subject.name(),
        with_tried(untried(subject.protocol.protocol, std::move(work.mutants[i])), all.tried[i]));
  }
  return told.end(flags.junit);
}

int merge_check(const Context& context, const MergeFlags& flags, const Plan& plan,
                const std::string& file, ShardResult all) {
  std::vector<Subject> subjects =
      subjects_of(Gallery(context.data), plan.protocols, all.label.only);
  for (std::size_t i = 0; i < std::min(subjects.size(), all.label.protocols.size()); ++i)
    subjects[i].known = all.label.protocols[i].known;
  demand_same(flags, file, all.label, subjects);
  const Traps traps = note_traps(subjects, context.program);
  std::FILE* const stream = told_on(plan.output);
  for (const SavedOutcome& each : all.saved) fmt::print(stream, "{}\n", visible(each.says));
  if (!all.saved.empty()) fmt::print(stream, "\n");
  leave_saved(all.saved, subjects);
  Checked checked = judge(context, flags, plan, subjects, std::move(all.tallies));
  if (flags.write_baseline && !interrupted() && checked.trouble == nullptr)
    write_baseline(*flags.write_baseline, subjects, checked.results);
  return tell(context, plan, subjects, traps, std::move(all.saved), std::move(checked));
}

int merge(const Context& context, const MergeFlags& flags) {
  std::vector<GivenResult> given = read_results(flags.results);
  const std::string first = given.front().file.string();
  ShardResult all = joined(std::move(given));
  demand_fitting(context, flags, all.label);
  if (all.label.command == "mutate") return merge_mutants(context, flags, first, all);
  const Plan plan = plan_of(flags, all.label);
  return with_report(plan.output,
                     [&] { return merge_check(context, flags, plan, first, std::move(all)); });
}

}  // namespace

Action merge_command(Flags& flags) {
  const auto into = std::make_shared<MergeFlags>();
  WorkFlags& work = into->work;
  flags.add("RESULT", &into->results, "The results of all shards, or their folder").required();
  add_jobs(flags, work);
  add_failures(flags, work);
  add_report(flags, work);
  flags.add("--write-baseline", &into->write_baseline, "Write what is violated there").output();
  flags.add("--junit", &into->junit, "Of mutate: write what became of mutants there, as JUnit XML")
      .output();
  flags.add("--time-budget", &work.time_budget, "Make failures no smaller after 90s, 5m, 1h")
      .value("TIME")
      .environment("FENCEPOST_TIME_BUDGET");
  add_server(flags, into->server);
  return [into](const Context& context) { return merge(context, *into); };
}

}  // namespace fencepost
