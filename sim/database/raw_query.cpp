#include "sim/database/raw_query.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "sim/database/pq_port.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kDiskFull = "53100";

}  // namespace

std::optional<RawError> error_of(PGconn* connection, const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (result != nullptr &&
      (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY))
    return std::nullopt;
  RawError error;
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  error.sqlstate = state != nullptr ? state : "08006";
  error.message = message != nullptr ? message : PQerrorMessage(connection);
  error.position = position != nullptr ? std::atoi(position) : 0;
  while (!error.message.empty() && error.message.back() == '\n') error.message.pop_back();
  if (error.sqlstate == kDiskFull)
    throw EnvironmentError(
        fmt::format("the private server has no room left: {}; make room in /dev/shm, set TMPDIR to "
                    "a folder that has it, or take fewer --jobs",
                    error.message));
  return error;
}

RawResult raw_query(PGconn* connection, const std::string& sql) {
  const PortScope outside(nullptr);
  return RawResult(PQexec(connection, sql.c_str()));
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
  return RawResult(PQexecPrepared(connection, name.c_str(), static_cast<int>(values.size()),
                                  values.data(), nullptr, nullptr, 0));
}

std::optional<std::string> value_at(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::nullopt;
  return std::string(PQgetvalue(result, row, column));
}

std::string summary(const PGresult* result, int row) {
  if (PQresultStatus(result) != PGRES_TUPLES_OK) return PQcmdStatus(const_cast<PGresult*>(result));
  const int rows = PQntuples(result);
  if (rows == 0) return "0 rows";
  std::string text = fmt::format("{} row{}: ", rows, rows == 1 ? "" : "s");
  for (int column = 0; column < PQnfields(result); ++column)
    text += fmt::format("{}{}={}", column == 0 ? "" : ", ", PQfname(result, column),
                        value_at(result, row, column).value_or("null"));
  return text;
}

}  // namespace fencepost
