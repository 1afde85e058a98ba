// Connections that failed, which no server ever saw.
#pragma once

#include <libpq-fe.h>

#include <string_view>
#include <vector>

#include "sim/database/raw_query.hpp"

namespace fencepost {

/// Refused connections, until their workers close them: real ones, so that libpqxx can ask them
/// why. One that was closed is refused again later, because making one costs more than a statement.
class Refusals {
 public:
  /// One that is broken, and says what a server would have said.
  PGconn* connect(std::string_view sqlstate);
  /// False when it is none of them.
  bool close(const PGconn* connection);
  /// nullptr when it is none of them.
  const char* message(const PGconn* connection) const;

 private:
  struct Refusal {
    RawConnection connection;
    const char* message = nullptr;  ///< nullptr: it was closed
  };
  std::vector<Refusal> all_;
};

}  // namespace fencepost
