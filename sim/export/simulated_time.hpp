// What a script has in the place of simulated time: a schema `simulated` in the search path, in
// front of pg_catalog, whose now() and relatives answer what each step says the time is.
#pragma once

#include <string>

#include "model/history.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// What of the server's own has to be replaced.
struct Shadows {
  bool time = false;
  bool uuid = false;          ///< gen_random_uuid() draws what it drew in the history
  bool shared_clock = false;  ///< time moves on while statements wait
  bool any() const { return time || uuid; }
};

/// What the protocol's SQL asks for. Throws InputError, with file and line, where its own
/// search_path would hide the schema.
Shadows shadows_of(const Protocol& protocol, const History& history);
/// The schema `simulated`; empty when nothing is replaced.
std::string simulated_schema(const Shadows& shadows);
/// "SET simulated.clock = '2027-01-15 08:00:00.000001+00'".
std::string set_clock(Instant at);
/// In a transaction: what now() answers until it ends.
std::string set_began(Instant at);
/// Moves the clock on for statements that wait.
std::string move_shared_clock(Instant at);
/// `path` with the schema in it; nullopt is the default path.
std::string set_search_path(const std::string& path);

}  // namespace fencepost
