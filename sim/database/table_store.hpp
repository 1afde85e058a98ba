// What a protocol's tables and sequences hold: as its schema left them, at the start of every
// history; as a commit left them; and as a crash of the server leaves them, without the crash.
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

  /// What they hold now is the start from here on. The schema fencepost, where a copy of the rows
  /// goes, must be in place.
  void keep_start();
  /// SQL, for one transaction, that puts back the start; empty before keep_start.
  const std::string& start() const { return start_; }

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
    std::string name;
    std::string rows;      ///< a query of its own, without those of tables that inherit from it
    std::string writable;  ///< its name with those columns, where it has any
  };
  /// A table whose rows a crash does not take.
  struct Logged {
    std::string copy_out;
    std::string copy_in;
  };
  std::string sequences_after_recovery();
  void copy_in(const std::string& sql, const std::string& rows);

  PGconn* connection_;
  std::vector<Table> tables_;
  std::vector<Logged> logged_;
  std::vector<std::string> sequence_names_;
  std::string start_;
  std::string truncate_;
  std::string truncate_unlogged_;
  std::string sequences_;  ///< a query that returns the SQL which sets each
};

}  // namespace fencepost
