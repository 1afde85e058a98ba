// What a statement does by calling functions of the schema, and by firing triggers.
#pragma once

#include <string>
#include <vector>

#include "sql/text_map.hpp"
#include "sql/tree/query_view.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// A query of a function's body as a statement comes to run it: where an argument's name stood is
/// the value that the call gives, so that $1 is the statement's own parameter.
struct CalledQuery {
  const RoutineDefinition* routine = nullptr;
  enum class By { call, trigger } by = By::call;
  std::string sql;
  TextMap map;  ///< from bytes of `sql` to bytes of the routine's definition
};

/// What a statement's queries run of the schema's functions, in the order of the calls; what those
/// call in turn is not among it.
std::vector<CalledQuery> called_queries(const std::vector<Query>& queries,
                                        const SchemaView& schema);

/// A function whose text does not tell all that it does, and why.
struct UntoldRoutine {
  const RoutineDefinition* routine = nullptr;
  std::string why;  ///< "it is written in c"
};
/// Those of the schema that a statement's queries call, and that triggers run for them.
std::vector<UntoldRoutine> untold_routines(const std::vector<Query>& queries,
                                           const SchemaView& schema);

}  // namespace fencepost
