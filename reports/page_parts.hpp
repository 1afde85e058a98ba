// The parts of a failure's page, from its head to its end, and the style and script that it holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/culprit.hpp"
#include "reports/diagram.hpp"
#include "reports/failure.hpp"

namespace fencepost {

/// A statement that a history ran, and whose text is known.
struct UsedStatement {
  const SqlSource* source = nullptr;
  std::vector<std::string> parameters;
};
/// In order of their first running; they refer to what was told.
std::vector<UsedStatement> statements_used(const Told& told);

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

/// failure_page.css, as CMake puts it into the program.
std::string_view page_style();
/// failure_page.js, in a CDATA section, so that the page is well-formed as XML as well.
std::string_view page_script();
/// 64 hex digits over page_script(): the page lets no other script run.
std::string_view page_script_sha256();

}  // namespace fencepost
