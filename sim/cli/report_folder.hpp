// The folder of a check's report, for people (index.html, summary.md), CI systems (junit.xml),
// other programs (results.jsonl), and `report` itself (results.json).
#pragma once

#include <filesystem>

#include "reports/check_report.hpp"

namespace fencepost {

/// With those around it. Throws InputError when it can't be made.
void make_folder(const std::filesystem::path& folder);

/// Gives each failure its file and its page in the folder: failures/NAME.json and .html. What is in
/// a name and can't be in a file's is replaced; no two are the same.
void name_failures(CheckReport& report);

/// Writes all of it, and removes the failures of the report that was there before. Precondition:
/// the failures are named. Throws InputError when something can't be written.
void write_report_folder(const CheckReport& report, const std::filesystem::path& folder);

}  // namespace fencepost
