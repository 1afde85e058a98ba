// What `check`, `fuzz` and `measure` work on: flags beat the environment, which beats
// fencepost.toml.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cli/check_output.hpp"
#include "sim/cli/options.hpp"
#include "sim/search/checker.hpp"

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

}  // namespace fencepost
