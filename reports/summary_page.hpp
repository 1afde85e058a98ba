// A whole check as one page: which property came to what under which scenario, what was reached,
// and the way to each failure's own page.
#pragma once

#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// One file without script and without network, well-formed both as HTML and as XML.
std::string summary_page(const CheckReport& report);

}  // namespace fencepost
