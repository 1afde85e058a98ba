// Which tests there are, as CTest sees them, and in which tier each is. Text in, complaints out.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/tidy.hpp"

namespace fencepost {

/// Tests of a generated CTestTestfile.cmake that are not in exactly one of the tiers gate, nightly
/// and once.
std::vector<std::string> wrong_labels(const std::string& generated);
/// Tests that are added past the tiers.
std::vector<std::string> stray_tests(const std::vector<ProjectFile>& files);
/// Sources with cases of a tier that their program is never started for, of two tiers, or of none
/// because they are hidden or may fail.
std::vector<std::string> untold_tiers(const std::vector<ProjectFile>& files,
                                      const std::string& generated);

}  // namespace fencepost
