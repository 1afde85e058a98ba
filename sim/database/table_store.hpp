// What a crash of the server does to a protocol's tables and sequences, without the crash: the rows
// and sequence values after a commit can be kept and put back, and recovery's losses inflicted.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <vector>

namespace fencepost {

class TableStore {
 public:
  /// Borrows the connection, on which nothing else may be under way during a call. Reads the
  /// catalogue once: the schema must be in place.
  explicit TableStore(PGconn* connection);

  /// Rows as COPY writes them, in their physical order; sequences as they would be after recovery.
  /// Unlogged tables are not in it.
  struct Snapshot {
    std::vector<std::string> rows;  ///< by table
    std::string sequences;          ///< SQL that sets them
  };
  Snapshot take();
  /// Every table holds these rows again, in this physical order; unlogged ones are empty. No other
  /// session may hold a lock on them.
  void put_back(const Snapshot& snapshot);
  /// What recovery after a crash does: unlogged tables are empty, and each sequence goes on behind
  /// the values that it had logged ahead.
  void recover();
  /// How far a sequence has logged ahead depends on when the last checkpoint was: makes it now.
  void checkpoint();

 private:
  struct Table {
    std::string copy_out;
    std::string copy_in;
  };
  std::string sequences_after_recovery();
  void copy_in(const std::string& sql, const std::string& rows);

  PGconn* connection_;
  std::vector<Table> tables_;
  std::string truncate_;
  std::string truncate_unlogged_;
  std::string sequences_;  ///< a query that returns the SQL which sets each
};

}  // namespace fencepost
