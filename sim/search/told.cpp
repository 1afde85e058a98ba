#include "sim/search/told.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/story.hpp"

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

/// Parameters found to stand for a column of the token, and the names they may come from.
class Parameters {
 public:
  explicit Parameters(const std::vector<std::string>& columns) : names_(columns) {}

  void add(const std::string& parameter, const Source& source) {
    const bool named = source.kind == Source::Kind::name || source.kind == Source::Kind::last ||
                       source.kind == Source::Kind::held;
    if (!named || !knows(source.name) || knows(parameter)) return;
    names_.push_back(parameter);
    grew_ = true;
  }
  void add(const std::vector<Step>& steps) {
    for (const Step& step : steps) std::visit([&](const auto& what) { add_from(what); }, step.what);
  }
  bool any_of(const std::vector<std::string>& parameters) const {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const std::string& each) { return knows(each); });
  }
  bool grew() { return std::exchange(grew_, false); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  bool knows(const std::string& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  void add_from(const RunStep& run) {
    for (const auto& [parameter, source] : run.with) add(parameter, source);
  }
  template <typename Other>
  void add_from(const Other& other) {
    if constexpr (requires { other.steps; }) add(other.steps);
  }

  std::vector<std::string> names_;
  bool grew_ = false;
};

}  // namespace

LeaseToken lease_token_of(const Protocol& protocol) {
  if (protocol.declared.lease_kind != LeaseKind::row || protocol.lease_token.empty()) return {};
  Parameters parameters(protocol.lease_token);
  do {
    for (const auto& [parameter, source] : protocol.names) parameters.add(parameter, source);
    for (const Role& role : protocol.roles) {
      for (const auto& [name, steps] : role.operations) parameters.add(steps);
      if (role.heartbeat) parameters.add(role.heartbeat->steps);
    }
  } while (parameters.grew());
  // What a worker computes from its token may stand for it too, and then nothing is certain.
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command == Command::let && parameters.any_of(statement.parameters)) return {};
  return {protocol.lease_token, parameters.names()};
}

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
