// Reads committed states: what the protocol's observe and applied statements return, checked once
// and turned into values after every commit.
#pragma once

#include <libpq-fe.h>

#include <map>
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

}  // namespace fencepost
