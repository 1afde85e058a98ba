// A stopped thread of another program: its registers as a system call sees them, and its memory.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace fencepost {

/// The registers of a stopped thread, read when they are made. Of a thread that has been killed
/// meanwhile they are all zero, and nothing is written.
class Registers {
 public:
  explicit Registers(pid_t thread);

  long call() const;                         ///< the system call's number
  std::uint64_t argument(int number) const;  ///< 0 to 5
  std::int64_t result() const;  ///< below 0: minus an errno, or one of the kernel's own

  void set_call(long number);
  /// Number and arguments as they were in others: what is made again is that call.
  void set_call(const Registers& others);
  void set_argument(int number, std::uint64_t value);
  /// It returns that, and the call is not made, nor made again.
  void answer(std::int64_t result);
  /// Makes another system call in the thread, which goes on with what it had. The instruction
  /// `syscall` stands there. Precondition: the thread stands behind a system call.
  std::int64_t inject(std::uint64_t instruction, long number,
                      std::initializer_list<std::uint64_t> arguments);
  void write() const;

 private:
  pid_t thread_;
  user_regs_struct all_{};
};

/// Bytes of another program's memory. False where they are not there.
bool read_memory(pid_t thread, std::uint64_t from, void* into, std::size_t count);
/// Also where the program itself may not write.
bool write_memory(pid_t thread, std::uint64_t to, const void* from, std::size_t count);

}  // namespace fencepost
