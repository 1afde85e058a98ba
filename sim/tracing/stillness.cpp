#include "sim/tracing/stillness.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fencepost {
namespace {

/// What the file says now; empty: its thread has ended.
std::string text_of(int file) {
  char text[512];
  const ssize_t count = pread(file, text, sizeof text, 0);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

/// Calls in which a thread waits for another, for its tracer, or for what is sent to it.
bool may_wait(long call) {
  switch (call) {
    case SYS_futex:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_pause:
    case SYS_rt_sigtimedwait:
    case SYS_rt_sigsuspend:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_read:
    case SYS_readv:
    case SYS_write:
    case SYS_writev:
    case SYS_flock:
      return true;
    default:
      return false;
  }
}

/// The letter of its state in /proc/…/stat, behind a name that may hold anything: S sleeps, Z has
/// ended.
char state_in(const std::string& stat) {
  const std::size_t name_ends = stat.rfind(')');
  return name_ends != std::string::npos && name_ends + 2 < stat.size() ? stat[name_ends + 2] : '\0';
}

/// How often it was put on a processor, the last number of /proc/…/schedstat.
std::string turns_in(const std::string& schedstat) {
  return schedstat.substr(std::min(schedstat.rfind(' '), schedstat.size()));
}

}  // namespace

ThreadStillness::~ThreadStillness() { forget_all_but({}); }

void ThreadStillness::forget_all_but(const std::vector<pid_t>& threads) {
  std::erase_if(files_, [&](const auto& each) {
    if (std::find(threads.begin(), threads.end(), each.first) != threads.end()) return false;
    for (const int file : {each.second.call, each.second.turns, each.second.state}) close(file);
    return true;
  });
}

ThreadStillness::Files& ThreadStillness::files_of(pid_t thread) {
  Files& files = files_[thread];
  if (files.call >= 0) return files;
  const auto opened = [&](const char* name) {
    return open(fmt::format("/proc/{0}/task/{0}/{1}", thread, name).c_str(), O_RDONLY | O_CLOEXEC);
  };
  return files = {opened("syscall"), opened("schedstat"), opened("stat")};
}

/// The kernel says "running" for a thread that could run, else waits until it is off the processor.
bool ThreadStillness::sleeps(pid_t thread) {
  const Files& files = files_of(thread);
  const char state = state_in(text_of(files.state));
  if (state == '\0' || state == 'Z') return true;
  const std::string call = text_of(files.call);
  if (state == 'S' && !call.starts_with("running") && may_wait(std::atol(call.c_str())))
    return true;
  busy_ = fmt::format("thread {} is in state {} and system call {}", thread, state, call);
  return false;
}

bool ThreadStillness::are_still(const std::vector<pid_t>& threads) {
  forget_all_but(threads);
  std::vector<std::string> turns;
  for (const pid_t thread : threads) {
    turns.push_back(turns_in(text_of(files_of(thread).turns)));
    if (!sleeps(thread)) return false;
  }
  for (std::size_t i = 0; i < threads.size(); ++i) {
    if (!sleeps(threads[i])) return false;
    if (turns_in(text_of(files_of(threads[i]).turns)) == turns[i]) continue;
    busy_ = fmt::format("thread {} ran in between", threads[i]);
    return false;
  }
  return true;
}

}  // namespace fencepost
