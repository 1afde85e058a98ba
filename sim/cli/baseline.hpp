// A baseline: what a project knows to be violated for now, so that its gate fails only for what is
// new.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/search/checker.hpp"
#include "sim/search/subjects.hpp"

namespace fencepost {

/// Tells the subjects what the file knows of them. Throws InputError for a file that can't be read,
/// and for names that there are not, with their line.
void read_baseline(const std::filesystem::path& file, std::vector<Subject>& subjects);
/// Writes everything that was violated, in new histories and in saved ones. Throws InputError when
/// the file can't be written.
void write_baseline(const std::filesystem::path& file, const std::vector<Subject>& subjects,
                    const std::vector<SubjectResult>& results);

}  // namespace fencepost
