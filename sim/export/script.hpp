// From a history to statements that run on any PostgreSQL: values in their places, time said aloud,
// and what the harness did to sessions turned into what others see of it.
#pragma once

#include "model/history.hpp"
#include "model/verdict.hpp"
#include "reports/scripts.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/input/load.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// Whether a closing brace may stand in a text of the script; in isolationtester's it ends a block.
enum class Braces { may_stand, are_written_otherwise };

/// What is exported: a saved run played again, and what it was played with.
struct Exported {
  const Protocol& protocol;
  const Load& load;
  const History& history;  ///< whole: what a statement that waits was bound to is told when it is
                           ///< done
  const Violation* violation;  ///< nullptr: the whole history is told
  const StatementShapes& shapes;
  Braces braces = Braces::may_stand;
};

/// Throws InputError, in one sentence, for histories that no script can tell: behind a pooler, of
/// the server's own clock, of lost commits, of two versions of a protocol, or whose SQL looks past
/// our clock.
Script script_of(const Exported& exported);

}  // namespace fencepost
