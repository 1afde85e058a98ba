#include "sim/search/saved_run.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "sim/search/history_json.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::string text_of(const std::string& text) { return json_exact(text); }

std::string value_of(const Deviation& deviation) {
  if (!deviation.name.empty()) return text_of(deviation.name);
  return is_duration(deviation.point.kind) ? length_json(Duration{deviation.value})
                                           : std::to_string(deviation.value);
}

std::string text_of(const Deviation& deviation) {
  const ChoicePoint& point = deviation.point;
  return fmt::format(R"({{"who": {}, "kind": {}, "nth": {}, "at": {}, "value": {}}})",
                     text_of(point.who), text_of(point.kind), point.ordinal, text_of(point.where),
                     value_of(deviation));
}

using Kind = JsonNode::Kind;
using Table = JsonTable;

Deviation read_deviation(const JsonNode& node) {
  const Table table(node, "a deviation", {"who", "kind", "nth", "at", "value"});
  Deviation deviation;
  deviation.point.who = table.text("who");
  deviation.point.kind = table.text("kind");
  deviation.point.where = table.text("at");
  deviation.point.ordinal = Table::whole(table["nth"], table.named("nth"), 0, INT64_MAX);
  const JsonNode& value = table["value"];
  if (is_named(deviation.point.kind)) {
    deviation.name = table.text("value");
    if (deviation.name.empty()) wrong(value, table.named("value"), "a name such as \"w1\"");
    return deviation;
  }
  deviation.value = value.kind == Kind::text && is_duration(deviation.point.kind)
                        ? duration_in(value, table.named("value")).count()
                        : Table::whole(value, table.named("value"), INT64_MIN, INT64_MAX);
  return deviation;
}

Tape read_tape(const Table& table) {
  Tape tape;
  std::set<std::tuple<std::string, std::string, std::int64_t>> seen;
  for (const JsonNode& node : table.list("deviations")) {
    Deviation deviation = read_deviation(node);
    const ChoicePoint& point = deviation.point;
    if (!seen.emplace(point.who, point.kind, point.ordinal).second)
      node.fail(fmt::format(
          "choice {} of kind {} and nth {} is answered twice; leave one of the deviations",
          in_quotes(point.who), in_quotes(point.kind), point.ordinal));
    tape.push_back(std::move(deviation));
  }
  return tape;
}

std::string read_strategy(const Table& table) {
  const std::string found = table.text("strategy");
  if (find_strategy(found) != nullptr) return found;
  std::vector<std::string> known;
  for (const Strategy& strategy : strategies()) known.emplace_back(strategy.name);
  table["strategy"].fail(fmt::format("unknown strategy {}; known are {}{}; correct it",
                                     in_quotes(found), listed(known), did_you_mean(found, known)));
}

// Before anything else is complained of: a later format has other keys.
void check_format(const JsonNode& root) {
  if (root.kind != Kind::object) wrong(root, "the file", "a table: {\"format\": 2, …}");
  if (const JsonNode* const kind = root.find("kind"))
    kind->fail(fmt::format(
        "this is {}, but must be a saved run: name one of its failures, or use report",
        kind->text == "results" ? "the result file of a check" : "of kind " + kind->shown()));
  const JsonNode* const format = root.find("format");
  if (format == nullptr)
    root.fail(fmt::format("\"format\" is missing; expected a saved run with \"format\": 2: {}",
                          kRestore));
  if (format->natural == 1U)
    format->fail(
        "format 1 says by numbers who goes on, which this fencepost no longer reads: find the run "
        "again from its seed, or replay it with the fencepost that wrote it");
  if (format->natural != 2U)
    format->fail(
        fmt::format("format {} is not known; this fencepost reads format 2: take the fencepost "
                    "that wrote the file, or find the run again from its seed",
                    format->shown()));
}

SavedRun read_run(const JsonNode& root) {
  check_format(root);
  const Table table(root, "a saved run",
                    {"format", "protocol", "protocol_folder", "protocol_hash", "scenario",
                     "scenario_file", "scenario_hash", "seed", "strategy", "property", "sentence",
                     "until_step", "shrunk_from", "digest", "load", "deviations"},
                    {"told"});
  SavedRun run;
  run.protocol = table.text("protocol");
  run.protocol_folder = table.text("protocol_folder");
  run.protocol_hash = table.text("protocol_hash");
  run.scenario = table.text("scenario");
  run.scenario_file = table.text("scenario_file");
  run.scenario_hash = table.text("scenario_hash");
  const JsonNode& seed = table["seed"];
  if (seed.kind != Kind::integer || !seed.natural)
    wrong(seed, table.named("seed"), "a whole number from 0 to 18446744073709551615");
  run.seed = *seed.natural;
  run.strategy = read_strategy(table);
  run.property = table.text("property");
  run.sentence = table.text("sentence");
  run.until_step = table.number("until_step", 0);
  run.shrunk_from = table.number("shrunk_from", 0);
  run.digest = table.text("digest");
  run.load = load_in(table["load"]);
  run.tape = read_tape(table);
  return run;
}

}  // namespace

bool is_duration(std::string_view kind) {
  return kind.ends_with(".lasts") || kind == "start" || kind == "clock";
}

bool is_named(std::string_view kind) { return kind == "next"; }

std::string to_json(const SavedRun& run) {
  std::string text = "{\n  \"format\": 2";
  const auto add = [&](std::string_view key, const std::string& value) {
    text += fmt::format(",\n  \"{}\": {}", key, value);
  };
  add("protocol", text_of(run.protocol));
  add("protocol_folder", text_of(run.protocol_folder));
  add("protocol_hash", text_of(run.protocol_hash));
  add("scenario", text_of(run.scenario));
  add("scenario_file", text_of(run.scenario_file));
  add("scenario_hash", text_of(run.scenario_hash));
  add("seed", std::to_string(run.seed));
  add("strategy", text_of(run.strategy));
  add("property", text_of(run.property));
  add("sentence", text_of(run.sentence));
  add("until_step", std::to_string(run.until_step));
  add("shrunk_from", std::to_string(run.shrunk_from));
  add("digest", text_of(run.digest));
  add("load", to_json(run.load));
  add("deviations",
      json_lines_of("  ", run.tape, [](const Deviation& deviation) { return text_of(deviation); }));
  if (run.told) add("told", to_json(*run.told));
  return text + "\n}\n";
}

// What is told is derived: a replay makes it again, so it does not even look.
SavedRun saved_run_from_json(const std::string& text, const std::filesystem::path& file) {
  return read_run(json_tree(text, file.string()));
}

SavedRun told_run_from_json(const std::string& text, const std::filesystem::path& file) {
  const JsonNode root = json_tree(text, file.string());
  SavedRun run = read_run(root);
  const JsonNode* const told = root.find("told");
  if (told == nullptr)
    root.fail(
        "this saved run has no \"told\", so there is nothing to tell without a server: shrink it, "
        "which writes that, or replay it");
  run.told = told_from_json(*told, run.digest);
  return run;
}

}  // namespace fencepost
