#include "sim/process/core.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>

namespace fencepost {
namespace {

/// As many may share a core before nobody counts any more.
constexpr int kMostOnCore = 64;

/// Locks by name. A name of an abstract socket is one process's until that closes it or ends, is
/// seen by every user, and leaves no file behind; a lock file in a folder for all would need care
/// for each of these.
int take_name(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

std::vector<int> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) cores.push_back(core);
  if (cores.empty()) cores.push_back(0);
  return cores;
}

TakenCore::TakenCore(const std::string& group) {
  const std::vector<int> cores = usable_cores();
  for (int nth = 1; nth <= kMostOnCore; ++nth) {
    for (const int core : cores) {
      lock_ = take_name(fmt::format("{}/core/{}/{}", group, core, nth));
      if (lock_ < 0) continue;
      number_ = core;
      return;
    }
  }
}

TakenCore::~TakenCore() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace fencepost
