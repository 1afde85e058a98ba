#include "reports/columns.hpp"

namespace fencepost {

std::string column_table(const History& history, const TraceOptions& options) {
  return trace(history, options);
}

std::string laid_out(const History& history, const TraceOptions& options) {
  return options.layout == Layout::columns ? column_table(history, options)
                                           : trace(history, options);
}

}  // namespace fencepost
