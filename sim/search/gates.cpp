#include "sim/search/gates.hpp"

#include <algorithm>

namespace fencepost {
namespace {

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

bool needs_previous(const Scenario& scenario) {
  return scenario.load.previous > 0 ||
         std::any_of(scenario.faults.begin(), scenario.faults.end(),
                     [](const FaultRule& rule) { return fault_of(rule.kind).needs_previous; });
}

bool checks(const Protocol& protocol, const std::string& scenario) {
  const auto& names = protocol.checked_under;
  return !names || std::find(names->begin(), names->end(), scenario) != names->end();
}

bool is_own(const Scenario& scenario, const Protocol& protocol) {
  return std::find(protocol.scenarios.begin(), protocol.scenarios.end(), scenario.file) !=
         protocol.scenarios.end();
}

}  // namespace

Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped) {
  Gate gate{gallery.protocol(name), {}};
  const Protocol& protocol = gate.protocol.protocol;
  for (NamedScenario& each : gallery.scenarios(gate.protocol)) {
    const bool own = is_own(each.scenario, protocol);
    if (only.empty() && !own && !checks(protocol, each.scenario.name)) continue;
    if (!wanted(only, each.scenario.name)) continue;
    const bool no_version = needs_previous(each.scenario) && !protocol.previous;
    const bool no_items = each.scenario.load.poison > 0 && protocol.find("applied") == nullptr;
    if (no_version || no_items)
      skipped.push_back(each.scenario.name);
    else
      gate.scenarios.push_back(std::move(each));
  }
  for (const std::string& scenario : only)
    if (std::none_of(gate.scenarios.begin(), gate.scenarios.end(),
                     [&](const auto& each) { return each.scenario.name == scenario; }) &&
        std::find(skipped.begin(), skipped.end(), scenario) == skipped.end())
      gate.scenarios.push_back(gallery.scenario(scenario, gate.protocol));
  return gate;
}

std::vector<Gate> gates_of(const Gallery& gallery, const std::vector<std::string>& names,
                           const std::vector<std::string>& only,
                           std::vector<std::vector<std::string>>& skipped) {
  std::vector<Gate> gates;
  for (const std::string& name : names)
    for (const std::string& each : gallery.matching(name))
      gates.push_back(gate_of(gallery, each, only, skipped.emplace_back()));
  return gates;
}

}  // namespace fencepost
