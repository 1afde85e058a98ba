#include "sim/input/load.hpp"

#include <algorithm>
#include <type_traits>

#include "sim/text/error.hpp"
#include "sim/text/json.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::int64_t kMostDrift = 500'000;
constexpr Range kPoolSizes{1, 1000};
/// Keys of Slow and Pooling, in protocols and in saved runs.
constexpr const char* kChance = "chance";
constexpr const char* kLasts = "lasts";
constexpr const char* kMode = "mode";
constexpr const char* kSize = "size";
constexpr const char* kLifetime = "lifetime";
/// Pooling::Mode from the second on.
std::vector<std::string> pooling_modes() { return {"session", "transaction"}; }
constexpr Duration kMostOffset = std::chrono::hours{24 * 3650};

/// Calls `use` with every row of the list.
template <typename Use>
void for_each_knob(Use use) {
  std::apply([&](const auto&... knob) { (use(knob), ...); }, kKnobs);
}

std::string text_json(const std::string& text) { return "\"" + text + "\""; }

// ---- in [load]; `what` names the value in messages

std::string in_load(std::string_view key) { return fmt::format("{} in [load]", key); }

void read(const TomlNode& node, const Knob<int>& knob, int& into) {
  into = integer_in(node, in_load(knob.key), {knob.least, knob.most});
}

void read(const TomlNode& node, const Knob<RoleCounts>& knob, RoleCounts& into) {
  for (const TomlEntry& entry : table_in(node, in_load(knob.key)).entries)
    into.emplace(entry.key,
                 integer_in(entry.value, fmt::format("{} in [load.{}]", entry.key, knob.key),
                            {knob.least, knob.most}));
}

void read(const TomlNode& node, const Knob<Slow>& knob, Slow& into) {
  const std::string title = in_load(knob.key);
  only_keys(table_in(node, title), title, {kChance, kLasts});
  into.chance = chance_in(needed(node, title, kChance, "chance = \"1/5\""), "chance of " + title);
  into.lasts =
      lengths_in(needed(node, title, kLasts, "lasts = [\"2 lease\"]"), "lasts of " + title);
}

void read(const TomlNode& node, const Knob<std::vector<Duration>>& knob,
          std::vector<Duration>& into) {
  const std::string what = in_load(knob.key);
  for (const std::string& text : texts_in(node, what)) {
    const bool behind = text.starts_with('-');
    const auto duration = duration_from_text(std::string_view(text).substr(behind ? 1 : 0));
    if (!duration || *duration > kMostOffset)
      node.fail(fmt::format("{} holds {}, but must hold durations such as \"2s\" or \"-2s\"", what,
                            in_quotes(text)));
    into.push_back(behind ? -*duration : *duration);
  }
}

void read(const TomlNode& node, const Knob<std::vector<Drift>>& knob, std::vector<Drift>& into) {
  const std::string what = in_load(knob.key);
  for (const std::string& text : texts_in(node, what)) {
    const auto drift = drift_from_text(text);
    if (!drift)
      node.fail(
          fmt::format("{} holds {}, but must hold fractions of at most a half such as \"1/100\" (a "
                      "hundredth faster) or \"-1/100\"",
                      what, in_quotes(text)));
    into.push_back(*drift);
  }
}

void read(const TomlNode& node, const Knob<Duration>& knob, Duration& into) {
  into = positive_duration_in(node, in_load(knob.key));
}

void read(const TomlNode& node, const Knob<Pooling>& knob, Pooling& into) {
  into = pooling_in(node, fmt::format("[load.{}]", knob.key));
}

/// The keys of [load]: all knobs but the constants, which are whatever else it says.
std::vector<std::string> keys_of_load() {
  std::vector<std::string> keys;
  for_each_knob([&](const auto& knob) {
    if constexpr (!std::is_same_v<decltype(knob), const Knob<Constants>&>)
      keys.emplace_back(knob.key);
  });
  return keys;
}

void read_constant(const TomlEntry& entry, const std::vector<std::string>& keys, Constants& into) {
  if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) return;
  const std::string hint = did_you_mean(entry.key, keys);
  if (!hint.empty() || !is_plain_name(entry.key))
    entry.fail(fmt::format(
        "unknown key {} in [load]; known are {}, and the names of the protocol's constants{}",
        in_quotes(entry.key), listed(keys), hint));
  into.emplace(entry.key, value_in(entry.value, in_load(entry.key)));
}

// ---- in saved runs

std::string json_of(int number) { return std::to_string(number); }

std::string json_of(const RoleCounts& roles) {
  return json_object(
      roles, [](const auto& role) { return json_entry(role.first, std::to_string(role.second)); });
}

std::string json_of(const Constants& constants) {
  return json_object(constants, [](const auto& constant) {
    const auto name = json_text(constant.first);
    SIM_CHECK(name.has_value(), "a constant's name is not UTF-8: {}", constant.first.size());
    return fmt::format("{}: {}", *name, json_exact(constant.second));
  });
}

std::string json_of(const Slow& slow) {
  return fmt::format("{{{}, {}}}", json_entry(kChance, text_json(to_text(slow.chance))),
                     json_entry(kLasts, json_list(slow.lasts, [](const Length& length) {
                                  return text_json(to_text(length));
                                })));
}

std::string json_of(const std::vector<Duration>& offsets) {
  return json_list(offsets, [](Duration offset) { return text_json(to_text(offset)); });
}

std::string json_of(const std::vector<Drift>& drifts) {
  return json_list(drifts, [](Drift drift) { return std::to_string(drift.millionths); });
}

std::string json_of(Duration duration) { return text_json(to_text(duration)); }

std::string json_of(const Pooling& pooling) {
  const auto mode = static_cast<std::size_t>(std::max(pooling.mode, Pooling::Mode::session));
  const std::string lifetime =
      pooling.lifetime == 0us ? "" : ", " + json_entry(kLifetime, json_of(pooling.lifetime));
  return fmt::format("{{{}, {}{}}}", json_entry(kMode, text_json(pooling_modes()[mode - 1])),
                     json_entry(kSize, std::to_string(pooling.size)), lifetime);
}

void read(const JsonTable& table, const Knob<int>& knob, int& into) {
  into = static_cast<int>(
      JsonTable::whole(table[knob.key], table.named(knob.key), knob.least, knob.most));
}

void read(const JsonTable& table, std::string_view key, RoleCounts& into) {
  if (table[key].kind != JsonNode::Kind::object)
    wrong(table[key], table.named(key), "a table such as {\"operator\": 1}");
  for (const JsonEntry& role : table[key].entries) {
    const std::string what = fmt::format("the count of role {}", in_quotes(role.key));
    into.emplace(role.key, static_cast<int>(JsonTable::whole(role.value, what, 0, 1000)));
  }
}

void read(const JsonTable& table, std::string_view key, Constants& into) {
  if (table[key].kind != JsonNode::Kind::object)
    wrong(table[key], table.named(key), "a table such as {\"chunk\": \"2\"}");
  for (const JsonEntry& constant : table[key].entries)
    into.emplace(
        constant.key,
        JsonTable::text_in(constant.value, fmt::format("constant {}", in_quotes(constant.key))));
}

void read(const JsonTable& table, std::string_view key, Slow& into) {
  const JsonTable slow(table[key], std::string(key), {kChance, kLasts});
  const auto chance = chance_from_text(slow.text(kChance));
  if (!chance)
    wrong(slow[kChance], slow.named(kChance), "\"0\", \"1\" or a fraction such as \"1/5\"");
  into.chance = *chance;
  const std::string what = fmt::format("a length in {}", key);
  for (const JsonNode& item : slow.list(kLasts)) {
    const auto length = length_from_text(JsonTable::text_in(item, what));
    if (!length) wrong(item, what, "such as \"10 s\" or \"1.1 lease\"");
    into.lasts.push_back(*length);
  }
}

void read(const JsonTable& table, std::string_view key, std::vector<Duration>& into) {
  for (const JsonNode& offset : table.list(key))
    into.push_back(duration_in(offset, fmt::format("an offset in {}", key)));
}

void read(const JsonTable& table, std::string_view key, std::vector<Drift>& into) {
  const std::string what = fmt::format("a drift in {}", key);
  for (const JsonNode& drift : table.list(key))
    into.push_back({JsonTable::whole(drift, what, -kMostDrift, kMostDrift)});
}

void read(const JsonTable& table, std::string_view key, Duration& into) {
  into = duration_in(table[key], table.named(key));
}

void read(const JsonTable& table, std::string_view key, Pooling& into) {
  const JsonTable pooling(table[key], std::string(key), {kMode, kSize}, {kLifetime});
  const std::vector<std::string> modes = pooling_modes();
  const auto mode = std::find(modes.begin(), modes.end(), pooling.text(kMode));
  if (mode == modes.end()) wrong(pooling[kMode], pooling.named(kMode), "one of " + listed(modes));
  into.mode = Pooling::Mode(mode - modes.begin() + 1);
  into.size = static_cast<int>(
      JsonTable::whole(pooling[kSize], pooling.named(kSize), kPoolSizes.least, kPoolSizes.most));
  if (pooling.find(kLifetime) != nullptr) read(pooling, kLifetime, into.lifetime);
}

template <typename Value>
void read(const JsonTable& table, const Knob<Value>& knob, Value& into) {
  read(table, knob.key, into);
}

// ---- more and less

std::int64_t amount(int number) { return number; }
std::int64_t amount(const Slow& slow) { return slow.chance.hits != 0 ? 1 : 0; }
std::int64_t amount(const Pooling& pooling) { return pooling.mode == Pooling::Mode::none ? 0 : 1; }
std::int64_t amount(Duration duration) { return std::max(duration, 0us).count(); }
template <typename Several>
std::int64_t amount(const Several& several) {
  return static_cast<std::int64_t>(several.size());
}

/// The values that are tried instead; each is less.
std::vector<int> fewer(int now, Less less) {
  std::vector<int> values;
  const auto add = [&](int value, int least) {
    if (value >= least && value < now) values.push_back(value);
  };
  if (less == Less::to_one) add(1, 0);
  if (less == Less::to_one || less == Less::one_fewer) add(now - 1, 0);
  if (less == Less::in_half) add(1, 1);
  if (less == Less::to_few)
    for (const int few : {1, 2, 3, 4}) add(few, 1);
  if (less == Less::in_half || less == Less::to_few) add(now / 2, 1), add(now - 1, 1);
  return values;
}

RoleCounts one_fewer(RoleCounts roles, const std::string& role) {
  --roles[role];
  return roles;
}

std::vector<RoleCounts> fewer(const RoleCounts& roles, Less) {
  std::vector<RoleCounts> values;
  for (const auto& [role, count] : roles)
    if (count > 0) values.push_back(one_fewer(roles, role));
  return values;
}

std::vector<Constants> fewer(const Constants& constants, Less) {
  std::vector<Constants> values;
  for (const auto& [name, value] : constants) {
    values.push_back(constants);
    values.back().erase(name);
  }
  return values;
}

/// None of it.
template <typename Value>
std::vector<Value> fewer(const Value& value, Less) {
  return amount(value) > 0 ? std::vector<Value>{Value{}} : std::vector<Value>{};
}

}  // namespace

/// Each is a statement to insert, about a millisecond, and is looked at while the history goes on.
template <typename Node>
void demand_bearable(const Load& load, const Node& node) {
  constexpr std::int64_t most = 10'000;
  const std::int64_t all = std::int64_t{load.jobs} * std::max(load.items, 1);
  if (all > most)
    node.fail(fmt::format(
        "jobs are {}, with {} items each, which is {}, but a history has at most {} of them; lower "
        "jobs or items",
        load.jobs, load.items, all, most));
}

Load load_in(const TomlNode& table) {
  Load load;
  table_in(table, "[load]");
  const std::vector<std::string> keys = keys_of_load();
  for_each_knob([&](const auto& knob) {
    if constexpr (std::is_same_v<decltype(knob), const Knob<Constants>&>) {
      for (const TomlEntry& entry : table.entries) read_constant(entry, keys, load.*knob.field);
    } else {
      with(table, knob.key, [&](const TomlNode& node) { read(node, knob, load.*knob.field); });
    }
  });
  if (load.poison > load.items)
    table.fail(fmt::format("poison is {}, but there are only {} items; lower it, or raise items",
                           load.poison, load.items));
  demand_bearable(load, table);
  return load;
}

Pooling pooling_in(const TomlNode& table, const std::string& title) {
  only_keys(table_in(table, title), title, {kMode, kSize, kLifetime});
  const TomlNode& mode = needed(table, title, kMode, "mode = \"transaction\", or \"session\"");
  const TomlNode& size = needed(table, title, kSize, "how many backends there are: size = 2");
  Pooling pooling{Pooling::Mode(word_in(mode, "mode in " + title, pooling_modes()) + 1),
                  integer_in(size, "size in " + title, kPoolSizes)};
  with(table, kLifetime, [&](const TomlNode& node) {
    pooling.lifetime = positive_duration_in(node, "lifetime in " + title);
  });
  return pooling;
}

std::string to_json(const Load& load) {
  std::vector<std::string> lines;
  for_each_knob([&](const auto& knob) {
    const auto& value = load.*knob.field;
    const std::string entry = json_entry(knob.key, json_of(value));
    if (knob.written == Written::beside)
      lines.back() += ", " + entry;
    else if (knob.written == Written::always || amount(value) > 0)
      lines.push_back(entry);
  });
  return json_lines("{}", "  ", lines);
}

Load load_in(const JsonNode& node) {
  std::vector<std::string> required, optional;
  for_each_knob([&](const auto& knob) {
    (may_be_missing(knob.written) ? optional : required).emplace_back(knob.key);
  });
  const JsonTable table(node, "load", required, optional);
  Load load;
  for_each_knob([&](const auto& knob) {
    if (table.find(knob.key) != nullptr) read(table, knob, load.*knob.field);
  });
  demand_bearable(load, node);
  return load;
}

std::vector<std::int64_t> amounts_of(const Load& load) {
  std::vector<std::int64_t> amounts;
  for_each_knob([&](const auto& knob) { amounts.push_back(amount(load.*knob.field)); });
  return amounts;
}

std::vector<Load> smaller_loads(const Load& load) {
  std::vector<Load> loads;
  for (const Less less : {Less::at_once, Less::to_one, Less::one_fewer, Less::in_half, Less::to_few,
                          Less::one_by_one})
    for_each_knob([&](const auto& knob) {
      if (knob.less != less) return;
      for (const auto& value : fewer(load.*knob.field, less)) {
        loads.push_back(load);
        loads.back().*knob.field = value;
      }
    });
  return loads;
}

}  // namespace fencepost
