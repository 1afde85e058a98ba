// libpq for the harness itself, outside of any simulation: one call, one owned result, errors as
// values.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fencepost {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
/// A result that is cleared by itself.
using RawResult = std::unique_ptr<PGresult, ClearResult>;

/// The server's complaint: SQLSTATE, message, and the 1-based character position in the statement
/// (0: none).
struct RawError {
  std::string sqlstate;
  std::string message;
  int position = 0;
};

/// nullopt when the result is a success. A full disk is not the statement's fault: throws
/// EnvironmentError.
std::optional<RawError> error_of(PGconn* connection, const PGresult* result);
/// Runs text (several statements are one implicit transaction) past any simulation.
RawResult raw_query(PGconn* connection, const std::string& sql);
/// Prepares past any simulation.
RawResult raw_prepare(PGconn* connection, const std::string& name, const std::string& sql);
/// Runs a prepared statement with text arguments past any simulation.
RawResult raw_execute(PGconn* connection, const std::string& name,
                      const std::vector<std::optional<std::string>>& arguments);
/// The value, or nullopt where it is null.
std::optional<std::string> value_at(const PGresult* result, int row, int column);

/// What a result says, for people, of several rows the one given: "1 row: job_id=1, progress=2", "0
/// rows", "UPDATE 1".
std::string summary(const PGresult* result, int row);

}  // namespace fencepost
