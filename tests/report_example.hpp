// Whole reports of checks, made by hand or at random.
#pragma once

#include <string>

#include "reports/check_report.hpp"

namespace fencepost {

/// A protocol under two scenarios of ten planned histories each: one in which the cursor falls in
/// four of ten, one that holds; and a third that can't strike it.
CheckReport example_report();
/// One with texts that try to break out, wherever a text may stand.
CheckReport any_report();

}  // namespace fencepost
