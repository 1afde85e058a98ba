#include "sim/search/saved_run.hpp"

#include <fmt/format.h>

#include "sim/search/history_json.hpp"
#include "sim/text/json.hpp"

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
  add("strategy", "\"" + std::string(to_text(run.strategy)) + "\"");
  add("property", text_of(run.property));
  add("sentence", text_of(run.sentence));
  add("until_step", std::to_string(run.until_step));
  add("shrunk_from", std::to_string(run.shrunk_from));
  add("digest", text_of(run.digest));
  add("load", to_json(run.load));
  std::vector<std::string> deviations;
  for (const Deviation& deviation : run.tape) deviations.push_back(text_of(deviation));
  add("deviations", json_lines("[]", "  ", deviations));
  if (run.told) add("told", to_json(*run.told));
  return text + "\n}\n";
}

}  // namespace fencepost
