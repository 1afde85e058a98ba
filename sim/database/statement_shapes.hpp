// What a protocol's statements take and give: the types that the server makes of them, and what
// the workload's are bound to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/database/sql_client.hpp"
#include "sim/input/load.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// A prepared statement as the server understands it; types as SQL writes them: "timestamp with
/// time zone", "numeric(10,2)".
struct StatementShape {
  struct Column {
    std::string name;
    std::string type;
  };
  std::vector<std::string> parameters;  ///< the types of $1, $2, …
  std::vector<Column> columns;          ///< of its result
};
/// By the statement's name.
using StatementShapes = std::map<std::string, StatementShape>;

/// Asks the server of a database in which the protocol's schema is. `:let` statements are left out:
/// no session ever runs them.
StatementShapes statement_shapes(const std::string& conninfo, const Protocol& protocol);

/// What the workload's statement for job or item `number` is bound to. Throws InputError for a
/// parameter that is neither that number nor a constant.
std::vector<Value> load_arguments(const Protocol& protocol, const Statement& statement,
                                  const Load& load, int number);

}  // namespace fencepost
