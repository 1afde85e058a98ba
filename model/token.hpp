// The order of tokens: fences are numbers, points in time, or plain text.
#pragma once

#include <string>

namespace fencepost {

/// One of 0 to 9.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whole numbers by value; everything else as text, which is by time for timestamps as PostgreSQL
/// prints them in UTC ("2027-01-15 08:00:00.5+00").
bool token_less(const std::string& a, const std::string& b);

}  // namespace fencepost
