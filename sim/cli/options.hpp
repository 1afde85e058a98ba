// What the user asked for on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "sim/search/checker.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

struct Options {
  std::string command;
  std::vector<std::string>
      names;  ///< protocols · PROTOCOL SCENARIO · FILE · what to list or explain
  std::vector<std::string> scenarios;  ///< --scenario: only these
  std::optional<SeedRange> seeds;
  std::uint64_t seed = 1;
  int repeat = 1;
  std::optional<int> jobs;
  bool as_expected = false;
  bool step = false;
  bool columns = false;  ///< --columns: the trace as a table
  bool force = false;
  bool keep = false;
  bool spec = false;                                ///< export: for isolationtester
  bool sql = false;                                 ///< export: for psql
  bool json = false;                                ///< --json: JSON lines on stdout, nothing else
  std::optional<std::filesystem::path> report_dir;  ///< --report-dir
  std::optional<Duration> time_budget;
  std::string format;  ///< report: "html", "svg", "text", "junit", "markdown", "json"; empty: none
  bool thorough = false;              ///< doctor
  int time = 60;                      ///< --time: how many seconds fuzz looks for more
  std::optional<std::uint64_t> from;  ///< --from: the first seed of fuzz and measure
  int trials = 30;                    ///< --trials, --most, --lengths: see MeasurePlan
  int most = 300;
  bool lengths = false;
  bool all = false;                           ///< measure
  std::optional<std::filesystem::path> save;  ///< --save, --out: where a run is written
  std::optional<std::filesystem::path> html;  ///< --html: where a failure's page is written
  std::optional<std::filesystem::path> svg;   ///< --svg: where its picture is written
  std::optional<std::filesystem::path> failures;
  std::optional<std::filesystem::path> bin;  ///< --postgres
};

/// A job of GitHub Actions that we run in.
struct GithubActions {
  std::optional<std::filesystem::path> step_summary;  ///< where Markdown for its page is appended
  std::filesystem::path workspace;                    ///< the repository; may be empty
};

/// What every command is given beside its options.
struct Context {
  Options options;
  Terminal terminal;
  std::string program;         ///< how the user calls us, for commands to paste
  std::filesystem::path data;  ///< where the bundled scenarios and protocols are
  std::optional<GithubActions> github;

  ClusterOptions cluster_options() const { return {options.bin, std::nullopt, options.keep}; }
};

/// The command line was understood, and nothing is left to do but print this: help, or the version.
struct Printed {
  std::string text;
};

/// Reads the command line. Throws InputError with what is wrong and where help is; throws Printed
/// for --help.
Options read_options(int count, const char* const* values, const std::string& program);

}  // namespace fencepost
