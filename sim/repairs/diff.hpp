// The difference of two texts, as `diff -u` and `patch` know it.
#pragma once

#include <string>
#include <string_view>

namespace fencepost {

/// A file before and after: its name in either heading, then hunks with three lines around what
/// changes. Empty where nothing does.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

/// How many lines a diff takes out and puts in.
int changed_lines(std::string_view diff);

}  // namespace fencepost
