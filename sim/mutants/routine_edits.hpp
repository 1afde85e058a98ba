// The bodies of a schema's functions: which SQL is in them, and what it may be changed to.
#pragma once

#include <string>
#include <vector>

#include "sim/mutants/sql_edits.hpp"

namespace fencepost {

/// A function, and one change of the text that defines it.
struct RoutineEdit {
  std::string routine;  ///< its name
  SqlEdit edit;         ///< bytes are those of the whole text
  std::string sql;      ///< the statement of the function that it changes
  SqlEdit inside;       ///< the same edit, of that statement
};

/// Every change of the functions and procedures that a text defines: of bodies in SQL, and of the
/// statements and conditions in PL/pgSQL.
std::vector<RoutineEdit> routine_edits(const std::string& schema);

}  // namespace fencepost
