// CPU time: of all that can be measured on a shared machine, what other work lengthens least.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace fencepost {

/// Time on a core.
using CpuTime = std::chrono::nanoseconds;

/// What this process has used, in all its threads.
CpuTime own_cpu();
/// What a server has used: its postmaster, every process it has, and every one that has ended and
/// was collected. The latter counts in whole hundredths of a second, as the kernel tells it; so
/// what is compared should last for many of them. The server must be still.
CpuTime server_cpu(pid_t postmaster);
/// The postmaster and its processes.
std::vector<pid_t> processes_of(pid_t postmaster);
/// What these processes hold for themselves alone, in kB: pages that they share with nobody.
long private_kb(const std::vector<pid_t>& processes);

/// How much CPU time this process and a server use from here on.
class CpuMeter {
 public:
  explicit CpuMeter(pid_t postmaster)
      : postmaster_(postmaster), server_(server_cpu(postmaster)), own_(own_cpu()) {}
  CpuTime used() const {
    const CpuTime own = own_cpu() - own_;
    return own + (server_cpu(postmaster_) - server_);
  }

 private:
  pid_t postmaster_;
  CpuTime server_;
  CpuTime own_;
};

}  // namespace fencepost
