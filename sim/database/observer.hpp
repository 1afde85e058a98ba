// Reads committed states: what the protocol's observe and applied statements return, checked once
// and turned into values after every commit. And what else only a server can tell of a protocol's
// names: whether anything returns what a lease or a parameter is called.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "model/ledger.hpp"
#include "sim/input/protocol.hpp"

namespace fencepost {

/// The rows of observe and applied in the model's words.
class Observer {
 public:
  /// Both statements must be prepared on this session under their names. Borrows both. Throws
  /// InputError where their columns are not those that are known.
  Observer(PGconn* session, const Protocol& protocol);

  /// Which optional columns observe returns.
  const Columns& columns() const { return columns_; }
  /// The committed state now. Throws InputError for a row that can't be understood.
  Observation observe() const;

 private:
  void check_observe();
  void check_applied() const;
  void check_zone(const std::string& column) const;
  JobRecord record(const PGresult* rows, int row) const;
  std::optional<std::string> get(const PGresult* rows, int row, const char* column) const;
  std::optional<std::int64_t> integer(const PGresult* rows, int row, const char* column) const;
  std::optional<Instant> instant(const PGresult* rows, int row, const char* column) const;
  std::string observe_at() const;

  PGconn* session_;
  const Protocol& protocol_;
  Columns columns_;
  std::map<std::string, int> column_at_;
};

/// Every statement of the protocol must be prepared on the session. Throws InputError for a column
/// of [lease] that no statement returns, and for a parameter that nothing can ever give a value.
void check_columns(PGconn* session, const Protocol& protocol);

}  // namespace fencepost
