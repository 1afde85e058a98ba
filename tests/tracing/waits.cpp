// A program that waits in many ways and prints what its clocks say: run by a test in simulated
// time, in which half an hour takes a moment.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <mutex>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Prints how long something took, in microseconds of the steady clock.
template <typename Wait>
void took(const char* what, Wait wait) {
  const auto begin = Clock::now();
  wait();
  const auto lasted = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  std::printf("%s %ld\n", what, static_cast<long>(lasted.count()));
}

void by_the_library() {
  took("sleep_for", [] { std::this_thread::sleep_for(100s); });
  took("sleep_until",
       [] { std::this_thread::sleep_until(std::chrono::system_clock::now() + 100s); });
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  took("wait_for", [&] { changed.wait_for(lock, 100s); });
  took("wait_until", [&] { changed.wait_until(lock, std::chrono::system_clock::now() + 100s); });
  std::promise<int> promise;
  took("future", [&] { promise.get_future().wait_for(100s); });
  std::timed_mutex timed;
  std::thread holder([&] {
    const std::lock_guard held(timed);
    std::this_thread::sleep_for(500s);
  });
  std::this_thread::sleep_for(1s);
  took("timed_mutex", [&] {
    if (timed.try_lock_for(100s)) std::abort();
  });
  took("join", [&] { holder.join(); });
}

void by_the_kernel() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  pollfd file{ends[0], POLLIN, 0};
  took("poll", [&] { poll(&file, 1, 100'000); });
  took("poll 0", [&] { poll(&file, 1, 0); });
  const timespec length{100, 0};
  took("ppoll", [&] { ppoll(&file, 1, &length, nullptr); });
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  timeval old{100, 0};
  took("select", [&] { select(ends[0] + 1, &set, nullptr, nullptr, &old); });
  const int epoll = epoll_create1(0);
  epoll_event event{};
  took("epoll", [&] { epoll_wait(epoll, &event, 1, 100'000); });
  took("nanosleep", [&] { syscall(SYS_nanosleep, &length, nullptr); });
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  now.tv_sec += 100;
  took("absolute", [&] { clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, nullptr); });
  sigset_t none;
  sigemptyset(&none);
  took("sigtimedwait", [&] {
    if (sigtimedwait(&none, nullptr, &length) != -1 || errno != EAGAIN) std::abort();
  });
}

void interrupted(int) {}

/// A signal in the midst of a wait, another process, and others to talk to.
void with_others() {
  std::signal(SIGUSR1, interrupted);  // whose waits are made again
  const pid_t self = getpid();
  std::thread other([self] {
    std::this_thread::sleep_for(10s);
    kill(self, SIGUSR1);
  });
  took("interrupted", [] { std::this_thread::sleep_for(100s); });
  other.join();
  took("child", [] {
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sleep", "sleep", "100", nullptr);
      _exit(1);
    }
    waitpid(child, nullptr, 0);
  });
  const int network = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(80);
  inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
  const int refused = connect(network, reinterpret_cast<sockaddr*>(&address), sizeof address);
  std::printf("connect %d %d\n", refused, errno == ECONNREFUSED ? 1 : 0);
}

}  // namespace

int main(int count, char** values) {
  const std::string how = count > 1 ? values[1] : "";
  timespec now{};
  volatile int turn = 0;
  while (how == "computes") turn = turn ^ 1;
  while (how == "asks the kernel") syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  const auto begin = std::chrono::system_clock::now();
  by_the_library();
  by_the_kernel();
  with_others();
  unsigned long word = 0;
  if (getrandom(&word, sizeof word, 0) != sizeof word) return 1;
  timeval old{};
  gettimeofday(&old, nullptr);
  timespec raw{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &raw);
  std::printf("random %016lx\ntime %ld\nagree %d\n", word, static_cast<long>(std::time(nullptr)),
              old.tv_sec == raw.tv_sec && raw.tv_sec == std::time(nullptr) ? 1 : 0);
  std::printf("all %ld\n", static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(
                                                 std::chrono::system_clock::now() - begin)
                                                 .count()));
  return 7;
}
