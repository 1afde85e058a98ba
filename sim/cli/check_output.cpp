#include "sim/cli/check_output.hpp"

#include <fmt/format.h>

#include <fstream>

#include "reports/annotations.hpp"
#include "reports/gate_text.hpp"
#include "reports/json_lines.hpp"
#include "reports/markdown_summary.hpp"
#include "sim/cli/report_folder.hpp"
#include "sim/cli/told_run.hpp"
#include "sim/search/replay_file.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLines = 120;

std::string called(const NamedProtocol& protocol) {
  return for_shell(protocol.folder.empty() ? protocol.protocol.name : protocol.folder);
}

/// A file below the present folder, by its way from there.
std::string from_here(const fs::path& file) { return below_here(file).value_or(file.string()); }

/// The command that shows a failure again; from the seed where its file could not be written.
std::string replay_command(const std::string& program, const SavedRun& run,
                           const std::optional<fs::path>& file) {
  if (file) return fmt::format("{} replay {}", program, for_shell(from_here(*file)));
  return fmt::format("{} run {} {} --seed {}", program,
                     for_shell(run.protocol_folder.empty() ? run.protocol : run.protocol_folder),
                     for_shell(run.scenario_file.empty() ? run.scenario : run.scenario_file),
                     run.seed);
}

void print_text(const Context& context, const CheckReport& report, const CheckOutput& output) {
  for (std::size_t i = 0; i < report.protocols.size(); ++i)
    fmt::print("{}{}", i == 0 ? "" : "\n", gate_text(report.protocols[i].gate));
  const TraceOptions options{
      context.terminal.color ? Color::on : Color::off, context.terminal.width, 0, {}};
  for (const ProtocolReport& protocol : report.protocols)
    for (const ToldFailure& failure : protocol.failures) {
      FailureReport told = report_of(failure);
      told.most_lines = kMostLines;
      if (output.report_dir) told.page = (*output.report_dir / failure.page).string();
      fmt::print("\n{}", failure_text(told, options));
    }
  if (verdict_of(report) != CheckVerdict::violated) fmt::print("\n{}\n", verdict_line(report));
}

/// A file as GitHub names it, if it is in the repository.
std::string in_repository(const GithubActions& github, const std::string& file) {
  std::error_code none;
  const fs::path absolute = fs::absolute(file, none);
  if (github.workspace.empty() || !fs::exists(absolute, none)) return file;
  const fs::path relative = absolute.lexically_normal().lexically_relative(github.workspace);
  return relative.empty() || *relative.begin() == ".." ? file : relative.string();
}

void tell_github(const GithubActions& github, const CheckReport& report, std::FILE* stream) {
  fmt::print(stream, "{}", annotations(report, [&](const std::string& file) {
               return in_repository(github, file);
             }));
  if (!github.step_summary) return;
  std::ofstream summary(*github.step_summary, std::ios::app | std::ios::binary);
  summary << markdown_summary(report) << "\n";
  summary.close();
  if (!summary.good())
    fmt::print(stderr,
               "fencepost: the job's summary {} can't be written, so it is not told there\n",
               github.step_summary->string());
}

int status_of(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::violated:
      return kViolated;
    case CheckVerdict::vacuous:
      return kVacuous;
    case CheckVerdict::unfinished:
    case CheckVerdict::holds:
      break;
  }
  return kHolds;
}

}  // namespace

CheckReport check_report(const std::vector<Gate>& gates, const std::vector<GateResult>& results,
                         const std::vector<std::vector<std::string>>& skipped, Expecting expecting,
                         int planned, const std::string& program) {
  CheckReport report{program, {}};
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const Protocol& protocol = gates[i].protocol.protocol;
    const bool as_declared = expecting == Expecting::as_declared;
    ProtocolReport& each = report.protocols.emplace_back();
    each.called = called(gates[i].protocol);
    each.planned = planned;
    each.promise = {as_declared, protocol.expect.violates, protocol.expect.unreachable};
    for (const NamedScenario& scenario : gates[i].scenarios)
      each.demands[scenario.scenario.name] = scenario.scenario.reach;
    each.gate = {protocol.name, protocol.about,     results[i].tallies,
                 skipped[i],    results[i].verdict, as_declared};
    excuse_unfinished(each.gate.verdict, each.gate.tallies, planned);
    each.gate.planned = share_of(each).planned;
    for (const Failure& failure : results[i].failures)
      each.failures.push_back(told_failure(failure.saved));
  }
  return report;
}

int publish(const Context& context, CheckReport report, const std::vector<GateResult>& results,
            const CheckOutput& output) {
  if (output.report_dir) name_failures(report);
  for (std::size_t i = 0; i < results.size(); ++i)
    for (std::size_t k = 0; k < results[i].failures.size(); ++k) {
      const Failure& found = results[i].failures[k];
      const SavedRun& run = found.saved;
      ToldFailure& failure = report.protocols[i].failures[k];
      std::optional<fs::path> file = found.file;
      if (found.file.empty()) file = save_failure(run, output.failures);
      if (output.report_dir) file = *output.report_dir / failure.file;
      failure.replay = replay_command(report.program, run, file);
      if (found.changed) failure.replay += " --force";
    }
  if (output.report_dir) write_report_folder(report, *output.report_dir);
  if (output.json)
    fmt::print("{}", json_lines(report, output.report_dir.value_or("").string()));
  else
    print_text(context, report, output);
  if (context.github) tell_github(*context.github, report, output.json ? stderr : stdout);
  if (output.report_dir)
    fmt::print(stderr, "fencepost: the report is {}\n",
               (*output.report_dir / "index.html").string());
  return status_of(verdict_of(report));
}

}  // namespace fencepost
