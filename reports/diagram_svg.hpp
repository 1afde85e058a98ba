// A failure as one still picture, for issue trackers and READMEs.
#pragma once

#include <cstddef>
#include <string>

#include "reports/gate_text.hpp"

namespace fencepost {

struct DiagramOptions {
  std::size_t most_rows = 60;  ///< the middle is left out of what is longer; 0: all of it
};

/// A space-time diagram as a whole SVG file: a lane for each worker and one for the server, time
/// down the side, leases as bars, the violated step marked. Light or dark as the reader's system.
std::string diagram_svg(const FailureReport& report, const DiagramOptions& options = {});

}  // namespace fencepost
