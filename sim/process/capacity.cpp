#include "sim/process/capacity.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// What a backend has of its own, measured with PostgreSQL 15: 1.4 MB with plans of a protocol.
constexpr std::uint64_t kBytesOfSession = 1'500'000;
/// What this program and its server have open beside connections.
constexpr rlim_t kOtherFiles = 100;
constexpr std::uint64_t kMegabyte = 1'000'000;

/// "MemAvailable:   123456 kB"; nothing known is no limit.
std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return std::numeric_limits<std::uint64_t>::max();
}

/// What a container leaves to us; "max", or no such file, is no limit.
std::uint64_t left_in_container() {
  std::uint64_t most = 0, used = 0;
  if (!(std::ifstream("/sys/fs/cgroup/memory.max") >> most)) return available_memory();
  std::ifstream("/sys/fs/cgroup/memory.current") >> used;
  return most - std::min(most, used);
}

void demand_files(int count) {
  rlimit limit{};
  const rlim_t wanted = static_cast<rlim_t>(count) + kOtherFiles;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  if (limit.rlim_max < wanted)
    throw EnvironmentError(
        fmt::format("{} sessions at once need {} open files, and {} are allowed; take fewer "
                    "workers, or raise `ulimit -n`",
                    count, wanted, limit.rlim_max));
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void demand_sessions(int count) {
  const std::uint64_t wanted = static_cast<std::uint64_t>(count) * kBytesOfSession;
  const std::uint64_t there = std::min(available_memory(), left_in_container());
  if (wanted > there)
    throw EnvironmentError(
        fmt::format("{} sessions at once need {} MB of memory, and {} MB are left on this machine; "
                    "take fewer workers, or fewer --jobs",
                    count, wanted / kMegabyte, there / kMegabyte));
  demand_files(count);
}

void keep_memory() {
  constexpr int kMost = 256 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, kMost);
  mallopt(M_MMAP_THRESHOLD, kMost / 16);
}

}  // namespace fencepost
