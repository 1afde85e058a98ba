// A failure as a readable file: which protocol and scenario, the load, what deviated from a quiet
// run, and what came of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "model/told.hpp"
#include "sim/input/load.hpp"
#include "sim/input/protocol.hpp"
#include "sim/search/tape.hpp"

namespace fencepost {

struct SavedRun : RunLabel {
  std::string protocol_folder;  ///< as it was given, relative to the working directory where
                                ///< possible; empty for a bundled one
  std::string protocol_hash;
  std::string scenario_file;  ///< empty for a bundled one
  std::string scenario_hash;
  Load load;                             ///< after shrinking: may be less than the scenario's
  std::string strategy = "random_walk";  ///< name
  Tape tape;
  int until_step = 0;  ///< the history ends after this step (the violated one, or the end)
  std::string sentence;
  std::optional<Told> told;  ///< what reports need; a replay makes it again, and never reads it
  bool operator==(const SavedRun&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("protocol", self.protocol, Written::always);
    visit("protocol_folder", self.protocol_folder, Written::always);
    visit("protocol_hash", self.protocol_hash, Written::always);
    visit("scenario", self.scenario, Written::always);
    visit("scenario_file", self.scenario_file, Written::always);
    visit("scenario_hash", self.scenario_hash, Written::always);
    visit("seed", self.seed, Written::always);
    visit("strategy", self.strategy, Written::always);
    visit("property", self.property, Written::always);
    visit("sentence", self.sentence, Written::always);
    visit("until_step", self.until_step, Written::always);
    visit("shrunk_from", self.shrunk_from, Written::always);
    visit("digest", self.digest, Written::always);
    visit("load", self.load, Written::always);
    visit("deviations", self.tape, Written::always);
    visit("told", self.told, Written::unless_usual);
  }
};

/// Whether the values of this kind of choice are lengths of time in microseconds.
bool is_duration(std::string_view kind);
/// Whether what is chosen in this kind of choice has a name.
bool is_named(std::string_view kind);

/// JSON with one key and one deviation per line in a fixed order, so that a review can read what
/// changed:
/// `{"format": 2, …}`. Who goes on is a name ("w1", "w1.2", "w2/beat", "w1/main at the barrier"),
/// lengths of time are texts ("330.000001 s"), a text that is not UTF-8 is
/// {"bytes": "6aff"}. Precondition: no two deviations of the tape answer the same choice.
std::string to_json(const SavedRun& run);
/// Throws InputError with file, line, what was found and what was expected: not JSON, cut off, a
/// key that is unknown or missing, a value out of bounds, a deviation that is there twice, another
/// format or strategy.
/// What is told is left out, whatever is written there.
SavedRun saved_run_from_json(const std::string& text, const std::filesystem::path& file);
/// The same with what is told. Throws InputError also when nothing is, or when its events are not
/// those that the digest was taken of.
SavedRun told_run_from_json(const std::string& text, const std::filesystem::path& file);

}  // namespace fencepost
