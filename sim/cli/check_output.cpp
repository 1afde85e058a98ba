#include "sim/cli/check_output.hpp"

#include <fmt/format.h>

#include <fstream>

#include "reports/check_text.hpp"
#include "sim/cli/results.hpp"
#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::string called(const NamedProtocol& protocol) {
  return for_shell(protocol.folder.empty() ? protocol.protocol.name : protocol.folder);
}

/// The command that shows a failure again; from the seed where its file could not be written.
std::string command_to_replay(const std::string& program, const SavedRun& run,
                              const std::optional<fs::path>& file) {
  if (!file) return run_command_of(program, run);
  return replay_command_of(program, below_here(*file).value_or(file->string()));
}

/// Why no history had any job, and what helps; empty where some had.
std::string jobless(const Protocol& protocol, const std::vector<Tally>& tallies) {
  const auto had_jobs = [](const Tally& tally) { return tally.with_jobs > 0; };
  const auto was_run = [](const Tally& tally) { return tally.histories > 0; };
  if (std::any_of(tallies.begin(), tallies.end(), had_jobs) ||
      std::none_of(tallies.begin(), tallies.end(), was_run))
    return "";
  const Statement* const insert = protocol.find("insert_job");
  if (insert == nullptr)
    return "no history had any job: no statement is named insert_job; add \"-- name: insert_job "
           ":exec\", which inserts one job (:job is its number), or name under [jobs] fixed those "
           "that the schema makes";
  return fmt::format(
      "no history had any job: observe shows none of what insert_job ({}) inserts; \"doctor\" "
      "shows what it sees",
      to_text(insert->where));
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
  if (verdict == CheckVerdict::violated) return kViolated;
  return verdict == CheckVerdict::vacuous ? kVacuous : kHolds;
}

}  // namespace

TextOptions text_options(const Context& context) {
  TextOptions options;
  options.trace.color = context.terminal.color ? Color::on : Color::off;
  options.trace.width = context.terminal.width;
  options.most_lines = 120;
  return options;
}

FailureReport report_of(const SavedRun& run) {
  SIM_CHECK(run.told.has_value(), "a saved run of {} is not told", run.protocol);
  FailureReport failure;
  static_cast<RunLabel&>(failure) = run;
  failure.told = *run.told;
  failure.file_text = to_json(run);
  return failure;
}

CheckReport check_report(const std::vector<Subject>& subjects,
                         const std::vector<SubjectResult>& results, Expecting expecting,
                         int planned, const std::string& program) {
  CheckReport report{program, {}};
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Protocol& protocol = subjects[i].protocol.protocol;
    ProtocolReport& each = report.protocols.emplace_back();
    each.name = subjects[i].name();
    each.called = called(subjects[i].protocol);
    each.about = protocol.about;
    each.planned = planned;
    each.tallies = results[i].tallies;
    each.jobless = jobless(protocol, each.tallies);
    each.skipped = subjects[i].skipped;
    for (const std::string& scenario : subjects[i].left_open)
      each.open.push_back({scenario, protocol.left_open.at(scenario).why});
    each.promise = promise_of(subjects[i], expecting);
    each.verdict = results[i].verdict;
    for (const NamedScenario& scenario : subjects[i].scenarios) {
      each.demands[scenario.scenario.name] = scenario.scenario.reach;
      if (scenario.aims_elsewhere) each.anywhere.push_back(scenario.scenario.name);
    }
    excuse_unfinished(each.verdict, each.tallies, planned);
    for (const Failure& failure : results[i].failures)
      each.failures.push_back(report_of(failure.run));
  }
  return report;
}

int publish(const Context& context, CheckReport report, const std::vector<SubjectResult>& results,
            const CheckOutput& output) {
  if (output.report_dir) name_failures(report);
  for (std::size_t i = 0; i < results.size(); ++i)
    for (std::size_t k = 0; k < results[i].failures.size(); ++k) {
      const Failure& found = results[i].failures[k];
      const SavedRun& run = found.run;
      FailureReport& failure = report.protocols[i].failures[k];
      std::optional<fs::path> file = found.file;
      if (found.file.empty()) file = save_failure(run, output.failures);
      if (output.report_dir) file = *output.report_dir / failure.file;
      failure.replay = command_to_replay(report.program, run, file);
      if (found.changed) failure.replay += " --force";
    }
  if (output.report_dir) write_report_folder(report, *output.report_dir);
  TextOptions options = text_options(context);
  options.pages = output.report_dir;
  if (output.json)
    fmt::print("{}", json_lines(report, output.report_dir.value_or("").string()));
  else
    fmt::print("{}", check_text(report, options));
  if (context.github) tell_github(*context.github, report, output.json ? stderr : stdout);
  if (output.report_dir)
    fmt::print(stderr, "fencepost: the report is {}\n",
               (*output.report_dir / "index.html").string());
  return status_of(verdict_of(report));
}

}  // namespace fencepost
