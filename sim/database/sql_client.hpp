// A worker's own connection: ordinary blocking libpqxx, and the one file that knows libpqxx 6
// from 7.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fencepost {

/// A value as text, or null.
using Value = std::optional<std::string>;
/// A row by column name.
using Row = std::map<std::string, Value>;

/// What a statement returned.
struct SqlResult {
  std::vector<std::string> columns;  ///< in the order of the SELECT list or RETURNING
  std::vector<Row> rows;
  bool is_stored = false;  ///< its only column is one of a table, as it stands there
  long long affected = 0;  ///< rows changed, as the command tag says
};

/// The statement failed: with an SQLSTATE from the server, or because the connection broke (then
/// the outcome of a committing statement is unknown).
struct SqlFailure : std::runtime_error {
  enum class Connection { lives, broke };
  SqlFailure(std::string state, const std::string& message, Connection after)
      : std::runtime_error(message),
        sqlstate(std::move(state)),
        broken(after == Connection::broke) {}
  std::string sqlstate;
  bool broken;
};

/// One session as worker code uses it: blocking, through libpqxx, whatever its version.
class SqlClient {
 public:
  /// Connects; throws SqlFailure.
  explicit SqlClient(const std::string& conninfo);
  ~SqlClient();
  SqlClient(const SqlClient&) = delete;
  SqlClient& operator=(const SqlClient&) = delete;

  /// Runs a statement by name, prepared at its first use. Throws SqlFailure.
  SqlResult run(const std::string& name, const std::string& sql,
                const std::vector<Value>& arguments);
  /// Runs text without parameters, such as BEGIN. Throws SqlFailure.
  void run(const std::string& sql);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fencepost
