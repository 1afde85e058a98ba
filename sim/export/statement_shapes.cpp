#include "sim/export/statement_shapes.hpp"

#include <libpq-fe.h>

#include "sim/database/raw_query.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

/// "timestamp with time zone", "numeric(10,2)".
std::string type_name(PGconn* connection, Oid type, int modifier) {
  const RawResult result =
      raw_query(connection, fmt::format("SELECT pg_catalog.format_type({}, {})", type, modifier));
  const auto error = error_of(connection, result.get());
  SIM_CHECK(!error, "{}", error ? error->message : "");
  return value_at(result.get(), 0, 0).value_or("text");
}

StatementShape shape_of(PGconn* connection, const Statement& statement) {
  const RawResult prepared = raw_prepare(connection, statement.name, statement.sql);
  const auto error = error_of(connection, prepared.get());
  SIM_CHECK(!error, "{}: {}", statement.name, error ? error->message : "");
  const RawResult described(PQdescribePrepared(connection, statement.name.c_str()));
  StatementShape shape;
  for (int i = 0; i < PQnparams(described.get()); ++i)
    shape.parameters.names.push_back(type_name(connection, PQparamtype(described.get(), i), -1));
  for (int i = 0; i < PQnfields(described.get()); ++i)
    shape.columns.push_back(
        {PQfname(described.get(), i),
         type_name(connection, PQftype(described.get(), i), PQfmod(described.get(), i))});
  return shape;
}

}  // namespace

StatementShapes statement_shapes(const std::string& conninfo, const Protocol& protocol) {
  const Connection connection(PQconnectdb(conninfo.c_str()));
  SIM_CHECK(PQstatus(connection.get()) == CONNECTION_OK, "{}", PQerrorMessage(connection.get()));
  StatementShapes shapes;
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command != Command::let)
      shapes.emplace(name, shape_of(connection.get(), statement));
  return shapes;
}

}  // namespace fencepost
