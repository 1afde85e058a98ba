// Flags that several commands have, and what `check`, `fuzz` and `measure` work on: flags beat the
// environment, which beats fencepost.toml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/check_output.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/search/checker.hpp"
#include "sim/search/run_file.hpp"

namespace fencepost {

/// --postgres.
void add_postgres(Flags& flags, ClusterOptions& into);
/// --postgres, --keep and --patience.
void add_server(Flags& flags, ClusterOptions& into);

/// A saved run, as `replay`, `shrink` and `export` take it.
struct SavedRunFlags {
  std::string file;
  bool force = false;

  Versions versions() const { return force ? Versions::may_differ : Versions::must_match; }
};
/// FILE and --force.
void add_saved_run(Flags& flags, SavedRunFlags& into);

/// What `check`, `fuzz` and `measure` are told to work on; each has some of these flags.
struct WorkFlags {
  std::vector<std::string> protocols;
  std::vector<std::string> scenarios;
  std::optional<int> jobs;
  GivenText seeds;
  bool as_expected = false;
  std::optional<std::filesystem::path> failures;
  std::optional<std::filesystem::path> report_dir;
  bool json = false;
  GivenText time_budget;
};
/// PROTOCOL, --scenario and --jobs.
void add_protocols(Flags& flags, WorkFlags& into);
/// --jobs.
void add_jobs(Flags& flags, WorkFlags& into);
/// --failures.
void add_failures(Flags& flags, WorkFlags& into);
/// --report-dir and --json.
void add_report(Flags& flags, WorkFlags& into);
/// --from: the first seed.
void add_from(Flags& flags, std::optional<std::uint64_t>& into, std::string about);

/// "100" is 1..100; "5..9" is itself. Throws InputError for anything else.
SeedRange seeds_from(const GivenText& given);

/// What is worked on.
struct Plan {
  std::vector<std::string> protocols;
  SeedRange seeds{1, 100};
  int jobs = 1;
  Expecting expecting = Expecting::nothing;
  CheckOutput output{"fencepost-failures", {}, false};
  std::optional<Duration> time_budget;
};

/// What the flags say, with the nearest fencepost.toml for what they don't. Throws InputError for
/// values that make no sense, with file and line for those of the file, and when neither names a
/// protocol.
Plan plan_of(const WorkFlags& flags);

}  // namespace fencepost
