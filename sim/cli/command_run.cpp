// `run`, `replay` and `shrink`: one history at a time.
#include <fmt/format.h>

#include <iostream>

#include "reports/columns.hpp"
#include "reports/diagram_svg.hpp"
#include "reports/failure_page.hpp"
#include "reports/gate_text.hpp"
#include "reports/step_text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/report_input.hpp"
#include "sim/search/replay_file.hpp"
#include "sim/search/told.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

constexpr int kShrinkBudget = 3000;

TraceOptions trace_options(const Context& context) {
  TraceOptions options{
      context.terminal.color ? Color::on : Color::off, context.terminal.width, 0, {}};
  if (context.options.columns) options.layout = Layout::columns;
  return options;
}

/// One history's verdict below its trace.
std::string verdict_text(const std::vector<Judgement>& judgements) {
  std::string text;
  for (const Judgement& judgement : judgements)
    for (const Violation& violation : judgement.verdict.violations)
      text += fmt::format("violated  {} at step {}, {}: {}\n",
                          full_name(*judgement.property, violation), violation.step,
                          to_text(violation.at), violation.sentence);
  return text.empty() ? "holds     every property that could be judged\n" : text;
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

/// Core and server for a command that needs one lane.
ClusterOptions one_lane(const Context& context) {
  ClusterOptions options = context.cluster_options();
  options.core = usable_cores().back();
  return options;
}

void print_if_kept(const Context& context, const Lane& lane) {
  if (context.options.keep) fmt::print("{}", lane.how_to_connect());
}

/// Waits for Enter before each step, unless the input has ended; v goes to the violated step, q
/// ends.
void walk(const LoadedRun& loaded, const History& history, int violated_step,
          const TraceOptions& options) {
  const int last = history.events.back().step;
  fmt::print("Enter: next step   v: to the violated step   q: end\n");
  bool asks = true;
  for (int step = 0, skip_to = 0; step <= last; ++step) {
    const std::string text = step_text(
        history, step, options, [&](const std::string& name) -> std::optional<SourceText> {
          const Statement* statement = loaded.protocol.protocol.find(name);
          if (statement == nullptr) return std::nullopt;
          return SourceText{to_text(statement->where), statement->text};
        });
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
void write_reports(const Options& options, const FailureReport& report, const Protocol& protocol) {
  if (options.html)
    write_text_file(*options.html, failure_page(report, sources_of(protocol)), "the page");
  if (options.svg) write_text_file(*options.svg, diagram_svg(report), "the picture");
}

}  // namespace

int run_command(const Context& context) {
  const Options& options = context.options;
  const Gallery gallery(context.data);
  const NamedProtocol protocol = gallery.protocol(options.names.at(0));
  const NamedScenario scenario = gallery.scenario(options.names.at(1), protocol);
  Lane lane(one_lane(context));
  Simulation& simulation = lane.with(protocol.protocol);
  const auto once = [&] {
    return simulation.run(scenario.scenario,
                          *random_choices(options.seed, portfolio(options.seed)));
  };
  const History history = once();
  const std::vector<Judgement> judgements = judge_all(history);
  Progress progress(context.terminal);
  int times = 1;
  for (; times < options.repeat && !interrupted(); ++times) {
    demand_same(
        history, once(),
        fmt::format("{} under {} with seed {}, the 1st and the {}th time,", protocol.protocol.name,
                    scenario.scenario.name, options.seed, times + 1));
    progress.show("running", times, options.repeat, "times");
  }
  progress.clear();
  if (options.save) save_run(record(lane, protocol, scenario, options.seed, ""), *options.save);
  TraceOptions shown = trace_options(context);
  add_marks(shown, judgements);
  fmt::print("{}\n{}", laid_out(history, shown), verdict_text(judgements));
  if (any_violated(judgements))
    fmt::print("replay    {} run {} {} --seed {}\n", context.program, for_shell(options.names[0]),
               for_shell(options.names[1]), options.seed);
  print_if_kept(context, lane);
  if (interrupted()) return kInterrupted;
  fmt::print("{}digest    {}\n",
             options.repeat > 1 ? fmt::format("runs      {}, all with one digest\n", times) : "",
             digest(history));
  return any_violated(judgements) ? kViolated : kHolds;
}

int replay_command(const Context& context) {
  const Options& options = context.options;
  const Gallery gallery(context.data);
  const LoadedRun loaded = load_run(options.names.at(0), gallery,
                                    options.force ? Versions::may_differ : Versions::must_match);
  const SavedRun& run = loaded.run;
  Lane lane(one_lane(context));
  const Played played = replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, run);
  const History history =
      run.property.empty() ? played.history : up_to(played.history, run.until_step);
  const Violation* violation = violation_of(played.judgements, run.property);
  const bool fails = violation != nullptr;
  const std::string found = digest(history);
  const std::string saved_digest =
      found + (found == run.digest ? ", as it was saved" : ", but it was saved with " + run.digest);
  TraceOptions shown = trace_options(context);
  print_if_kept(context, lane);
  const std::string again =
      fmt::format("{} replay {}", context.program, for_shell(options.names[0]));
  if (!played.misfit.empty() && !fails && !options.force)
    throw InputError(
        fmt::format("{}: {}; protocol and scenario are those that it was saved with, so the file "
                    "was edited, or "
                    "is of another fencepost; mend it, or see what is left of it with --force",
                    options.names[0], played.misfit));
  if (!played.misfit.empty())
    fmt::print(stderr, "fencepost: the run no longer fits: {}\n", played.misfit);
  if (fails) shown.marks.push_back({violation->step, run.property + ": " + violation->sentence});
  if (options.step) walk(loaded, history, fails ? violation->step : 0, shown);
  if (fails) {
    FailureReport report{run.protocol, run.scenario,    run.seed, run.property, *violation,
                         &history,     run.shrunk_from, again,    saved_digest, 0};
    report.token = lease_token_of(loaded.protocol.protocol);
    write_reports(options, report, loaded.protocol.protocol);
    if (options.step)
      fmt::print("\nviolated  {} at step {}: {}\n  digest  {}\n  replay  {}\n", run.property,
                 violation->step, violation->sentence, saved_digest, again);
    else
      fmt::print("{}", failure_text(report, trace_options(context)));
  } else {
    if (options.html || options.svg)
      fmt::print(stderr, "fencepost: this failure does not happen, so there is nothing to draw\n");
    if (!options.step) fmt::print("{}", laid_out(history, shown));
    fmt::print("\n{}", run.property.empty()
                           ? verdict_text(played.judgements)
                           : fmt::format("holds     {} is no longer violated\n", run.property));
    fmt::print("  digest  {}\n", saved_digest);
  }
  return fails || (run.property.empty() && any_violated(played.judgements)) ? kViolated : kHolds;
}

int shrink_command(const Context& context) {
  const Options& options = context.options;
  const Gallery gallery(context.data);
  const std::filesystem::path file = options.names.at(0);
  LoadedRun loaded =
      load_run(file, gallery, options.force ? Versions::may_differ : Versions::must_match);
  Lane lane(one_lane(context));
  const Played played =
      replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run);
  SavedRun run = loaded.run;
  for (const Judgement& judgement : played.judgements)
    if (run.property.empty() && !judgement.verdict.violations.empty()) {
      run.property = full_name(*judgement.property, judgement.verdict.violations.front());
      run.until_step = judgement.verdict.violations.front().step;
    }
  if (violation_of(played.judgements, run.property) == nullptr)
    throw InputError(fmt::format("{}: this run violates {}, so there is nothing to make smaller",
                                 file.string(),
                                 run.property.empty() ? "nothing" : run.property + " no longer"));
  run.protocol_hash = loaded.protocol.protocol.hash;
  run.scenario_hash = loaded.scenario.scenario.hash;
  const Failure failure =
      minimise(lane, loaded.protocol.protocol, loaded.scenario.scenario, run, kShrinkBudget);
  const std::filesystem::path out = options.save.value_or(file);
  save_run(failure.saved, out);
  fmt::print("{}",
             failure_text({run.protocol,
                           run.scenario,
                           run.seed,
                           run.property,
                           failure.violation,
                           &failure.history,
                           failure.saved.shrunk_from,
                           fmt::format("{} replay {}", context.program, for_shell(out.string())),
                           failure.saved.digest,
                           0,
                           {}},
                          trace_options(context)));
  return kViolated;
}

}  // namespace fencepost
