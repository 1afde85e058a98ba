#include "sim/database/statement_shapes.hpp"

#include "sim/database/raw_query.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// "timestamp with time zone", "numeric(10,2)".
std::string type_name(PGconn* connection, Oid type, int modifier) {
  const RawResult result =
      raw_must(connection, fmt::format("SELECT pg_catalog.format_type({}, {})", type, modifier));
  return value_at(result.get(), 0, 0).value_or("text");
}

StatementShape shape_of(PGconn* connection, const Statement& statement) {
  const RawResult prepared = raw_prepare(connection, statement.name, statement.sql);
  const auto error = error_of(connection, prepared.get());
  SIM_CHECK(!error, "{}: {}", statement.name, error ? error->message : "");
  const RawResult described(PQdescribePrepared(connection, statement.name.c_str()));
  StatementShape shape;
  for (int i = 0; i < PQnparams(described.get()); ++i)
    shape.parameters.push_back(type_name(connection, PQparamtype(described.get(), i), -1));
  for (int i = 0; i < PQnfields(described.get()); ++i)
    shape.columns.push_back(
        {PQfname(described.get(), i),
         type_name(connection, PQftype(described.get(), i), PQfmod(described.get(), i))});
  return shape;
}

}  // namespace

StatementShapes statement_shapes(const std::string& conninfo, const Protocol& protocol) {
  const RawConnection connection = raw_connect(conninfo);
  StatementShapes shapes;
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command != Command::let)
      shapes.emplace(name, shape_of(connection.get(), statement));
  return shapes;
}

std::vector<Value> load_arguments(const Protocol& protocol, const Statement& statement,
                                  const Load& load, int number) {
  std::vector<Value> arguments;
  for (const std::string& parameter : statement.parameters) {
    const auto constant = load.constants.find(parameter);
    if (parameter == "job" || parameter == "item" || parameter == "$1")
      arguments.push_back(std::to_string(number));
    else if (constant != load.constants.end())
      arguments.push_back(constant->second);
    else if (protocol.constants.contains(parameter))
      arguments.push_back(protocol.constants.at(parameter));
    else
      throw InputError(
          fmt::format("{}: statement \"{}\" binds :{}, which the workload does not know; known "
                      "here: job, item and the [constants]",
                      to_text(statement.where), statement.name, parameter));
  }
  return arguments;
}

}  // namespace fencepost
