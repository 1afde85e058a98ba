// `report`: saved failures and result files again, in another form, without a server.
#include <fmt/format.h>

#include <algorithm>

#include "reports/diagram_svg.hpp"
#include "reports/failure_page.hpp"
#include "reports/gate_text.hpp"
#include "reports/json_lines.hpp"
#include "reports/junit.hpp"
#include "reports/markdown_summary.hpp"
#include "reports/summary_page.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/report_folder.hpp"
#include "sim/cli/report_input.hpp"
#include "sim/cli/results_file.hpp"
#include "sim/cli/told_run.hpp"
#include "sim/search/replay_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

struct ReportFlags {
  std::vector<std::string> files;
  std::string format;  ///< "html", "svg", "text", "junit", "markdown", "json"; empty: none
  std::optional<fs::path> out;
};

/// What all files together tell: whole checks, and after them failures alone.
struct ToldFiles {
  CheckReport checks;
  CheckReport alone;

  CheckReport all() const {
    CheckReport report = checks;
    report.protocols.insert(report.protocols.end(), alone.protocols.begin(), alone.protocols.end());
    return report;
  }
};

std::string replay_of(const Context& context, const fs::path& file) {
  return fmt::format("{} replay {}", context.program, for_shell(file.string()));
}

/// The gate of failures alone: each is one history in which one property is violated; of the other
/// properties it says nothing.
void add_alone(CheckReport& report, const SavedRun& run, ToldFailure failure) {
  auto protocol =
      std::find_if(report.protocols.begin(), report.protocols.end(),
                   [&](const ProtocolReport& each) { return each.gate.protocol == run.protocol; });
  if (protocol == report.protocols.end()) {
    protocol = report.protocols.emplace(protocol);
    protocol->gate.protocol = run.protocol;
    protocol->called = for_shell(run.protocol_folder.empty() ? run.protocol : run.protocol_folder);
  }
  GateReport& gate = protocol->gate;
  auto tally = std::find_if(gate.tallies.begin(), gate.tallies.end(),
                            [&](const Tally& each) { return each.scenario == failure.scenario; });
  if (tally == gate.tallies.end()) {
    tally = gate.tallies.emplace(tally);
    tally->scenario = failure.scenario;
  }
  ++tally->histories;
  ++tally->judged[failure.name.substr(0, failure.name.find('.'))][Outcome::violated];
  const int before = tally->found[failure.name].histories;
  if (before == 0)
    tally->found[failure.name] = {0, failure.scenario, failure.seed, failure.told.violation};
  ++tally->found[failure.name].histories;
  protocol->failures.push_back(std::move(failure));
  gate.verdict = judge_gate(gate.tallies, {}, {});
}

void add_check(const Context& context, CheckReport& report, CheckReport check,
               const fs::path& file) {
  for (ProtocolReport& protocol : check.protocols) {
    for (ToldFailure& failure : protocol.failures) {
      failure.file = (file.parent_path() / failure.file).string();
      failure.page = (file.parent_path() / failure.page).string();
      failure.replay = replay_of(context, failure.file);
    }
    report.protocols.push_back(std::move(protocol));
  }
}

ToldFiles read_files(const Context& context, const std::vector<std::string>& files) {
  ToldFiles told{{context.program, {}}, {context.program, {}}};
  for (const fs::path file : files) {
    const std::string text = read_text_file(file, "a saved failure or result file");
    if (is_results(text, file)) {
      add_check(context, told.checks, results_from_json(text, file), file);
      continue;
    }
    const SavedRun run = told_run_from_json(text, file);
    ToldFailure failure = told_failure(run);
    failure.replay = replay_of(context, file);
    add_alone(told.alone, run, std::move(failure));
  }
  return told;
}

std::vector<const ToldFailure*> failures_of(const CheckReport& report) {
  std::vector<const ToldFailure*> failures;
  for (const ProtocolReport& protocol : report.protocols)
    for (const ToldFailure& failure : protocol.failures) failures.push_back(&failure);
  return failures;
}

std::string text_of(const Context& context, const ToldFiles& told, Color color) {
  const TraceOptions options{color, color == Color::on ? context.terminal.width : 0, 0, {}};
  std::string text;
  for (const ProtocolReport& protocol : told.checks.protocols)
    text += (text.empty() ? "" : "\n") + gate_text(protocol.gate);
  const CheckReport all = told.all();
  for (const ToldFailure* failure : failures_of(all))
    text += (text.empty() ? "" : "\n") + failure_text(report_of(*failure), options);
  if (!told.checks.protocols.empty() && verdict_of(told.checks) != CheckVerdict::violated)
    text += "\n" + verdict_line(told.checks) + "\n";
  return text;
}

std::string page_of(const ToldFailure& failure) {
  return failure_page(report_of(failure), sources_of(failure.told));
}

/// The one failure that can stand on stdout.
const ToldFailure& only_failure(const CheckReport& report, std::string_view format) {
  const auto failures = failures_of(report);
  if (failures.size() != 1)
    throw InputError(fmt::format(
        "--{} writes one failure to stdout, but {} are told here; write them into a folder with "
        "--out DIR",
        format, failures.size()));
  return *failures.front();
}

std::string on_stdout(const Context& context, const ToldFiles& told, const std::string& format) {
  const CheckReport report = told.all();
  if (format == "junit") return junit(report);
  if (format == "markdown") return markdown_summary(report);
  if (format == "json") return json_lines(report);
  if (format == "svg") return diagram_svg(report_of(only_failure(report, format)));
  if (format == "html" && !told.checks.protocols.empty()) return summary_page(report);
  if (format == "html") return page_of(only_failure(report, format));
  return text_of(context, told, context.terminal.color ? Color::on : Color::off);
}

void write_files(const Context& context, const ToldFiles& told, const std::string& format,
                 const fs::path& folder) {
  CheckReport report = told.all();
  if (format.empty()) {
    name_failures(report);
    return write_report_folder(report, folder);
  }
  make_folder(folder);
  if (format == "junit") write_text_file(folder / "junit.xml", junit(report), "the JUnit file");
  if (format == "markdown")
    write_text_file(folder / "summary.md", markdown_summary(report), "the summary");
  if (format == "json")
    write_text_file(folder / "results.jsonl", json_lines(report), "the JSON lines");
  if (format == "text")
    write_text_file(folder / "report.txt", text_of(context, told, Color::off), "the text");
  if (format != "html" && format != "svg") return;
  name_failures(report);
  make_folder(folder / "failures");
  for (ProtocolReport& protocol : report.protocols)
    for (ToldFailure& failure : protocol.failures) {
      fs::path page = folder / failure.page;
      failure.file.clear();
      if (format == "svg")
        write_text_file(page.replace_extension(".svg"), diagram_svg(report_of(failure)),
                        "the picture");
      else
        write_text_file(page, page_of(failure), "the page");
    }
  if (format == "html") write_text_file(folder / "index.html", summary_page(report), "the page");
}

int report(const Context& context, const ReportFlags& flags) {
  const ToldFiles told = read_files(context, flags.files);
  if (flags.out)
    write_files(context, told, flags.format, *flags.out);
  else
    fmt::print("{}", on_stdout(context, told, flags.format));
  return kHolds;
}

}  // namespace

Action report_command(Flags& flags) {
  const auto into = std::make_shared<ReportFlags>();
  flags.add("FILE", &into->files, "Saved failures, or results.json of check --report-dir")
      .required();
  flags.choose({"format",
                "",
                Choice::Pick::at_most_one,
                &into->format,
                {{"text", "As check prints it (the default)"},
                 {"html", "A page"},
                 {"svg", "A picture of one failure"},
                 {"junit", "JUnit XML"},
                 {"markdown", "A summary in Markdown"},
                 {"json", "JSON lines"}}});
  flags.add("--out", &into->out,
            "Write into this folder: the format that is named, else all of them");
  return [into](const Context& context) { return report(context, *into); };
}

}  // namespace fencepost
