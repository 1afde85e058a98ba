#include "sim/process/child_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "sim/process/containment.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

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

/// Our children now; those of a process that has ended are its nearest subreaper's.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", none)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    std::ifstream file(entry.path() / "stat");
    std::string text;
    if (pid <= 0 || !std::getline(file, text)) continue;
    pid_t parent = 0;  // behind the name, which may hold anything, and the state
    const std::size_t name_end = text.rfind(')');
    if (name_end != text.npos && std::sscanf(text.c_str() + name_end, ") %*c %d", &parent) == 1 &&
        parent == getpid())
      found.push_back(pid);
  }
  return found;
}

/// Who makes children faster than that is not ended.
constexpr int most_generations = 1000;

/// PostgreSQL gives its children five seconds after SIGQUIT before it kills them.
constexpr int patience_ms = 8000;
/// Milliseconds between two looks whether what runs is to be ended.
constexpr int kAskedEvery = 100;

}  // namespace

pid_t start(const Invocation& command, StandardFiles files) {
  const std::vector<char*> arguments = pointers(command.arguments);
  const std::vector<char*> environment = pointers(command.environment);
  std::optional<Containment> containment;
  if (!command.writes_in.empty()) containment.emplace(command.writes_in);
  const pid_t pid = fork();
  if (pid < 0)
    throw EnvironmentError(
        fmt::format("{} can't be started: {}", command.arguments.front(), std::strerror(errno)));
  if (pid > 0) return pid;
  reset_signals();
  setsid();
  if (containment) containment->begin();
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
  for (pollfd file{output[0], POLLIN, 0};;) {
    if (command.stopped != nullptr && poll(&file, 1, kAskedEvery) <= 0) {
      if (command.stopped()) kill(-pid, SIGKILL);
      continue;
    }
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
  for (const char* name : {"nobody", "postgres", "daemon"}) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> names(16384);
    if (getpwnam_r(name, &entry, names.data(), names.size(), &found) == 0 && found != nullptr)
      return User{entry.pw_uid, entry.pw_gid};
  }
  throw EnvironmentError(
      "PostgreSQL refuses to run as root, and this system has none of the users nobody, postgres "
      "and daemon; add one");
}

bool can_enter(const std::optional<User>& user, const std::filesystem::path& folder) {
  if (!user) return access(folder.c_str(), X_OK) == 0;
  const std::string path = folder.string();
  const pid_t pid = fork();
  if (pid == 0) _exit(become(*user) && access(path.c_str(), X_OK) == 0 ? 0 : 1);
  return pid > 0 && wait_for(pid) == 0;
}

bool alive(pid_t pid) {
  if (kill(pid, 0) != 0 && errno == ESRCH) return false;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() || text[name_end + 2] != 'Z';
}

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

void end_children() {
  for (int i = 0; i < most_generations; ++i) {
    const std::vector<pid_t> all = children();
    if (all.empty()) return;
    for (const pid_t pid : all) kill(pid, SIGKILL);
    for (const pid_t pid : all) wait_for_end(pid);
  }
}

}  // namespace fencepost
