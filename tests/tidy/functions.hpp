// How long functions are, and where each begins. Text in, complaints out.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/tidy.hpp"

namespace fencepost {

/// Functions that are longer than a screen; what a constant table in them takes does not count, but
/// a function in a table does.
std::vector<std::string> long_functions(const ProjectFile& file);

}  // namespace fencepost
