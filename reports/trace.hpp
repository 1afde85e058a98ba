// A history as text for a terminal or a log: one line per step in fixed columns.
#pragma once

#include <string>

#include "model/history.hpp"
#include "model/property.hpp"

namespace fencepost {

struct TraceOptions {
  bool color = false;
  int width = 120;
  int until_step = 0;   ///< 0: all
};
/// The trace. Rounds of polling that found nothing and changed nothing are drawn together into one line.
std::string trace(const History& history, const TraceOptions& options);
/// One step of it, for stepping through.
std::string trace_step(const History& history, int step, const TraceOptions& options);
/// One to three sentences that tell the violation as a story: who held what, what hit whom, what went wrong.
std::string story(const History& history, const Violation& violation);

}  // namespace fencepost
