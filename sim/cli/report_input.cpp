#include "sim/cli/report_input.hpp"

namespace fencepost {

FindSource sources_of(const Protocol& protocol) {
  return [&protocol](const std::string& name) -> std::optional<SourceText> {
    const Statement* statement = protocol.find(name);
    if (statement == nullptr) return std::nullopt;
    Span where = statement->where;
    where.file = where.file.lexically_relative(protocol.folder);
    return SourceText{to_text(where), statement->text};
  };
}

}  // namespace fencepost
