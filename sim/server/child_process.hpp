// Other programs, run as whichever user they need, with nothing of ours open and a clean
// environment; and the end of a private server, whoever brings it about: its processes and shared
// memory are gone afterwards.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fencepost {

/// A system user that a program runs as.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  friend bool operator==(const User&, const User&) = default;
};

/// What to run, and as whom.
struct Invocation {
  std::vector<std::string> arguments;    ///< the first is the program's path
  std::vector<std::string> environment;  ///< "NAME=value", nothing else is passed on
  std::optional<User> user;              ///< nullopt: ours
  int signal_when_we_die = 0;            ///< what the kernel sends it then; 0: nothing
};

/// Descriptors that become the program's standard ones.
struct StandardFiles {
  int in = -1;
  int out = -1;
  int err = -1;
};

/// The exit status of a program that could not be started, as in a shell.
constexpr int could_not_start = 127;

/// A program that has ended.
struct Finished {
  int status = 0;  ///< exit status; 128 and more: ended by a signal
  std::string output;
};

/// Starts the program in a session of its own, in the root folder. The caller collects it with
/// waitpid.
pid_t start(const Invocation& command, StandardFiles files);
/// Runs it to its end, with both outputs in one text.
Finished run(const Invocation& command);
/// The user a server runs as: nullopt (ours) unless we are root, which PostgreSQL refuses; then
/// postgres, nobody or any other that the system knows. Throws EnvironmentError when there is none.
std::optional<User> server_user();
/// Whether that user can pass through a folder and all above it.
bool can_enter(const std::optional<User>& user, const std::filesystem::path& folder);

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
