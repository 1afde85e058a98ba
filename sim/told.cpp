#include "sim/told.hpp"

#include <fmt/format.h>

#include "reports/story.hpp"
#include "sim/report_input.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::string place_of(const Protocol& protocol, const Span& span) {
  std::error_code none;
  fs::path file = fs::proximate(span.file, none);
  const bool elsewhere = file.empty() || file.is_absolute() || *file.begin() == "..";
  if (elsewhere) file = span.file.lexically_proximate(protocol.folder);
  return fmt::format("{}:{}", file.string(), span.line);
}

}  // namespace

Told told_of(const Protocol& protocol, const Violation& violation, const History& history) {
  Told told;
  told.violation = violation;
  told.story = story(history, violation);
  told.history = history;
  told.token = lease_token_of(protocol);
  std::set<std::string> used;
  for (const Event& event : history.events)
    if (!event.statement.empty()) used.insert(event.statement);
  for (const std::string& name : used)
    if (const Statement* statement = protocol.find(name))
      told.sources.push_back({name, place_of(protocol, statement->where), statement->text});
  return told;
}

}  // namespace fencepost
