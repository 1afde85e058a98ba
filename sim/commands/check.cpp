// `check`: the same seeds over all scenarios, every time.
#include <fmt/format.h>

#include <algorithm>

#include "model/story.hpp"
#include "reports/check_text.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"
#include "reports/plain_times.hpp"
#include "sim/cli/baseline.hpp"
#include "sim/cli/check_output.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/results.hpp"
#include "sim/cli/work_times.hpp"
#include "sim/lint/lint_text.hpp"
#include "sim/search/regressions.hpp"
#include "sim/search/run_file.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

/// The known traps of each subject's files, for its report.
using Traps = std::vector<std::vector<TrapNote>>;

struct CheckFlags {
  WorkFlags work;
  std::optional<std::filesystem::path> baseline;
  std::optional<std::filesystem::path> write_baseline;
  ClusterOptions server;
};

/// What comes of the saved failures, told at once: somebody waits for the first red. They tell what
/// they violate instead of a new one.
std::vector<Regression> check_saved(const CheckFlags& flags, const Gallery& gallery,
                                    const Plan& plan, Lanes& lanes, std::vector<Subject>& subjects,
                                    Progress& progress, const Meanwhile& meanwhile) {
  std::FILE* const stream = plan.output.json ? stderr : stdout;
  const std::vector<SavedFailure> saved =
      saved_failures(gallery, subjects, flags.work.scenarios, plan.output.failures);
  std::vector<Regression> regressions =
      replay_saved(lanes, subjects, saved, meanwhile, [&](const Regression& each) {
        progress.clear();
        fmt::print(stream, "{}\n",
                   regression_text(each, subjects[each.saved.subject], plan.expecting));
        std::fflush(stream);
      });
  if (!regressions.empty()) fmt::print(stream, "\n");
  for (const Regression& each : regressions)
    if (each.came == Came::fails_again &&
        is_red(each, subjects[each.saved.subject], plan.expecting))
      subjects[each.saved.subject].already_saved.insert(each.saved.run.property);
  return regressions;
}

/// Whatever is red of them is red in what its subject came to, too.
void count_saved(const Plan& plan, const std::vector<Subject>& subjects,
                 std::vector<Regression>& regressions, std::vector<SubjectResult>& results) {
  for (Regression& each : regressions) {
    if (!is_red(each, subjects[each.saved.subject], plan.expecting)) continue;
    SubjectResult& result = results[each.saved.subject];
    result.verdict.failed = true;
    if (each.failure) result.failures.push_back(std::move(*each.failure));
  }
}

/// What was found is told and saved also where the check came to no end of its own.
int tell(const Context& context, const Plan& plan, const std::vector<Subject>& subjects,
         const Traps& traps, std::vector<Regression>& regressions, Checked checked) {
  const bool stopped = interrupted();
  if (!stopped) count_saved(plan, subjects, regressions, checked.results);
  const bool found = std::any_of(checked.results.begin(), checked.results.end(),
                                 [](const SubjectResult& each) { return !each.failures.empty(); });
  CheckReport report =
      check_report(subjects, checked.results, plan.expecting,
                   static_cast<int>(plan.seeds.last - plan.seeds.first + 1), context.program);
  for (std::size_t i = 0; i < traps.size(); ++i) report.protocols[i].traps = traps[i];
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

/// What is known of the SQL before it runs: a note, and no part of the verdict.
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

/// What was found, at once and on stderr, because who comes first differs from run to run.
void tell_sighting(const Context& context, const std::vector<Subject>& subjects,
                   const Sighting& found) {
  const Subject& subject = subjects[found.subject];
  const NamedScenario& scenario = subject.scenarios[found.scenario];
  const SavedRun run = run_of(subject.protocol, scenario, found.seed);
  const auto width = static_cast<std::size_t>(context.terminal.err_width);
  const auto row = [&](std::string_view word, const std::string& text) {
    fmt::print(stderr, "  {:<7} {}\n", word, wrapped(visible(text), width, 10, 10));
  };
  fmt::print(stderr,
             "fencepost: {} is violated in {} under {} with seed {}; it is made small at the end\n",
             visible(found.property), visible(run.protocol), visible(run.scenario), run.seed);
  row("story", plain_times(story(found.told.history, found.told.violation)));
  if (const auto culprit = culprit_of(found.told)) row("sql", to_text(*culprit));
  row("again", run_command_of(context.program, run));
}

int check(const Context& context, const CheckFlags& flags) {
  const Plan plan = plan_of(flags.work);
  const Gallery gallery(context.data);
  std::vector<Subject> subjects = subjects_of(gallery, plan.protocols, flags.work.scenarios);
  Checked checked{std::vector<SubjectResult>(subjects.size())};
  std::vector<Regression> regressions;
  if (plan.output.report_dir) {
    make_folder(*plan.output.report_dir);
    log_to_file(*plan.output.report_dir / "log.txt");
  }
  const Traps traps = note_traps(subjects, context.program);
  if (flags.baseline) read_baseline(*flags.baseline, subjects);
  const Stopwatch watch;
  WorkTimes times;
  Listener listener;
  listener.begins = [&](std::size_t subject, std::size_t scenario) {
    return times.begin(subjects[subject].scenarios[scenario].scenario.name);
  };
  {
    Lanes lanes(plan.jobs, flags.server);
    Progress progress(context.terminal);
    const TimeBudget budget(plan.time_budget);
    std::function<bool()> enough;
    if (plan.time_budget) enough = [&] { return budget.used_up(); };
    if (context.terminal.progress)
      listener.sighted = [&](const Sighting& found) {
        progress.clear();
        tell_sighting(context, subjects, found);
      };
    const Meanwhile meanwhile = [&](const Stage& stage) {
      progress.show(stage.what, stage.done, stage.all, stage.unit, times.oldest());
      return !interrupted();
    };
    regressions = check_saved(flags, gallery, plan, lanes, subjects, progress, meanwhile);
    if (!interrupted())
      checked =
          check_subjects(lanes, subjects, plan.seeds, plan.expecting, meanwhile, enough, listener);
    progress.clear();
    for (const std::string& kept : lanes.end())
      fmt::print(plan.output.json ? stderr : stdout, "{}", kept);
  }
  if (flags.write_baseline && !interrupted() && checked.trouble == nullptr)
    write_baseline(*flags.write_baseline, subjects, checked.results);
  std::int64_t histories = 0;
  for (const SubjectResult& result : checked.results)
    for (const Tally& tally : result.tallies) histories += tally.histories;
  const int status = tell(context, plan, subjects, traps, regressions, std::move(checked));
  if (context.terminal.progress && histories > 0) {
    std::fflush(stdout);
    fmt::print(stderr, "fencepost: {}\n", times.text(histories, watch.elapsed()));
  }
  return status;
}

}  // namespace

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
  flags.add("--report-dir", &work.report_dir, "Write pages, JUnit, JSON and more there")
      .value("DIR")
      .environment("FENCEPOST_REPORT_DIR");
  flags.add("--baseline", &into->baseline, "Only what is not known there fails");
  flags.add("--write-baseline", &into->write_baseline, "Write what is violated there");
  flags.add("--json", &work.json, "JSON lines on stdout, and nothing else there");
  flags.add("--time-budget", &work.time_budget, "Begin no more histories after 90s, 5m, 1h")
      .value("TIME")
      .environment("FENCEPOST_TIME_BUDGET");
  add_server(flags, into->server);
  return [into](const Context& context) { return check(context, *into); };
}

}  // namespace fencepost
