#include "reports/forms.hpp"

#include <algorithm>

#include "reports/check_text.hpp"
#include "reports/failure_page.hpp"
#include "reports/svg.hpp"

namespace fencepost {

// Each in the source of its name, and called by nothing but the table.

/// A whole check as one page: which property came to what under which scenario, what was reached,
/// and the way to each failure's own page. One file without script and without network,
/// well-formed both as HTML and as XML.
std::string summary_page(const CheckReport& report);
/// A check as JUnit XML, which every CI system shows: one suite for each protocol and scenario, one
/// case for each property in it, never one for a seed, so that cases keep their names from run to
/// run. What is violated or vacuous is a failure of that type with its story; what was not judged
/// is skipped and says why. No times: they would differ from run to run.
std::string junit(const CheckReport& report);

namespace {

// clang-format off
const ReportForm kForms[] = {
    {"text", "As check prints it (the default)", WhenWritten::when_named,
     FormOfCheck{"report.txt", "text",
                 [](const CheckReport& report) { return check_text(report, {{.width = 0}}); }}, {}},
    {"html", "A page", WhenWritten::always,
     FormOfCheck{"index.html", "page", summary_page}, FormOfFailure{".html", "page", failure_page}},
    {"svg", "A picture of one failure", WhenWritten::when_named,
     {}, FormOfFailure{".svg", "picture",
                       [](const FailureReport& report) { return diagram_svg(report); }}},
    {"junit", "JUnit XML", WhenWritten::always,
     FormOfCheck{"junit.xml", "JUnit file", junit}, {}},
    {"markdown", "A summary in Markdown", WhenWritten::always,
     FormOfCheck{"summary.md", "summary", markdown_summary}, {}},
    {"json", "JSON lines", WhenWritten::always,
     FormOfCheck{"results.jsonl", "JSON lines",
                 [](const CheckReport& report) { return json_lines(report, ""); }}, {}},
};
// clang-format on

}  // namespace

std::span<const ReportForm> report_forms() { return kForms; }

const ReportForm* find_form(std::string_view flag) {
  const auto found = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const ReportForm& form) { return form.flag == flag; });
  return found == std::end(kForms) ? nullptr : found;
}

}  // namespace fencepost
