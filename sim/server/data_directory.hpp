// A new data directory for a private server: initdb once, a copy ever after, and the settings that
// make it quiet.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/server/child_process.hpp"
#include "sim/server/find_postgres.hpp"

namespace fencepost {

/// Whether a directory prepared earlier may be copied: not when the last copy did not start.
enum class Prepared { may_be_used, is_made_anew };

/// Makes `folder`/data of that user's. A cache that can't be read or written is no error, only
/// slower. Throws EnvironmentError with the last lines of initdb when that fails.
void make_data_directory(const Postgres& postgres, const std::optional<User>& user,
                         const std::filesystem::path& folder, Prepared prepared);
/// The whole postgresql.conf of a server whose socket is in that folder.
std::string server_settings(const Postgres& postgres, const std::filesystem::path& socket_folder);

}  // namespace fencepost
