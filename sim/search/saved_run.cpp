#include "sim/search/saved_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "model/fault.hpp"
#include "model/properties/property.hpp"
#include "sim/search/strategies.hpp"
#include "sim/text/fields_json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kTold = "told", kValue = "value";

std::string value_of(const Deviation& deviation) {
  if (!deviation.name.empty()) return json_exact(deviation.name);
  return is_duration(deviation.point.kind) ? length_json(Duration{deviation.value})
                                           : std::to_string(deviation.value);
}

std::string text_of(const Deviation& deviation) {
  FieldWriter writer;
  Deviation::fields(deviation, writer);
  return fmt::format("{{{}, {}}}", writer.text(), json_entry(kValue, value_of(deviation)));
}

using Kind = JsonNode::Kind;

[[noreturn]] void unknown(const JsonNode& node, std::string_view what, const std::string& found,
                          const std::vector<std::string>& known) {
  node.fail(fmt::format("unknown {} {}; known are {}{}; correct it", what, in_quotes(found),
                        listed(known), did_you_mean(found, known)));
}

/// What belongs to a choice has its kind, too: that of "stall.lasts" is "stall".
void demand_known_kind(const JsonNode& node, const std::string& found) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> kinds = {"next",   "start",       "slow",    "work",  "sleep", "poll",
                                      "poison", "late_commit", "backend", "clock", "drift"};
    for (const Fault& fault : faults())
      if (std::ranges::count(kinds, fault.name) == 0) kinds.emplace_back(fault.name);
    return kinds;
  }();
  if (std::ranges::count(known, found.substr(0, found.find('.'))) == 0)
    unknown(node, "kind", found, known);
}

/// The full name of what can be violated; the parts of "never" are the protocol's own.
void demand_known_property(const JsonNode& node, const std::string& found) {
  std::vector<std::string> known;
  for (const Property& each : properties()) {
    if (each.parts.empty() && each.name != "never") known.emplace_back(each.name);
    for (const std::string_view part : each.parts)
      known.push_back(fmt::format("{}.{}", each.name, part));
  }
  if (!found.empty() && !found.starts_with("never.") && std::ranges::count(known, found) == 0)
    unknown(node, "property", found, known);
}

Deviation read_deviation(const JsonNode& node) {
  Keys keys = keys_of<Deviation>();
  keys.required.emplace_back(kValue);
  const FieldReader reader(node, "a deviation", keys);
  const JsonTable& table = reader.table();
  JsonTable::whole(table["nth"], table.named("nth"), 0, INT64_MAX);
  Deviation deviation;
  Deviation::fields(deviation, reader);
  demand_known_kind(table["kind"], deviation.point.kind);
  const JsonNode& value = table[kValue];
  if (is_named(deviation.point.kind)) {
    deviation.name = table.text(kValue);
    if (deviation.name.empty()) wrong(value, table.named(kValue), "a name such as \"w1\"");
    return deviation;
  }
  deviation.value = value.kind == Kind::text && is_duration(deviation.point.kind)
                        ? duration_in(value, table.named(kValue)).count()
                        : JsonTable::whole(value, table.named(kValue), INT64_MIN, INT64_MAX);
  return deviation;
}

}  // namespace

// How the parts of a saved run that are no rows of fields are written, and read again.
static std::string json_of(const Load& load) { return to_json(load); }
static std::string json_of(const Tape& tape) {
  return json_lines_of("  ", tape, [](const Deviation& each) { return text_of(each); });
}
/// All of it, one line each: it is short, and says what the verdict depends on.
static std::string json_of(const Declared& declared) {
  FieldWriter writer(",\n      ");
  Declared::fields(declared, writer);
  return "{\n      " + writer.text() + "\n    }";
}
template <HasFields T>
static std::string json_of(const std::vector<T>& rows) {
  return json_lines_of("    ", rows, [](const T& row) { return json_of(row); });
}
static std::string json_of(const Told& told) {
  FieldWriter writer(",\n    ");
  Told::fields(told, writer);
  return "{\n    " + writer.text() + "\n  }";
}

static void read_json(const JsonField& field, Load& into) { into = load_in(field.node()); }
static void read_json(const JsonField& field, Tape& into) {
  std::set<std::tuple<std::string, std::string, std::int64_t>> seen;
  for (const JsonNode& node : field.table.list(field.key)) {
    Deviation deviation = read_deviation(node);
    const ChoicePoint& point = deviation.point;
    if (!seen.emplace(point.who, point.kind, point.ordinal).second)
      node.fail(fmt::format(
          "choice {} of kind {} and nth {} is answered twice; leave one of the deviations",
          in_quotes(point.who), in_quotes(point.kind), point.ordinal));
    into.push_back(std::move(deviation));
  }
}
static void read_json(const JsonField& field, Declared& into) {
  into = read_from<Declared>(field.node(), "\"declared\"");
}
static void read_json(const JsonField& field, LeaseToken& into) {
  into = read_from<LeaseToken>(field.node(), "\"token\"");
}
static void read_json(const JsonField& field, std::vector<SqlSource>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.push_back(read_from<SqlSource>(node, "a source"));
}
static void read_json(const JsonField& field, std::vector<Event>& into) {
  for (const JsonNode& node : field.table.list(field.key))
    into.push_back(read_from<Event>(node, "an event"));
}
static void read_json(const JsonField& field, Told& into) {
  into = read_from<Told>(field.node(), field.named());
}

namespace {

void demand_known_strategy(const JsonNode& node, const std::string& found) {
  if (find_strategy(found) != nullptr) return;
  std::vector<std::string> known;
  for (const Strategy& strategy : strategies()) known.emplace_back(strategy.name);
  unknown(node, "strategy", found, known);
}

// Before anything else is complained of: a later format has other keys.
void check_format(const JsonNode& root) {
  if (root.kind != Kind::object) wrong(root, "the file", "a table: {\"format\": 2, …}");
  const JsonNode* const kind = root.find("kind");
  if (kind != nullptr && kind->text == "shard")
    kind->fail("this is the result of a shard; merge takes it, with those of all other shards");
  if (kind != nullptr)
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
  Keys keys = keys_of<SavedRun>();
  keys.required.insert(keys.required.begin(), "format");
  const CountReader reader(root, "a saved run", keys);
  SavedRun run;
  SavedRun::fields(run, [&](std::string_view key, auto& into, Written written) {
    if (key != kTold) reader(key, into, written);
  });
  demand_known_strategy(*root.find("strategy"), run.strategy);
  demand_known_property(*root.find("property"), run.property);
  return run;
}

}  // namespace

bool is_duration(std::string_view kind) {
  return kind.ends_with(".lasts") || kind == "start" || kind == "clock";
}

bool is_named(std::string_view kind) { return kind == "next"; }

std::string to_json(const SavedRun& run) {
  FieldWriter writer(",\n  ");
  SavedRun::fields(run, writer);
  return "{\n  \"format\": 2,\n  " + writer.text() + "\n}\n";
}

// What is told is derived: a replay makes it again, so it does not even look.
SavedRun saved_run_from_json(const std::string& text, const std::filesystem::path& file) {
  return read_run(json_tree(text, file.string()));
}

SavedRun told_run_from_json(const std::string& text, const std::filesystem::path& file) {
  const JsonNode root = json_tree(text, file.string());
  SavedRun run = read_run(root);
  const JsonNode* const node = root.find(kTold);
  if (node == nullptr)
    root.fail(
        "this saved run has no \"told\", so there is nothing to tell without a server: shrink it, "
        "which writes that, or replay it");
  run.told = read_from<Told>(*node, "\"told\"");
  const JsonNode& events = *node->find("events");
  if (const std::string found = digest(run.told->history); found != run.digest)
    events.fail(fmt::format(
        "these events were edited: their digest is {}, but the file was saved with {}; restore the "
        "file, or replay and shrink it, which tells it again",
        found, in_quotes(run.digest)));
  if (run.told->history.events.empty())
    events.fail(fmt::format("there are no events to tell: {}", kRestore));
  return run;
}

}  // namespace fencepost
