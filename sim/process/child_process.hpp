// Other programs, run as whichever user they need, with nothing of ours open and a clean
// environment; contained, where they run what is not ours.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fencepost {

/// A system user that a program runs as.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const User&) const = default;
};

/// What to run, and as whom.
struct Invocation {
  std::vector<std::string> arguments;              ///< the first is the program's path
  std::vector<std::string> environment;            ///< "NAME=value", nothing else is passed on
  std::optional<User> user;                        ///< nullopt: ours
  int signal_when_we_die = 0;                      ///< what the kernel sends it then; 0: nothing
  std::vector<std::filesystem::path> writes_in{};  ///< not empty: it is contained in these folders
  std::function<bool()>
      stopped{};  ///< when to end it before its time, asked by `run`; nullptr: never
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
/// Runs it to its end, with both outputs in one text. One that is stopped is killed, with what it
/// has started.
Finished run(const Invocation& command);
/// The user a server runs as: nullopt (ours) unless we are root, which PostgreSQL refuses; then
/// nobody, or any other that the system knows; postgres not first, because that one owns what this
/// machine's own servers hold. Throws EnvironmentError when there is none.
std::optional<User> server_user();
/// Whether that user can pass through a folder and all above it.
bool can_enter(const std::optional<User>& user, const std::filesystem::path& folder);

/// Whether it runs. A killed process that its parent has not collected yet does nothing any more.
bool alive(pid_t pid);
/// Waits for the end of a process, ours or not; false when it goes on after eight seconds.
bool wait_for_end(pid_t pid);
/// Ends every process that is a child of ours, and what is left to us of theirs: all of them where
/// we are the one to whom children of the dead are left (PR_SET_CHILD_SUBREAPER).
void end_children();

}  // namespace fencepost
