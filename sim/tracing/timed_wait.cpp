#include "sim/tracing/timed_wait.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <cerrno>

namespace fencepost {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000, kMillisecond = 1'000'000, kMicrosecond = 1'000;
/// Longer than anything is simulated; sums stay in range.
constexpr std::int64_t kLongest = std::int64_t{100} * 365 * 86'400;

Nanoseconds length_of(const timespec& length) {
  return std::min<std::int64_t>(length.tv_sec, kLongest) * kSecond + length.tv_nsec;
}

/// A length or a moment in the program's memory; nullopt: nothing is there.
std::optional<Nanoseconds> time_at(pid_t thread, std::uint64_t place) {
  timespec length{};
  if (place == 0 || !read_memory(thread, place, &length, sizeof length)) return std::nullopt;
  return length_of(length);
}

std::optional<Nanoseconds> old_time_at(pid_t thread, std::uint64_t place) {
  timeval length{};
  if (place == 0 || !read_memory(thread, place, &length, sizeof length)) return std::nullopt;
  return length_of({length.tv_sec, length.tv_usec * kMicrosecond});
}

std::optional<Nanoseconds> after(std::optional<Nanoseconds> length, Nanoseconds now) {
  if (!length) return std::nullopt;
  return now + *length + (*length > 0 ? kMicrosecond : 0);
}

/// epoll_wait and poll: an int of milliseconds, below 0 for ever.
std::optional<TimedWait> milliseconds(Registers& registers, int argument, Nanoseconds now) {
  const auto count = static_cast<int>(registers.argument(argument));
  if (count <= 0) return std::nullopt;
  registers.set_argument(argument, static_cast<std::uint64_t>(-1));
  const Nanoseconds until = now + count * kMillisecond;
  return TimedWait{(until + kMillisecond - 1) / kMillisecond * kMillisecond, 0};
}

/// A pointer to a length, null for ever. A length of 0 only looks, and waits for nobody.
std::optional<TimedWait> length(Registers& registers, int argument,
                                std::optional<Nanoseconds> length, Nanoseconds now) {
  if (!length || *length <= 0) return std::nullopt;
  registers.set_argument(argument, 0);
  return TimedWait{*after(length, now), 0};
}

/// Only some of a futex's operations have a timeout there; FUTEX_WAIT's is a length, others' are
/// moments.
std::optional<TimedWait> futex(Registers& registers, pid_t thread, const TracedClock& clock) {
  const auto operation = static_cast<int>(registers.argument(1));
  const int kind = operation & FUTEX_CMD_MASK;
  if (kind != FUTEX_WAIT && kind != FUTEX_WAIT_BITSET && kind != FUTEX_LOCK_PI &&
      kind != FUTEX_LOCK_PI2 && kind != FUTEX_WAIT_REQUEUE_PI)
    return std::nullopt;
  const std::optional<Nanoseconds> given = time_at(thread, registers.argument(3));
  if (!given) return std::nullopt;
  registers.set_argument(3, 0);
  const bool real = (operation & FUTEX_CLOCK_REALTIME) != 0 || kind == FUTEX_LOCK_PI;
  const Nanoseconds until =
      kind == FUTEX_WAIT
          ? *after(given, clock.now())
          : clock.when_shows(real ? CLOCK_REALTIME : CLOCK_MONOTONIC, *given) + kMicrosecond;
  return TimedWait{until, -ETIMEDOUT};
}

/// It has nothing else to wait for.
std::optional<TimedWait> sleep(Registers& registers, std::optional<Nanoseconds> until) {
  if (!until) return std::nullopt;
  registers.set_call(SYS_pause);
  return TimedWait{*until, 0};
}

std::optional<TimedWait> clock_nanosleep(Registers& registers, pid_t thread,
                                         const TracedClock& clock) {
  const std::optional<Nanoseconds> given = time_at(thread, registers.argument(2));
  if (!given) return std::nullopt;
  const bool absolute = (registers.argument(1) & TIMER_ABSTIME) != 0;
  const auto which = static_cast<int>(registers.argument(0));
  return sleep(registers, absolute ? clock.when_shows(which, *given) + kMicrosecond
                                   : after(given, clock.now()));
}

}  // namespace

std::optional<TimedWait> take_time_out(Registers& registers, pid_t thread,
                                       const TracedClock& clock) {
  const Nanoseconds now = clock.now();
  const auto given = [&](int argument) { return time_at(thread, registers.argument(argument)); };
  switch (registers.call()) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
      return milliseconds(registers, 3, now);
    case SYS_poll:
      return milliseconds(registers, 2, now);
    case SYS_ppoll:
      return length(registers, 2, given(2), now);
    case SYS_epoll_pwait2:
      return length(registers, 3, given(3), now);
    case SYS_pselect6:
      return length(registers, 4, given(4), now);
    case SYS_select:
      return length(registers, 4, old_time_at(thread, registers.argument(4)), now);
    case SYS_rt_sigtimedwait: {
      auto wait = length(registers, 2, given(2), now);
      if (wait) wait->over = -EAGAIN;
      return wait;
    }
    case SYS_futex:
      return futex(registers, thread, clock);
    case SYS_nanosleep:
      return sleep(registers, after(given(0), now));
    case SYS_clock_nanosleep:
      return clock_nanosleep(registers, thread, clock);
    default:
      return std::nullopt;
  }
}

}  // namespace fencepost
