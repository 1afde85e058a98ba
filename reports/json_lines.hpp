// A check for other programs: one JSON object on each line.
#pragma once

#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// One line for each protocol, scenario and property, as README.md documents ("schema": 1).
/// `folder` is where the failures' pages are, from where the reader is; empty: here.
std::string json_lines(const CheckReport& report, const std::string& folder = "");

}  // namespace fencepost
