#include "sim/database/raw_query.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "model/hash.hpp"
#include "sim/database/pq_port.hpp"
#include "sim/input/query_file.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kDiskFull = "53100";
/// All others a worker may end: they have its own role.
constexpr std::string_view kNoRight = "42501";
/// Of one value that is told in full.
constexpr std::size_t kLongValue = 500;

/// As many rows may be inserted, deleted or moved in one place without all behind them counting as
/// changed.
constexpr int kMovedAtOnce = 8;

bool same_row(const PGresult* before, int row, const PGresult* now, int other) {
  for (int column = 0; column < PQnfields(now); ++column) {
    const int length = PQgetlength(now, other, column);
    if (length != PQgetlength(before, row, column) ||
        PQgetisnull(now, other, column) != PQgetisnull(before, row, column) ||
        std::memcmp(PQgetvalue(before, row, column), PQgetvalue(now, other, column),
                    static_cast<std::size_t>(length)) != 0)
      return false;
  }
  return true;
}

/// A long one by its beginning and by what tells it from others.
std::string distinguishable(const std::string& value) {
  if (value.size() <= kLongValue) return value;
  std::size_t end = 40;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}… ({} bytes, {})", value.substr(0, end), value.size(), fingerprint(value));
}

}  // namespace

void FinishConnection::operator()(PGconn* connection) const {
  const PortScope outside(nullptr);
  PQfinish(connection);
}

SessionLost::SessionLost(const std::string& what_ran, const std::string& reason)
    : EnvironmentError(
          fmt::format("a session that fencepost needs for itself was to be ended{}: {}; let "
                      "the protocol end workers' "
                      "sessions only, which fencepost.sessions names",
                      what_ran.empty() ? "" : " (" + what_ran + ")", reason)),
      doing(what_ran) {}

void demand_open(PGconn* connection, const std::string& doing) {
  const PortScope outside(nullptr);
  if (PQstatus(connection) == CONNECTION_OK) return;
  const std::string reason = PQerrorMessage(connection);
  throw SessionLost(doing, reason.substr(0, reason.find('\n')));
}

std::optional<RawError> error_of(PGconn* connection, const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (result != nullptr &&
      (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY))
    return std::nullopt;
  demand_open(connection, "");
  RawError error;
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  error.sqlstate = state != nullptr ? state : "08006";
  error.message = message != nullptr ? message : PQerrorMessage(connection);
  error.position = position != nullptr ? std::atoi(position) : 0;
  while (!error.message.empty() && error.message.back() == '\n') error.message.pop_back();
  if (error.sqlstate == kNoRight && error.message.find("to terminate") != std::string::npos)
    throw SessionLost("", error.message);
  if (error.sqlstate == kDiskFull)
    throw EnvironmentError(
        fmt::format("the private server has no room left: {}; make room in /dev/shm, set TMPDIR to "
                    "a folder that has it, or take fewer --jobs",
                    error.message));
  return error;
}

RawConnection raw_connect(const std::string& conninfo) {
  const PortScope outside(nullptr);
  RawConnection connection(PQconnectdb(conninfo.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw EnvironmentError(
        fmt::format("the private server takes no session: {}", PQerrorMessage(connection.get())));
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

RawConnection raw_connect_like(PGconn* session) {
  RawConnection other = raw_connect(
      fmt::format("host={} port={} user={} dbname={} client_encoding=UTF8 gssencmode=disable "
                  "sslmode=disable options='-c log_min_messages=panic'",
                  PQhost(session), PQport(session), PQuser(session), PQdb(session)));
  const RawResult settings = raw_must(
      session,
      "SELECT format('SELECT set_config(''TimeZone'', %L, false), set_config(''DateStyle'', %L,"
      " false), set_config(''search_path'', %L, false), set_config(''session_authorization'', %L,"
      " false)', current_setting('TimeZone'), current_setting('DateStyle'),"
      " current_setting('search_path'), current_setting('session_authorization'))");
  raw_must(other.get(), PQgetvalue(settings.get(), 0, 0));
  return other;
}

RawResult raw_query(PGconn* connection, const std::string& sql) {
  const PortScope outside(nullptr);
  return RawResult(PQexec(connection, sql.c_str()));
}

RawResult raw_must(PGconn* connection, const std::string& sql) {
  RawResult result = raw_query(connection, sql);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) return result;
  demand_open(connection, "");
  const auto error = error_of(connection, result.get());
  SIM_CHECK(!error, "{} in: {}", error ? error->message : "", sql);
  return result;
}

OwnRights::OwnRights(PGconn* connection) : connection_(connection) {
  const char* role = PQparameterStatus(connection, "session_authorization");
  if (role == nullptr || std::string_view(role) == PQuser(connection)) return;
  role_ = role;
  raw_must(connection_, "RESET SESSION AUTHORIZATION");
}

OwnRights::~OwnRights() {
  if (!role_.empty()) raw_query(connection_, "SET SESSION AUTHORIZATION \"" + role_ + '"');
}

RawResult raw_prepare(PGconn* connection, const std::string& name, const std::string& sql) {
  const PortScope outside(nullptr);
  return RawResult(PQprepare(connection, name.c_str(), sql.c_str(), 0, nullptr));
}

RawResult raw_execute(PGconn* connection, const std::string& name,
                      const std::vector<std::optional<std::string>>& arguments) {
  const PortScope outside(nullptr);
  std::vector<const char*> values;
  for (const auto& argument : arguments) values.push_back(argument ? argument->c_str() : nullptr);
  RawResult result(PQexecPrepared(connection, name.c_str(), static_cast<int>(values.size()),
                                  values.data(), nullptr, nullptr, 0));
  demand_open(connection, name);
  return result;
}

std::vector<RawResult> raw_execute_all(PGconn* connection, const std::vector<std::string>& names) {
  const PortScope outside(nullptr);
  bool sent = PQenterPipelineMode(connection) == 1;
  for (const std::string& name : names)
    sent = sent && PQsendQueryPrepared(connection, name.c_str(), 0, nullptr, nullptr, nullptr, 0);
  sent = sent && PQpipelineSync(connection) == 1;
  std::vector<RawResult> results;
  for (std::size_t i = 0; sent && i < names.size(); ++i) {
    results.emplace_back(PQgetResult(connection));
    PQclear(PQgetResult(connection));
  }
  PQclear(PQgetResult(connection));
  const bool left = PQexitPipelineMode(connection) == 1;
  demand_open(connection, names.back());
  SIM_CHECK(sent && left, "{}: {}", names.back(), PQerrorMessage(connection));
  return results;
}

int read_on(PGconn* connection) {
  const PortScope outside(nullptr);
  for (int taken = 0;;) {
    pollfd socket{PQsocket(connection), POLLIN, 0};
    int there = 0;
    if (socket.fd < 0 || poll(&socket, 1, 1) <= 0) return taken;
    ioctl(socket.fd, FIONREAD, &there);
    if (PQconsumeInput(connection) == 0 || there == 0) return taken;
    taken += there;
  }
}

RawResult next_answer(PGconn* connection) {
  const PortScope outside(nullptr);
  RawResult next(PQgetResult(connection));
  const ExecStatusType status = PQresultStatus(next.get());
  if (status == PGRES_COPY_OUT)
    for (char* row = nullptr; PQgetCopyData(connection, &row, 0) > 0;) PQfreemem(row);
  if (status == PGRES_COPY_IN)
    PQputCopyEnd(connection, "a worker of fencepost has no data to send");
  return next;
}

// What has arrived is read at once: PQgetResult would ask first whether something has.
RawResult last_answer(PGconn* connection) {
  const PortScope outside(nullptr);
  PQconsumeInput(connection);
  RawResult last;
  while (RawResult next = next_answer(connection)) last = std::move(next);
  return last;
}

void wait_until_taken(PGconn* connection) {
  for (int left = 1; left > 0;) {
    if (ioctl(PQsocket(connection), SIOCOUTQ, &left) != 0) return;
    if (left > 0) sched_yield();
  }
}

void raw_plan_prepared(PGconn* connection) {
  const RawResult explain =
      raw_must(connection,
               "SELECT format('EXPLAIN EXECUTE %I', name) ||"
               " coalesce('(' || nullif(array_to_string(array_fill('NULL'::text,"
               "                 ARRAY[cardinality(parameter_types)]), ','), '') || ')', '')"
               " FROM pg_prepared_statements ORDER BY name");
  for (int row = 0; row < PQntuples(explain.get()); ++row)
    raw_query(connection, PQgetvalue(explain.get(), row, 0));
}

bool raw_has_locked_tables(PGconn* connection, int but_backend_pid) {
  const RawResult rows = raw_must(
      connection,
      fmt::format("SELECT FROM pg_locks WHERE locktype = 'relation' AND coalesce(pid, 0) NOT IN"
                  " ({}, pg_backend_pid()) AND mode IN ('ShareLock', 'ShareRowExclusiveLock',"
                  " 'ExclusiveLock', 'AccessExclusiveLock')",
                  but_backend_pid));
  return PQntuples(rows.get()) > 0;
}

std::optional<std::string> value_at(const PGresult* result, int row, int column) {
  SIM_CHECK(row >= 0 && row < PQntuples(result) && column >= 0 && column < PQnfields(result),
            "row {} of {}, column {} of {}", row, PQntuples(result), column, PQnfields(result));
  if (PQgetisnull(result, row, column) != 0) return std::nullopt;
  return std::string(PQgetvalue(result, row, column));
}

ChangedRows changed_rows(const PGresult* before, const PGresult* now) {
  ChangedRows changed;
  const int olds = before == nullptr ? 0 : PQntuples(before), news = PQntuples(now);
  const auto step_by = [&](int old, int fresh) {
    for (int by = 1; by <= kMovedAtOnce; ++by) {
      if (old + by < olds && same_row(before, old + by, now, fresh)) return std::pair(by, 0);
      if (fresh + by < news && same_row(before, old, now, fresh + by)) return std::pair(0, by);
    }
    return std::pair(1, 1);
  };
  int old = 0, fresh = 0;
  while (old < olds && fresh < news) {
    if (same_row(before, old, now, fresh)) {
      ++old;
      ++fresh;
      continue;
    }
    auto [gone, come] = step_by(old, fresh);
    for (; gone > 0; --gone) changed.gone.push_back(old++);
    for (; come > 0; --come) changed.come.push_back(fresh++);
  }
  for (; old < olds; ++old) changed.gone.push_back(old);
  for (; fresh < news; ++fresh) changed.come.push_back(fresh);
  return changed;
}

SqlResult rows_of(const PGresult* result) {
  SqlResult out;
  for (int c = 0; c < PQnfields(result); ++c) out.columns.emplace_back(PQfname(result, c));
  for (int row = 0; row < PQntuples(result); ++row) {
    Row& values = out.rows.emplace_back();
    for (int c = 0; c < PQnfields(result); ++c)
      values.insert_or_assign(PQfname(result, c), value_at(result, row, c));
  }
  return out;
}

std::string summary(const PGresult* result, int row) {
  if (PQresultStatus(result) != PGRES_TUPLES_OK) return PQcmdStatus(const_cast<PGresult*>(result));
  const int rows = PQntuples(result);
  if (rows == 0) return "0 rows";
  std::string text = fmt::format("{} row{}: ", rows, rows == 1 ? "" : "s");
  for (int column = 0; column < PQnfields(result); ++column)
    text += fmt::format("{}{}={}", column == 0 ? "" : ", ", PQfname(result, column),
                        distinguishable(value_at(result, row, column).value_or("null")));
  return text;
}

bool found_nothing(const PGresult* result) {
  if (PQresultStatus(result) == PGRES_TUPLES_OK) return PQntuples(result) == 0;
  const std::string_view rows = PQcmdTuples(const_cast<PGresult*>(result));
  return rows.empty() || rows == "0";
}

int line_at(const std::string& text, int position, int first_line) {
  int line = first_line;
  for (const char c : text) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins_character && --position < 1) break;
    if (c == '\n') ++line;
  }
  return line;
}

namespace {

/// could not determine data type of parameter $3
std::string untyped_parameter(const Statement& statement, const RawError& error) {
  const std::size_t at = error.message.find("parameter $");
  std::size_t number = 1;
  if (at != std::string::npos)
    number = static_cast<std::size_t>(std::atoi(error.message.c_str() + at + 11));
  return statement.parameters.at(std::min(number, statement.parameters.size()) - 1);
}

}  // namespace

InputError denied(const Statement& statement, const RawError& error) {
  // Operators and functions are chosen by types, and a parameter has none of its own.
  const bool of_types =
      !statement.parameters.empty() && (error.sqlstate == "42P18" || error.sqlstate == "42804" ||
                                        error.sqlstate == "42883" || error.sqlstate == "42725");
  const std::string first = of_types ? untyped_parameter(statement, error) : "";
  const int line = line_at(statement.sql, error.position, statement.where.line);
  return InputError(fmt::format(
      "{}:{}: PostgreSQL does not accept statement \"{}\": {} (SQLSTATE {}); {}",
      statement.where.file.string(), line, statement.name, error.message, error.sqlstate,
      of_types ? fmt::format("if that is for want of a parameter's type, write it: {}::timestamptz",
                             parameter_text(first))
               : "mend the statement, or the schema it needs"));
}

}  // namespace fencepost
