// The result file of a check: its tallies and where its failures are, from which every report can
// be made again without a server.
#pragma once

#include <filesystem>
#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// JSON with one fact on each line, in a fixed order. Failures are named by their files, which
/// stand beside it; its last line is a digest of all others.
std::string to_json(const CheckReport& report);

/// Reads it and the failures' files; file and page of each failure are as they were. Throws
/// InputError with file, line, what was found and what was expected: not JSON, cut off, edited, of
/// another version, a failure's file that is missing or wrong.
CheckReport results_from_json(const std::string& text, const std::filesystem::path& file);

/// Whether a text that is JSON says of itself that it is the result file of a check.
bool is_results(const std::string& text, const std::filesystem::path& file);

}  // namespace fencepost
