// A failure as a page that anyone can read: one file, no network, no library.
#pragma once

#include <string>

#include "reports/failure.hpp"

namespace fencepost {

/// The whole page, well-formed both as HTML and as XML: the verdict, the story, the clause that let
/// it happen where that can be known, a space-time diagram, and every step with its SQL as the user
/// wrote it, what was bound, what came back and who owned what. Reads without script. Everything
/// that comes from users is escaped.
std::string failure_page(const FailureReport& report);

}  // namespace fencepost
