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

/// Situations and scenarios may be called anything, so they are no keys.
std::string counts_of(const std::map<std::string, int>& counts) {
  return json_list(counts, [](const auto& count) {
    return fmt::format("[{}, {}]", json_exact(count.first), count.second);
  });
}

std::string outcomes_of(const std::string& property, const Outcomes& outcomes) {
  std::string text = json_entry("property", json_exact(property));
  for (const auto& [outcome, count] : outcomes)
    text += ", " + json_entry(kOutcomes[static_cast<std::size_t>(outcome)], std::to_string(count));
  return "{" + text + "}";
}

std::string open_of(const std::string& property, const std::string& why) {
  return fmt::format("[{}, {}]", json_exact(property), json_exact(why));
}

std::string excused_of(const Excuse& excuse, int histories) {
  return fmt::format("{{{}, {}, {}}}", json_entry("declaration", json_exact(excuse.declaration)),
                     json_entry("property", json_exact(excuse.property)),
                     json_entry("histories", std::to_string(histories)));
}

std::string tried_of(const std::string& name, const Tried& tried) {
  return fmt::format("{{{}, {}, {}, {}}}", json_entry("statement", json_exact(name)),
                     json_entry("succeeded", std::to_string(tried.succeeded)),
                     json_entry("failed", std::to_string(tried.failed)),
                     json_entry("with", json_exact(tried.with)));
}

std::string find_of(const std::string& name, const Find& find) {
  return fmt::format("{{{}, {}, {}, {}}}", json_entry("name", json_exact(name)),
                     json_entry("histories", std::to_string(find.histories)),
                     json_entry("seed", std::to_string(find.seed)),
                     json_entry("violation", json_of(find.violation)));
}

std::string scenario_of(const Tally& tally, const Demands& demands) {
  std::vector<std::string> judged, found, open, tried, excused;
  for (const auto& [property, outcomes] : tally.judged)
    judged.push_back(outcomes_of(property, outcomes));
  for (const auto& [name, find] : tally.found) found.push_back(find_of(name, find));
  for (const auto& [property, why] : tally.open) open.push_back(open_of(property, why));
  for (const auto& [name, each] : tally.tried) tried.push_back(tried_of(name, each));
  for (const auto& [excuse, histories] : tally.excused)
    excused.push_back(excused_of(excuse, histories));
  const auto demanded = demands.find(tally.scenario);
  return json_lines(
      "{}", "        ",
      {json_entry("scenario", json_exact(tally.scenario)),
       json_entry("histories", std::to_string(tally.histories)),
       json_entry("cut", std::to_string(tally.cut)),
       json_entry("steps", std::to_string(tally.steps)),
       json_entry("demanded", counts_of(demanded == demands.end() ? std::map<std::string, int>{}
                                                                  : demanded->second)),
       json_entry("reached", counts_of(tally.reached)),
       json_entry("ruled_out", json_texts(tally.ruled_out)),
       json_entry("judged", json_lines("[]", "          ", judged)),
       json_entry("open", json_lines("[]", "          ", open)),
       json_entry("tried", json_lines("[]", "          ", tried)),
       json_entry("excused", json_lines("[]", "          ", excused)),
       json_entry("found", json_lines("[]", "          ", found))});
}

std::string protocol_of(const ProtocolReport& protocol) {
  std::vector<std::string> scenarios, failures;
  for (const Tally& tally : protocol.tallies)
    scenarios.push_back(scenario_of(tally, protocol.demands));
  for (const FailureReport& failure : protocol.failures)
    failures.push_back(fmt::format("{{{}, {}}}", json_entry("file", json_exact(failure.file)),
                                   json_entry("page", json_exact(failure.page))));
  return json_lines("{}", "    ",
                    {json_entry("protocol", json_exact(protocol.name)),
                     json_entry("called", json_exact(protocol.called)),
                     json_entry("about", json_exact(protocol.about)),
                     json_entry("planned", std::to_string(protocol.planned)),
                     json_entry("as_expected", protocol.promise.as_expected ? "true" : "false"),
                     json_entry("violates", json_texts(protocol.promise.violates)),
                     json_entry("unreachable", json_texts(protocol.promise.unreachable)),
                     json_entry("skipped", json_texts(protocol.skipped)),
                     json_entry("anywhere", json_texts(protocol.anywhere)),
                     json_entry("scenarios", json_lines("[]", "      ", scenarios)),
                     json_entry("failures", json_lines("[]", "      ", failures))});
}

constexpr std::string_view kAgain = "restore the file, or run check again";
constexpr int kMostHistories = 1'000'000'000;

std::map<std::string, int> counts_in(const JsonTable& table, std::string_view key) {
  std::map<std::string, int> counts;
  for (const JsonNode& pair : table.list(key)) {
    if (pair.kind != JsonNode::Kind::array || pair.items.size() != 2)
      wrong(pair, "one of " + table.named(key), "[name, count]");
    counts[JsonTable::text_in(pair.items[0], "a name in " + table.named(key))] =
        static_cast<int>(JsonTable::whole(pair.items[1], "a count in " + table.named(key), 0,
                                          INT64_C(2'000'000'000)));
  }
  return counts;
}

/// A property that this version knows.
const Property& property_in(const JsonNode& node, const std::string& name) {
  const Property* property = find_property(name);
  if (property != nullptr) return *property;
  std::vector<std::string> known;
  for (const Property& each : properties()) known.emplace_back(each.name);
  node.fail(fmt::format(
      "this fencepost knows no property {}{}; take the fencepost that wrote the file, or run check "
      "again",
      in_quotes(name), did_you_mean(name, known)));
}

void read_judged(const JsonNode& node, Tally& tally) {
  const JsonTable table(node, "what was judged", {"property"},
                        {std::begin(kOutcomes), std::end(kOutcomes)});
  const Property& property = property_in(node, table.text("property"));
  Outcomes outcomes;
  for (std::size_t i = 0; i < std::size(kOutcomes); ++i)
    if (table.find(kOutcomes[i]) != nullptr)
      outcomes[static_cast<Outcome>(i)] = table.number(kOutcomes[i], 0);
  tally.judged[std::string(property.name)] = outcomes;
}

void read_found(const JsonNode& node, Tally& tally) {
  const JsonTable table(node, "what was found", {"name", "histories", "seed", "violation"});
  const std::string name = table.text("name");
  property_in(node, name.substr(0, name.find('.')));
  Find& find = tally.found[name];
  find.histories = table.number("histories", 1);
  find.scenario = tally.scenario;
  read_json({table, "seed"}, find.seed);
  find.violation = read_from<Violation>(table["violation"], "a violation");
}

void read_open(const JsonNode& pair, Tally& tally) {
  if (pair.kind != JsonNode::Kind::array || pair.items.size() != 2)
    wrong(pair, "one that was left open", "[property, why]");
  const std::string name = JsonTable::text_in(pair.items[0], "a property that was left open");
  tally.open[std::string(property_in(pair, name).name)] =
      JsonTable::text_in(pair.items[1], "why a property was left open");
}

void read_tried(const JsonNode& node, Tally& tally) {
  const JsonTable table(node, "a statement", {"statement", "succeeded", "failed", "with"});
  tally.tried[table.text("statement")] = {table.number("succeeded", 0), table.number("failed", 0),
                                          table.text("with")};
}

void read_excused(const JsonNode& node, Tally& tally) {
  const JsonTable table(node, "an excuse", {"declaration", "property", "histories"});
  const Property& property = property_in(node, table.text("property"));
  tally.excused[{table.text("declaration"), std::string(property.name)}] =
      table.number("histories", 1);
}

void read_scenario(const JsonNode& node, ProtocolReport& protocol) {
  const JsonTable table(node, "a scenario",
                        {"scenario", "histories", "cut", "steps", "demanded", "reached",
                         "ruled_out", "judged", "open", "tried", "found"},
                        {"excused"});
  Tally& tally = protocol.tallies.emplace_back();
  tally.scenario = table.text("scenario");
  tally.histories = table.number("histories", 0);
  tally.cut = table.number("cut", 0);
  tally.steps = JsonTable::whole(table["steps"], table.named("steps"), 0, INT64_MAX);
  tally.reached = counts_in(table, "reached");
  protocol.demands[tally.scenario] = counts_in(table, "demanded");
  for (std::string& situation : table.texts("ruled_out"))
    tally.ruled_out.insert(std::move(situation));
  for (const JsonNode& judged : table.list("judged")) read_judged(judged, tally);
  for (const JsonNode& open : table.list("open")) read_open(open, tally);
  for (const JsonNode& tried : table.list("tried")) read_tried(tried, tally);
  if (table.find("excused") != nullptr)
    for (const JsonNode& excused : table.list("excused")) read_excused(excused, tally);
  for (const JsonNode& found : table.list("found")) read_found(found, tally);
}

FailureReport read_failure(const JsonNode& node, const fs::path& results) {
  const JsonTable table(node, "a failure", {"file", "page"});
  const fs::path file = results.parent_path() / table.text("file");
  std::error_code none;
  if (!fs::is_regular_file(file, none))
    node.fail(
        fmt::format("the failure {} is not there; copy the whole folder of the report, not "
                    "only this file",
                    in_quotes(file.string())));
  FailureReport failure =
      report_of(told_run_from_json(read_text_file(file, "a saved failure"), file));
  failure.file = table.text("file");
  failure.page = table.text("page");
  return failure;
}

ProtocolReport read_protocol_report(const JsonNode& node, const fs::path& file) {
  const JsonTable table(node, "a protocol",
                        {"protocol", "called", "about", "planned", "as_expected", "violates",
                         "unreachable", "skipped", "anywhere", "scenarios", "failures"});
  ProtocolReport report;
  report.name = table.text("protocol");
  report.called = table.text("called");
  report.about = table.text("about");
  report.planned = static_cast<int>(
      JsonTable::whole(table["planned"], table.named("planned"), 0, kMostHistories));
  report.promise = {table.truth("as_expected"), table.texts("violates"),
                    table.texts("unreachable")};
  report.skipped = table.texts("skipped");
  report.anywhere = table.texts("anywhere");
  for (const JsonNode& scenario : table.list("scenarios")) read_scenario(scenario, report);
  for (const JsonNode& failure : table.list("failures"))
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
      write_text_file(folder / failure.file, failure.saved, "the saved failure");
  write_text_file(folder / "results.json", to_json(report), "the result file");
  for (const ReportForm& form : report_forms())
    if (form.written == WhenWritten::always) write_form(report, form, folder);
}

}  // namespace fencepost
