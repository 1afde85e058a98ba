// A failure as a readable file: which protocol and scenario, the load, what deviated from a quiet run, and what came of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/property.hpp"
#include "sim/choices.hpp"
#include "sim/protocol.hpp"
#include "sim/scenario.hpp"

namespace fencepost {

struct SavedRun {
  std::string protocol;          ///< name
  std::string protocol_folder;   ///< as it was given, relative to the working directory where possible; empty for a bundled one
  std::string protocol_hash;
  std::string scenario;          ///< name
  std::string scenario_file;     ///< empty for a bundled one
  std::string scenario_hash;
  Load load;                     ///< after shrinking: may be less than the scenario's
  std::uint64_t seed = 0;
  Strategy strategy = Strategy::random_walk;
  Tape tape;
  int until_step = 0;            ///< the history ends after this step (the violated one, or the end)
  std::string property;          ///< full name; empty for a run that holds
  std::string sentence;
  std::string digest;
  int shrunk_from = 0;           ///< steps before shrinking; 0 if it was not shrunk
};

/// JSON with one deviation per line, so that a review can read it: `{"format": 1, …}`.
std::string to_json(const SavedRun& run);
/// Throws InputError with file, line, what was found and what was expected: not JSON, cut off, unknown key or format.
SavedRun saved_run_from_json(const std::string& text, const std::filesystem::path& file);

}  // namespace fencepost
