// The forms that a check's report has. Each is written by a source of its own name; the table says
// what asks for it, where it stands in a report's folder, and which function makes it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reports/check_report.hpp"

namespace fencepost {

/// A form of one file for a whole check.
struct FormOfCheck {
  std::string_view file;    ///< its name in a report's folder
  std::string_view called;  ///< in messages, behind "the": "JUnit file"
  std::string (*text)(const CheckReport& report);
};

/// A form of one file for each failure.
struct FormOfFailure {
  std::string_view ending;  ///< of the file's name, which else is that of the saved run
  std::string_view called;  ///< in messages, behind "the"
  std::string (*text)(const FailureReport& report);
};

/// Whether a form is written into every report's folder, or only where it is asked for.
enum class WhenWritten { always, when_named };

/// One row; it has one of the two or both.
struct ReportForm {
  std::string_view flag;   ///< of `report`, and its name
  std::string_view about;  ///< what help says of the flag
  WhenWritten written = WhenWritten::always;
  std::optional<FormOfCheck> check;
  std::optional<FormOfFailure> failure;
};

/// All forms, in the order of help.
std::span<const ReportForm> report_forms();
/// The form of that flag; nullptr if there is none.
const ReportForm* find_form(std::string_view flag);

// Those that are also written elsewhere than into a report's folder.

/// A check for other programs: one JSON object on each line, one line for each protocol, scenario
/// and property, as docs/results.md documents ("schema": 1). `folder` is where the failures' pages
/// are, from where the reader is; empty: here.
std::string json_lines(const CheckReport& report, const std::string& folder);

/// A job's summary may have one mebibyte, shared with every other step of the job.
inline constexpr std::size_t kMostMarkdown = 128 * 1024;
/// A check as Markdown, for the summary page of a CI job or a comment: the verdict, a table of each
/// protocol's scenarios, and the failures with story and replay command; at most kMostMarkdown
/// bytes: what does not fit is left out and said.
std::string markdown_summary(const CheckReport& report);

/// GitHub shows ten errors of one step, and drops the others without a word.
inline constexpr std::size_t kMostAnnotations = 10;
/// A file as GitHub knows it: from the top of the repository.
using InRepository = std::function<std::string(const std::string& file)>;
/// A check as workflow commands of GitHub Actions, which it shows beside the SQL in a review: one
/// `::error` for each failure at the SQL that did it, then for what was not found or reached; a
/// `::notice` for a check that the time budget ended. One line each; nothing in them can be taken
/// for a command of its own.
std::string annotations(const CheckReport& report, const InRepository& in_repository);

}  // namespace fencepost
