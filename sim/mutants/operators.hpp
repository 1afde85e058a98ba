// The operators: what is done to a protocol, and what a protocol must declare for some of it to be
// wrong.
#pragma once

#include <span>
#include <string_view>

namespace fencepost {

/// What makes a change wrong.
enum class Promised {
  always,      ///< every protocol promises it
  order,       ///< jobs are taken in an order
  limit,       ///< a claim takes so many jobs at most
  amount,      ///< a statement that is no claim takes so many rows
  owner,       ///< a job's row says whose it is, where a token proves it
  backoff,     ///< a job rests before it is tried again
  going_on,    ///< a worker goes on with what it has behind a broken connection or a shutdown
  waiting,     ///< nobody waits for a lock, or not for long
  notice,      ///< a worker learns of itself that it lost
  short_work,  ///< no transaction stays open while somebody works
};

/// One row of the table.
struct MutationOperator {
  std::string_view name;
  std::string_view does;  ///< in one sentence
};

/// All there are: those over SQL, then those over programs.
std::span<const MutationOperator> mutation_operators();
/// The key of protocol.toml that would promise it, or what to say where there is none yet; empty
/// for `always`.
std::string_view promised_by(Promised promise);

}  // namespace fencepost
