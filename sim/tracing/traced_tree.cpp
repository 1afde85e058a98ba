#include "sim/tracing/traced_tree.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "model/hash.hpp"
#include "sim/process/child_process.hpp"
#include "sim/text/error.hpp"
#include "sim/tracing/syscall_filter.hpp"

namespace fencepost {
namespace {

constexpr long kOptions = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                          PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                          PTRACE_O_EXITKILL;
/// A tree is looked at every 50 microseconds; one that goes on for a while every millisecond, for
/// half a minute.
constexpr long kSoon = 50'000, kLater = 1'000'000, kLooksSoon = 1'000, kMostLooks = 30'000;
/// One that calls its tracer again and again has been looked at after so many calls.
constexpr long kStopsInALook = 100;

void pause_for(long nanoseconds) {
  const timespec length{0, nanoseconds};
  ppoll(nullptr, 0, &length, nullptr);
}

/// The process that a thread is of.
pid_t process_of(pid_t thread) {
  std::ifstream file(fmt::format("/proc/{}/status", thread));
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Tgid:")) return std::atoi(line.c_str() + 5);
  return thread;
}

/// In the new process: everything up to the program.
[[noreturn]] void become(const TracedCommand& command, int go, int failed,
                         std::vector<sock_filter> filter) {
  std::vector<char*> arguments;
  for (const std::string& each : command.arguments)
    arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  setenv("PYTHONHASHSEED", "0", 1);
  const int output = open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  const bool has_files = dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0;
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::signal(number, SIG_DFL);
  setsid();
  // Where that is not allowed, addresses are another every time, which most programs never show.
  personality(ADDR_NO_RANDOMIZE);
  char traced = 0;
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (has_files && read(go, &traced, 1) == 1 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
    execvp(arguments[0], arguments.data());
  const int error = errno;
  if (write(failed, &error, sizeof error) < 0) _exit(could_not_start + 1);
  _exit(could_not_start);
}

/// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// Whom a connection is to; empty: somebody of this system that no network is needed for.
std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(four.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(six.sin6_port));
  }
  return "";
}

}  // namespace

TracedTree::TracedTree(TracedCommand command) : command_(std::move(command)) {
  try {
    start();
  } catch (...) {
    kill();
    throw;
  }
}

TracedTree::~TracedTree() { kill(); }

void TracedTree::start() {
  int go[2], failed[2];
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(failed, O_CLOEXEC) != 0)
    throw EnvironmentError(fmt::format("a pipe can't be made: {}", std::strerror(errno)));
  std::vector<sock_filter> filter = traced_calls();
  program_ = fork();
  if (program_ == 0) become(command_, go[0], failed[1], std::move(filter));
  close(go[0]);
  close(failed[1]);
  const bool traced = program_ > 0 && ptrace(PTRACE_SEIZE, program_, nullptr, kOptions) == 0;
  const int error = errno;
  if (traced) {
    threads_[program_] = {program_, std::nullopt, std::nullopt};
    processes_[program_] = {{}, 0, fnv1a("a worker's random bytes", command_.seed)};
  }
  const bool begun = traced && write(go[1], "x", 1) == 1;
  close(go[1]);
  if (!begun && program_ > 0) {
    ::kill(program_, SIGKILL);
    waitpid(program_, nullptr, __WALL);
  }
  int why = 0;
  // Its end of the pipe closes when the program begins.
  pollfd file{failed[0], POLLIN, 0};
  while (begun && poll(&file, 1, 0) == 0) handle_stops();
  const bool not_there = begun && read(failed[0], &why, sizeof why) == ssize_t{sizeof why};
  close(failed[0]);
  if (!begun)
    throw EnvironmentError(
        fmt::format("a worker can't be traced ({}); let this program trace its own children "
                    "(ptrace), which some containers forbid",
                    std::strerror(error)));
  if (not_there)
    throw InputError(fmt::format("the worker {} can't be started: {}", command_.arguments.front(),
                                 std::strerror(why)));
}

std::vector<pid_t> TracedTree::threads() const {
  std::vector<pid_t> all;
  for (const auto& [thread, state] : threads_) all.push_back(thread);
  return all;
}

void TracedTree::note_strange(const std::string& sentence) {
  if (std::find(strange_.begin(), strange_.end(), sentence) == strange_.end())
    strange_.push_back(sentence);
}

/// Whether there was any.
bool TracedTree::handle_stops() {
  bool any = false;
  for (const pid_t thread : threads()) {
    int status = 0;
    pid_t stopped = 0;
    while (threads_.contains(thread) &&
           (stopped = waitpid(thread, &status, WNOHANG | __WALL)) == thread) {
      any = true;
      handle(thread, status);
    }
    if (stopped < 0 && errno == ECHILD) threads_.erase(thread);
  }
  return any;
}

void TracedTree::go_on(pid_t thread, int signal) {
  const auto found = threads_.find(thread);
  const bool waits = found != threads_.end() && found->second.waits;
  ptrace(waits ? PTRACE_SYSCALL : PTRACE_CONT, thread, nullptr, static_cast<long>(signal));
}

void TracedTree::handle(pid_t thread, int status) {
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    threads_.erase(thread);
    if (thread == program_)
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return;
  }
  const int signal = WSTOPSIG(status), event = status >> 16;
  if (event == PTRACE_EVENT_SECCOMP) return handle_call(thread);
  if (signal == (SIGTRAP | 0x80)) return handle_end_of_wait(thread);
  if (event != 0) return handle_event(thread, event);
  go_on(thread, signal);
}

void TracedTree::handle_event(pid_t thread, int event) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message);
  if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
    begin_child(static_cast<pid_t>(message), thread);
  }
  if (event == PTRACE_EVENT_EXEC) {
    // What else ran in that process has gone without a word.
    std::erase_if(threads_, [&](const auto& each) {
      return each.second.process == thread && each.first != thread;
    });
    begin_program(thread);
  }
  go_on(thread);
}

/// A thread, or a process.
void TracedTree::begin_child(pid_t child, pid_t of_thread) {
  const pid_t process = process_of(child);
  threads_.try_emplace(child, Thread{process, std::nullopt, std::nullopt});
  if (process != child) return;
  Process& parent = processes_[threads_[of_thread].process];
  const int number = ++parent.children;
  Process& begun = processes_[child];
  begun = {parent.lineage, 0, fnv1a(std::to_string(number), parent.random)};
  begun.lineage.push_back(number);
}

Lineage TracedTree::lineage_of(pid_t process) const {
  const auto found = processes_.find(process);
  return found != processes_.end() ? found->second.lineage : Lineage{};
}

/// The clock is put in once execve is over, whose result would overwrite what is injected.
void TracedTree::begin_program(pid_t process) {
  int status = 0;
  ptrace(PTRACE_SYSCALL, process, nullptr, nullptr);
  if (waitpid(process, &status, __WALL) == process && WIFSTOPPED(status))
    clock_.patch_into(process);
  else
    handle(process, status);
}

void TracedTree::handle_call(pid_t thread) {
  Registers registers(thread);
  switch (registers.call()) {
    case SYS_getrandom:
      answer_random(registers, thread);
      break;
    case SYS_clock_gettime:
    case SYS_gettimeofday:
    case SYS_time:
      answer_clock(registers, thread);
      break;
    case SYS_connect:
      look_at_connection(registers, thread);
      break;
    case SYS_timerfd_settime:
    case SYS_setitimer:
    case SYS_timer_settime:
    case SYS_alarm:
      note_strange(
          "it sets a timer of the kernel (alarm, setitimer, timer_settime, timerfd), "
          "which goes by real time");
      break;
    default: {
      const Registers asked = registers;
      const auto wait = take_time_out(registers, thread, clock_);
      if (wait && wait->until <= clock_.now())
        registers.answer(wait->over);
      else if (wait)
        threads_[thread].waits = wait, threads_[thread].asked = asked;
    }
  }
  registers.write();
  go_on(thread);
}

/// The call's entry is a stop, too; there the kernel has not made it yet.
void TracedTree::handle_end_of_wait(pid_t thread) {
  constexpr std::int64_t first_restart = -516, last_restart = -512;
  Registers registers(thread);
  Thread& state = threads_[thread];
  const std::int64_t result = registers.result();
  if (result == -ENOSYS && state.waits) return go_on(thread);
  const bool interrupted = result == -EINTR || (result >= first_restart && result <= last_restart);
  if (interrupted && state.waits) {
    if (state.waits->until <= clock_.now())
      registers.answer(state.waits->over);
    else
      registers.set_call(*state.asked);  // behind a signal it may be made again
    registers.write();
  }
  state.waits.reset();
  go_on(thread);
}

void TracedTree::answer_random(Registers& registers, pid_t thread) {
  constexpr std::uint64_t most = 256;
  const std::uint64_t count = std::min(registers.argument(1), most);
  std::string bytes;
  for (std::uint64_t word = 0; bytes.size() < count; word >>= 8) {
    if (bytes.size() % 8 == 0) word = next_random(processes_[threads_[thread].process].random);
    bytes += static_cast<char>(word);
  }
  const bool there = write_memory(thread, registers.argument(0), bytes.data(), bytes.size());
  registers.answer(there ? static_cast<std::int64_t>(count) : -EFAULT);
}

/// Past the vDSO: a program that makes the call itself.
void TracedTree::answer_clock(Registers& registers, pid_t thread) const {
  constexpr Nanoseconds second = 1'000'000'000;
  const bool which = registers.call() == SYS_clock_gettime;
  const Nanoseconds shown =
      which ? clock_.shown_by(static_cast<int>(registers.argument(0))) : clock_.now();
  if (shown < 0) return;
  const timespec exact{shown / second, shown % second};
  const timeval old{exact.tv_sec, exact.tv_nsec / 1'000};
  const std::uint64_t place = registers.argument(which ? 1 : 0);
  bool there = true;
  if (registers.call() == SYS_time)
    there = place == 0 || write_memory(thread, place, &exact.tv_sec, sizeof exact.tv_sec);
  else if (which)
    there = write_memory(thread, place, &exact, sizeof exact);
  else
    there = place == 0 || write_memory(thread, place, &old, sizeof old);
  const bool says = registers.call() == SYS_time;
  registers.answer(!there ? -EFAULT : says ? exact.tv_sec : 0);
}

/// A datagram's connection sends nothing; a resolver asks that way which address it would have.
void TracedTree::look_at_connection(Registers& registers, pid_t thread) {
  sockaddr_storage address{};
  const std::uint64_t size = std::min<std::uint64_t>(registers.argument(2), sizeof address);
  if (!read_memory(thread, registers.argument(1), &address, size)) return;
  const std::string whom = address_text(address);
  if (whom.empty()) return;
  note_strange(fmt::format("it also talks to {}, which was refused", whom));
  registers.answer(-ECONNREFUSED);
}

void TracedTree::settle() {
  for (long looks = 0, stops = 0; !threads_.empty();) {
    const bool stopped = handle_stops();
    if (stopped && ++stops % kStopsInALook != 0) continue;
    if (!stopped && stillness_.are_still(threads()) && !handle_stops()) return;
    if (command_.stopped && command_.stopped())
      throw EnvironmentError("stopped while a worker computed");
    if (++looks == kMostLooks)
      throw EnvironmentError(
          fmt::format("the worker {} computes for ever, or waits for what is not known: {}",
                      command_.arguments.front(), stillness_.busy()));
    if (!stopped) pause_for(looks < kLooksSoon ? kSoon : kLater);
  }
}

std::optional<Instant> TracedTree::next_wake() const {
  std::optional<Nanoseconds> next;
  for (const auto& [thread, state] : threads_)
    if (state.waits && (!next || state.waits->until < *next)) next = state.waits->until;
  if (!next) return std::nullopt;
  return clock_.first_instant_at(*next);
}

void TracedTree::set_clock(Instant now) {
  clock_.set(now);
  for (const auto& [thread, state] : threads_)
    if (state.waits && state.waits->until <= clock_.now())
      ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
}

/// A thread of a process is told as ended before its first one is, so all are asked in turns.
void TracedTree::kill() {
  while (!threads_.empty()) {
    for (const auto& [thread, state] : threads_) ::kill(state.process, SIGKILL);
    if (!handle_stops()) pause_for(kSoon);
  }
}

std::string why_not_traced() try {
  TracedTree tree({{"sleep", "60"}, {}, "/dev/null", 1, {}});
  for (tree.settle(); !tree.status(); tree.settle()) {
    const std::optional<Instant> next = tree.next_wake();
    if (!next) return "a program that sleeps is not seen to";
    tree.set_clock(*next);
  }
  return "";
} catch (const std::runtime_error& error) {
  return error.what();
}

}  // namespace fencepost
