// The part of a scenario file that says which faults may strike: [faults.NAME] tables.
#include <algorithm>

#include "sim/input/scenario.hpp"
#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::vector<std::string> globs_in(const TomlNode& node, const std::string& what) {
  const std::vector<std::string> out = texts_in(node, what);
  for (const std::string& glob : out) {
    if (may_match_a_boundary(glob)) continue;
    node.fail(fmt::format(
        "{} holds {}, which fits no boundary; boundaries are OPERATION.STATEMENT:POINT with the "
        "points before, after and after_commit: write \"advance.*\" or \"*:after_commit\"",
        what, in_quotes(glob)));
  }
  return out;
}

FaultRule rule_in(const Fault& fault, const TomlNode& table) {
  const std::string title = fmt::format("[faults.{}]", fault.name);
  std::vector<std::string> known = {"at", "chance", "at_most"};
  if (has_lasts(fault.keys)) known.push_back("lasts");
  if (has_restarts(fault.keys)) known.insert(known.end(), {"same_identity", "restarts"});
  only_keys(table_in(table, title), title, known);
  FaultRule out;
  out.kind = fault.kind;
  out.chance = chance_in(needed(table, title, "chance", "chance = \"1/5\""), "chance in " + title);
  with(table, "at", [&](const TomlNode& node) { out.at = globs_in(node, "at in " + title); });
  with(table, "at_most", [&](const TomlNode& node) {
    out.at_most = integer_in(node, "at_most in " + title, kTimes);
  });
  const std::string lasts = "lasts in " + title;
  if (fault.keys == FaultKeys::signed_lasts)
    out.lasts = jumps_in(needed(table, title, "lasts", "lasts = [\"+301s\", \"-1h\"]"), lasts);
  else
    with(table, "lasts", [&](const TomlNode& node) { out.lasts = lengths_in(node, lasts); });
  with(table, "same_identity", [&](const TomlNode& node) {
    out.same_identity = boolean_in(node, "same_identity in " + title);
  });
  with(table, "restarts",
       [&](const TomlNode& node) { out.restarts = boolean_in(node, "restarts in " + title); });
  return out;
}

}  // namespace

std::vector<FaultRule> fault_rules_in(const TomlNode& table) {
  std::vector<FaultRule> rules;
  std::vector<std::string> known;
  for (const Fault& fault : faults())
    if (fault.keys != FaultKeys::undrawn) known.emplace_back(fault.name);
  for (const TomlEntry& entry : table_in(table, "[faults]").entries) {
    const auto kind = fault_from_text(entry.key);
    if (!kind)
      entry.fail(fmt::format("unknown fault {}; known are {}{}", in_quotes(entry.key),
                             listed(known), did_you_mean(entry.key, known)));
    const Fault& fault = fault_of(*kind);
    if (fault.keys == FaultKeys::undrawn) entry.fail(fault.instead);
    rules.push_back(rule_in(fault, entry.value));
  }
  std::sort(rules.begin(), rules.end(),
            [](const FaultRule& a, const FaultRule& b) { return a.kind < b.kind; });
  return rules;
}

}  // namespace fencepost
