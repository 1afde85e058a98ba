#include "sim/server/server_end.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <vector>

#include "sim/server/server_clock.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;
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

/// The seventh line of postmaster.pid: key and id of the segment that tells servers of one data
/// directory apart.
std::optional<int> segment_of(const fs::path& folder) {
  std::ifstream file(data_of(folder) / "postmaster.pid");
  std::string line;
  for (int i = 0; i < 7; ++i)
    if (!std::getline(file, line)) return std::nullopt;
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

fs::path data_of(const fs::path& folder) { return folder / "data"; }
fs::path clock_of(const fs::path& folder) { return folder / "clock"; }
fs::path log_of(const fs::path& folder) { return folder / "server.log"; }

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

}  // namespace fencepost
