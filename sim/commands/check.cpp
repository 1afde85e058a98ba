// `check`: the same seeds over all scenarios, every time; all of them, or one machine's share.
#include "sim/commands/check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/story.hpp"
#include "reports/check_text.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"
#include "reports/plain_times.hpp"
#include "sim/cli/baseline.hpp"
#include "sim/cli/results.hpp"
#include "sim/cli/work_times.hpp"
#include "sim/lint/lint_text.hpp"
#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"
#include "sim/text/words.hpp"
#include "sim/wide/share.hpp"

namespace fencepost {
namespace {

struct CheckFlags {
  WorkFlags work;
  std::optional<std::filesystem::path> baseline;
  std::optional<std::filesystem::path> write_baseline;
  ShareFlags share;
  ClusterOptions server;
};

/// What comes of the saved failures, told at once: somebody waits for the first red.
std::vector<SavedOutcome> check_saved(const Context& context, const CheckFlags& flags,
                                      const Gallery& gallery, const Plan& plan, Lanes& lanes,
                                      const std::vector<Subject>& subjects, Progress& progress,
                                      const Meanwhile& meanwhile) {
  std::FILE* const stream = told_on(plan.output);
  const std::vector<SavedFailure> saved =
      saved_failures(gallery, subjects, flags.work.scenarios, plan.output.failures);
  std::vector<Regression> regressions =
      replay_saved(lanes, subjects, saved, meanwhile, [&](const Regression& each) {
        progress.clear();
        fmt::print(stream, "{}\n",
                   visible(regression_text(each, subjects[each.saved.subject], plan.expecting,
                                           context.program)));
        std::fflush(stream);
      });
  if (!regressions.empty()) fmt::print(stream, "\n");
  std::vector<SavedOutcome> outcomes;
  for (Regression& each : regressions) {
    const Subject& subject = subjects[each.saved.subject];
    outcomes.push_back(outcome_of(std::move(each), subject, plan.expecting, context.program));
  }
  return outcomes;
}

/// What was found, and what is done with it then: at once and on stderr, because who comes first
/// differs from run to run.
void tell_sighting(const Context& context, const std::vector<Subject>& subjects,
                   const Sighting& found, std::string_view then) {
  const Subject& subject = subjects[found.subject];
  const NamedScenario& scenario = subject.scenarios[found.scenario];
  const SavedRun run = run_of(subject.protocol, scenario, found.seed);
  const auto width = static_cast<std::size_t>(context.terminal.err_width);
  const auto row = [&](std::string_view word, const std::string& text) {
    fmt::print(stderr, "  {:<7} {}\n", word, wrapped(visible(text), width, 10, 10));
  };
  fmt::print(stderr, "fencepost: {} is violated in {} under {} with seed {}; {}\n",
             visible(found.property), visible(run.protocol), visible(run.scenario), run.seed, then);
  row("story", plain_times(story(found.told.history, found.told.violation)));
  if (const auto culprit = culprit_of(found.told)) row("sql", to_text(*culprit));
  row("again", run_command_of(context.program, run));
}

/// What only merge can tell, where it is asked of a shard.
std::vector<std::string_view> for_merge(const Context& context, const CheckFlags& flags) {
  std::vector<std::string_view> given;
  if (flags.work.json) given.push_back("--json");
  if (flags.write_baseline) given.push_back("--write-baseline");
  if (by_flag(context, flags.work.report_dir, "FENCEPOST_REPORT_DIR"))
    given.push_back("--report-dir");
  return given;
}

/// What came of the histories that are run here.
struct Ran {
  std::vector<SavedOutcome> saved{};
  Checked checked;
};

Ran run_here(const Context& context, const CheckFlags& flags, const Gallery& gallery,
             const Plan& plan, std::vector<Subject>& subjects, std::optional<Shard> shard,
             WorkTimes& times) {
  Ran ran{{}, {std::vector<SubjectResult>(subjects.size())}};
  Listener listener;
  listener.begins = [&](std::size_t subject, std::size_t scenario) {
    return times.begin(subjects[subject].scenarios[scenario].scenario.name);
  };
  Lanes lanes(plan.jobs, flags.server);
  Progress progress(context.terminal);
  const TimeBudget budget(plan.time_budget);
  std::function<bool()> enough;
  if (plan.time_budget) enough = [&] { return budget.used_up(); };
  if (context.terminal.progress)
    listener.sighted = [&](const Sighting& found) {
      progress.clear();
      tell_sighting(context, subjects, found,
                    shard ? "merge makes it small" : "it is made small at the end");
    };
  const Meanwhile meanwhile = [&](const Stage& stage) {
    progress.show(stage.what, stage.done, stage.all, stage.unit, times.oldest());
    return !interrupted();
  };
  if (!shard || shard->number == 1) {
    ran.saved = check_saved(context, flags, gallery, plan, lanes, subjects, progress, meanwhile);
    leave_saved(ran.saved, subjects);
  }
  if (!interrupted())
    ran.checked =
        shard ? count_subjects(lanes, subjects, {seeds_of(*shard, plan.seeds), shard->number == 1},
                               plan.expecting, meanwhile, enough, listener)
              : check_subjects(lanes, subjects, plan.seeds, plan.expecting, meanwhile, enough,
                               listener);
  progress.clear();
  for (const std::string& kept : lanes.end()) fmt::print(told_on(plan.output), "{}", kept);
  return ran;
}

/// What a shard did, in a few words.
std::string done_text(std::int64_t histories, SeedRange seeds) {
  return counted(histories, "history", "histories") +
         (seeds.first > seeds.last ? ", because there are fewer seeds than shards"
                                   : fmt::format(" of seeds {}..{}", seeds.first, seeds.last));
}

int check(const Context& context, const CheckFlags& flags, const Plan& plan,
          std::optional<Shard> shard) {
  const Gallery gallery(context.data);
  std::vector<Subject> subjects = subjects_of(gallery, plan.protocols, flags.work.scenarios);
  Traps traps;
  if (!shard) traps = note_traps(subjects, context.program);
  if (flags.baseline) read_baseline(*flags.baseline, subjects);
  // The share's label, before hours are spent on it.
  ShardResult result;
  if (shard)
    result = {label_of(plan, flags.work.scenarios, subjects, flags.server, shard->of),
              shard->number};
  const Stopwatch watch;
  WorkTimes times;
  Ran ran = run_here(context, flags, gallery, plan, subjects, shard, times);
  if (flags.write_baseline && !interrupted() && ran.checked.trouble == nullptr)
    write_baseline(*flags.write_baseline, subjects, ran.checked.results);
  std::int64_t histories = 0;
  for (const SubjectResult& each : ran.checked.results)
    for (const Tally& tally : each.tallies) histories += tally.histories;
  int status = kHolds;
  if (shard) {
    result.saved = std::move(ran.saved);
    for (SubjectResult& each : ran.checked.results)
      result.tallies.push_back(std::move(each.tallies));
    status = leave_result(flags.share, result, done_text(histories, seeds_of(*shard, plan.seeds)),
                          ran.checked.trouble);
  } else {
    status = tell(context, plan, subjects, traps, std::move(ran.saved), std::move(ran.checked));
  }
  if (context.terminal.progress && histories > 0) {
    std::fflush(stdout);
    fmt::print(stderr, "fencepost: {}\n",
               times.text(histories, watch.elapsed(), shard ? "" : "making small"));
  }
  return status;
}

/// One that the command line names holds what is to be tried again, or nothing yet; a slip would
/// try nothing at all.
void demand_failures(const Context& context, const WorkFlags& work) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (!by_flag(context, work.failures, "FENCEPOST_FAILURES") ||
      fs::is_directory(*work.failures, none))
    return;
  const fs::path named = (fs::absolute(*work.failures, none) / "").lexically_normal().parent_path();
  std::vector<std::string> beside;
  for (const auto& entry : fs::directory_iterator(named.parent_path(), none))
    if (entry.is_directory(none)) beside.push_back(entry.path().filename().string());
  const std::string hint = did_you_mean(named.filename().string(), beside);
  if (!hint.empty() || fs::exists(named, none) || !fs::is_directory(named.parent_path(), none))
    throw InputError(
        fmt::format("--failures is {}, but there is no such folder{}; correct it, or make it",
                    work.failures->string(), hint));
  log_warning(
      fmt::format("--failures is {}, which is not there, so no saved failure is tried; it is made "
                  "where one is found",
                  work.failures->string()));
}

int check(const Context& context, const CheckFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const std::optional<Shard> shard = share_of(context, flags.share, for_merge(context, flags));
  demand_failures(context, flags.work);
  const auto work = [&] { return check(context, flags, plan, shard); };
  return shard ? work() : with_report(plan.output, work);
}

/// What is saved is replayed, so a report's own results must not be among it.
void demand_apart(const CheckOutput& output) {
  std::error_code none;
  if (output.report_dir && std::filesystem::equivalent(*output.report_dir, output.failures, none))
    throw InputError(fmt::format("{} is the folder for saved failures; name another for the report",
                                 output.report_dir->string()));
}

}  // namespace

std::FILE* told_on(const CheckOutput& output) { return output.json ? stderr : stdout; }

int with_report(const CheckOutput& output, const std::function<int()>& work) {
  if (!output.report_dir) return work();
  demand_apart(output);
  begin_report_folder(*output.report_dir);
  log_to_file(*output.report_dir / "log.txt");
  try {
    return work();
  } catch (const std::exception& error) {
    if (!interrupted()) write_trouble({"", {}, error.what()}, *output.report_dir);
    throw;
  }
}

void leave_saved(const std::vector<SavedOutcome>& saved, std::vector<Subject>& subjects) {
  for (const SavedOutcome& each : saved) {
    Subject& subject = subjects[static_cast<std::size_t>(each.subject)];
    if (each.came == Came::fails_again) subject.fail_again.insert(each.property);
    if (each.failure) subject.already_saved.insert(each.property);
  }
}

// What is known of the SQL before it runs: a note, and no part of the verdict.
Traps note_traps(const std::vector<Subject>& subjects, const std::string& program) {
  constexpr std::size_t most = 10;
  Traps traps(subjects.size());
  std::size_t all = 0;
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const LintReport report = lint(subjects[i].protocol.protocol);
    const std::vector<std::string> own = lint_notes(report);
    notes.insert(notes.end(), own.begin(), own.end());
    all += report.findings.size();
    for (const LintFinding& each : report.findings)
      traps[i].push_back({std::string(each.rule->name), place_of(each), each.about,
                          std::string(each.rule->property)});
  }
  for (std::size_t i = 0; i < std::min(most, notes.size()); ++i) log_warning(notes[i]);
  if (notes.size() > most) log_warning(fmt::format("… and {} more", notes.size() - most));
  if (all > 0)
    log_warning(fmt::format(
        "these are known traps, and no verdict; \"{} doctor PROTOCOL\" shows what to write",
        program));
  return traps;
}

static std::string what_of(const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const std::exception& error) {
    return error.what();
  }
}

int tell(const Context& context, const Plan& plan, const std::vector<Subject>& subjects,
         const Traps& traps, std::vector<SavedOutcome> saved, Checked checked) {
  const bool stopped = interrupted();
  for (SavedOutcome& each : saved)
    if (each.failure)
      checked.results[static_cast<std::size_t>(each.subject)].failures.push_back(
          std::move(*each.failure));
  const bool found = std::any_of(checked.results.begin(), checked.results.end(),
                                 [](const SubjectResult& each) { return !each.failures.empty(); });
  CheckReport report =
      check_report(subjects, checked.results, plan.expecting,
                   static_cast<int>(plan.seeds.last - plan.seeds.first + 1), context.program);
  for (std::size_t i = 0; i < traps.size(); ++i) report.protocols[i].traps = traps[i];
  for (const SavedOutcome& each : saved)
    report.protocols[static_cast<std::size_t>(each.subject)].saved.push_back(each);
  if (!stopped && checked.trouble != nullptr) report.trouble = what_of(checked.trouble);
  int status = kHolds;
  if (found || (!stopped && checked.trouble == nullptr))
    status = publish(context, std::move(report), checked.results, plan.output);
  else if (!plan.output.json)
    for (const ProtocolReport& each : report.protocols)
      fmt::print("{}", protocol_text(each, static_cast<std::size_t>(context.terminal.width)));
  if (stopped) {
    fmt::print(stderr,
               "fencepost: stopped by {}, so this is not a verdict: only what was run until "
               "then is counted\n",
               interrupted_by());
    return kInterrupted;
  }
  if (checked.trouble == nullptr) return status;
  std::fflush(stdout);
  fmt::print(stderr, "fencepost: the check came to no end, and tells what it found until then\n");
  std::rethrow_exception(checked.trouble);
}

Action check_command(Flags& flags) {
  const auto into = std::make_shared<CheckFlags>();
  WorkFlags& work = into->work;
  add_protocols(flags, work);
  flags.add("--seeds", &work.seeds, "Seeds for each scenario, or a range: 5..9")
      .value("N")
      .usually("100")
      .environment("FENCEPOST_SEEDS");
  flags.add("--as-expected", &work.as_expected, "What [expect] declares must be violated");
  add_failures(flags, work);
  add_report(flags, work);
  flags.add("--baseline", &into->baseline, "Only what is not known there fails");
  flags.add("--write-baseline", &into->write_baseline, "Write what is violated there").output();
  flags.add("--time-budget", &work.time_budget, "Begin no more histories after 90s, 5m, 1h")
      .value("TIME")
      .environment("FENCEPOST_TIME_BUDGET");
  add_share(flags, into->share, "One machine's share of the seeds, for merge; or auto",
            "fencepost-shards");
  add_server(flags, into->server);
  return [into](const Context& context) { return check(context, *into); };
}

}  // namespace fencepost
