// The end of a private server, whoever brings it about: its processes and shared memory are gone
// afterwards, and so are its folders, if only at the next start.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace fencepost {

/// Whether that process is one of the server in this folder, and not a later one of the same
/// number.
bool belongs_to_server(pid_t pid, const std::filesystem::path& folder);

/// Ends the server in a folder (0: the postmaster has exited already) with SIGQUIT, which backends
/// at their barrier obey as well, and by force if that does not help. Removes what only a killed
/// server leaves: its System V segment. The folder stays.
void end_server(pid_t postmaster, const std::filesystem::path& folder);

/// Says that the server to come in this folder, and its watcher, hold that log open for as long as
/// one of them lives.
void mark_as_used(const std::filesystem::path& folder, int log);
/// Removes what servers left in these places whose watchers were killed with them: folders that are
/// marked so, and that nobody uses any more.
void sweep(const std::vector<std::filesystem::path>& places);

}  // namespace fencepost
