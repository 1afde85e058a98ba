// Starts a private server whenever its standard input says so, one at a time, and outlives
// fencepost: when that input ends, fencepost is done or was killed, and the server ends with its
// folders and with everything that it started. In a session of its own, so that nothing sent to
// fencepost's terminal or process group reaches it.
//
// watcher end|keep|free UID GID SHIM POSTGRES FOLDER [more folders to remove]
// says "started PID" and, when it has ended, "exited STATUS" on its standard output.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/process/child_process.hpp"
#include "sim/server/data_directory.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/server/server_end.hpp"

namespace {

namespace fs = std::filesystem;
using namespace fencepost;

struct Task {
  bool keep = false;
  bool contained = true;
  std::string shim;
  std::string postgres;
  std::optional<User> user;
  fs::path folder;
  std::vector<fs::path> folders;
};

Task task_of(const std::vector<std::string>& arguments) {
  Task task;
  task.keep = arguments.at(1) == "keep";
  task.contained = arguments.at(1) != "free";
  if (getuid() == 0)
    task.user = User{static_cast<uid_t>(std::stoul(arguments.at(2))),
                     static_cast<gid_t>(std::stoul(arguments.at(3)))};
  task.shim = arguments.at(4);
  task.postgres = arguments.at(5);
  task.folder = arguments.at(6);
  task.folders.assign(arguments.begin() + 6, arguments.end());
  return task;
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0) return;  // nobody listens any more
}

pid_t start_server(const Task& task, std::vector<std::string> environment) {
  std::vector<fs::path> writes_in;
  if (task.contained) writes_in.assign(task.folders.begin(), task.folders.end());
  environment.push_back("LD_PRELOAD=" + task.shim);
  environment.push_back("FENCEPOST_PAGE=" + clock_of(task.folder).string());
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t pid = start({{task.postgres, "-D", data_of(task.folder).string()},
                           environment,
                           task.user,
                           task.keep ? 0 : SIGQUIT,
                           writes_in},
                          {nothing, STDERR_FILENO, STDERR_FILENO});
  close(nothing);
  return pid;
}

/// Children of a killed postmaster become ours, so that they are collected. True when the
/// postmaster is among the dead.
bool collect(pid_t postmaster, int& status) {
  bool exited = false;
  for (int each = 0;;) {
    const pid_t pid = waitpid(-1, &each, WNOHANG);
    if (pid <= 0) return exited;
    if (pid != postmaster) continue;
    exited = true;
    status = WIFEXITED(each) ? WEXITSTATUS(each) : 128 + WTERMSIG(each);
  }
}

int signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
  return environment;
}

struct Server {
  pid_t postmaster = 0;  ///< 0: not started, or exited
};

/// False when our input has ended.
bool obey(const Task& task, Server& server) {
  char command = 0;
  if (read(STDIN_FILENO, &command, 1) != 1) return false;
  if (command != 's' || server.postmaster != 0) return true;
  server.postmaster = start_server(task, own_environment());
  say("started " + std::to_string(server.postmaster));
  return true;
}

/// Returns when it is time to end: our input ended, or somebody told us to.
Server watch(const Task& task, int signal_file) {
  Server server;
  for (;;) {
    pollfd files[] = {{STDIN_FILENO, POLLIN, 0}, {signal_file, POLLIN, 0}};
    if (poll(files, 2, -1) < 0) continue;
    if (files[0].revents != 0 && !obey(task, server)) return server;
    if (files[1].revents == 0) continue;
    signalfd_siginfo received{};
    if (read(signal_file, &received, sizeof received) <= 0) continue;
    if (received.ssi_signo == SIGTERM) return server;
    int status = 0;
    if (server.postmaster == 0 || !collect(server.postmaster, status)) continue;
    server.postmaster = 0;
    end_children();
    say("exited " + std::to_string(status));
  }
}

}  // namespace

int main(int count, char** values) {
  const Task task = task_of({values, values + count});
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "fencepost-watch");
  const Server left = watch(task, signals());
  if (task.keep && left.postmaster != 0) {
    ServerClock(clock_of(task.folder).string()).return_to_real_time();
    return 0;
  }
  end_server(left.postmaster, task.folder);
  end_children();
  std::error_code none;
  for (const fs::path& folder : task.folders) fs::remove_all(folder, none);
  return 0;
}
