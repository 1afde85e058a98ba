#include "sim/cli/results.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/cli/check_output.hpp"
#include "sim/cli/tally_json.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/sealed_json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

// What stands beside the fields of a tally and of a protocol's report.
constexpr std::string_view kDemanded = "demanded", kScenarios = "scenarios", kFailures = "failures";

}  // namespace

// Found by its arguments, where fields are written and read.

/// What messages call one; none is no note.
template <typename Note>
constexpr std::string_view kNoteIs = "";
template <>
constexpr std::string_view kNoteIs<TrapNote> = "a trap";
template <>
constexpr std::string_view kNoteIs<OpenNote> = "a scenario that is left open";
template <>
constexpr std::string_view kNoteIs<SavedNote> = "a saved failure";
template <typename T>
concept Note = !kNoteIs<T>.empty();

template <Note Each>
static std::string json_of(const std::vector<Each>& notes) {
  return json_lines_of("          ", notes, [](const Each& note) { return json_of<Each>(note); });
}
template <Note Each>
static void read_json(const JsonField& field, std::vector<Each>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.push_back(read_from<Each>(node, std::string(kNoteIs<Each>)));
}

namespace {

std::string scenario_of(const Tally& tally, const Demands& demands) {
  FieldWriter writer = tally_writer(tally);
  const auto demanded = demands.find(tally.scenario);
  writer(kDemanded, demanded == demands.end() ? Demands::mapped_type() : demanded->second,
         Written::always);
  return "{\n          " + writer.text() + "\n        }";
}

void read_scenario(const JsonNode& node, ProtocolReport& protocol) {
  Keys keys = keys_of<Tally>();
  keys.required.emplace_back(kDemanded);
  const CountReader reader(node, "a scenario", keys);
  const Tally& tally = protocol.tallies.emplace_back(read_tally(node, reader));
  reader(kDemanded, protocol.demands[tally.scenario], Written::always);
}

std::string protocol_of(const ProtocolReport& protocol) {
  FieldWriter writer(",\n      ");
  ProtocolReport::fields(protocol, writer);
  const std::string scenarios = json_lines_of("      ", protocol.tallies, [&](const Tally& tally) {
    return scenario_of(tally, protocol.demands);
  });
  const std::string failures =
      json_lines_of("      ", protocol.failures,
                    [](const FailureReport& failure) { return json_of<FailureFiles>(failure); });
  return fmt::format("{{\n      {},\n      {},\n      {}\n    }}", writer.text(),
                     json_entry(kScenarios, scenarios), json_entry(kFailures, failures));
}

/// The result file.
const SealedKind& results_kind() {
  static const SealedKind results{"results", "a result file", "run check again", {"protocols"}};
  return results;
}

/// So that sums over scenarios are numbers, too.
constexpr int kMostHistories = 1'000'000'000;

FailureReport read_failure(const JsonNode& node, const fs::path& results) {
  const auto files = read_from<FailureFiles>(node, "a failure");
  const fs::path file = results.parent_path() / files.file;
  std::error_code none;
  if (!fs::is_regular_file(file, none))
    node.fail(
        fmt::format("the failure {} is not there; copy the whole folder of the report, not "
                    "only this file",
                    in_quotes(file.string())));
  FailureReport failure =
      report_of(told_run_from_json(read_text_file(file, "a saved failure"), file));
  static_cast<FailureFiles&>(failure) = files;
  return failure;
}

ProtocolReport read_protocol_report(const JsonNode& node, const fs::path& file) {
  Keys keys = keys_of<ProtocolReport>();
  for (const std::string_view key : {kScenarios, kFailures}) keys.required.emplace_back(key);
  const CountReader reader(node, "a protocol", keys);
  ProtocolReport report;
  ProtocolReport::fields(report, reader);
  const JsonTable& table = reader.table();
  JsonTable::whole(table["planned"], table.named("planned"), 0, kMostHistories);
  for (const JsonNode& scenario : table.list(kScenarios)) read_scenario(scenario, report);
  for (const JsonNode& failure : table.list(kFailures))
    report.failures.push_back(read_failure(failure, file));
  report.verdict = judge_protocol(report.tallies, report.demands, report.promise);
  excuse_unfinished(report.verdict, report.tallies, report.planned);
  return report;
}

/// Also on systems that know no difference between capitals and others, and many forbidden letters.
std::string for_file(const std::string& name) {
  std::string out;
  for (const char c : name.substr(0, 150)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !out.empty() && out.back() != '.');
    out += plain ? c : '_';
  }
  return out;
}

/// Only what the report that was there before says it wrote itself, and its forms.
void remove_older(const fs::path& folder) {
  std::error_code none;
  const fs::path results = folder / "results.json";
  if (!fs::is_regular_file(results, none)) return;
  try {
    const std::string text = read_text_file(results, "a result file");
    if (!is_results(text, results)) return;
    for (const ProtocolReport& protocol : results_from_json(text, results).protocols)
      for (const FailureReport& failure : protocol.failures)
        for (const std::string& name : {failure.file, failure.page})
          if (name == "failures/" + for_file(fs::path(name).filename().string()))
            fs::remove(folder / name, none);
    fs::remove(results, none);
    for (const ReportForm& form : report_forms())
      if (form.check && form.written == WhenWritten::always)
        fs::remove(folder / form.check->file, none);
  } catch (const InputError&) {
    // Not readable, so nothing is known of it, and nothing is removed.
  }
}

/// Nobody's sources, saved failures or own pages are to be among a report's files.
void demand_free(const fs::path& folder) {
  std::error_code none;
  const fs::path named = (fs::absolute(folder, none) / "").lexically_normal().parent_path();
  const std::string name = named.filename().string();
  const bool is_part = (name == "failures" || name == "scenarios") &&
                       fs::exists(named.parent_path() / "protocol.toml", none);
  if (is_part || fs::exists(named / "protocol.toml", none))
    throw InputError(
        fmt::format("{} holds files of a protocol, which a report must not be among; name another "
                    "folder for the "
                    "report, such as fencepost-report",
                    folder.string()));
  for (const ReportForm& form : report_forms()) {
    if (!form.check || form.written == WhenWritten::when_named) continue;
    const fs::path file = folder / form.check->file;
    const std::string text = bytes_of(file).value_or("").substr(0, 4096);
    if (!text.empty() && text.find("fencepost") == std::string::npos &&
        !text.starts_with("{\"schema\": "))
      throw InputError(
          fmt::format("{} is no report's, and would be lost; name another folder for the report",
                      file.string()));
  }
}

/// Reports are read elsewhere: they name the program, not where it lay here.
CheckReport without_place(CheckReport report) {
  const fs::path program = report.program;
  if (!program.is_absolute()) return report;
  const std::string name = program.filename().string();
  for (ProtocolReport& protocol : report.protocols)
    for (FailureReport& failure : protocol.failures)
      if (failure.replay.starts_with(report.program))
        failure.replay.replace(0, report.program.size(), name);
  report.program = name;
  return report;
}

}  // namespace

std::string to_json(const CheckReport& report) {
  std::vector<std::string> protocols;
  for (const ProtocolReport& protocol : report.protocols)
    protocols.push_back(protocol_of(protocol));
  return sealed(results_kind(), {json_entry("protocols", json_lines("[]", "  ", protocols))});
}

bool is_results(const std::string& text, const fs::path& file) {
  return is_sealed(results_kind(), text, file.string());
}

CheckReport results_from_json(const std::string& text, const fs::path& file) {
  const JsonNode root = unsealed(results_kind(), text, file.string());
  const JsonTable table(root, std::string(results_kind().called), results_kind().all_keys());
  CheckReport report;
  for (const JsonNode& protocol : table.list("protocols"))
    report.protocols.push_back(read_protocol_report(protocol, file));
  return report;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw InputError(
        fmt::format("the folder {} can't be made ({}); name another one for the report",
                    folder.string(), error.message()));
}

void begin_report_folder(const fs::path& folder) {
  demand_free(folder);
  make_folder(folder);
  remove_older(folder);
}

void name_failures(CheckReport& report) {
  std::set<std::string> used;
  for (ProtocolReport& protocol : report.protocols)
    for (FailureReport& failure : protocol.failures) {
      const std::string stem = for_file(file_stem(failure));
      std::string name = stem;
      for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}-{}", stem, i);
      failure.file = "failures/" + name + ".json";
      failure.page = "failures/" + name + ".html";
    }
}

void write_form(const CheckReport& report, const ReportForm& form, const fs::path& folder) {
  const auto write = [](const fs::path& file, const std::string& text, std::string_view called) {
    write_text_file(file, text, "the " + std::string(called));
  };
  if (form.failure) {
    make_folder(folder / "failures");
    for (const ProtocolReport& protocol : report.protocols)
      for (const FailureReport& failure : protocol.failures)
        write((folder / failure.page).replace_extension(form.failure->ending),
              form.failure->text(failure), form.failure->called);
  }
  if (form.check) write(folder / form.check->file, form.check->text(report), form.check->called);
}

void write_trouble(const CheckReport& report, const fs::path& folder) {
  std::error_code none;
  if (fs::exists(folder / "results.json", none)) return;
  for (const ReportForm& form : report_forms())
    if (form.check && form.written == WhenWritten::always)
      write_text_file(folder / form.check->file, form.check->text(report),
                      "the " + std::string(form.check->called));
}

void write_report_folder(const CheckReport& from_here, const fs::path& folder) {
  const CheckReport report = without_place(from_here);
  demand_free(folder);
  make_folder(folder / "failures");
  remove_older(folder);
  for (const ProtocolReport& protocol : report.protocols)
    for (const FailureReport& failure : protocol.failures)
      write_text_file(folder / failure.file, failure.file_text, "the saved failure");
  write_text_file(folder / "results.json", to_json(report), "the result file");
  for (const ReportForm& form : report_forms())
    if (form.written == WhenWritten::always) write_form(report, form, folder);
}

}  // namespace fencepost
