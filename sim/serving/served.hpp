// The private server for somebody's own programs and tests, in any language: its time stands still
// until one of them says SELECT fencepost.advance('5 minutes').
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/server/cluster.hpp"

namespace fencepost {

/// What is served, and for how long.
struct ServeOptions {
  ClusterOptions server;
  std::vector<std::string> schema;   ///< files, folders and globs, from the working directory on
  std::string at;                    ///< what its clock shows first; empty: the machine's time
  std::uint64_t seed = 1;            ///< of its random bytes
  std::vector<std::string> command;  ///< what it is for; empty: whoever connects
  bool (*stopped)() = nullptr;       ///< whether the user wants it to end
};

/// What clients must know.
struct Address {
  std::string dsn;  ///< "postgresql://…", which every driver reads
  std::string at;   ///< what its clock shows
  std::string version;
};

/// Serves until it is stopped, its command has ended, or the process that started us has. Returns
/// the command's exit status; 0 where there is none. `ready` is called once clients may connect,
/// before the command begins. Throws InputError for a schema that the server does not take, with
/// file and line, and for an `at` that it does not read; EnvironmentError when the server ends.
int serve(const ServeOptions& options, const std::function<void(const Address&)>& ready);

}  // namespace fencepost
