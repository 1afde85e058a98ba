#include "sim/tracing/syscall_filter.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

namespace fencepost {
namespace {

/// A call that waits for a time only where an argument says so.
struct Waits {
  long call;
  unsigned argument;
  enum class As { milliseconds, pointer } as;
};
constexpr Waits kTimedCalls[] = {{SYS_epoll_wait, 3, Waits::As::milliseconds},
                                 {SYS_epoll_pwait, 3, Waits::As::milliseconds},
                                 {SYS_poll, 2, Waits::As::milliseconds},
                                 {SYS_ppoll, 2, Waits::As::pointer},
                                 {SYS_epoll_pwait2, 3, Waits::As::pointer},
                                 {SYS_pselect6, 4, Waits::As::pointer},
                                 {SYS_select, 4, Waits::As::pointer},
                                 {SYS_rt_sigtimedwait, 2, Waits::As::pointer},
                                 {SYS_futex, 3, Waits::As::pointer}};
constexpr long kAlways[] = {
    SYS_nanosleep, SYS_clock_nanosleep, SYS_getrandom,       SYS_clock_gettime, SYS_gettimeofday,
    SYS_time,      SYS_connect,         SYS_timerfd_settime, SYS_setitimer,     SYS_timer_settime,
    SYS_alarm};

using Filter = std::vector<sock_filter>;

void load(Filter& into, std::size_t offset) {
  into.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}
void end(Filter& into, std::uint32_t action) { into.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
/// Goes on behind as many instructions where it is that, else behind as many others.
void branch(Filter& into, std::uint32_t value, std::uint8_t equal, std::uint8_t different) {
  into.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, equal, different));
}

}  // namespace

std::vector<sock_filter> traced_calls() {
  Filter filter;
  for (const Waits& each : kTimedCalls) {
    const std::size_t low = offsetof(seccomp_data, args) + 8 * each.argument, high = low + 4;
    load(filter, offsetof(seccomp_data, nr));
    const auto call = static_cast<std::uint32_t>(each.call);
    if (each.as == Waits::As::milliseconds) {
      branch(filter, call, 0, 5);
      load(filter, low);
      branch(filter, 0, 2, 0);
      branch(filter, static_cast<std::uint32_t>(-1), 1, 0);
    } else {
      branch(filter, call, 0, 6);
      load(filter, low);
      branch(filter, 0, 0, 2);
      load(filter, high);
      branch(filter, 0, 1, 0);
    }
    end(filter, SECCOMP_RET_TRACE);
    end(filter, SECCOMP_RET_ALLOW);
  }
  load(filter, offsetof(seccomp_data, nr));
  for (const long call : kAlways) {
    branch(filter, static_cast<std::uint32_t>(call), 0, 1);
    end(filter, SECCOMP_RET_TRACE);
  }
  end(filter, SECCOMP_RET_ALLOW);
  return filter;
}

}  // namespace fencepost
