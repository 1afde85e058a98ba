#include "sim/search/saved_run.hpp"

#include <fmt/format.h>

#include "sim/input/length.hpp"
#include "sim/search/history_json.hpp"
#include "sim/text/error.hpp"
#include "sim/text/json.hpp"

namespace fencepost {
namespace {

std::string text_of(const std::string& text) { return json_exact(text); }

std::string text_of(Chance chance) {
  if (chance == Chance{0, 1}) return "\"0\"";
  if (chance == Chance{1, 1}) return "\"1\"";
  return fmt::format("\"{}/{}\"", chance.hits, chance.of);
}

/// "1.1 lease": millionths without trailing zeros.
std::string text_of(const Length& length) {
  if (length.unit == Length::Unit::absolute) return "\"" + to_text(length.absolute) + "\"";
  std::string number = to_text(Duration{length.millionths});
  number.resize(number.size() - 2);
  return fmt::format("\"{} {}\"", number, length.unit == Length::Unit::lease ? "lease" : "poll");
}

template <typename Values, typename Show>
std::string row(const Values& values, Show show) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + show(value);
  return text;
}

std::string text_of(const Load& load) {
  const std::string constants = row(load.constants, [](const auto& constant) {
    const auto name = json_text(constant.first);
    SIM_CHECK(name.has_value(), "a constant's name is not UTF-8: {}", constant.first.size());
    return fmt::format("{}: {}", *name, text_of(constant.second));
  });
  const std::string lasts =
      row(load.slow_lasts, [](const Length& length) { return text_of(length); });
  const std::string offsets =
      row(load.clock_offsets, [](Duration offset) { return "\"" + to_text(offset) + "\""; });
  const std::string roles = row(load.roles, [](const auto& role) {
    return fmt::format("\"{}\": {}", role.first, role.second);
  });
  std::string text = "{\n";
  text += fmt::format("    \"workers\": {}, \"previous\": {}, \"roles\": {{{}}},\n", load.workers,
                      load.previous, roles);
  text += fmt::format("    \"jobs\": {},\n    \"items\": {},\n", load.jobs, load.items);
  text += fmt::format("    \"constants\": {{{}}},\n", constants);
  text += fmt::format("    \"slow\": {{\"chance\": {}, \"lasts\": [{}]}},\n",
                      text_of(load.slow_chance), lasts);
  const std::string drifts =
      row(load.clock_drifts, [](Drift drift) { return std::to_string(drift.millionths); });
  text += fmt::format("    \"poison\": {},\n    \"clock_offsets\": [{}]", load.poison, offsets);
  // Only where there are any, so that files from before they were known can be read.
  if (!drifts.empty()) text += fmt::format(",\n    \"clock_drifts\": [{}]", drifts);
  if (load.clock_tick > 0us)
    text += fmt::format(",\n    \"clock_tick\": \"{}\"", to_text(load.clock_tick));
  text += "\n  }";
  return text;
}

std::string value_of(const Deviation& deviation) {
  return is_duration(deviation.point.kind) ? length_json(Duration{deviation.value})
                                           : std::to_string(deviation.value);
}

std::string text_of(const Deviation& deviation) {
  const ChoicePoint& point = deviation.point;
  return fmt::format(R"({{"who": {}, "kind": {}, "nth": {}, "at": {}, "value": {}}})",
                     text_of(point.who), text_of(point.kind), point.ordinal, text_of(point.where),
                     value_of(deviation));
}

}  // namespace

bool is_duration(std::string_view kind) {
  return kind.ends_with(".lasts") || kind == "start" || kind == "clock";
}

std::string to_json(const SavedRun& run) {
  std::string text = "{\n  \"format\": 1";
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
  add("strategy", "\"" + std::string(to_text(run.strategy)) + "\"");
  add("property", text_of(run.property));
  add("sentence", text_of(run.sentence));
  add("until_step", std::to_string(run.until_step));
  add("shrunk_from", std::to_string(run.shrunk_from));
  add("digest", text_of(run.digest));
  add("load", text_of(run.load));
  std::string deviations;
  for (const Deviation& deviation : run.tape)
    deviations += (deviations.empty() ? "\n    " : ",\n    ") + text_of(deviation);
  add("deviations", "[" + deviations + (deviations.empty() ? "]" : "\n  ]"));
  if (run.told) add("told", to_json(*run.told));
  return text + "\n}\n";
}

}  // namespace fencepost
