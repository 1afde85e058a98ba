// Reads the result file of a check back, and names every mistake by its line.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/results_file.hpp"
#include "sim/cli/told_run.hpp"
#include "sim/search/history_json.hpp"
#include "sim/text/files.hpp"
#include "sim/text/json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

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
                        {"holds", "violated", "not_applicable", "not_judged"});
  const Property& property = property_in(node, table.text("property"));
  Outcomes outcomes;
  const auto add = [&](std::string_view key, Outcome outcome) {
    if (table.find(key) != nullptr) outcomes[outcome] = table.number(key, 0);
  };
  add("holds", Outcome::holds);
  add("violated", Outcome::violated);
  add("not_applicable", Outcome::not_applicable);
  add("not_judged", Outcome::not_judged);
  tally.judged[std::string(property.name)] = outcomes;
}

void read_found(const JsonNode& node, Tally& tally) {
  const JsonTable table(node, "what was found", {"name", "histories", "seed", "violation"});
  const std::string name = table.text("name");
  property_in(node, name.substr(0, name.find('.')));
  Find& find = tally.found[name];
  find.histories = table.number("histories", 1);
  find.scenario = tally.scenario;
  const JsonNode& seed = table["seed"];
  if (!seed.natural) wrong(seed, table.named("seed"), "a whole number from 0 on");
  find.seed = *seed.natural;
  find.violation = violation_from_json(table["violation"]);
}

void read_scenario(const JsonNode& node, ProtocolReport& protocol) {
  const JsonTable table(
      node, "a scenario",
      {"scenario", "histories", "cut", "steps", "demanded", "reached", "judged", "found"});
  Tally& tally = protocol.gate.tallies.emplace_back();
  tally.scenario = table.text("scenario");
  tally.histories = table.number("histories", 0);
  tally.cut = table.number("cut", 0);
  tally.steps = JsonTable::whole(table["steps"], table.named("steps"), 0, INT64_MAX);
  tally.reached = counts_in(table, "reached");
  protocol.demands[tally.scenario] = counts_in(table, "demanded");
  for (const JsonNode& judged : table.list("judged")) read_judged(judged, tally);
  for (const JsonNode& found : table.list("found")) read_found(found, tally);
}

ToldFailure read_failure(const JsonNode& node, const std::filesystem::path& results) {
  const JsonTable table(node, "a failure", {"file", "page"});
  const std::filesystem::path file = results.parent_path() / table.text("file");
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none))
    node.fail(
        fmt::format("the failure {} is not there; copy the whole folder of the report, not "
                    "only this file",
                    in_quotes(file.string())));
  ToldFailure failure =
      told_failure(told_run_from_json(read_text_file(file, "a saved failure"), file));
  failure.file = table.text("file");
  failure.page = table.text("page");
  return failure;
}

ProtocolReport read_protocol_report(const JsonNode& node, const std::filesystem::path& file) {
  const JsonTable table(node, "a protocol",
                        {"protocol", "called", "about", "planned", "as_expected", "violates",
                         "unreachable", "skipped", "scenarios", "failures"});
  ProtocolReport report;
  report.gate.protocol = table.text("protocol");
  report.called = table.text("called");
  report.gate.about = table.text("about");
  report.planned = static_cast<int>(
      JsonTable::whole(table["planned"], table.named("planned"), 0, kMostHistories));
  report.promise = {table.truth("as_expected"), table.texts("violates"),
                    table.texts("unreachable")};
  report.gate.as_expected = report.promise.as_expected;
  report.gate.skipped = table.texts("skipped");
  for (const JsonNode& scenario : table.list("scenarios")) read_scenario(scenario, report);
  for (const JsonNode& failure : table.list("failures"))
    report.failures.push_back(read_failure(failure, file));
  report.gate.verdict = judge_gate(report.gate.tallies, report.demands, report.promise);
  excuse_unfinished(report.gate.verdict, report.gate.tallies, report.planned);
  report.gate.planned = share_of(report).planned;
  return report;
}

/// Everything before the digest's own line.
std::string_view body_of(std::string_view text) {
  return text.substr(0, text.rfind("  \"digest\": "));
}

}  // namespace

bool is_results(const std::string& text, const std::filesystem::path& file) {
  const JsonNode root = json_tree(text, file.string());
  return root.kind == JsonNode::Kind::object && root.find("kind") != nullptr &&
         root.find("kind")->text == "results";
}

CheckReport results_from_json(const std::string& text, const std::filesystem::path& file) {
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

}  // namespace fencepost
