// A check as JUnit XML, which every CI system shows.
#pragma once

#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// One suite for each protocol and scenario, one case for each property in it: never one for a
/// seed, so that cases keep their names from run to run. What is violated or vacuous is a failure
/// of that type with its story; what was not judged is skipped and says why. No times: they would
/// differ from run to run.
std::string junit(const CheckReport& report);

}  // namespace fencepost
