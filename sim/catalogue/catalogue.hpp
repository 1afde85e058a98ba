// The schema of a running database as SQL that makes it, and the statements that its clients ran.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fencepost {

/// What was found there.
struct Catalogue {
  /// A table or a view, and what is made with it.
  struct Table {
    std::string name;     ///< without its schema
    std::string sql;      ///< makes it, without what it refers to
    std::string keys;     ///< its keys, checks and indexes
    std::string last;     ///< its foreign keys and triggers, which need all else
    std::string part_of;  ///< the table whose partition it is; empty: none
    bool is_view = false;
  };
  std::string before;  ///< schemas, extensions, types, sequences: what tables need
  std::vector<Table> tables;
  struct Function {
    std::string name, sql;
  };
  std::vector<Function> functions;
  std::string search_path;
  /// Statements of pg_stat_statements, those that ran most often first, in which constants are
  /// parameters.
  std::vector<std::string> statements;
  std::string no_statements;  ///< why there are none, as a sentence; empty: there are
};

/// Reads all of a database in one read-only transaction, which is then given up: nothing is
/// written, and no lock is taken but those of the catalogue's own readers. `dsn` is a connection
/// string or a URI as libpq takes it. Throws InputError where the server can't be reached, or
/// refuses, and EnvironmentError once `stopped` is true, which is asked while it waits.
Catalogue read_catalogue(const std::string& dsn, const std::function<bool()>& stopped);

/// The schema of the tables and functions that a text of SQL names, and of what those need.
std::string schema_for(const Catalogue& catalogue, const std::string& sql);

}  // namespace fencepost
