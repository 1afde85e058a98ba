// Whether the names that users write for properties and situations exist. Apart from reading,
// because those tables belong to the model.
#include "model/property.hpp"
#include "model/situation.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

/// "fenced_writes", and for a property with parts "fenced_writes.cursor".
std::vector<std::string> full_names() {
  std::vector<std::string> names;
  for (const Property& property : properties()) {
    if (property.parts.empty()) names.emplace_back(property.name);
    for (const std::string_view part : property.parts)
      names.push_back(fmt::format("{}.{}", property.name, part));
  }
  return names;
}

std::vector<std::string> situation_names() {
  std::vector<std::string> names;
  for (const Situation& situation : situations()) names.emplace_back(situation.name);
  return names;
}

/// A property's bare name stands for all its parts.
bool is_property(const std::string& name, const Protocol& protocol) {
  const std::size_t dot = name.find('.');
  if (name.substr(0, dot) == "never" && dot != std::string::npos)
    return protocol.declared.never.contains(name.substr(dot + 1));
  const Property* property = find_property(name.substr(0, dot));
  if (property == nullptr || dot == std::string::npos) return property != nullptr;
  for (const std::string_view part : property->parts)
    if (name.substr(dot + 1) == part) return true;
  return false;
}

void check_situation(const std::string& name, const std::string& place) {
  if (find_situation(name) != nullptr) return;
  throw InputError(fmt::format("{} names the situation {}, which there is not; known are {}{}",
                               place, in_quotes(name), listed(situation_names()),
                               did_you_mean(name, situation_names())));
}

}  // namespace

void check_names(const Protocol& protocol) {
  const std::string place = fmt::format(
      "{}:{}: [expect]", (protocol.folder / "protocol.toml").string(), protocol.expect.line);
  for (const std::string& name : protocol.expect.violates) {
    if (is_property(name, protocol)) continue;
    throw InputError(fmt::format("{} names the property {}, which there is not; known are {}{}",
                                 place, in_quotes(name), listed(full_names()),
                                 did_you_mean(name, full_names())));
  }
  for (const std::string& name : protocol.expect.unreachable) check_situation(name, place);
}

void check_names(const Scenario& scenario) {
  std::vector<std::string> known;
  for (const Property& property : properties()) known.emplace_back(property.name);
  for (const std::string& name : scenario.anyway)
    if (find_property(name) == nullptr)
      throw InputError(
          fmt::format("{}:{}: [judge] names the property {}, which there is not; known are {}{}",
                      scenario.file.string(), scenario.judge_line, in_quotes(name), listed(known),
                      did_you_mean(name, known)));
  for (const auto& [name, times] : scenario.reach)
    check_situation(name,
                    fmt::format("{}:{}: [reach]", scenario.file.string(), scenario.reach_line));
}

}  // namespace fencepost
