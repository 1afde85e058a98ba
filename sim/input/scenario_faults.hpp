// The part of a scenario file that says which faults may strike: [faults.NAME] tables, and the
// chances and lengths in them.
#pragma once

#include <string>
#include <vector>

#include "sim/input/scenario.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {

/// Reads [faults] into rules in the order of FaultKind. Throws InputError for unknown faults and
/// keys, malformed globs, chances and lengths.
std::vector<FaultRule> fault_rules_in(const TomlNode& faults);
/// "0", "1" or "1/5"; `what` names the value in messages.
Chance chance_in(const TomlNode& node, const std::string& what);
/// At least one length, such as "10s", "1.1 lease" or "2 poll".
std::vector<Length> lengths_in(const TomlNode& node, const std::string& what);

}  // namespace fencepost
