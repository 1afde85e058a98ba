// What `check` and `merge` say alike, so that many machines end in the words and files of one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/wide/shard_result.hpp"

namespace fencepost {

/// The known traps of each subject's files, for its report; people are told of them on stderr.
using Traps = std::vector<std::vector<TrapNote>>;
Traps note_traps(const std::vector<Subject>& subjects, const std::string& program);

/// Does the work with a folder for its report, in which is a log: what ends the work is told in the
/// report as well.
int with_report(const CheckOutput& output, const std::function<int()>& work);

/// Where what is told before the verdict goes: stdout, if that is not for JSON.
std::FILE* told_on(const CheckOutput& output);

/// Tells the subjects what fails again: it is known, and not made small a second time.
void leave_saved(const std::vector<SavedOutcome>& saved, std::vector<Subject>& subjects);

/// The verdict of a whole check, told, written and turned into an exit status: also where the check
/// came to no end of its own, as far as it was run.
int tell(const Context& context, const Plan& plan, const std::vector<Subject>& subjects,
         const Traps& traps, std::vector<SavedOutcome> saved, Checked checked);

}  // namespace fencepost
