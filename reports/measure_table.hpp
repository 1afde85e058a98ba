// The tables that say how good the search is, as Markdown.
#pragma once

#include <string>

#include "model/measured.hpp"

namespace fencepost {

/// One row for each violation, then the median of each column over all trials of all rows, and how
/// many rows' medians found theirs. `lengths` adds a column with the median length of a story.
enum class Lengths { left_out, shown };
std::string measure_table(const Measured& measured, Lengths lengths);

/// The same where columns are scenarios, as two tables. Of each violation: the least number of
/// seeds (the same of every scenario) until one shows it, as the median over the trials and the
/// worst of them, and how many scenarios show it in the median trial. Of each scenario: how many
/// violations it shows, how many no other does, and how many none shows sooner.
std::string scenario_tables(const Measured& measured);

}  // namespace fencepost
