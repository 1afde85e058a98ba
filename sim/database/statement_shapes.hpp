// What a protocol's statements take, give and read: the types that the server makes of them, what
// the workload's are bound to, whether anything returns what a lease or a parameter is called, and
// which tables an answer depends on.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/database/sql_client.hpp"
#include "sim/input/load.hpp"
#include "sim/input/protocol.hpp"
#include "sim/server/server_clock.hpp"

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

/// The columns that statements return, by the statement's name.
using ReturnedColumns = std::map<std::string, std::set<std::string>>;
/// Those of all that a protocol's roles may run, each of which must be prepared on the session.
ReturnedColumns returned_columns(PGconn* session, const Protocol& protocol);

/// What the workload's statement for job or item `number` is bound to: each parameter is that
/// number or a constant.
std::vector<Value> load_arguments(const Protocol& protocol, const Statement& statement,
                                  const Load& load, int number);

/// Every statement of the protocol must be prepared on the session. Throws InputError for a column
/// of [lease] that no statement returns, and for a parameter that nothing can ever give a value.
void check_columns(PGconn* session, const Protocol& protocol);

/// The tables whose rows are all that the answer to a query can depend on, as long as nothing is
/// defined otherwise; nullopt where it may depend on more: on locks, sessions, settings, the time,
/// numbers of transactions, or whatever a function of the user's looks at. Nothing is run.
std::optional<std::vector<Oid>> tables_read(PGconn* session, const Statement& query);
/// Whether a statement, which may commit though it changes no row (an INSERT that meets a
/// conflict), then changes nothing else either, as long as nothing is defined otherwise: no
/// trigger, no rule and no function of the user's runs with it. False where that is not known, or
/// of no use.
bool changes_what_it_counts(PGconn* session, const Statement& statement);

/// What the answer to a query can depend on beside the texts that it is given: what else it reads,
/// or a text that can mean the present time, is more.
enum class Depends { on_nothing, on_drawn_uuids, on_more };
/// Of a query that is prepared on the session.
Depends depends(PGconn* session, const Statement& query);

/// What `:let` statements have answered, where the same answer can be given again without asking:
/// it is a function of the statement, its arguments, and what the session draws from.
class LetAnswers {
 public:
  /// The statement, prepared on the session, answers as what it depends on.
  void learn(PGconn* session, const Statement& statement);
  /// Runs it, if need be, and draws what it draws. Throws SqlFailure.
  SqlResult to(const Statement& statement, const std::vector<Value>& arguments, PGconn* session,
               ServerClock& clock);

 private:
  struct Answer {
    SqlResult result;
    std::uint64_t drawn = 0;  ///< what the session draws from after it
  };
  std::map<std::string, Depends> depends_;
  std::map<std::tuple<std::string, std::vector<Value>, std::uint64_t>, Answer> all_;
};

}  // namespace fencepost
