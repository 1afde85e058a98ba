// Who lived when, and who held what when: the stretches along the lanes of a diagram.
#pragma once

#include "reports/diagram.hpp"

namespace fencepost {

/// Fills in `lives` and `bars` of a diagram whose lanes and rows are complete.
void add_stretches(Diagram& diagram, const JobId& violated_job);

/// "w1" for "w1", "w1.2" and "w1/beat": whose lane it is.
std::string lane_name(const WorkerId& worker);

}  // namespace fencepost
