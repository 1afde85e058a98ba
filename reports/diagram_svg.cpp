#include "reports/diagram_svg.hpp"

#include <fmt/format.h>

#include "reports/markup.hpp"

namespace fencepost {

std::string diagram_svg(const FailureReport& report, const DiagramOptions&) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"40\"><text x=\"10\" "
      "y=\"25\">{}</text></svg>\n",
      escaped(report.violation.sentence));
}

}  // namespace fencepost
