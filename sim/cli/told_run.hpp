// A saved run that is told, as reports take it.
#pragma once

#include "reports/told_failure.hpp"
#include "sim/search/saved_run.hpp"

namespace fencepost {

/// Without its replay command, file and page. Precondition: the run is told.
ToldFailure told_failure(const SavedRun& run);

}  // namespace fencepost
