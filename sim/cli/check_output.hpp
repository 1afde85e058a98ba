// What `check` has to say, once it is done: on stdout, in a folder, and to GitHub Actions.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/check_report.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/search/checker.hpp"

namespace fencepost {

/// Where it goes.
struct CheckOutput {
  std::filesystem::path failures;                   ///< folder for saved failures
  std::optional<std::filesystem::path> report_dir;  ///< folder for the report
  bool json = false;                                ///< JSON lines on stdout, and nothing else
};

/// How one failure among others is shown.
TextOptions text_options(const Context& context);

/// A saved run as reports take it, without its replay command, file and page. Precondition: the run
/// is told.
FailureReport report_of(const SavedRun& run);

/// What the subjects came to, as reports take it; `planned` is how many histories each scenario was
/// to have.
CheckReport check_report(const std::vector<Subject>& subjects,
                         const std::vector<SubjectResult>& results, Expecting expecting,
                         int planned, const std::string& program);

/// Saves the failures, says it all, and returns the exit status. The report is that of the results.
int publish(const Context& context, CheckReport report, const std::vector<SubjectResult>& results,
            const CheckOutput& output);

}  // namespace fencepost
