// Names, and the small words of error messages: names in quotes, lists of what is known, and "did
// you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// "abc" in quotes: one line, printable, cut short when it is long.
std::string in_quotes(std::string_view text);
/// ASCII letters, digits and _, not beginning with a digit: what a statement, an operation or a
/// session may be called.
bool is_plain_name(std::string_view text);
/// "a, b and c"; "nothing" for an empty list.
std::string listed(const std::vector<std::string>& names);
/// `; did you mean "chunk"?` when one of the known names is close to what was found; else empty.
std::string did_you_mean(std::string_view found, const std::vector<std::string>& known);

}  // namespace fencepost
