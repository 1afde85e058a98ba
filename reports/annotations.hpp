// A check as workflow commands of GitHub Actions, which it shows beside the SQL in a review.
#pragma once

#include <functional>
#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// GitHub shows ten errors of one step, and drops the others without a word.
inline constexpr std::size_t kMostAnnotations = 10;

/// A file as GitHub knows it: from the top of the repository.
using InRepository = std::function<std::string(const std::string& file)>;

/// One `::error` for each failure at the SQL that did it, then for what was not found or reached; a
/// `::notice` for a check that the time budget ended. One line each; nothing in them can be taken
/// for a command of its own.
std::string annotations(const CheckReport& report, const InRepository& in_repository);

}  // namespace fencepost
