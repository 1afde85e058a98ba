// The three kinds of trouble, never mixed: wrong input, a machine that can't do it, and our own
// bugs.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
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

/// Throws the HarnessError of a SIM_CHECK that does not hold.
[[noreturn, gnu::cold]] void throw_check_failed(std::string_view condition, std::string_view file,
                                                int line, fmt::string_view operands,
                                                fmt::format_args values);
/// Out of the way of those that hold, which are nearly all.
template <typename... Values>
[[noreturn, gnu::cold, gnu::noinline]] void check_failed(std::string_view condition,
                                                         std::string_view file, int line,
                                                         fmt::format_string<Values...> operands,
                                                         Values&&... values) {
  throw_check_failed(condition, file, line, operands, fmt::make_format_args(values...));
}

}  // namespace fencepost

/// An assertion that is always on: SIM_CHECK(a == b, "a {} b {}", a, b).
#define SIM_CHECK(condition, ...)                                                             \
  do {                                                                                        \
    if (!(condition)) ::fencepost::check_failed(#condition, __FILE__, __LINE__, __VA_ARGS__); \
  } while (false)
