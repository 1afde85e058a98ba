// What a script has beside the statements of workers: what its sessions begin with, where
// transactions begin and end, what faults become, and what it looks up in the history.
//
// Most faults are only seen in who goes on when; some let a statement fail, and some no script can
// tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/history.hpp"
#include "reports/scripts.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/export/simulated_time.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// How far a session of the script has come.
struct Seen {
  std::size_t index = 0;
  bool in_transaction = false;
  bool ended = false;
  bool has_uuid = false;
  std::optional<std::size_t> waiting;  ///< its step
  bool cancelled = false;
  bool commits_late = false;  ///< a transaction stands around its statement
  std::string injected;
};

/// Of that statement's result; empty for one that is none of the protocol's.
std::vector<ResultColumn> columns_of(const StatementShapes& shapes, const std::string& statement);
/// SQL for isolationtester, where a closing brace ends a step. Throws InputError where one has to
/// stand.
std::string without_braces(const std::string& sql, const std::string& where);
/// Like that name, but none that is taken.
std::string unused_name(std::string name, const std::vector<ScriptSession>& sessions);
/// Why a wait is cancelled that ended with this SQLSTATE, and the statement that does it.
std::string why_cancelled(const std::string& sqlstate);
std::string cancelling(const std::string& session);
/// Makes this step the beginning of the transaction around a statement that commits late; `began`
/// says when, or nothing.
void begin_late(ScriptStep& step, const std::string& began);

/// Where the statement of this event stands before its commit, at it or behind it; nullptr:
/// nowhere.
const Event* late_commit_of(const History& history, const Event& waits);
/// Whether it is of a kind that a transaction can't stand around: CALL, DO.
bool may_commit_inside(const std::string& sql);

/// The role whose worker has this session; nullptr when the history does not say.
const Role* role_of(const Protocol& protocol, const History& history, const SessionId& session);

/// Adds the statements to `session`: time zone, search path, clock, and the SET lines of the role
/// (may be nullptr). A timeout is left out: it would be real time, and its outcome is spelled out.
void set_up_session(ScriptSession& session, const Role* role, const Shadows& shadows);

/// Tells fencepost.sessions, as the harness does, which worker and session the backend serves.
std::string name_backend(const SessionId& session);

/// The BEGIN of that operation, with its isolation level. Throws InputError when its transactions
/// differ in it, because a history does not say which of them began.
std::string begin_of(const Protocol& protocol, const std::string& operation);
/// BEGIN and START TRANSACTION.
bool begins_transaction(const std::string& sql);
/// COMMIT, ROLLBACK and their other names, but not ROLLBACK TO.
bool ends_transaction(const std::string& sql);

/// Throws InputError, in one sentence, for the first event that no script can tell.
void refuse_what_no_script_can_tell(const History& history);
/// A statement that fails with that SQLSTATE.
std::string failing_statement(const std::string& sqlstate);

/// What came of a statement that waits for a lock: the event of its being done; nullptr when the
/// history ends before.
const Event* completion_of(const History& history, const Event& blocked);

/// The trace's lines of a step, uncut.
std::vector<std::string> trace_lines(const History& history, int step);

}  // namespace fencepost
