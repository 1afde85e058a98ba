// `check`: the same seeds over all scenarios, every time.
#include <fmt/format.h>

#include <algorithm>

#include "reports/check_text.hpp"
#include "reports/forms.hpp"
#include "sim/cli/check_output.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/results.hpp"
#include "sim/lint/lint_text.hpp"
#include "sim/search/regressions.hpp"
#include "sim/search/subjects.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

struct CheckFlags {
  WorkFlags work;
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
         std::vector<Regression>& regressions, Checked checked) {
  const bool stopped = interrupted();
  if (!stopped) count_saved(plan, subjects, regressions, checked.results);
  const bool found = std::any_of(checked.results.begin(), checked.results.end(),
                                 [](const SubjectResult& each) { return !each.failures.empty(); });
  CheckReport report =
      check_report(subjects, checked.results, plan.expecting,
                   static_cast<int>(plan.seeds.last - plan.seeds.first + 1), context.program);
  int status = kHolds;
  if (found || (!stopped && checked.trouble == nullptr))
    status = publish(context, std::move(report), checked.results, plan.output);
  else if (!plan.output.json)
    for (const ProtocolReport& each : report.protocols) fmt::print("{}", protocol_text(each));
  if (stopped) {
    fmt::print(stderr,
               "fencepost: stopped by Ctrl-C, so this is not a verdict: only what was run until "
               "then is counted\n");
    return kInterrupted;
  }
  if (checked.trouble == nullptr) return status;
  std::fflush(stdout);
  fmt::print(stderr, "fencepost: the check came to no end, and tells what it found until then\n");
  std::rethrow_exception(checked.trouble);
}

/// What is known of the SQL before it runs: a note, and no part of the verdict.
void note_traps(const std::vector<Subject>& subjects, const std::string& program) {
  constexpr std::size_t most = 10;
  std::size_t traps = 0;
  std::vector<std::string> notes;
  for (const Subject& subject : subjects) {
    const LintReport report = lint(subject.protocol.protocol);
    const std::vector<std::string> own = lint_notes(report);
    traps += report.findings.size();
    notes.insert(notes.end(), own.begin(), own.end());
  }
  for (std::size_t i = 0; i < std::min(most, notes.size()); ++i) log_warning(notes[i]);
  if (notes.size() > most) log_warning(fmt::format("… and {} more", notes.size() - most));
  if (traps > 0)
    log_warning(fmt::format(
        "these are known traps, and no verdict; \"{} doctor PROTOCOL\" shows what to write",
        program));
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
  note_traps(subjects, context.program);
  {
    Lanes lanes(plan.jobs, flags.server);
    Progress progress(context.terminal);
    const TimeBudget budget(plan.time_budget);
    std::function<bool()> enough;
    if (plan.time_budget) enough = [&] { return budget.used_up(); };
    const Meanwhile meanwhile = [&](const Stage& stage) {
      progress.show(stage.what, stage.done, stage.all, stage.unit);
      return !interrupted();
    };
    regressions = check_saved(flags, gallery, plan, lanes, subjects, progress, meanwhile);
    if (!interrupted())
      checked = check_subjects(lanes, subjects, plan.seeds, plan.expecting, meanwhile, enough);
    progress.clear();
    for (const std::string& kept : lanes.end())
      fmt::print(plan.output.json ? stderr : stdout, "{}", kept);
  }
  return tell(context, plan, subjects, regressions, std::move(checked));
}

}  // namespace

Action check_command(Flags& flags) {
  const auto into = std::make_shared<CheckFlags>();
  WorkFlags& work = into->work;
  add_protocols(flags, work);
  flags
      .add("--seeds", &work.seeds,
           "How many seeds for each scenario, or a range such as 5..9; without: 100")
      .environment("FENCEPOST_SEEDS");
  flags.add("--as-expected", &work.as_expected, "Exactly what [expect] declares must be violated");
  add_failures(flags, work);
  flags
      .add("--report-dir", &work.report_dir,
           "Write " + folder_contents() + ", results.json and log.txt into this folder")
      .environment("FENCEPOST_REPORT_DIR");
  flags.add("--json", &work.json, "JSON lines on stdout, and nothing else there");
  flags
      .add("--time-budget", &work.time_budget,
           "Begin no more histories after this time (5m), and say how many were run")
      .environment("FENCEPOST_TIME_BUDGET");
  add_server(flags, into->server);
  return [into](const Context& context) { return check(context, *into); };
}

}  // namespace fencepost
