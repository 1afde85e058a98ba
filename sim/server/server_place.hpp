// Where a private server lives: a folder with enough room that its user can reach.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "sim/server/child_process.hpp"

namespace fencepost {

/// Room in megabytes (of 1024 * 1024 bytes).
struct Megabytes {
  std::uint64_t count = 0;
};

/// What one server needs: 30 MB of data after initdb, 8 MB for each database, up to 34 MB of
/// write-ahead log, and air.
constexpr Megabytes server_room{128};

/// Memory first, then the temporary folders.
std::vector<std::filesystem::path> usual_places();
/// A new folder of the user's, in the first place that has room and that the user can enter. Throws
/// EnvironmentError that names every place with the room it has.
std::filesystem::path make_server_folder(const std::vector<std::filesystem::path>& places,
                                         Megabytes room, const std::optional<User>& user);
/// Whether programs and libraries in this file's file system can be run: it may be mounted noexec.
bool can_be_executed(const std::filesystem::path& file);

}  // namespace fencepost
