// Reads a saved run back, and names every mistake by its line.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/error.hpp"
#include "sim/json_tree.hpp"
#include "sim/length.hpp"
#include "sim/saved_run.hpp"
#include "sim/words.hpp"

namespace fencepost {
namespace {

using Kind = JsonNode::Kind;
constexpr std::string_view kRemedy = "restore the file, or save the run again";
constexpr std::int64_t kMost = 1'000'000'000;

/// What a value must be, for messages: "a whole number from 1 to 9".
[[noreturn]] void wrong(const JsonNode& node, const std::string& what,
                        const std::string& expected) {
  node.fail(fmt::format("{} is {}, but must be {}: {}", what, node.shown(), expected, kRemedy));
}

/// A table with exactly these keys.
class Table {
 public:
  Table(const JsonNode& node, std::string what, const std::vector<std::string>& keys)
      : node_(node), what_(std::move(what)) {
    if (node.kind != Kind::object) wrong(node, what_, "a table: {…}");
    for (const JsonEntry& entry : node.entries)
      if (std::find(keys.begin(), keys.end(), entry.key) == keys.end())
        entry.value.fail(
            fmt::format("unknown key {} in {}; known are {}{}; take it out, or correct it",
                        in_quotes(entry.key), what_, listed(keys), did_you_mean(entry.key, keys)));
    for (const std::string& key : keys)
      if (node.find(key) == nullptr)
        node.fail(fmt::format("\"{}\" is missing in {}: {}", key, what_, kRemedy));
  }

  const JsonNode& operator[](std::string_view key) const { return *node_.find(key); }

  std::string text(std::string_view key) const { return text_in((*this)[key], named(key)); }
  int number(std::string_view key, int least) const {
    return static_cast<int>(whole((*this)[key], named(key), least, kMost));
  }
  const std::vector<JsonNode>& list(std::string_view key) const {
    const JsonNode& node = (*this)[key];
    if (node.kind != Kind::array) wrong(node, named(key), "a list: […]");
    return node.items;
  }
  std::string named(std::string_view key) const { return fmt::format("\"{}\" in {}", key, what_); }

  static std::int64_t whole(const JsonNode& node, const std::string& what, std::int64_t least,
                            std::int64_t most) {
    if (node.kind != Kind::integer || !node.integer || *node.integer < least ||
        *node.integer > most)
      wrong(node, what, fmt::format("a whole number from {} to {}", least, most));
    return *node.integer;
  }

  static std::string text_in(const JsonNode& node, const std::string& what) {
    if (node.kind == Kind::text) return node.text;
    const std::string expected = "a text, or {\"bytes\": \"6aff\"}";
    const JsonNode* const bytes = node.kind == Kind::object ? node.find("bytes") : nullptr;
    if (bytes == nullptr || bytes->kind != Kind::text || node.entries.size() != 1 ||
        bytes->text.size() % 2 != 0)
      wrong(node, what, expected);
    std::string out;
    for (std::size_t i = 0; i < bytes->text.size(); i += 2) {
      const int high = hex(bytes->text[i]), low = hex(bytes->text[i + 1]);
      if (high < 0 || low < 0) wrong(*bytes, what, "bytes as hexadecimal digits");
      out += static_cast<char>(high * 16 + low);
    }
    return out;
  }

 private:
  static int hex(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t at = digits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  }

  const JsonNode& node_;
  std::string what_;
};

Duration signed_duration(const JsonNode& node, const std::string& what) {
  const bool negative = node.text.starts_with('-');
  const auto duration = duration_from_text(std::string_view(node.text).substr(negative ? 1 : 0));
  if (node.kind != Kind::text || !duration)
    wrong(node, what, "a length of time such as \"330.000001 s\"");
  return negative ? -*duration : *duration;
}

Load read_load(const JsonNode& node) {
  const Table table(node, "load",
                    {"workers", "jobs", "items", "constants", "slow", "poison", "clock_offsets"});
  Load load;
  load.workers = table.number("workers", 0);
  load.jobs = table.number("jobs", 0);
  load.items = table.number("items", 0);
  load.poison = table.number("poison", 0);
  const JsonNode& constants = table["constants"];
  if (constants.kind != Kind::object)
    wrong(constants, table.named("constants"), "a table such as {\"chunk\": \"2\"}");
  for (const JsonEntry& constant : constants.entries)
    load.constants.emplace(
        constant.key,
        Table::text_in(constant.value, fmt::format("constant {}", in_quotes(constant.key))));
  const Table slow(table["slow"], "slow", {"chance", "lasts"});
  const auto chance = chance_from_text(slow.text("chance"));
  if (!chance)
    wrong(slow["chance"], slow.named("chance"), "\"0\", \"1\" or a fraction such as \"1/5\"");
  load.slow_chance = *chance;
  for (const JsonNode& item : slow.list("lasts")) {
    const auto length = length_from_text(Table::text_in(item, "a length in slow"));
    if (!length) wrong(item, "a length in slow", "such as \"10 s\" or \"1.1 lease\"");
    load.slow_lasts.push_back(*length);
  }
  for (const JsonNode& offset : table.list("clock_offsets"))
    load.clock_offsets.push_back(signed_duration(offset, "an offset in clock_offsets"));
  return load;
}

Deviation read_deviation(const JsonNode& node) {
  const Table table(node, "a deviation", {"who", "kind", "nth", "at", "value"});
  Deviation deviation;
  deviation.point.who = table.text("who");
  deviation.point.kind = table.text("kind");
  deviation.point.where = table.text("at");
  deviation.point.ordinal = Table::whole(table["nth"], table.named("nth"), 0, INT64_MAX);
  const JsonNode& value = table["value"];
  deviation.value = value.kind == Kind::text && is_duration(deviation.point.kind)
                        ? signed_duration(value, table.named("value")).count()
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

Strategy read_strategy(const Table& table) {
  const std::string found = table.text("strategy");
  std::vector<std::string> known;
  for (const Strategy strategy : strategies()) {
    if (found == to_text(strategy)) return strategy;
    known.emplace_back(to_text(strategy));
  }
  table["strategy"].fail(fmt::format("unknown strategy {}; known are {}{}; correct it",
                                     in_quotes(found), listed(known), did_you_mean(found, known)));
}

// Before anything else is complained of: a later format has other keys.
void check_format(const JsonNode& root) {
  if (root.kind != Kind::object) wrong(root, "the file", "a table: {\"format\": 1, …}");
  const JsonNode* const format = root.find("format");
  if (format == nullptr)
    root.fail(
        fmt::format("\"format\" is missing; expected a saved run with \"format\": 1: {}", kRemedy));
  if (format->natural != 1U)
    format->fail(
        fmt::format("format {} is not known; this fencepost reads format 1: take the fencepost "
                    "that wrote the file, or find the run again from its seed",
                    format->shown()));
}

}  // namespace

SavedRun saved_run_from_json(const std::string& text, const std::filesystem::path& file) {
  const JsonNode root = json_tree(text, file.string());
  check_format(root);
  const Table table(root, "a saved run",
                    {"format", "protocol", "protocol_folder", "protocol_hash", "scenario",
                     "scenario_file", "scenario_hash", "seed", "strategy", "property", "sentence",
                     "until_step", "shrunk_from", "digest", "load", "deviations"});
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
  run.load = read_load(table["load"]);
  run.tape = read_tape(table);
  return run;
}

}  // namespace fencepost
