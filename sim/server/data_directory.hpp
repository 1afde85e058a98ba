// Where a private server lives and what is in it: a folder with enough room that its user can
// reach, and in it a data directory (initdb once, a copy ever after) with settings that make it
// quiet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/process/child_process.hpp"
#include "sim/server/find_postgres.hpp"

namespace fencepost {

/// Room in megabytes (of 1024 * 1024 bytes).
struct Megabytes {
  std::uint64_t count = 0;
};

/// What one server needs: 30 MB of data after initdb, 8 MB for each database, up to 34 MB of
/// write-ahead log, and air.
constexpr Megabytes server_room{128};

/// The role that a private server was made with, for fencepost's own sessions.
constexpr const char* kSuperuser = "fencepost_superuser";

/// Memory first, then the temporary folders.
std::vector<std::filesystem::path> usual_places();
/// A new folder of the user's, in the first place that has room, that the user can enter, and whose
/// name a server can be told; without links, as the kernel names it. Throws EnvironmentError that
/// names every place with the room it has.
std::filesystem::path make_server_folder(const std::vector<std::filesystem::path>& places,
                                         Megabytes room, const std::optional<User>& user);
/// Makes a file or folder that user's; a link itself, not what it leads to. Does nothing without a
/// user. Throws EnvironmentError.
void give_to(const std::optional<User>& user, const std::filesystem::path& path);
/// Whether programs and libraries in this file's file system can be run: it may be mounted noexec.
bool can_be_executed(const std::filesystem::path& file);

/// Where things are in a server's folder: its data directory, the clock page and the log.
std::filesystem::path data_of(const std::filesystem::path& folder);
std::filesystem::path clock_of(const std::filesystem::path& folder);
std::filesystem::path log_of(const std::filesystem::path& folder);
/// A line of what the server says of itself in postmaster.pid, 1-based; empty while it is not
/// there.
std::string postmaster_line(const std::filesystem::path& folder, int number);

/// Whether a directory prepared earlier may be copied: not when the last copy did not start.
enum class Prepared { may_be_used, is_made_anew };

/// Makes `folder`/data of that user's. A cache that can't be read or written is no error, only
/// slower. Throws EnvironmentError with the last lines of initdb when that fails, or when it is
/// `stopped` (nullptr: never).
void make_data_directory(const Postgres& postgres, const std::optional<User>& user,
                         const std::filesystem::path& folder, Prepared prepared,
                         const std::function<bool()>& stopped);
/// The whole postgresql.conf of a server whose socket is in that folder, for that many sessions.
std::string server_settings(const Postgres& postgres, const std::filesystem::path& socket_folder,
                            int connections);

}  // namespace fencepost
