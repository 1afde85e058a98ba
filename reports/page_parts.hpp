// The parts of a failure's page, from its head to its end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/culprit.hpp"
#include "reports/diagram.hpp"
#include "reports/page_data.hpp"

namespace fencepost {

/// Verdict, story, the clause behind it, and the command that replays it.
std::string page_header(const FailureReport& report, const std::optional<Culprit>& culprit);
/// The diagram beside its rows: complete without script.
std::string page_timeline(const FailureReport& report, const Diagram& diagram);
/// Where the script shows one step; hidden without it.
std::string page_panel();
/// Every statement that ran, as its user wrote it.
std::string page_sources(const std::vector<UsedStatement>& statements);
/// The digest, and what the keys do.
std::string page_footer(const FailureReport& report);

}  // namespace fencepost
