// `report`: saved failures and result files again, in another form, without a server.
#include <fmt/format.h>

#include <algorithm>

#include "reports/check_text.hpp"
#include "sim/cli/check_output.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/results.hpp"
#include "sim/search/run_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

struct ReportFlags {
  std::vector<std::string> files;
  std::string form;  ///< the flag of one; empty: none
  std::optional<fs::path> out;
};

/// The report of failures alone: each is one history in which one property is violated; of the
/// other properties it says nothing.
void add_alone(CheckReport& report, const SavedRun& run, const fs::path& file,
               FailureReport failure) {
  auto protocol =
      std::find_if(report.protocols.begin(), report.protocols.end(),
                   [&](const ProtocolReport& each) { return each.name == run.protocol; });
  if (protocol == report.protocols.end()) {
    protocol = report.protocols.emplace(protocol);
    protocol->alone = true;
    protocol->name = run.protocol;
    protocol->called =
        for_shell(run.protocol_folder.empty()
                      ? run.protocol
                      : protocol_named_in(file, run.protocol_folder).value_or(run.protocol_folder));
  }
  auto tally = std::find_if(protocol->tallies.begin(), protocol->tallies.end(),
                            [&](const Tally& each) { return each.scenario == failure.scenario; });
  if (tally == protocol->tallies.end()) {
    tally = protocol->tallies.emplace(tally);
    tally->scenario = failure.scenario;
  }
  ++tally->histories;
  ++tally->judged[failure.property.substr(0, failure.property.find('.'))][Outcome::violated];
  const int before = tally->found[failure.property].histories;
  if (before == 0)
    tally->found[failure.property] = {0, failure.scenario, failure.seed, failure.told.violation};
  ++tally->found[failure.property].histories;
  protocol->failures.push_back(std::move(failure));
  protocol->verdict = judge_protocol(protocol->tallies, {}, {});
}

void add_check(const Context& context, CheckReport& report, CheckReport check,
               const fs::path& file) {
  for (ProtocolReport& protocol : check.protocols) {
    if (const auto folder = protocol_named_in(file, protocol.called)) protocol.called = *folder;
    for (FailureReport& failure : protocol.failures) {
      failure.file = (file.parent_path() / failure.file).string();
      failure.page = (file.parent_path() / failure.page).string();
      failure.replay = replay_command_of(context.program, failure.file);
    }
    report.protocols.push_back(std::move(protocol));
  }
}

/// What all files together tell: whole checks, and after them failures alone.
CheckReport read_files(const Context& context, const std::vector<std::string>& files) {
  CheckReport checks{context.program, {}}, alone{context.program, {}};
  for (const fs::path file : files) {
    const std::string text = read_text_file(file, "a saved failure or result file");
    if (is_results(text, file)) {
      add_check(context, checks, results_from_json(text, file), file);
      continue;
    }
    const SavedRun run = told_run_from_json(text, file);
    FailureReport failure = report_of(run);
    failure.replay = replay_command_of(context.program, file);
    add_alone(alone, run, file, std::move(failure));
  }
  std::move(alone.protocols.begin(), alone.protocols.end(), std::back_inserter(checks.protocols));
  return checks;
}

/// The one failure that can stand on stdout.
const FailureReport& only_failure(const CheckReport& report, const ReportForm& form) {
  std::vector<const FailureReport*> failures;
  for (const ProtocolReport& protocol : report.protocols)
    for (const FailureReport& failure : protocol.failures) failures.push_back(&failure);
  if (failures.size() != 1)
    throw InputError(fmt::format(
        "--{} writes one failure to stdout, but {} are told here; write them into a folder with "
        "--out DIR",
        form.flag, failures.size()));
  return *failures.front();
}

std::string on_stdout(const Context& context, const CheckReport& report, const ReportForm* form) {
  if (form == nullptr || form->flag == "text")
    return check_text(report, {text_options(context).trace});
  const bool alone = std::all_of(report.protocols.begin(), report.protocols.end(),
                                 [](const ProtocolReport& each) { return each.alone; });
  if (form->check && !(alone && form->failure)) return form->check->text(report);
  return form->failure->text(only_failure(report, *form));
}

void write_files(CheckReport report, const ReportForm* form, const fs::path& folder) {
  if (form == nullptr || form->failure) name_failures(report);
  if (form == nullptr) return write_report_folder(report, folder);
  // Only the saved runs' pages or pictures are written, not they themselves.
  if (form->failure)
    for (ProtocolReport& protocol : report.protocols)
      for (FailureReport& failure : protocol.failures) failure.file.clear();
  make_folder(folder);
  write_form(report, *form, folder);
}

int report(const Context& context, const ReportFlags& flags) {
  const CheckReport report = read_files(context, flags.files);
  const ReportForm* const form = find_form(flags.form);
  if (flags.out)
    write_files(report, form, *flags.out);
  else
    fmt::print("{}", on_stdout(context, report, form));
  return kHolds;
}

}  // namespace

Action report_command(Flags& flags) {
  const auto into = std::make_shared<ReportFlags>();
  flags.add("FILE", &into->files, "Saved failures, or results.json of check --report-dir")
      .required();
  std::vector<OneOf::Option> forms;
  for (const ReportForm& form : report_forms())
    forms.push_back({std::string(form.flag), std::string(form.about)});
  flags.add_one_of({"format", "", OneOf::Pick::at_most_one, &into->form, std::move(forms)});
  flags.add("--out", &into->out,
            "Write into this folder: the format that is named, else all of them");
  return [into](const Context& context) { return report(context, *into); };
}

}  // namespace fencepost
