// Asks a server that somebody serves to let time pass.
#pragma once

#include <string>

namespace fencepost {

/// `dsn` as libpq takes it, empty: as its environment says; `by` as PostgreSQL reads an interval.
/// Returns what the server's clock shows then. Throws InputError where it can't be reached, is not
/// one that is served, or refuses; EnvironmentError once `stopped` says so.
std::string advance(const std::string& dsn, const std::string& by, bool (*stopped)());

}  // namespace fencepost
