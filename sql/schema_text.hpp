// What of a schema file is SQL to be run: a dump of pg_dump and a migration of one of the usual
// tools hold more than that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fencepost {

/// A line of a file, and what is to be said of it.
struct LineNote {
  int line = 0;
  std::string text;
};

/// A schema file as PostgreSQL is to see it.
struct SchemaText {
  /// The file's own lines: what is not run is blank, and the data of COPY … FROM stdin stands, each
  /// row on its line, as values of an INSERT.
  std::string sql;
  std::optional<LineNote> refusal;  ///< what can't be read, and what to do
};

/// Reads a schema file. Not run are: what a migration undoes (goose, sql-migrate, dbmate, rambler,
/// node-pg-migrate, tern, Play, MyBatis, shmig, atlas, and a plain "-- Down" behind "-- Up"),
/// changes that Liquibase keeps for other databases, psql's own lines that change nothing in the
/// database. A byte order mark is no part of it.
SchemaText schema_text(std::string_view file);

}  // namespace fencepost
