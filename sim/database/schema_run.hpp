// A protocol's schema, run on its database: files as people have them, which were written for
// another server, another database and other roles.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <string>

#include "sim/input/protocol.hpp"

namespace fencepost {

/// Runs all schema files, each in one transaction, or statement by statement where one of them
/// can't be in a transaction or the file has its own. Roles that are missing are made; databases
/// are not, and what is set for any role or database is set for this one; settings that this
/// version of PostgreSQL does not have are left out. Throws InputError with file and line for what
/// fails, and `version` is the server's.
void run_schema(PGconn* session, const Protocol& protocol, const std::string& database,
                const std::string& version);

/// After run_schema: the search_path of what fencepost itself asks. It is the one that the settings
/// of roles agree on, else the database's: what ALTER DATABASE or ALTER ROLE said, else what the
/// schema left, which new sessions have from now on.
std::string own_search_path(PGconn* session, const Protocol& protocol, const std::string& database);
/// By statement: the search_path of the role that runs it, where its settings have one.
std::map<std::string, std::string> search_paths(const Protocol& protocol);
/// Sets the search_path of this session. Throws InputError when PostgreSQL does not accept it.
void look_in(PGconn* session, const std::string& search_path);

}  // namespace fencepost
