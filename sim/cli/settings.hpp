// fencepost.toml: what `check` does in this project when it is not told.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/time.hpp"

namespace fencepost {

struct Settings {
  std::filesystem::path file;
  std::vector<std::string> protocols;  ///< names of bundled ones, or folders (relative to the file,
                                       ///< made absolute or relative to the working directory)
  bool as_expected = false;
  std::optional<int> seeds;
  std::optional<int> jobs;
  std::optional<std::filesystem::path> failures;    ///< folder for saved failures
  std::optional<std::filesystem::path> report_dir;  ///< folder for reports
  std::optional<Duration> time_budget;
};

/// The fencepost.toml of this folder or the nearest one above it; nullopt if there is none. Throws
/// InputError with file and line for unknown keys and values that make no sense.
std::optional<Settings> nearest_settings(const std::filesystem::path& from);

}  // namespace fencepost
