#include "sim/tracing/registers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

using Register = unsigned long long user_regs_struct::*;
constexpr Register kArguments[] = {&user_regs_struct::rdi, &user_regs_struct::rsi,
                                   &user_regs_struct::rdx, &user_regs_struct::r10,
                                   &user_regs_struct::r8,  &user_regs_struct::r9};
constexpr Register kCall = &user_regs_struct::orig_rax, kResult = &user_regs_struct::rax,
                   kNext = &user_regs_struct::rip, kMade = &user_regs_struct::rax;

/// Not a system call.
constexpr long kNone = -1;

}  // namespace

Registers::Registers(pid_t thread) : thread_(thread) {
  if (ptrace(PTRACE_GETREGS, thread_, nullptr, &all_) != 0) all_ = {};
}

long Registers::call() const { return static_cast<long>(all_.*kCall); }

std::uint64_t Registers::argument(int number) const { return all_.*kArguments[number]; }

std::int64_t Registers::result() const { return static_cast<std::int64_t>(all_.*kResult); }

void Registers::set_call(long number) { all_.*kCall = static_cast<std::uint64_t>(number); }

void Registers::set_call(const Registers& others) {
  all_.*kCall = others.all_.*kCall;
  for (const Register each : kArguments) all_.*each = others.all_.*each;
}

void Registers::set_argument(int number, std::uint64_t value) { all_.*kArguments[number] = value; }

void Registers::answer(std::int64_t result) {
  set_call(kNone);
  all_.*kResult = static_cast<std::uint64_t>(result);
}

void Registers::write() const { ptrace(PTRACE_SETREGS, thread_, nullptr, &all_); }

std::int64_t Registers::inject(std::uint64_t instruction, long number,
                               std::initializer_list<std::uint64_t> arguments) {
  Registers other = *this;
  int place = 0;
  for (const std::uint64_t argument : arguments) other.set_argument(place++, argument);
  other.set_call(kNone);
  other.all_.*kMade = static_cast<std::uint64_t>(number);
  other.all_.*kNext = instruction;
  other.write();
  // A filter may stop the call on its way.
  for (int status = 0x7f; WIFSTOPPED(status);) {
    ptrace(PTRACE_SINGLESTEP, thread_, nullptr, nullptr);
    if (waitpid(thread_, &status, __WALL) != thread_ || status >> 16 == 0) break;
  }
  const std::int64_t result = Registers(thread_).result();
  write();
  return result;
}

bool read_memory(pid_t thread, std::uint64_t from, void* into, std::size_t count) {
  const iovec here{into, count}, there{reinterpret_cast<void*>(from), count};
  return process_vm_readv(thread, &here, 1, &there, 1, 0) == static_cast<ssize_t>(count);
}

bool write_memory(pid_t thread, std::uint64_t to, const void* from, std::size_t count) {
  const int memory = open(fmt::format("/proc/{}/mem", thread).c_str(), O_RDWR | O_CLOEXEC);
  if (memory < 0) return false;
  const ssize_t written = pwrite(memory, from, count, static_cast<off_t>(to));
  close(memory);
  return written == static_cast<ssize_t>(count);
}

}  // namespace fencepost
