// What the sessions of an exported script begin with.
#pragma once

#include <optional>
#include <string>

#include "reports/counterexample.hpp"
#include "sim/export/script_time.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// How far a session of the script has come.
struct Seen {
  std::size_t index = 0;
  bool in_transaction = false;
  bool failed = false;
  bool ended = false;
  bool has_uuid = false;
  std::optional<std::size_t> waiting;  ///< its step
  bool cancelled = false;
  std::string injected;
};

/// The role whose worker has this session; nullptr when the history does not say.
const Role* role_of(const Protocol& protocol, const History& history, const SessionId& session);

/// Adds the statements to `session`: time zone, search path, clock, and the SET lines of the role
/// (may be nullptr). A timeout is left out: it would be real time, and its outcome is spelled out.
void set_up_session(ScriptSession& session, const Role* role, const Shadows& shadows);

/// Tells fencepost.sessions, as the harness does, which worker and session the backend serves.
std::string name_backend(const SessionId& session);

}  // namespace fencepost
