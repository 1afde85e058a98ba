#include "sim/cli/results.hpp"

#include <fmt/format.h>

#include <set>

#include "model/hash.hpp"
#include "sim/cli/check_output.hpp"
#include "sim/text/error.hpp"
#include "sim/text/fields_json.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOutcomes[] = {"holds",      "violated",    "not_applicable",
                                          "not_judged", "not_reached", "open"};

// The maps of a tally are lists whose entries begin with their key, under these names.
constexpr std::string_view kProperty = "property", kStatement = "statement", kName = "name",
                           kHistories = "histories";
// What stands beside the fields of a tally and of a protocol's report.
constexpr std::string_view kDemanded = "demanded", kScenarios = "scenarios", kFailures = "failures";

/// A line for each value.
template <typename Values, typename Show>
std::string in_lines(const Values& values, Show show) {
  return json_lines_of("          ", values, show);
}

template <typename T>
std::string keyed(std::string_view name, const std::map<std::string, T>& values) {
  return in_lines(values, [&](const auto& each) {
    FieldWriter writer;
    writer(name, each.first, Written::always);
    T::fields(each.second, writer);
    return "{" + writer.text() + "}";
  });
}

/// `what` is what messages call an entry.
template <typename T>
void read_keyed(const JsonField& field, std::string_view name, const std::string& what,
                std::map<std::string, T>& into) {
  Keys keys = keys_of<T>();
  keys.required.emplace_back(name);
  for (const JsonNode& node : field.table.list(field.key)) {
    const CountReader reader(node, what, keys);
    T::fields(into[reader.table().text(name)], reader);
  }
}

/// A property that this version knows.
std::string property_in(const JsonNode& node, const std::string& name) {
  if (find_property(name) != nullptr) return name;
  std::vector<std::string> known;
  for (const Property& each : properties()) known.emplace_back(each.name);
  node.fail(fmt::format(
      "this fencepost knows no property {}{}; take the fencepost that wrote the file, or run check "
      "again",
      in_quotes(name), did_you_mean(name, known)));
}

}  // namespace

// Found by their arguments, where fields are written and read.

static std::string json_of(const std::vector<TrapNote>& traps) {
  return in_lines(traps, [](const TrapNote& each) { return json_of<TrapNote>(each); });
}
static void read_json(const JsonField& field, std::vector<TrapNote>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.push_back(read_from<TrapNote>(node, "a trap"));
}

static std::string json_of(const std::map<std::string, Endings>& tried) {
  return keyed(kStatement, tried);
}
static void read_json(const JsonField& field, std::map<std::string, Endings>& into) {
  read_keyed(field, kStatement, "a statement", into);
}

static std::string json_of(const std::map<std::string, Find>& found) { return keyed(kName, found); }
static void read_json(const JsonField& field, std::map<std::string, Find>& into) {
  read_keyed(field, kName, "what was found", into);
  for (const auto& [name, find] : into) property_in(field.node(), name.substr(0, name.find('.')));
}

static std::string json_of(const std::map<std::string, Outcomes>& judged) {
  return in_lines(judged, [](const auto& each) {
    FieldWriter writer;
    writer(kProperty, each.first, Written::always);
    for (const auto& [outcome, count] : each.second)
      writer(kOutcomes[static_cast<std::size_t>(outcome)], count, Written::always);
    return "{" + writer.text() + "}";
  });
}
static void read_json(const JsonField& field, std::map<std::string, Outcomes>& into) {
  for (const JsonNode& node : field.table.list(field.key)) {
    const JsonTable table(node, "what was judged", {std::string(kProperty)},
                          {std::begin(kOutcomes), std::end(kOutcomes)});
    Outcomes& outcomes = into[property_in(node, table.text(kProperty))];
    for (std::size_t i = 0; i < std::size(kOutcomes); ++i)
      if (table.find(kOutcomes[i]) != nullptr)
        outcomes[static_cast<Outcome>(i)] = table.number(kOutcomes[i], 0);
  }
}

static std::string json_of(const std::map<Excuse, int>& excused) {
  return in_lines(excused, [](const auto& each) {
    FieldWriter writer;
    Excuse::fields(each.first, writer);
    writer(kHistories, each.second, Written::always);
    return "{" + writer.text() + "}";
  });
}
static void read_json(const JsonField& field, std::map<Excuse, int>& into) {
  Keys keys = keys_of<Excuse>();
  keys.required.emplace_back(kHistories);
  for (const JsonNode& node : field.table.list(field.key)) {
    const CountReader reader(node, "an excuse", keys);
    Excuse excuse;
    Excuse::fields(excuse, reader);
    property_in(node, excuse.property);
    into[excuse] = reader.table().number(kHistories, 1);
  }
}

namespace {

std::string scenario_of(const Tally& tally, const Demands& demands) {
  FieldWriter writer(",\n          ");
  Tally::fields(tally, writer);
  const auto demanded = demands.find(tally.scenario);
  writer(kDemanded, demanded == demands.end() ? Demands::mapped_type() : demanded->second,
         Written::always);
  return "{\n          " + writer.text() + "\n        }";
}

void read_scenario(const JsonNode& node, ProtocolReport& protocol) {
  Keys keys = keys_of<Tally>();
  keys.required.emplace_back(kDemanded);
  const CountReader reader(node, "a scenario", keys);
  Tally& tally = protocol.tallies.emplace_back();
  Tally::fields(tally, reader);
  for (const auto& [property, why] : tally.open) property_in(node, property);
  for (auto& [name, find] : tally.found) find.scenario = tally.scenario;
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

constexpr std::string_view kAgain = "restore the file, or run check again";
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

/// Everything before the digest's own line.
std::string_view body_of(std::string_view text) {
  return text.substr(0, text.rfind("  \"digest\": "));
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

/// Only what the report that was there before says it wrote itself.
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
  } catch (const InputError&) {
    // Not readable, so nothing is known of it, and nothing is removed.
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
  const std::string text =
      fmt::format("{{\n  \"format\": 1,\n  \"kind\": \"results\",\n  \"protocols\": {},\n",
                  json_lines("[]", "  ", protocols));
  return fmt::format("{}  \"digest\": \"{}\"\n}}\n", text, fingerprint(text));
}

bool is_results(const std::string& text, const fs::path& file) {
  const JsonNode root = json_tree(text, file.string());
  return root.kind == JsonNode::Kind::object && root.find("kind") != nullptr &&
         root.find("kind")->text == "results";
}

CheckReport results_from_json(const std::string& text, const fs::path& file) {
  const JsonNode root = json_tree(text, file.string());
  const JsonTable table(root, "a result file", {"format", "kind", "protocols", "digest"});
  if (table["format"].natural != 1U)
    table["format"].fail(fmt::format(
        "format {} is not known; this fencepost reads format 1: take the fencepost that wrote the "
        "file, or run check again",
        table["format"].shown()));
  const std::string found = fingerprint(body_of(text)), expected = table.text("digest");
  if (found != expected)
    table["digest"].fail(
        fmt::format("this file was edited: its digest is {}, but it was written with {}; {}", found,
                    in_quotes(expected), kAgain));
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

void write_report_folder(const CheckReport& from_here, const fs::path& folder) {
  const CheckReport report = without_place(from_here);
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
