// A statement's queries as values: what each does to which table, on which conditions, under which
// locks, and which bytes of the text say so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/tree/parse_tree.hpp"

namespace fencepost {

/// A value in an expression, as far as it is plain.
struct Operand {
  enum class Kind {
    none,
    column,
    parameter,
    constant,
    call,  ///< of a function; also of current_timestamp and its kind
    query,
    list,
    other
  } kind = Kind::none;
  /// column: its name, "*" for all · parameter: "$1" · constant: its value, "null" without quotes
  /// being null · call: the function's name, without a schema.
  std::string text;
  std::string of;    ///< column: what stands before the point
  std::string cast;  ///< the last type that it is cast to, as PostgreSQL calls it: "interval"
  TreeNode node;     ///< without the casts
};

/// One condition of those that AND joins.
struct Condition {
  Clause span;  ///< without the AND before and behind it
  /// "=", "<", "like", "in", "not in", "is null", "is not null", "between", "or", "not", "exists",
  /// "= any"; empty where the condition is a value of its own (`left`).
  std::string op;
  Operand left;  ///< a column of this query stands here where one side is one
  Operand right;
  TreeNode node;
};

/// One FOR UPDATE, FOR SHARE, …
struct LockingClause {
  enum class Strength { key_share, share, no_key_update, update } strength = Strength::update;
  enum class Wait { block, skip_locked, nowait } wait = Wait::block;
  std::vector<std::string> of;  ///< empty: all tables
  Clause span;
};

/// A column and the value that it gets.
struct Assignment {
  std::string column;
  Operand value;
  Clause span;  ///< "a = b"; of an INSERT the value alone
};

/// What is returned or selected.
struct Output {
  std::string name;  ///< of the column that comes out, as far as the text says it
  Operand value;
  Clause span;
};

/// ON CONFLICT of an INSERT.
struct ConflictClause {
  enum class Does { nothing, update } does = Does::nothing;
  std::vector<std::string> columns;  ///< of the index; empty where a constraint is named, or none
  std::vector<Assignment> sets;
  std::vector<Condition> where;  ///< of the update
  std::optional<Clause> where_clause;
  Clause span;
};

/// A call of a function.
struct FunctionCall {
  std::string name;  ///< in small letters, without a schema; "current_timestamp" and its kind, too
  std::vector<Operand> arguments;
  Clause span;
  enum class In { output, where, set, from, other } in = In::other;  ///< of its query
  TreeNode node;
};

/// What stands in FROM, or what is written to.
struct TableName {
  std::string name;    ///< without a schema
  std::string schema;  ///< empty: none is named
  std::string alias;   ///< empty: none
};

/// One query: the statement itself, or one in it.
struct Query {
  enum class Kind { select, values, insert, update, remove, merge } kind = Kind::select;
  /// How it stands in the one around it.
  enum class Within {
    nothing,  ///< it is the statement
    with,     ///< it is called `name`
    from,
    condition,  ///< IN, EXISTS or a value in WHERE, ON or HAVING
    value,      ///< a value in SET, VALUES or the output
    source,     ///< what an INSERT inserts
    arm         ///< of a UNION, INTERSECT or EXCEPT
  } within = Within::nothing;
  enum class Materialized { unsaid, yes, no } materialized = Materialized::unsaid;
  std::optional<std::size_t> around;  ///< number of the query that it stands in
  std::string name;                   ///< in WITH
  TableName target;                   ///< what it writes to
  std::vector<TableName> tables;      ///< FROM and USING: tables and queries of WITH by name
  Clause span;
  Clause target_span;  ///< the target's name
  std::vector<Output> outputs;
  std::vector<Assignment> sets;  ///< of an INSERT: its columns with the values of its first row
  std::vector<Condition> where;
  std::optional<Clause> where_clause, set_clause, returning, order_by, limit;
  std::vector<LockingClause> locks;
  std::optional<ConflictClause> conflict;
  std::vector<FunctionCall> calls;
  TreeNode node;

  bool writes() const { return kind != Kind::select && kind != Kind::values; }
};

/// One statement of a text.
struct StatementView {
  std::string kind;  ///< PostgreSQL's own: "UpdateStmt"
  Clause span;
  std::vector<Query> queries;  ///< the outermost first; none where it is no query
};

/// All statements of a text, in order.
std::vector<StatementView> statement_views(const ParseTree& tree);

/// What an expression is, as far as it is plain.
Operand operand_of(const TreeNode& node);
/// Whether it says which of two is the greater one.
bool is_order(std::string_view op);
/// Whether this function's time is the transaction's beginning: now() and its kind.
bool tells_transaction_time(std::string_view function);
/// Whether it is one of all those that return a time.
bool tells_time(std::string_view function);
/// Whether the time is asked for anywhere in it, be it as text.
bool asks_time(const TreeNode& expression);
/// A function's, type's or table's name without its schema: the last text of a list.
std::string last_name(const TreeNode& names);
/// A column's or table's name as a text has to write it, with quotes where PostgreSQL needs them.
std::string sql_name(std::string_view name);

}  // namespace fencepost
