#include "sim/database/refusals.hpp"

#include <algorithm>

#include "sim/database/pq_port.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

// Without asking this machine for anything: port 0 is refused by libpq itself.
RawConnection broken_connection() {
  const PortScope outside(nullptr);
  RawConnection connection(PQconnectdb("host=localhost port=0"));
  SIM_CHECK(PQstatus(connection.get()) == CONNECTION_BAD, "port 0 is no port: {}",
            PQerrorMessage(connection.get()));
  return connection;
}

}  // namespace

PGconn* Refusals::connect(std::string_view sqlstate) {
  auto free = std::find_if(all_.begin(), all_.end(),
                           [](const Refusal& each) { return each.message == nullptr; });
  if (free == all_.end()) free = all_.insert(free, {broken_connection(), nullptr});
  free->message = sqlstate == "53300"
                      ? "connection to server failed: FATAL:  sorry, too many clients already\n"
                      : "connection to server failed: Connection refused\n";
  return free->connection.get();
}

bool Refusals::close(const PGconn* connection) {
  const auto refused = std::find_if(all_.begin(), all_.end(), [&](const Refusal& each) {
    return each.connection.get() == connection;
  });
  if (refused == all_.end()) return false;
  refused->message = nullptr;
  return true;
}

const char* Refusals::message(const PGconn* connection) const {
  for (const Refusal& each : all_)
    if (each.connection.get() == connection) return each.message;
  return nullptr;
}

}  // namespace fencepost
