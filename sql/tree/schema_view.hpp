// What a schema's statements make: tables with their columns, enumerations, and the texts of
// functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/tree/parse_tree.hpp"
#include "sql/tree/query_view.hpp"
#include "sql/tree/routine_body.hpp"

namespace fencepost {

/// A column of a table.
struct ColumnDefinition {
  std::string name;
  std::string type;  ///< as PostgreSQL calls it: "int8", "timestamptz"; of a domain, what it is of
  bool is_array = false;
  bool not_null = false;
  bool generated = false;              ///< an identity, a serial, or computed
  std::optional<std::string> initial;  ///< DEFAULT, as written
  std::vector<std::string> labels;     ///< what CHECK or its enumeration allows
  bool is_unique = false;              ///< no two rows have the same, by itself
  std::string references;              ///< the table that a foreign key of it alone names
  std::string references_column;       ///< and its column; empty: its primary key
  Clause span;                         ///< its name in the text that it was made by
  std::size_t text = 0;                ///< the number of that text
};

/// Whether it holds times: by its type, or as a whole number by its name, "locked_until_ms".
bool holds_time(const ColumnDefinition& column);
/// The unit at the end of a name: "ms"; empty where there is none.
std::string_view unit_in_name(std::string_view column);

/// A table.
struct TableDefinition {
  std::string name, schema;
  std::vector<ColumnDefinition> columns;
  std::vector<std::string> primary_key;
  Clause span;           ///< its name
  std::size_t text = 0;  ///< the number of the text that made it

  /// nullptr when there is none.
  const ColumnDefinition* column(std::string_view name) const;
};

/// A function or procedure.
struct RoutineDefinition {
  std::string name, language;
  std::string body;                    ///< without its quotes; of SQL-standard bodies empty
  std::vector<std::string> arguments;  ///< what goes in, in order; empty where it has no name
  std::vector<std::string> returns;    ///< columns of TABLE (…), and what is OUT
  std::string returned_type;           ///< its name: "jobs" of RETURNS SETOF jobs
  std::vector<BodyQuery> queries;      ///< by bytes from `span.begin` on
  Clause span;
  std::size_t text = 0;
};

/// A trigger.
struct TriggerDefinition {
  std::string name, table, function;
  Clause span;
  std::size_t text = 0;
};

/// A view.
struct ViewDefinition {
  std::string name;
  std::string sql;  ///< that makes it
};

/// A schema after all of its texts, in their order.
struct SchemaView {
  std::vector<TableDefinition> tables;
  std::vector<std::pair<std::string, std::vector<std::string>>> enumerations;
  std::vector<std::pair<std::string, std::string>> domains;  ///< with the type that each is of
  std::vector<RoutineDefinition> routines;
  std::vector<TriggerDefinition> triggers;
  std::vector<ViewDefinition> views;

  /// Adds what one more text makes, changes and drops.
  void add(const ParseTree& tree);
  /// The same of a text as it is: there may be much data in it, and statements that this parser
  /// does not know, which must not hide the rest.
  void add_text(const std::string& text);
  /// nullptr when there is none.
  const TableDefinition* table(std::string_view name) const;
  const ColumnDefinition* column(std::string_view table, std::string_view name) const;

  std::size_t texts = 0;  ///< how many were added
};

}  // namespace fencepost
