#include "sim/serving/served_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sim/process/child_process.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What the child says through a pipe that exec closes: why it could not start.
[[noreturn]] void say_and_end(int pipe) {
  const int error = errno;
  if (write(pipe, &error, sizeof error) < 0) _exit(could_not_start + 1);
  _exit(could_not_start);
}

}  // namespace

ServedProgram::ServedProgram(const std::vector<std::string>& arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment) {
  SIM_CHECK(!arguments.empty(), "{} arguments", arguments.size());
  std::vector<char*> pointers;
  for (const std::string& each : arguments) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || (pid_ = fork()) < 0)
    throw EnvironmentError(
        fmt::format("{} can't be started: {}", arguments.front(), std::strerror(errno)));
  if (pid_ == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::signal(number, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(pointers[0], pointers.data());
    say_and_end(ends[1]);
  }
  close(ends[1]);
  int error = 0;
  const bool failed = read(ends[0], &error, sizeof error) == ssize_t{sizeof error};
  close(ends[0]);
  if (!failed) return;
  waitpid(pid_, &status_, 0);
  pid_ = -1;
  throw InputError(fmt::format("{} can't be started: {}; write behind -- what a shell would run",
                               arguments.front(), std::strerror(error)));
}

ServedProgram::~ServedProgram() {
  if (status()) return;
  signal(SIGKILL);
  waitpid(pid_, &status_, 0);
}

std::optional<int> ServedProgram::status() {
  if (pid_ >= 0) {
    const pid_t ended = waitpid(pid_, &status_, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
    pid_ = -1;
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

void ServedProgram::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

}  // namespace fencepost
