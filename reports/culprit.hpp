// The statement by which a failure happened, and what its condition lacks: only where the history
// leaves no doubt.
#pragma once

#include <optional>
#include <string>

#include "reports/gate_text.hpp"
#include "reports/sql_clause.hpp"
#include "reports/step_text.hpp"

namespace fencepost {

struct Culprit {
  const Event* event = nullptr;  ///< the statement's; it belongs to the history
  SourceText source;
  std::optional<Clause> where;  ///< its WHERE clause
  std::string lacks;  ///< "save_checkpoint (queries.sql:38) has no condition on …"; may be empty
};

/// The statement of the violated step; where that is a COMMIT, the only one of its transaction that
/// writes. nullopt where there is none, or several, or its text is not known.
///
/// `lacks` is said of a write by an attempt that had lost the job, when no parameter of it, nor of
/// any other statement of its transaction, is one of the lease's token.
std::optional<Culprit> culprit_of(const FailureReport& report, const FindSource& find);

}  // namespace fencepost
