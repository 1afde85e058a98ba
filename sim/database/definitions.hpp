// What a protocol's schema defined, and what a history may have changed of it: for whoever puts
// back only what tables hold.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <vector>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// Everything that is defined in this database and on its server, as one value that changes with
/// it; temporary tables and what a planner was told are left out. Some milliseconds.
std::string definitions(PGconn* connection);
/// What the planner was told of tables' sizes, which TRUNCATE puts back, as one value.
std::string sizes(PGconn* connection);
/// The same of what databases share: roles, their settings, tablespaces.
std::string shared_definitions(PGconn* connection);

/// Whether the protocol's SQL can leave transactions prepared.
bool prepares_transactions(const Protocol& protocol);
/// All that are prepared now. Others may hold nothing in their way.
void roll_back_prepared(PGconn* connection);

/// Why each of the protocol's histories must start from a copy of the server's data, as its words
/// tell: "its SQL reads numbers of transactions"; empty: they need not. What it defines at run time
/// is noticed when that happens.
std::string needs_copies(const Protocol& protocol);

/// What to say once of how its histories are run, as its words tell.
std::vector<std::string> remarks_on(const Protocol& protocol);

}  // namespace fencepost
