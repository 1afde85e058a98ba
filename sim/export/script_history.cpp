#include "sim/export/script_history.hpp"

#include <utility>

#include "reports/trace.hpp"

namespace fencepost {

const Event* completion_of(const History& history, const Event& blocked) {
  bool found = false;
  for (const Event& event : history.events) {
    found = found || event == blocked;
    if (found && event.kind == EventKind::statement && event.session == blocked.session)
      return &event;
  }
  return nullptr;
}

std::vector<std::string> trace_lines(const History& history, int step) {
  TraceOptions options;
  options.width = 0;
  std::vector<std::string> lines;
  std::string line;
  for (const char c : trace_step(history, step, options)) {
    if (c != '\n')
      line += c;
    else
      lines.push_back(std::exchange(line, {}));
  }
  return lines;
}

}  // namespace fencepost
