#include "sim/report_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/error.hpp"

namespace fencepost {
namespace {

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

FindSource sources_of(const Protocol& protocol) {
  return [&protocol](const std::string& name) -> std::optional<SourceText> {
    const Statement* statement = protocol.find(name);
    if (statement == nullptr) return std::nullopt;
    Span where = statement->where;
    where.file = where.file.lexically_relative(protocol.folder);
    return SourceText{to_text(where), statement->text};
  };
}

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

void write_report(const std::filesystem::path& file, const std::string& text,
                  std::string_view what) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream.good())
    throw InputError(fmt::format("{} can't be written to {} ({}); name another file", what,
                                 file.string(), std::strerror(errno)));
}

}  // namespace fencepost
