// What a check leaves behind: the folder of its report, for people, CI systems and other programs,
// and in it the result file (results.json), from which every report can be made again without a
// server.
#pragma once

#include <filesystem>
#include <string>

#include "reports/forms.hpp"

namespace fencepost {

/// With those around it. Throws InputError when it can't be made.
void make_folder(const std::filesystem::path& folder);
/// Makes the folder for a report, without the one that a check left there before. Throws InputError
/// for a folder of a protocol's files, and where a file that is no report's would be lost.
void begin_report_folder(const std::filesystem::path& folder);

/// Gives each failure its file and its page in the folder: failures/NAME.json and .html. What is in
/// a name and can't be in a file's is replaced; no two are the same.
void name_failures(CheckReport& report);

/// Writes one form into the folder, which is there. Precondition: the failures are named if it has
/// a file for each. Throws InputError when something can't be written.
void write_form(const CheckReport& report, const ReportForm& form,
                const std::filesystem::path& folder);

/// Writes the result file, the failures, and all forms that always are, and removes the failures of
/// the report that was there before. Precondition: the failures are named. Throws InputError when
/// something can't be written.
void write_report_folder(const CheckReport& report, const std::filesystem::path& folder);

/// The same where a check came to no end: its forms alone, if the folder holds no result file.
void write_trouble(const CheckReport& report, const std::filesystem::path& folder);

/// The result file: JSON with one fact on each line, in a fixed order. Failures are named by their
/// files, which stand beside it; its last line is a digest of all others.
std::string to_json(const CheckReport& report);

/// Reads it and the failures' files; file and page of each failure are as they were. Throws
/// InputError with file, line, what was found and what was expected: not JSON, cut off, edited, of
/// another version, a failure's file that is missing or wrong.
CheckReport results_from_json(const std::string& text, const std::filesystem::path& file);

/// Whether a text that is JSON says of itself that it is the result file of a check.
bool is_results(const std::string& text, const std::filesystem::path& file);

}  // namespace fencepost
