// A protocol's schema, run on its database: files as people have them, which were written for
// another server, another database and other roles. And the role that workers have on it: it loads
// the schema as a superuser, and so owns all of it, and is an ordinary one from then on.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/input/protocol.hpp"
#include "sim/server/cluster.hpp"

namespace fencepost {

/// Adds files, folders and globs, from the working directory on, to what run_schema runs; `flag`
/// names them in messages. Throws InputError for what is not there.
void add_schema(Protocol& protocol, const std::vector<std::string>& names, std::string_view flag);

/// The role of workers, which owns the protocol's database.
constexpr const char* kWorkersRole = "fencepost";
/// Whether protocol.toml, or that of the version before it, says that workers are superusers.
bool has_superusers(const Protocol& protocol);
/// Makes a database of that name, which is that role's.
void make_database(PGconn* superuser, const std::string& name);
/// Makes the schema of our own, in which whoever asks sees which session is whose.
void make_own_schema(PGconn* superuser);
/// Makes the role where the server does not have it yet, an ordinary one.
void make_workers_role(PGconn* superuser);
/// After run_schema: makes it and all roles of the schema ordinary ones, of which it is a member;
/// and lets it have the settings of [role.NAME.settings]. Nothing where workers are superusers.
void hand_over(PGconn* superuser, const Protocol& protocol);

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
/// All of that, by the workers' role while it is a superuser, in a session that has gone
/// afterwards; and hands it over. Returns the search_path of what fencepost itself asks.
std::string load_schema(PGconn* superuser, Cluster& cluster, const Protocol& protocol,
                        const std::string& database);
/// By statement: the search_path of the role that runs it, where its settings have one.
std::map<std::string, std::string> search_paths(const Protocol& protocol);
/// Sets the search_path of this session. Throws InputError when PostgreSQL does not accept it.
void look_in(PGconn* session, const std::string& search_path);

}  // namespace fencepost
