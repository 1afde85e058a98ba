#include "sim/mutants/routine_edits.hpp"

#include "sql/sql_statements.hpp"
#include "sql/tree/deep_parts.hpp"
#include "sql/tree/routine_body.hpp"

namespace fencepost {
namespace {

/// The name behind FUNCTION or PROCEDURE, without a schema.
std::string name_of(std::string_view statement) {
  const DeepParts parts(statement);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (!(parts.is(i, "function") || parts.is(i, "procedure"))) continue;
    std::size_t name = i + 1;
    while (name + 2 < parts.size() && parts[name + 1].text == ".") name += 2;
    return folded(parts[name].text);
  }
  return "";
}

void move_by(SqlEdit& edit, std::size_t forward, std::size_t back) {
  const auto move = [&](Clause& bytes) {
    bytes.begin = bytes.begin + forward - back;
    bytes.end = bytes.end + forward - back;
  };
  move(edit.clause);
  for (Splice& splice : edit.splices) move(splice.at);
}

}  // namespace

std::vector<RoutineEdit> routine_edits(const std::string& schema) {
  std::vector<RoutineEdit> edits;
  for (const SqlStatement& statement : sql_statements(schema)) {
    const bool defines = statement.begins({"create", "function"}) ||
                         statement.begins({"create", "procedure"}) ||
                         statement.begins({"create", "or", "replace", "function"}) ||
                         statement.begins({"create", "or", "replace", "procedure"});
    if (!defines) continue;
    for (const BodyQuery& query : body_queries(statement.text))
      for (SqlEdit& edit : sql_edits(query.sql)) {
        if (edit.clause.begin < query.prefix) continue;
        SqlEdit inside = edit;
        move_by(edit, statement.begin + query.begin, query.prefix);
        edits.push_back({name_of(statement.text), std::move(edit), query.sql, std::move(inside)});
      }
  }
  return edits;
}

}  // namespace fencepost
