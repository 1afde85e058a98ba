// One step of a history with everything there is to say about it, for walking through.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "reports/trace.hpp"

namespace fencepost {

/// A statement as its user wrote it, and where.
struct SourceText {
  std::string where;  ///< "queries.sql:14"
  std::string text;
};
using FindSource = std::function<std::optional<SourceText>(const std::string& statement)>;

/// The step's lines of the trace, the SQL behind them, and who owns what after it: by the database
/// and by belief. Empty if the step shows nothing.
std::string step_text(const History& history, int step, const TraceOptions& options,
                      const FindSource& find);

}  // namespace fencepost
