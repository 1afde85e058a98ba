// What became of mutants, as text and as JSON lines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/killing/killing.hpp"

namespace fencepost {

/// A table of what was caught, by which property, under which scenario and how soon; then what was
/// not, in full; then the score.
std::string killing_text(const std::string& protocol, const Killing& killing);

/// A mutant alone as one line, without a line end.
std::string mutant_json(const std::string& protocol, const Mutant& mutant);

/// A line for each mutant, and one for the score.
std::string killing_json(const std::string& protocol, const Killing& killing);

/// As JUnit XML: a mutant is a test case, which fails where it survived; what says nothing of the
/// gate is skipped.
std::string killing_junit(const std::vector<std::pair<std::string, Killing>>& all);

/// "92.3 %", or "-" where there is nothing to be caught.
std::string to_text(const Score& score);

}  // namespace fencepost
