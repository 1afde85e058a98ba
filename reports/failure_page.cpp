#include "reports/failure_page.hpp"

#include <fmt/format.h>

#include "reports/markup.hpp"

namespace fencepost {

std::string failure_page(const FailureReport& report, const FindSource&) {
  TraceOptions whole;
  whole.width = 0;
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>{}</title></head>"
      "<body><pre>{}</pre></body></html>\n",
      escaped(report.name), escaped(failure_text(report, whole)));
}

}  // namespace fencepost
