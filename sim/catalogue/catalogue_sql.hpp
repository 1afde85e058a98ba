// The questions that the catalogue is asked, for every server since PostgreSQL 12.
#pragma once

namespace fencepost {

/// Rows of one column, SQL each: schemas, extensions, enumerations, domains, composite types and
/// sequences, in the order in which they can be made.
extern const char* const kAskedBefore;
/// Rows of name, SQL, SQL of its keys and indexes, SQL of its foreign keys and triggers, the table
/// whose partition it is, and whether it is a view: tables, then views.
extern const char* const kAskedTables;
/// Rows of name and SQL: functions and procedures.
extern const char* const kAskedFunctions;

}  // namespace fencepost
