#include "sim/serving/advancing.hpp"

#include <fmt/format.h>
#include <poll.h>

#include "sim/database/raw_query.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr int kAskedEvery = 100;
constexpr std::string_view kNoSchema = "3F000", kNoFunction = "42883";

/// Until the server has something to say, or takes something.
void wait_for(PGconn* connection, short events, bool (*stopped)()) {
  pollfd socket{PQsocket(connection), events, 0};
  while (poll(&socket, 1, kAskedEvery) <= 0 && !stopped()) continue;
  if (stopped()) throw EnvironmentError("stopped before time had passed");
}

RawConnection connect(const std::string& dsn, bool (*stopped)()) {
  RawConnection connection(PQconnectStart(dsn.c_str()));
  PostgresPollingStatusType next =
      PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    wait_for(connection.get(), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, stopped);
    next = PQconnectPoll(connection.get());
  }
  return connection;
}

/// The last result of what was sent.
RawResult answer(PGconn* connection, bool (*stopped)()) {
  for (;;) {
    while (PQisBusy(connection) != 0) {
      wait_for(connection, POLLIN, stopped);
      if (PQconsumeInput(connection) == 0) return {};
    }
    RawResult result(PQgetResult(connection));
    if (result == nullptr || PQresultStatus(result.get()) != PGRES_COMMAND_OK) return result;
  }
}

}  // namespace

std::string advance(const std::string& dsn, const std::string& by, bool (*stopped)()) {
  const RawConnection connection = connect(dsn, stopped);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw InputError(
        fmt::format("the server can't be reached: {}; give what \"serve\" printed by "
                    "--dsn or DATABASE_URL",
                    trimmed(PQerrorMessage(connection.get()))));
  PQsendQuery(connection.get(),
              fmt::format("SELECT fencepost.advance({})", as_literal(by)).c_str());
  const RawResult result = answer(connection.get(), stopped);
  if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) return PQgetvalue(result.get(), 0, 0);
  const char* const state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  if (state != nullptr && (kNoSchema == state || kNoFunction == state))
    throw InputError("this server's time can't be moved: it is none that \"serve\" started");
  const char* const message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
  throw InputError(fmt::format("time does not pass: {}",
                               message != nullptr ? message : "the server ended the session"));
}

}  // namespace fencepost
