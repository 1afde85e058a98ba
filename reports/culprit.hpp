// The statement by which a failure happened, and what its condition lacks: only where the history
// leaves no doubt.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/told.hpp"

namespace fencepost {

/// A part of a text: [begin, end) in bytes.
struct Clause {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The WHERE clause of the statement itself, not of a query inside it: from the word to the last
/// word before RETURNING, ORDER BY, … or the end. nullopt where there is none, or more than one.
std::optional<Clause> where_clause(std::string_view sql);

/// Whether the statement writes by itself or in a WITH: one of its words is INSERT, UPDATE, DELETE
/// or MERGE, other than in FOR UPDATE and DO UPDATE.
bool writes(std::string_view sql);

/// A statement that did it. Both pointers lead into what was told.
struct Culprit {
  const Event* event = nullptr;
  const SqlSource* source = nullptr;
  std::optional<Clause> where;  ///< its WHERE clause
  std::string lacks;  ///< "save_checkpoint (queries.sql:38) has no condition on …"; may be empty
};

/// The statement of the violated step; where that is a COMMIT, the only one of its transaction that
/// writes. nullopt where there is none, or several, or its text is not known.
///
/// `lacks` is said of a write by an attempt that had lost the job, when no parameter of it, nor of
/// any other statement of its transaction, is one of the lease's token.
std::optional<Culprit> culprit_of(const Told& told);

/// The SQL that did it: of the violated step, or where that is none (what did not happen has no
/// statement) of the last statement before it that concerns its job, or any; nullptr where there is
/// none.
const SqlSource* violating_source(const Told& told);

}  // namespace fencepost
