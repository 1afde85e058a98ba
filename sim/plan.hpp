// What `check`, `fuzz` and `measure` work on: flags beat the environment, which beats
// fencepost.toml.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/checker.hpp"
#include "sim/options.hpp"

namespace fencepost {

struct Plan {
  std::vector<std::string> protocols;
  SeedRange seeds{1, 100};
  int jobs = 1;
  Expecting expecting = Expecting::nothing;
  std::filesystem::path failures = "fencepost-failures";
};

/// Throws InputError when neither the command line nor a fencepost.toml names a protocol.
Plan plan_of(const Options& options);

/// A protocol with the scenarios that it is judged under: all, or `only` those. A scenario whose
/// every fault aims at statements that this protocol does not have proves nothing about it, and is
/// `skipped`.
Gate gate_of(const Gallery& gallery, const std::string& name, const std::vector<std::string>& only,
             std::vector<std::string>& skipped);

}  // namespace fencepost
