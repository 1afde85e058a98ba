// Which scenarios a protocol is judged under.
#pragma once

#include <string>
#include <vector>

#include "sim/search/checker.hpp"

namespace fencepost {

/// A protocol with the scenarios that it is judged under: all, or `only` those. A scenario
/// that needs a previous version or items, where the protocol has none, is `skipped`.
Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped);
/// The same of each of these protocols, in their order; a name with * stands for several.
std::vector<Gate> gates_of(const Gallery& gallery, const std::vector<std::string>& names,
                           const std::vector<std::string>& only,
                           std::vector<std::vector<std::string>>& skipped);

}  // namespace fencepost
