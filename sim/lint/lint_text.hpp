// What lint found, as text.
#pragma once

#include <string>
#include <vector>

#include "sim/lint/lint.hpp"

namespace fencepost {

/// Every trap with its line, carets, the property that fails, whose bug it was, and what to write;
/// then what is ignored, and why. Empty where there is nothing to say.
std::string lint_text(const LintReport& report);
/// One line for each trap, and each ignore of nothing: "queries.sql:14: unfenced-write
/// (complete_job): …".
std::vector<std::string> lint_notes(const LintReport& report);
/// Where a finding is, as it is called from here.
std::string place_of(const LintFinding& finding);
/// A rule, for explain: everything about it but its name and sentence.
std::string rule_text(const LintRule& rule);

}  // namespace fencepost
