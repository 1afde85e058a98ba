#include "sim/cli/results_file.hpp"

#include <fmt/format.h>

#include "sim/search/history_json.hpp"
#include "sim/text/json.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kOutcomes[] = {"holds", "violated", "not_applicable", "not_judged"};

/// A JSON object or list with one entry on each line.
std::string lines_of(char open, char close, const std::vector<std::string>& entries, int indent) {
  if (entries.empty()) return std::string{open, close};
  const std::string blanks(static_cast<std::size_t>(indent), ' ');
  std::string text(1, open);
  for (std::size_t i = 0; i < entries.size(); ++i)
    text += fmt::format("{}\n{}  {}", i == 0 ? "" : ",", blanks, entries[i]);
  return text + "\n" + blanks + close;
}

std::string entry(std::string_view key, const std::string& json) {
  return fmt::format("\"{}\": {}", key, json);
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "" : ", ") + json_exact(each);
  return "[" + text + "]";
}

/// Situations and scenarios may be called anything, so they are no keys.
std::string counts_of(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}[{}, {}]", text.empty() ? "" : ", ", json_exact(name), count);
  return "[" + text + "]";
}

std::string outcomes_of(const std::string& property, const Outcomes& outcomes) {
  std::string text = entry("property", json_exact(property));
  for (const auto& [outcome, count] : outcomes)
    text += ", " + entry(kOutcomes[static_cast<std::size_t>(outcome)], std::to_string(count));
  return "{" + text + "}";
}

std::string find_of(const std::string& name, const Find& find) {
  return fmt::format("{{{}, {}, {}, {}}}", entry("name", json_exact(name)),
                     entry("histories", std::to_string(find.histories)),
                     entry("seed", std::to_string(find.seed)),
                     entry("violation", to_json(find.violation)));
}

std::string scenario_of(const Tally& tally, const Demands& demands) {
  std::vector<std::string> judged, found;
  for (const auto& [property, outcomes] : tally.judged)
    judged.push_back(outcomes_of(property, outcomes));
  for (const auto& [name, find] : tally.found) found.push_back(find_of(name, find));
  const auto demanded = demands.find(tally.scenario);
  return lines_of(
      '{', '}',
      {entry("scenario", json_exact(tally.scenario)),
       entry("histories", std::to_string(tally.histories)), entry("cut", std::to_string(tally.cut)),
       entry("steps", std::to_string(tally.steps)),
       entry("demanded", counts_of(demanded == demands.end() ? std::map<std::string, int>{}
                                                             : demanded->second)),
       entry("reached", counts_of(tally.reached)), entry("judged", lines_of('[', ']', judged, 10)),
       entry("found", lines_of('[', ']', found, 10))},
      8);
}

std::string protocol_of(const ProtocolReport& protocol) {
  std::vector<std::string> scenarios, failures;
  for (const Tally& tally : protocol.gate.tallies)
    scenarios.push_back(scenario_of(tally, protocol.demands));
  for (const ToldFailure& failure : protocol.failures)
    failures.push_back(fmt::format("{{{}, {}}}", entry("file", json_exact(failure.file)),
                                   entry("page", json_exact(failure.page))));
  return lines_of('{', '}',
                  {entry("protocol", json_exact(protocol.gate.protocol)),
                   entry("called", json_exact(protocol.called)),
                   entry("about", json_exact(protocol.gate.about)),
                   entry("planned", std::to_string(protocol.planned)),
                   entry("as_expected", protocol.promise.as_expected ? "true" : "false"),
                   entry("violates", list_of(protocol.promise.violates)),
                   entry("unreachable", list_of(protocol.promise.unreachable)),
                   entry("skipped", list_of(protocol.gate.skipped)),
                   entry("scenarios", lines_of('[', ']', scenarios, 6)),
                   entry("failures", lines_of('[', ']', failures, 6))},
                  4);
}

}  // namespace

std::string to_json(const CheckReport& report) {
  std::vector<std::string> protocols;
  for (const ProtocolReport& protocol : report.protocols)
    protocols.push_back(protocol_of(protocol));
  const std::string text =
      fmt::format("{{\n  \"format\": 1,\n  \"kind\": \"results\",\n  \"protocols\": {},\n",
                  lines_of('[', ']', protocols, 2));
  return fmt::format("{}  \"digest\": \"{}\"\n}}\n", text, fingerprint(text));
}

}  // namespace fencepost
