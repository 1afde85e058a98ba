#include "sql/tree/routine_calls.hpp"

#include <algorithm>
#include <map>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// A value as SQL, where it is plain; empty where it is not.
std::string text_of(const Operand& value) {
  const std::string cast = value.cast.empty() ? "" : "::" + value.cast;
  switch (value.kind) {
    case Operand::Kind::parameter:
      return value.text + cast;
    case Operand::Kind::constant:
      return (value.text == "null" ? value.text : as_literal(value.text)) + cast;
    case Operand::Kind::column:
      return (value.of.empty() ? "" : value.of + ".") + value.text;
    default:
      return "";
  }
}

/// What a call gives, by the arguments' names and by $1, $2, …
std::map<std::string, std::string> values_of(const FunctionCall& call,
                                             const RoutineDefinition& routine) {
  std::map<std::string, std::string> values;
  const auto give = [&](std::size_t number, const std::string& text) {
    if (text.empty()) return;
    values["$" + std::to_string(number + 1)] = text;
    if (!routine.arguments[number].empty()) values[routine.arguments[number]] = text;
  };
  for (std::size_t i = 0; i < call.arguments.size() && i < routine.arguments.size(); ++i) {
    const TreeNode node = call.arguments[i].node;
    if (node.kind() != "NamedArgExpr") {
      give(i, text_of(call.arguments[i]));
      continue;
    }
    for (std::size_t named = 0; named < routine.arguments.size(); ++named)
      if (routine.arguments[named] == node["name"].text())
        give(named, text_of(operand_of(node["arg"])));
  }
  return values;
}

/// A query of a body with those values. In SQL a column comes before an argument of its name.
CalledQuery with_values(const BodyQuery& query, const RoutineDefinition& routine,
                        const std::map<std::string, std::string>& values,
                        const SchemaView& schema) {
  CalledQuery made{&routine, CalledQuery::By::call, "", {}};
  const auto place = [&](std::size_t at) {
    return query.begin + (at < query.prefix ? 0 : at - query.prefix);
  };
  const auto is_column = [&](const std::string& name) {
    return routine.language == "sql" &&
           std::any_of(schema.tables.begin(), schema.tables.end(),
                       [&](const TableDefinition& each) { return each.column(name) != nullptr; });
  };
  std::size_t copied = 0;
  const auto copy_up_to = [&](std::size_t end) {
    if (end <= copied) return;
    made.map.copied(made.sql.size(), place(copied));
    made.sql += query.sql.substr(copied, end - copied);
  };
  std::string before, qualified;
  const SqlParts parts = sql_parts(query.sql);
  // The name in name => value is none of these, though they may be called so.
  const auto names_argument = [&](const SqlPart& part) {
    const auto next = std::find_if(parts.begin(), parts.end(), [&](const SqlPart& each) {
      return each.begin > part.begin && each.counts();
    });
    const std::string_view rest =
        next == parts.end() ? std::string_view() : std::string_view(query.sql).substr(next->begin);
    return rest.starts_with("=>") || rest.starts_with(":=");
  };
  for (const SqlPart& part : parts) {
    if (!part.counts()) continue;
    const std::string word = folded(part.text);
    const auto value = values.find(word);
    const bool own = before == "." && qualified == routine.name;
    const bool plain = before != "." && !is_column(word);
    if (value != values.end() && (own || plain) && !names_argument(part)) {
      copy_up_to(part.begin);
      if (const std::size_t name = made.sql.rfind(qualified); own && name != std::string::npos)
        made.sql.erase(name);
      made.map.replaced(made.sql.size(), {place(part.begin), place(part.end())});
      made.sql += value->second;
      copied = part.end();
    }
    if (part.text == ".") qualified = before;
    before = word;
  }
  copy_up_to(query.sql.size());
  return made;
}

/// What of a function its text does not tell; empty where it tells all.
std::string untold(const RoutineDefinition& routine) {
  const bool sql = routine.language == "sql";
  if (!sql && routine.language != "plpgsql")
    return "it is written in " + (routine.language.empty() ? "no language" : routine.language);
  if (sql && routine.queries.empty()) return "its body can't be told from its text";
  for (const SqlPart& part : sql_parts(routine.body))
    if (!sql && part.kind == SqlKind::word && folded(part.text) == "execute")
      return "it makes SQL when it runs (EXECUTE)";
  return "";
}

}  // namespace

std::vector<UntoldRoutine> untold_routines(const std::vector<Query>& queries,
                                           const SchemaView& schema) {
  std::vector<UntoldRoutine> found;
  const auto runs = [&](const Query& query, const RoutineDefinition& routine) {
    return std::any_of(query.calls.begin(), query.calls.end(),
                       [&](const FunctionCall& call) { return call.name == routine.name; }) ||
           std::any_of(schema.triggers.begin(), schema.triggers.end(),
                       [&](const TriggerDefinition& trigger) {
                         return query.writes() && trigger.table == query.target.name &&
                                trigger.function == routine.name;
                       });
  };
  for (const RoutineDefinition& routine : schema.routines) {
    if (std::none_of(queries.begin(), queries.end(),
                     [&](const Query& query) { return runs(query, routine); }))
      continue;
    std::string why = untold(routine);
    for (const BodyQuery& each : routine.queries) {
      const auto tree = ParseTree::of(with_values(each, routine, {}, schema).sql);
      const auto* error = std::get_if<SqlError>(&tree);
      if (why.empty() && error != nullptr) why = error->message;
    }
    if (!why.empty()) found.push_back({&routine, std::move(why)});
  }
  return found;
}

std::vector<CalledQuery> called_queries(const std::vector<Query>& queries,
                                        const SchemaView& schema) {
  std::vector<CalledQuery> found;
  for (const Query& query : queries) {
    for (const FunctionCall& call : query.calls)
      for (const RoutineDefinition& routine : schema.routines)
        if (routine.name == call.name)
          for (const BodyQuery& each : routine.queries)
            found.push_back(with_values(each, routine, values_of(call, routine), schema));
    if (!query.writes()) continue;
    for (const TriggerDefinition& trigger : schema.triggers)
      for (const RoutineDefinition& routine : schema.routines)
        if (trigger.table == query.target.name && trigger.function == routine.name)
          for (const BodyQuery& each : routine.queries) {
            found.push_back(with_values(each, routine, {}, schema));
            found.back().by = CalledQuery::By::trigger;
          }
  }
  return found;
}

}  // namespace fencepost
