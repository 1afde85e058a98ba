// One [role.X] of protocol.toml: how many workers of it there are, what they run, and what follows
// when it goes wrong.
#pragma once

#include <map>
#include <string>

#include "sim/input/protocol.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {

/// `name` is the role's. Throws InputError with file and line.
Role read_role(const std::string& name, const TomlNode& table,
               const std::map<std::string, Statement>& statements,
               const std::map<std::string, Source>& names);

}  // namespace fencepost
