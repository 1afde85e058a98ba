// Where a protocol's roles run its statements: in which operation, behind what in which
// transaction, and what follows when one finds no row.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// One step that runs a statement.
struct StatementUse {
  const Role* role = nullptr;
  const RunStep* run = nullptr;
  std::size_t order = 0;  ///< among all
  enum class Part { program, claim, heartbeat } part = Part::program;
  std::string session;
  std::optional<std::size_t> transaction;  ///< a number; nullopt: it commits by itself
  bool is_first = false;                   ///< in its transaction: nothing has taken time there
  std::string isolation;                   ///< of its transaction; empty: the server's default
  bool is_repeated = false;                ///< in a loop inside its transaction
  bool handles = false;                    ///< what has ended the round: an error, a stop
  /// Whether the program goes on as if nothing were amiss when no row was found or changed.
  bool goes_on_without_rows() const;
};

/// All of them, role by role, in the order in which they are run; a step that is reached in two
/// ways stands there twice. What a role runs on a session of its own while a transaction is open on
/// another one is not in that transaction.
std::vector<StatementUse> statement_uses(const Protocol& protocol);

}  // namespace fencepost
