// A history as statements that anybody's PostgreSQL can run again, and that written down in the
// languages of two programs. sim/export/script.hpp makes it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fencepost {

/// A column of a statement's result: what dblink must be told.
struct ResultColumn {
  std::string name;
  std::string type;  ///< as SQL writes it: "timestamp with time zone"
};

/// A server session of the history, or the one that only looks.
struct ScriptSession {
  std::string name;                 ///< letters, digits and _; no two are alike
  std::vector<std::string> set_up;  ///< statements it begins with
  bool keeps_state = false;         ///< it must be a connection of its own: settings of a role, or
                                    ///< advisory locks
};

/// What happens at a step of a script.
enum class Deed {
  statement,   ///< the session sends it; with `waits` it then waits for a lock
  completion,  ///< the session's statement that waited is done
  ended,       ///< the server ended the session: what that does to others
  cancel,      ///< the session's statement that waits is given up: a timeout, an end of the session
  clock,       ///< time moves on while a statement waits
};

/// One step of a script, in the order of the history.
struct ScriptStep {
  Deed deed = Deed::statement;
  std::size_t session = 0;  ///< who sends it
  std::size_t whose = 0;    ///< cancel: whose statement is given up
  std::string name;  ///< letters, digits and _; no two are alike, but a completion has the name of
                     ///< its statement
  std::vector<std::string> comments;  ///< what the history says of it, line by line
  std::vector<std::string> before;    ///< statements of ours that are sent along, in front
  std::string sql;                    ///< the statement, its values in place, without a semicolon
  std::vector<std::string> behind;    ///< the same, behind it
  std::vector<ResultColumn> columns;  ///< of its result; empty: it has no rows
  bool waits = false;
  bool fails = false;           ///< in the history it failed
  bool in_transaction = false;  ///< its session is in a transaction afterwards
};

/// A violated history as a script of sessions and steps, whatever language it is written in.
struct Script {
  std::vector<std::string> about;     ///< what it shows and what it is not, line by line
  std::vector<std::string> schema;    ///< SQL texts, in order; the clock's comes first
  std::vector<std::string> workload;  ///< statements
  std::vector<std::string> set_up;    ///< statements in front of the schema
  std::vector<ScriptSession> sessions;
  std::vector<ScriptStep> steps;
};

/// What a step sends: all its statements, each ended by a semicolon, one below the other.
std::string sent_by(const ScriptStep& step);

/// A specification for isolationtester, PostgreSQL's own tool for tests of concurrent sessions:
/// set-up, one session block each, and one permutation in the history's order. Precondition: no SQL
/// in it holds a closing brace, which would end its block (see Braces).
std::string isolation_spec(const Script& script);

/// One file for psql. What never overlaps runs on psql's own connection; a session whose
/// transaction is open while another one acts, or that waits for a lock, gets a connection of its
/// own through dblink.
std::string psql_script(const Script& script);

}  // namespace fencepost
