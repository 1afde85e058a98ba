// What each of a user's statements does to which table, column by column.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/init/uses/sql_sets.hpp"
#include "sim/input/protocol.hpp"
#include "sql/tree/query_view.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// What a row must be for a statement to take it.
struct ColumnTest {
  std::string column;
  enum class Is {
    label,      ///< one of `labels`
    parameter,  ///< `parameter`
    null,
    set,     ///< not null; of a boolean: true
    unset,   ///< of a boolean: false
    passed,  ///< its time and `length` lie behind; with a parameter: behind that
    ahead,   ///< its time lies ahead
    less,    ///< than `parameter`, the column `than`, or the number in `labels`
    other
  } is = Is::other;
  std::vector<std::string> labels{};
  std::string parameter{};
  std::string than{};  ///< of a time that passed: the column that is added to it
  SqlLength length{};
  Duration counts{};       ///< of a time as a whole number; 0: it is none, or it is not said
  bool inclusive = false;  ///< of less: "attempts <= 3" and "attempts > 3" let the third pass
  bool negated = false;
  bool alternative = false;  ///< beside an OR
};
using Is = ColumnTest::Is;

/// A statement's way with one table.
struct TableUse {
  std::string table;
  bool inserts = false, updates = false, removes = false, reads = false;
  bool conflicts = false;  ///< ON CONFLICT: what is there already is not inserted
  bool locks = false, skips_locked = false;
  bool limited = false;  ///< LIMIT, where it picks
  std::vector<ColumnSet> sets{};
  std::vector<ColumnTest> tests{};

  /// nullptr when there is none.
  const ColumnSet* set(std::string_view column) const;
  /// The tests of a column, in order.
  std::vector<const ColumnTest*> tests_of(std::string_view column) const;
};

/// Where a parameter stands.
struct ParameterPlace {
  std::string table, column;  ///< that it is compared with or assigned to; empty where the text
                              ///< does not say
  std::string cast;           ///< the type that it is cast to, as PostgreSQL calls it
  bool assigned = false;
  bool limits = false;     ///< behind LIMIT
  bool is_length = false;  ///< of time
  Duration unit{};         ///< of a length as a number; 0: it is an interval itself
  bool is_list = false;    ///< behind ANY
  bool is_now = false;     ///< the time, to which something is added
  bool is_number = false;  ///< something is added to it, or it to something
};

/// A statement as read.
struct InitStatement {
  Statement statement;
  std::unique_ptr<ParseTree> tree;
  std::vector<Query> queries;
  std::vector<TableUse> uses;
  std::vector<std::string> returned;                 ///< names of the columns that come out
  std::map<std::string, std::string> returned_from;  ///< column → the table's own, where it is one
  std::map<std::string, ParameterPlace> parameters;  ///< by "$1"
  std::set<std::string> calls;                       ///< functions

  const std::string& name() const { return statement.name; }
  /// nullptr when it has nothing to do with the table.
  const TableUse* use(std::string_view table) const;
  /// What the parameter "$1" is called: by its user, or after its column as sqlc does.
  std::string called(const std::string& parameter) const;
};

/// Fills everything of a statement but `statement` and `tree`.
void read_uses(InitStatement& into, const SchemaView& schema);

}  // namespace fencepost
