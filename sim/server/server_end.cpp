#include "sim/server/server_end.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>

#include "sim/process/child_process.hpp"
#include "sim/server/data_directory.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/log.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

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
