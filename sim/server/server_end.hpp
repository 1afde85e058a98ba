// The end of a private server, whoever brings it about: its processes, shared memory and folder are
// gone afterwards.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace fencepost {

/// Where things are in a server's folder.
std::filesystem::path data_of(const std::filesystem::path& folder);
std::filesystem::path clock_of(const std::filesystem::path& folder);
std::filesystem::path log_of(const std::filesystem::path& folder);

/// Whether that process is one of the server in this folder, and not a later one of the same
/// number.
bool belongs_to_server(pid_t pid, const std::filesystem::path& folder);

/// Ends the server (0: the postmaster has exited already) with SIGQUIT, which backends at their
/// barrier obey as well, and by force if that does not help. Removes what only a killed server leaves: its
/// System V segment. The folder stays.
void end_server(pid_t postmaster, const std::filesystem::path& folder);

}  // namespace fencepost
