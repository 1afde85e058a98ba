// libpq for the harness itself, outside of any simulation: one call, one owned result, errors as
// values, or as what a user must be told.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/database/sql_client.hpp"
#include "sim/input/protocol.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

/// Closes a connection past any simulation.
struct FinishConnection {
  void operator()(PGconn* connection) const;
};
/// A connection that is closed by itself.
using RawConnection = std::unique_ptr<PGconn, FinishConnection>;

/// Gives a result back to libpq.
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
/// A result that is cleared by itself.
using RawResult = std::unique_ptr<PGresult, ClearResult>;

/// The server's complaint: SQLSTATE, message, and the 1-based character position in the statement
/// (0: none).
struct RawError {
  std::string sqlstate;
  std::string message;
  int position = 0;
};

/// A session that fencepost needs for itself was ended, or was to be; or the server has come to an
/// end.
struct SessionLost : EnvironmentError {
  SessionLost(const std::string& what_ran, const std::string& reason);
  std::string doing;  ///< what was run on it then; empty: not known
};
/// Throws SessionLost when the connection is no more; `doing` is what was run on it.
void demand_open(PGconn* connection, const std::string& doing);

/// nullopt when the result is a success. Neither a full disk nor the end of the session is the
/// statement's fault, and no other session of the server can be told from ours: throws
/// EnvironmentError.
std::optional<RawError> error_of(PGconn* connection, const PGresult* result);
/// Connects past any simulation, and keeps what the server merely notes to itself. The server is
/// ours, so that must work.
RawConnection raw_connect(const std::string& conninfo);
/// Another session as that one: of the same role, with its zone, date style and search path.
RawConnection raw_connect_like(PGconn* session);
/// Runs text (several statements are one implicit transaction) past any simulation.
RawResult raw_query(PGconn* connection, const std::string& sql);
/// The same for SQL of ours, which must work.
RawResult raw_must(PGconn* connection, const std::string& sql);
/// While it lives, a session that has taken another role has its own rights again. Nothing where it
/// has not.
class OwnRights {
 public:
  explicit OwnRights(PGconn* connection);
  ~OwnRights();
  OwnRights(const OwnRights&) = delete;
  OwnRights& operator=(const OwnRights&) = delete;

 private:
  PGconn* connection_;
  std::string role_;  ///< the other; empty: it has not
};
/// Prepares past any simulation.
RawResult raw_prepare(PGconn* connection, const std::string& name, const std::string& sql);
/// Runs a prepared statement with text arguments past any simulation.
RawResult raw_execute(PGconn* connection, const std::string& name,
                      const std::vector<std::optional<std::string>>& arguments);
/// Runs several that take no arguments in one trip, and as one transaction.
std::vector<RawResult> raw_execute_all(PGconn* connection, const std::vector<std::string>& names);
/// Takes what has arrived, so that a server that waits for its client to read goes on; returns how
/// many bytes that were.
int read_on(PGconn* connection);
/// The next result of a statement, all data of COPY read; nullptr: that was the last.
RawResult next_answer(PGconn* connection);
/// What the answer to a statement came to: the last of its results.
RawResult last_answer(PGconn* connection);
/// Waits until the server has taken all of what was sent: a request that does not fit into the
/// socket wakes it more than once.
void wait_until_taken(PGconn* connection);
/// Whether somebody but these two holds, or waits for, a lock on a table that lets those wait who
/// read or write its rows.
bool raw_has_locked_tables(PGconn* connection, int but_backend_pid);
/// Plans every prepared statement of the session again, as executing it would; one that can't be
/// planned is left for its next use.
void raw_plan_prepared(PGconn* connection);
/// The value, or nullopt where it is null.
std::optional<std::string> value_at(const PGresult* result, int row, int column);

/// Rows of two answers to one query, by number.
struct ChangedRows {
  std::vector<int> gone;  ///< of the earlier answer, that the later one has not, or elsewhere
  std::vector<int> come;  ///< of the later one
};
/// Compared byte by byte; nullptr: no answer yet. All others are in both, in one order.
ChangedRows changed_rows(const PGresult* before, const PGresult* now);

/// All rows of a result.
SqlResult rows_of(const PGresult* result);
/// What a result says, for people, of several rows the one given: "1 row: job_id=1, progress=2", "0
/// rows", "UPDATE 1".
std::string summary(const PGresult* result, int row);
/// Whether it returned no row and changed none.
bool found_nothing(const PGresult* result);

/// The line of a 1-based character position in a text that begins at `first_line`; a position of 0
/// is the text's beginning.
int line_at(const std::string& text, int position, int first_line);
/// The server's complaint about a statement, with the user's file and line.
InputError denied(const Statement& statement, const RawError& error);

}  // namespace fencepost
