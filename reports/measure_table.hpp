// The table that says how good the search is, as Markdown.
#pragma once

#include <string>

#include "model/measured.hpp"

namespace fencepost {

/// One row for each violation, then the median of each column over all trials of all rows, and how
/// many rows' medians found theirs. `lengths` adds a column with the median length of a story.
enum class Lengths { left_out, shown };
std::string measure_table(const Measured& measured, Lengths lengths);

}  // namespace fencepost
