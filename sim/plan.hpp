// What `check`, `fuzz` and `measure` work on: flags beat the environment, which beats
// fencepost.toml.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check_output.hpp"
#include "sim/checker.hpp"
#include "sim/options.hpp"

namespace fencepost {

struct Plan {
  std::vector<std::string> protocols;
  SeedRange seeds{1, 100};
  int jobs = 1;
  Expecting expecting = Expecting::nothing;
  CheckOutput output{"fencepost-failures", {}, false};
  std::optional<Duration> time_budget;
};

/// Throws InputError when neither the command line nor a fencepost.toml names a protocol.
Plan plan_of(const Options& options);

/// A protocol with the scenarios that it is judged under: all, or `only` those. A scenario
/// that needs a previous version or items, where the protocol has none, is `skipped`.
Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped);
/// The same of each of the plan's protocols, in its order; a name with * stands for several.
std::vector<Gate> gates_of(const Plan& plan, const Gallery& gallery,
                           const std::vector<std::string>& only,
                           std::vector<std::vector<std::string>>& skipped);

}  // namespace fencepost
