// `run`, `replay` and `shrink`: one history at a time.
#include <fmt/format.h>

#include <iostream>

#include "reports/columns.hpp"
#include "reports/failure_page.hpp"
#include "reports/plain_times.hpp"
#include "reports/svg.hpp"
#include "sim/cli/options.hpp"
#include "sim/explaining/decided.hpp"
#include "sim/search/failure.hpp"
#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/log.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr int kThoroughBudget = 3000;

struct RunFlags {
  std::string protocol;
  std::string scenario;
  std::uint64_t seed = 1;
  int repeat = 1;
  std::optional<std::filesystem::path> save;
  ClusterOptions server;
};

struct ReplayFlags {
  SavedRunFlags run;
  bool step = false;
  bool columns = false;                       ///< the trace as a table
  bool decided = false;                       ///< also when it was decided
  std::optional<std::filesystem::path> html;  ///< where the failure's page is written
  std::optional<std::filesystem::path> svg;   ///< where its picture is written
  ClusterOptions server;

  Layout layout() const { return columns ? Layout::columns : Layout::lines; }
};

struct ShrinkFlags {
  SavedRunFlags run;
  std::optional<std::filesystem::path> out;
  ClusterOptions server;
};

TraceOptions trace_options(const Context& context, Layout layout) {
  TraceOptions options = text_options(context).trace;
  options.layout = layout;
  return options;
}

/// One history's verdict below its trace, and what it says nothing of.
std::string verdict_text(const std::vector<Judgement>& judgements) {
  std::string text, open;
  for (const Judgement& judgement : judgements)
    for (const Violation& violation : judgement.verdict.violations)
      text += fmt::format("violated  {} at step {}, {}: {}\n",
                          full_name(*judgement.property, violation), violation.step,
                          to_text(violation.at), plain_times(violation.sentence));
  for (const Judgement& judgement : judgements)
    if (judgement.verdict.outcome == Outcome::open)
      open += fmt::format("open      {}: {}\n", judgement.property->name, judgement.verdict.why);
  return (text.empty() ? "holds     every property that could be judged\n" : text) + open;
}

bool any_violated(const std::vector<Judgement>& judgements) {
  return std::any_of(judgements.begin(), judgements.end(), [](const Judgement& each) {
    return each.verdict.outcome == Outcome::violated;
  });
}

void add_marks(TraceOptions& options, const std::vector<Judgement>& judgements) {
  for (const Judgement& judgement : judgements)
    for (const Violation& violation : judgement.verdict.violations)
      options.marks.push_back(
          {violation.step, full_name(*judgement.property, violation) + ": " + violation.sentence});
  std::stable_sort(options.marks.begin(), options.marks.end(),
                   [](const Mark& a, const Mark& b) { return a.step < b.step; });
}

void print_if_kept(const ClusterOptions& server, Lane& lane) {
  if (server.keep) fmt::print("{}", lane.how_to_connect());
}

void say_remarks(Lane& lane) {
  for (const std::string& remark : lane.take_remarks()) log_warning(remark);
}

/// Waits for Enter before each step, unless the input has ended; v goes to the violated step, q
/// ends.
void walk(const LoadedRun& loaded, const History& history, int violated_step,
          const TraceOptions& options) {
  const int last = history.events.back().step;
  const std::vector<SqlSource> sources = sources_of(loaded.protocol.protocol, history);
  fmt::print("Enter: next step   v: to the violated step   q: end\n");
  bool asks = true;
  for (int step = 0, skip_to = 0; step <= last; ++step) {
    const std::string text = step_text(history, step, options, sources);
    if (text.empty() || step < skip_to) continue;
    fmt::print("{}", text);
    std::fflush(stdout);
    std::string line;
    if (asks && !std::getline(std::cin, line)) asks = false;
    if (line == "q") return;
    if (line == "v") skip_to = violated_step;
  }
}

/// The page and the picture that were asked for.
void write_reports(const ReplayFlags& flags, const FailureReport& report) {
  if (flags.html) write_text_file(*flags.html, failure_page(report), "the page");
  if (flags.svg) write_text_file(*flags.svg, diagram_svg(report), "the picture");
}

int run(const Context& context, const RunFlags& flags) {
  const Gallery gallery(context.data);
  const NamedProtocol protocol = gallery.protocol(flags.protocol);
  const NamedScenario scenario = gallery.scenario(flags.scenario, protocol);
  Lane lane(flags.server);
  const auto once = [&] {
    return run_seed(lane, protocol.protocol, scenario.scenario, flags.seed);
  };
  const History history = once();
  const std::vector<Judgement> judgements = judge_all(history);
  Progress progress(context.terminal);
  int times = 1;
  for (; times < flags.repeat && !interrupted(); ++times) {
    demand_same(history, once(),
                fmt::format("{} under {} with seed {}, the 1st and the {}th time,",
                            protocol.protocol.name, scenario.scenario.name, flags.seed, times + 1));
    progress.show("running", times, flags.repeat, "times");
  }
  progress.clear();
  say_remarks(lane);
  if (flags.save) save_run(record_run(lane, protocol, scenario, flags.seed, ""), *flags.save);
  TraceOptions shown = trace_options(context, Layout::lines);
  add_marks(shown, judgements);
  fmt::print("{}\n{}", laid_out(history, shown), verdict_text(judgements));
  if (any_violated(judgements))
    fmt::print("replay    {} run {} {} --seed {}\n", context.program, for_shell(flags.protocol),
               for_shell(flags.scenario), flags.seed);
  if (const std::string guessed = unconfirmed_in(protocol.protocol); !guessed.empty())
    fmt::print("guessed   {}\n", guessed);
  print_if_kept(flags.server, lane);
  if (interrupted()) {
    std::fflush(stdout);
    fmt::print(stderr, "fencepost: stopped by {} after {} of {} runs, all with one digest\n",
               interrupted_by(), times, flags.repeat);
    return kInterrupted;
  }
  fmt::print("{}digest    {}\n",
             flags.repeat > 1 ? fmt::format("runs      {}, all with one digest\n", times) : "",
             digest(history));
  return any_violated(judgements) ? kViolated : kHolds;
}

std::vector<FailsAfter> chances(const Context& context, Lane& lane, const LoadedRun& loaded,
                                const History& history) {
  Progress progress(context.terminal);
  return chances_of_failing(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run,
                            history, [&](int done, int all) {
                              progress.show("running what follows anew", done, all, "histories");
                              return !interrupted();
                            });
}

int replay_file(const Context& context, const ReplayFlags& flags) {
  const Gallery gallery(context.data);
  const LoadedRun loaded = load_run(flags.run.file, gallery, flags.run.versions());
  const SavedRun& run = loaded.run;
  Lane lane(flags.server);
  const Played played = replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, run);
  const Violation* violation = violation_of(played.judgements, run.property);
  const bool fails = violation != nullptr;
  const History history = run.property.empty()
                              ? played.history
                              : up_to(played.history, fails ? violation->step : run.until_step);
  const std::string found = digest(history);
  const std::string saved_digest =
      found + (found == run.digest ? ", as it was saved" : ", but it was saved with " + run.digest);
  TraceOptions shown = trace_options(context, flags.layout());
  say_remarks(lane);
  print_if_kept(flags.server, lane);
  const std::string again = replay_command_of(context.program, flags.run.file);
  if (!played.misfit.empty() && !fails && !flags.run.force)
    throw InputError(fmt::format(
        "{}: {}; protocol and scenario are those that it was saved with, so the file was edited, "
        "or is of another fencepost; mend it, or see what is left of it with --force",
        flags.run.file, played.misfit));
  if (!played.misfit.empty())
    fmt::print(stderr, "fencepost: the run no longer fits: {}\n", played.misfit);
  if (fails) shown.marks.push_back({violation->step, run.property + ": " + violation->sentence});
  if (flags.step) walk(loaded, history, fails ? violation->step : 0, shown);
  if (fails) {
    SavedRun shown_run = run;
    shown_run.told = told_of(loaded.protocol.protocol, *violation, history, run.tape);
    FailureReport report = report_of(shown_run);
    report.replay = again;
    report.digest = saved_digest;
    if (flags.decided) report.chances = chances(context, lane, loaded, history);
    write_reports(flags, report);
    if (flags.step)
      fmt::print("\nviolated  {} at step {}: {}\n{}  digest  {}\n  replay  {}\n", run.property,
                 violation->step, violation->sentence,
                 flags.decided ? fmt::format("  decided {}\n", decided_sentence(report)) : "",
                 saved_digest, again);
    else
      fmt::print("{}", failure_text(report, {trace_options(context, flags.layout())}));
    if (flags.decided && interrupted()) return kInterrupted;
  } else {
    if (flags.html || flags.svg || flags.decided)
      fmt::print(stderr, "fencepost: {}, so there is nothing to draw, and nothing was decided\n",
                 run.property.empty() ? "this run is no saved failure (shrink makes one of it)"
                                      : "this failure does not happen");
    if (!flags.step) fmt::print("{}", laid_out(history, shown));
    fmt::print("\n{}", run.property.empty()
                           ? verdict_text(played.judgements)
                           : fmt::format("holds     {} is no longer violated\n", run.property));
    fmt::print("  digest  {}\n", saved_digest);
  }
  if (const std::string guessed = unconfirmed_in(loaded.protocol.protocol); !guessed.empty())
    fmt::print("  guessed {}\n", guessed);
  return fails || (run.property.empty() && any_violated(played.judgements)) ? kViolated : kHolds;
}

int shrink(const Context& context, const ShrinkFlags& flags) {
  const Gallery gallery(context.data);
  const std::filesystem::path file = flags.run.file;
  LoadedRun loaded = load_run(file, gallery, flags.run.versions());
  Lane lane(flags.server);
  const Played played =
      replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run);
  SavedRun run = loaded.run;
  for (const Judgement& judgement : played.judgements)
    if (run.property.empty() && !judgement.verdict.violations.empty()) {
      run.property = full_name(*judgement.property, judgement.verdict.violations.front());
      run.until_step = judgement.verdict.violations.front().step;
    }
  if (violation_of(played.judgements, run.property) == nullptr)
    throw InputError(fmt::format(
        "{}: this run violates {}{}, so there is nothing to shrink", file.string(),
        run.property.empty() ? "nothing" : run.property + " no longer",
        played.misfit.empty() ? "" : fmt::format(" (it no longer fits: {})", played.misfit)));
  run.protocol_hash = loaded.protocol.protocol.hash;
  run.scenario_hash = loaded.scenario.scenario.hash;
  const Failure failure =
      shrink(lane, loaded.protocol.protocol, loaded.scenario.scenario, run, kThoroughBudget);
  const std::filesystem::path out = flags.out.value_or(file);
  save_run(failure.run, out);
  FailureReport report = report_of(failure.run);
  report.replay = replay_command_of(context.program, out);
  fmt::print("{}", failure_text(report, {trace_options(context, Layout::lines)}));
  print_if_kept(flags.server, lane);
  return kViolated;
}

}  // namespace

Action run_command(Flags& flags) {
  const auto into = std::make_shared<RunFlags>();
  flags.add("PROTOCOL", &into->protocol, "A bundled name or a folder").required();
  flags.add("SCENARIO", &into->scenario, "A name or a file").required();
  flags.add("--seed", &into->seed, "Which history")
      .between(0, 1'000'000'000'000'000'000)
      .required();
  flags.add("--repeat", &into->repeat, "Run it so often, and demand one digest")
      .between(1, 1'000'000'000);
  flags.add("--save", &into->save, "Write the run to this file, for replay and shrink").output();
  add_server(flags, into->server);
  return [into](const Context& context) { return run(context, *into); };
}

Action replay_command(Flags& flags) {
  const auto into = std::make_shared<ReplayFlags>();
  add_saved_run(flags, into->run);
  flags.add("--step", &into->step, "One step at a time, with the SQL");
  flags.add("--columns,--table", &into->columns, "A column for each worker");
  flags.add("--decided", &into->decided, "Also when it was decided: up to 2,000 reruns");
  flags.add("--html", &into->html, "Write the failure as a page to FILE").output();
  flags.add("--svg", &into->svg, "Write it as a picture to FILE").output();
  add_server(flags, into->server);
  return [into](const Context& context) { return replay_file(context, *into); };
}

Action shrink_command(Flags& flags) {
  const auto into = std::make_shared<ShrinkFlags>();
  add_saved_run(flags, into->run);
  flags.add("--out", &into->out, "Write it here instead of over FILE").output();
  add_server(flags, into->server);
  return [into](const Context& context) { return shrink(context, *into); };
}

}  // namespace fencepost
