// What a protocol declares of itself beside its programs: its jobs, its lease, its server, and
// which errors its programs name.
#pragma once

#include <set>
#include <string>

#include "sim/input/protocol.hpp"

namespace fencepost {

struct TomlNode;

/// Reads [jobs] of protocol.toml, where there is one, into the protocol. Throws InputError with
/// file and line.
void read_jobs(const TomlNode& toml, Protocol& into);

/// Reads [lease] of protocol.toml, which must be there. Throws InputError with file and line.
void read_lease(const TomlNode& toml, Protocol& into);

/// Reads [server] of protocol.toml, where there is one. Throws InputError with file and line, also
/// for a setting that is fencepost's own.
void read_server(const TomlNode& toml, Protocol& into);

/// Reads [mutants] of protocol.toml, where there is one. Throws InputError with file and line.
void read_mutants(const TomlNode& toml, Protocol& into);

/// The errors that the programs of all roles name, for `Declared::expects`: by a step's `sqlstate`,
/// by `retry` of the transaction around it, by the role's `expects`, and, where it sets a
/// lock_timeout, 55P03. `stem` stands before the names of statements ("previous:").
std::set<std::string> named_errors(const Protocol& protocol, const std::string& stem = "");
/// Where its SQL prepares transactions, its server may hold 64 of them, unless [server] says how
/// many: nobody prepares any on a server that refuses it.
void allow_two_phase_commit(Protocol& protocol);

}  // namespace fencepost
