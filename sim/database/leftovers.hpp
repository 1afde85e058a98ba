// What a protocol's SQL can leave in a session, so that a session of which nothing is left need not
// be cleaned.
#pragma once

#include <string_view>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// What may be left in a session. Transactions are no part of it: they end before a session is
/// given back.
struct Leftovers {
  bool state = false;     ///< settings, locks, listening, temporary tables, sequences, cursors
  bool prepared = false;  ///< statements that SQL has prepared, or forgotten
  bool random = false;    ///< the place in the session's series of random()
  bool watched = false;   ///< others look whether its backend is still there
  bool lasting = false;   ///< what only the end of its backend takes away: loaded libraries, say

  bool operator==(const Leftovers&) const = default;
};

/// What this SQL, with all function bodies and strings in it, can leave, as its words tell. In
/// doubt (dynamic SQL, extensions, languages other than SQL and PL/pgSQL) it can.
Leftovers leftovers_of(std::string_view sql);
/// What the schema, the statements and the roles of the protocol can leave, and of the version
/// before it.
Leftovers leftovers_of(const Protocol& protocol);

/// Whether settings may be others for a while, if only for a transaction: plans made then may be,
/// too.
bool changes_settings(const Protocol& protocol);
/// Whether its SQL may redefine a table while others wait for it: who has a plan of it then gives
/// back what it waited for and queues again, who has none does not.
bool redefines(const Protocol& protocol);

}  // namespace fencepost
