// Saved runs on disk, and the commands that people paste.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sim/input/gallery.hpp"
#include "sim/search/saved_run.hpp"

namespace fencepost {

/// A saved run with the protocol and scenario that it names.
struct LoadedRun {
  SavedRun run;
  NamedProtocol protocol;
  NamedScenario scenario;
};

/// Whether a run that was made with another version of its protocol or scenario is refused, or
/// tried.
enum class Versions { must_match, may_differ };

/// The folder of a protocol that a saved file names, from the nearest folder above the file or else
/// from the working directory; called as from here. nullopt: it is nowhere.
std::optional<std::string> protocol_named_in(const std::filesystem::path& file,
                                             const std::string& named);
/// The same of a scenario's file; nullopt also where none is named.
std::optional<std::string> scenario_named_in(const std::filesystem::path& file,
                                             const std::string& named);
/// The file alone. Throws InputError: no such file, or not a saved run.
SavedRun read_run(const std::filesystem::path& file);
/// Where in the file that key or value stands first: "FILE:LINE".
std::string place_in(const std::filesystem::path& file, std::string_view text);
/// Throws InputError with the line of a choice of somebody whom a run of that protocol has not.
/// Precondition: it is the version that the run was saved with.
void demand_workers(const std::filesystem::path& file, const SavedRun& run,
                    const Protocol& protocol);
/// Throws InputError: no such file, not a saved run, its protocol or scenario is not there, or is
/// another version, or it was edited so that it fits neither.
LoadedRun load_run(const std::filesystem::path& file, const Gallery& gallery, Versions versions);
/// Writes it. Throws InputError when the file can't be written.
void save_run(const SavedRun& run, const std::filesystem::path& file);
/// Writes it into that folder, named after what failed, and `which` of several where that is not
/// empty; nullopt, and a warning on stderr, where
/// that can't be.
std::optional<std::filesystem::path> save_failure(const SavedRun& run,
                                                  const std::filesystem::path& folder,
                                                  const std::string& which = "");
/// The command that runs its seed again, for a failure that could not be saved.
std::string run_command_of(const std::string& program, const SavedRun& run);
/// The command that shows a saved run again.
std::string replay_command_of(const std::string& program, const std::filesystem::path& file);

}  // namespace fencepost
