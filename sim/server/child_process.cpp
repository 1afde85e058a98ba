#include "sim/server/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/server/data_directory.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/error.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// Everything from here to exec is safe between fork and exec of a program with threads.
bool become(const User& user) {
  return setgroups(0, nullptr) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
}

void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  for (int descriptor = first; descriptor < 1024; ++descriptor) close(descriptor);
}

/// A descriptor could be one that an earlier dup2 overwrites, so they are moved out of the way
/// first.
bool take_files(StandardFiles files) {
  const int moved[] = {fcntl(files.in, F_DUPFD, 3), fcntl(files.out, F_DUPFD, 3),
                       fcntl(files.err, F_DUPFD, 3)};
  for (int i = 0; i < 3; ++i)
    if (moved[i] < 0 || dup2(moved[i], i) < 0) return false;
  close_from(3);
  return true;
}

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    SIM_CHECK(errno == EINTR, "waiting for {}: {}", pid, std::strerror(errno));
  return exit_status(status);
}

/// PostgreSQL gives its children five seconds after SIGQUIT before it kills them.
constexpr int patience_ms = 8000;

/// Waits for the end of a process, ours or not; false when it goes on after the patience.
bool wait_for_end(pid_t pid) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor >= 0) {
    pollfd ended{descriptor, POLLIN, 0};
    const bool done = poll(&ended, 1, patience_ms) > 0;
    close(descriptor);
    if (!done) return false;
  }
  for (int i = 0; i < patience_ms; ++i) {
    if (waitpid(pid, nullptr, WNOHANG) == pid || kill(pid, 0) != 0 || descriptor >= 0) return true;
    const timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  return false;
}

/// The lock of the log is a whole process family's: each has it as its standard error.
fs::path mark_of(const fs::path& folder) { return folder / "log-is-locked"; }

/// Its lock, while the folder is ours and nobody uses it; -1: let it be.
int lock_of_unused(const fs::path& folder) {
  struct stat status {};
  if (lstat(mark_of(folder).c_str(), &status) != 0 || status.st_uid != geteuid()) return -1;
  const int log = open(log_of(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (log < 0 || flock(log, LOCK_EX | LOCK_NB) == 0) return log;
  close(log);
  return -1;
}

/// The seventh line of postmaster.pid: key and id of the segment that tells servers of one data
/// directory apart.
std::optional<int> segment_of(const fs::path& folder) {
  const std::string line = postmaster_line(folder, 7);
  unsigned long key = 0;
  int id = 0;
  if (std::sscanf(line.c_str(), "%lu %d", &key, &id) != 2) return std::nullopt;
  return id;
}

/// Numbers of segments are used again, too: one that somebody is attached to is not ours.
void remove_segment(int id) {
  shmid_ds status{};
  if (shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 0) shmctl(id, IPC_RMID, nullptr);
}

}  // namespace

pid_t start(const Invocation& command, StandardFiles files) {
  const std::vector<char*> arguments = pointers(command.arguments);
  const std::vector<char*> environment = pointers(command.environment);
  const pid_t pid = fork();
  if (pid < 0)
    throw EnvironmentError(
        fmt::format("{} can't be started: {}", command.arguments.front(), std::strerror(errno)));
  if (pid > 0) return pid;
  reset_signals();
  setsid();
  // The kernel forgets what to send at our death when the user changes.
  if (chdir("/") == 0 && take_files(files) && (!command.user || become(*command.user)) &&
      prctl(PR_SET_PDEATHSIG, command.signal_when_we_die) == 0)
    execve(arguments[0], arguments.data(), environment.data());
  _exit(could_not_start);
}

Finished run(const Invocation& command) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0)
    throw EnvironmentError(fmt::format("a pipe can't be made: {}", std::strerror(errno)));
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t pid = start(command, {nothing, output[1], output[1]});
  close(nothing);
  close(output[1]);
  Finished finished;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(output[0], buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    finished.output.append(buffer, static_cast<std::size_t>(count));
  }
  close(output[0]);
  finished.status = wait_for(pid);
  return finished;
}

std::optional<User> server_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody", "daemon"}) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> names(16384);
    if (getpwnam_r(name, &entry, names.data(), names.size(), &found) == 0 && found != nullptr)
      return User{entry.pw_uid, entry.pw_gid};
  }
  throw EnvironmentError(
      "PostgreSQL refuses to run as root, and this system has none of the users postgres, nobody "
      "and daemon; add one");
}

bool can_enter(const std::optional<User>& user, const std::filesystem::path& folder) {
  if (!user) return access(folder.c_str(), X_OK) == 0;
  const std::string path = folder.string();
  const pid_t pid = fork();
  if (pid == 0) _exit(become(*user) && access(path.c_str(), X_OK) == 0 ? 0 : 1);
  return pid > 0 && wait_for(pid) == 0;
}

/// PostgreSQL's processes work in their data directory.
bool belongs_to_server(pid_t pid, const fs::path& folder) {
  std::error_code none;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", none) == data_of(folder);
}

void end_server(pid_t postmaster, const fs::path& folder) {
  const std::optional<int> segment = segment_of(folder);
  if (postmaster > 0) {
    kill(postmaster, SIGQUIT);
    if (!wait_for_end(postmaster)) kill(postmaster, SIGKILL);
    wait_for_end(postmaster);
  }
  std::error_code none;
  if (fs::exists(clock_of(folder), none)) {
    for (const int pid : ServerClock(clock_of(folder).string()).processes()) {
      if (!belongs_to_server(pid, folder)) continue;
      kill(pid, SIGKILL);
      wait_for_end(pid);
    }
  }
  if (segment) remove_segment(*segment);
}

void mark_as_used(const fs::path& folder, int log) {
  if (flock(log, LOCK_EX | LOCK_NB) != 0) return;
  const int mark = open(mark_of(folder).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (mark >= 0) close(mark);
}

void sweep(const std::vector<fs::path>& places) {
  for (const fs::path& place : places) {
    std::error_code none;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(place, none), end; !none && entry != end;
         entry.increment(none))
      if (entry->path().filename().string().starts_with("fencepost-")) found.push_back(*entry);
    for (const fs::path& folder : found) {
      const int lock = lock_of_unused(folder);
      if (lock < 0) continue;
      if (const std::optional<int> segment = segment_of(folder)) remove_segment(*segment);
      fs::remove_all(folder, none);
      close(lock);
      log_info(fmt::format("{} was left by a fencepost that was killed, and is removed",
                           folder.string()));
    }
  }
}

}  // namespace fencepost
