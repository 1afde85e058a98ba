// A check as Markdown, for the summary page of a CI job or a comment.
#pragma once

#include <cstddef>
#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// A job's summary may have one mebibyte, shared with every other step of the job.
inline constexpr std::size_t kMostMarkdown = 128 * 1024;

/// The verdict, a table of each protocol's scenarios, and the failures with story and replay
/// command; at most so many bytes: what does not fit is left out and said.
std::string markdown_summary(const CheckReport& report, std::size_t most = kMostMarkdown);

}  // namespace fencepost
