// The three kinds of trouble, never mixed: wrong input, a machine that can't do it, and our own
// bugs.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace fencepost {

/// Wrong use or wrong input: exit status 2. The message is one sentence: file:line, what was found,
/// what was expected, what to do.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// This machine can't do it (no server, no room, no permission): exit status 3.
struct EnvironmentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A bug of fencepost itself, or nondeterminism: exit status 5; never reported as a violated
/// property.
struct HarnessError : std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line,
                               const std::string& operands);

}  // namespace fencepost

/// An assertion that is always on: SIM_CHECK(a == b, "a {} b {}", a, b).
#define SIM_CHECK(condition, ...)                                                          \
  do {                                                                                     \
    if (!(condition))                                                                      \
      ::fencepost::check_failed(#condition, __FILE__, __LINE__, fmt::format(__VA_ARGS__)); \
  } while (false)
