#include "sim/init/uses/sql_uses.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/tree/query_shape.hpp"

namespace fencepost {
namespace {

using Kind = Operand::Kind;

/// The only column in an expression, or none.
Operand column_in(const TreeNode& expression) {
  Operand found;
  expression.for_each([&](const TreeNode& node) {
    if (node.kind() == "ColumnRef" && found.kind != Kind::column) found = operand_of(node);
  });
  return found;
}

/// Reads what a statement's queries do, one after another.
class UseReader {
 public:
  UseReader(InitStatement& into, const SchemaView& schema) : into_(into), schema_(schema) {}

  void read() {
    if (into_.queries.empty()) return;
    for (const Query& query : into_.queries) {
      for (const TableName& table : query.tables)
        if (!is_with(table.name)) touch(table.name).reads = true;
      if (query.writes()) read_writes(query);
      read_picks(query);
      read_conditions(query, query.node["whereClause"]);
      query.node["fromClause"].for_each([&](const TreeNode& node) {
        if (node.field() == "quals") read_conditions(query, node);
      });
      for (const FunctionCall& call : query.calls) into_.calls.insert(call.name);
      read_limits(query);
    }
    read_casts();
    read_returned();
  }

 private:
  TableUse& touch(const std::string& table) {
    for (TableUse& each : into_.uses)
      if (each.table == table) return each;
    into_.uses.push_back({table});
    return into_.uses.back();
  }
  const Query* with(std::string_view name) const {
    for (const Query& query : into_.queries)
      if (query.within == Query::Within::with && query.name == name) return &query;
    return nullptr;
  }
  bool is_with(std::string_view name) const { return with(name) != nullptr; }

  std::vector<TableName> tables_of(const Query& query) const {
    std::vector<TableName> all = query.tables;
    if (query.writes()) all.insert(all.begin(), query.target);
    return all;
  }
  /// The table that a column is of; empty where it is of none that is known.
  std::string table_of(const Query& query, const Operand& column) const {
    for (const Query* at = &query;;) {
      for (const TableName& table : tables_of(*at)) {
        const std::string& called = table.alias.empty() ? table.name : table.alias;
        if (!column.of.empty() && column.of != called && column.of != table.name) continue;
        if (!is_with(table.name) && schema_.column(table.name, column.text) != nullptr)
          return table.name;
      }
      if (!at->around) break;
      at = &into_.queries[*at->around];
    }
    const auto tables = tables_of(query);
    const bool unknown =
        tables.size() == 1 && !is_with(tables[0].name) && schema_.table(tables[0].name) == nullptr;
    return unknown ? tables[0].name : "";
  }

  void read_writes(const Query& query) {
    TableUse& use = touch(query.target.name);
    use.updates = use.updates || query.kind == Query::Kind::update;
    use.removes = use.removes || query.kind == Query::Kind::remove;
    use.inserts = use.inserts || query.kind == Query::Kind::insert;
    std::vector<Assignment> first = query.sets;
    if (query.kind == Query::Kind::insert && first.empty()) first = by_position(query);
    for (const Assignment& each : first) add_set(query, each, first);
    if (!query.conflict) return;
    use.conflicts = true;
    use.updates = use.updates || !query.conflict->sets.empty();
    for (const Assignment& each : query.conflict->sets) add_set(query, each, first);
    read_conditions(query, query.node["onConflictClause"]["whereClause"]);
  }
  /// INSERT INTO t VALUES (…): the columns of the table, in order.
  std::vector<Assignment> by_position(const Query& query) const {
    std::vector<Assignment> found;
    const TableDefinition* table = schema_.table(query.target.name);
    const auto rows = query.node["selectStmt"]["valuesLists"].items();
    if (table == nullptr || rows.empty()) return found;
    const auto values = rows[0]["items"].items();
    for (std::size_t i = 0; i < values.size() && i < table->columns.size(); ++i) {
      found.emplace_back();
      found.back().column = table->columns[i].name;
      found.back().value = operand_of(values[i]);
    }
    return found;
  }

  /// What is set; EXCLUDED.c is what was to be inserted.
  void add_set(const Query& query, const Assignment& given, const std::vector<Assignment>& first) {
    Assignment each = given;
    if (each.value.kind == Kind::column && each.value.of == "excluded")
      for (const Assignment& inserted : first)
        if (inserted.column == given.value.text) each.value = inserted.value;
    ColumnSet set = set_of(each);
    read_client_time(query, each, set);
    if (!set.parameter.empty() && set.to == ColumnSet::To::parameter)
      place(set.parameter, query.target.name, set.column).assigned = true;
    note_length(set.length);
    std::vector<ColumnSet>& sets = touch(query.target.name).sets;
    std::erase_if(sets, [&](const ColumnSet& other) { return other.column == set.column; });
    sets.push_back(std::move(set));
  }
  void read_picks(const Query& query) {
    for (const TableName& table : tables_of(query)) {
      if (is_with(table.name)) continue;
      TableUse& use = touch(table.name);
      use.limited = use.limited || query.limit.has_value();
      for (const LockingClause& lock : query.locks) {
        const std::string& called = table.alias.empty() ? table.name : table.alias;
        if (!lock.of.empty() && std::find(lock.of.begin(), lock.of.end(), called) == lock.of.end())
          continue;
        use.locks = use.locks || lock.strength >= LockingClause::Strength::no_key_update;
        use.skips_locked = use.skips_locked || lock.wait == LockingClause::Wait::skip_locked;
      }
    }
  }

  enum class Said { as_is, negated };
  enum class Beside { nothing, alternative };
  void read_conditions(const Query& query, const TreeNode& node, Said said = Said::as_is,
                       Beside beside = Beside::nothing) {
    if (!node) return;
    if (node.kind() != "BoolExpr") return read_test(query, node, said, beside);
    const std::string_view op = node["boolop"].text();
    const Said inside = op != "NOT_EXPR"        ? said
                        : said == Said::negated ? Said::as_is
                                                : Said::negated;
    for (const TreeNode& each : node["args"].items())
      read_conditions(query, each, inside, op == "OR_EXPR" ? Beside::alternative : beside);
  }

  void read_test(const Query& query, const TreeNode& node, Said said, Beside beside) {
    const Condition condition = condition_of(node, {});
    ColumnTest test;
    test.negated = said == Said::negated;
    test.alternative = beside == Beside::alternative;
    Operand column = condition.left;
    if (node.kind() == "BooleanTest") {
      column = operand_of(node["arg"]);
      const std::string_view kind = node["booltesttype"].text();
      test.is = kind == "IS_TRUE" || kind == "IS_NOT_FALSE" ? Is::set : Is::unset;
    } else if (is_order(condition.op)) {
      column = read_order(query, condition, test);
    } else {
      read_equality(condition, test);
    }
    if (column.kind != Kind::column) column = column_in(node["lexpr"]);
    if (column.kind != Kind::column || column.of == "excluded") return;
    test.column = column.text;
    const std::string table = table_of(query, column);
    if (test.negated && (test.is == ColumnTest::Is::set || test.is == ColumnTest::Is::unset))
      test.is = test.is == ColumnTest::Is::set ? ColumnTest::Is::unset : ColumnTest::Is::set,
      test.negated = false;
    if (!test.parameter.empty()) {
      ParameterPlace& at = place(test.parameter, table, test.column);
      at.is_list = condition.op.ends_with(" any");
      at.is_now = at.is_now || test.length.known();
    }
    note_length(test.length);
    if (!table.empty()) touch(table).tests.push_back(std::move(test));
  }

  static void read_equality(const Condition& condition, ColumnTest& test) {
    const std::string& op = condition.op;
    const bool list = op == "in" || op == "not in" || op == "= any" || op == "<> all";
    test.negated = test.negated !=
                   (op == "<>" || op == "not in" || op == "<> all" || op == "is distinct from");
    if (op == "is null" || op == "is not null") {
      test.is = op == "is null" ? Is::null : Is::set;
    } else if (op.empty()) {
      test.is = Is::set;
    } else if (list && condition.right.kind == Kind::list) {
      test.labels = constants_in(condition.right.node);
      if (!test.labels.empty()) test.is = Is::label;
    } else if (condition.right.kind == Kind::constant && (op == "=" || op == "<>")) {
      test.is = condition.right.text == "true"    ? Is::set
                : condition.right.text == "false" ? Is::unset
                                                  : Is::label;
      test.labels = {condition.right.text};
    } else if (condition.right.kind == Kind::parameter) {
      test.is = Is::parameter;
      test.parameter = condition.right.text;
    }
  }

  /// Which time lies behind; returns the column that is meant.
  Operand read_order(const Query& query, const Condition& condition, ColumnTest& test) const {
    const TreeNode left = condition.node["lexpr"], right = condition.node["rexpr"];
    const bool less = last_name(condition.node["name"]).front() == '<';
    const Operand l = column_in(left), r = column_in(right);
    if (l.kind == Kind::column && asks_time(left)) {  // now() - since > length
      test.is = less ? Is::ahead : Is::passed;
      test.counts = counted_in(left);
      test.length = length_of(right, test.counts);
      return l;
    }
    if (r.kind == Kind::column && asks_time(right)) {
      test.is = less ? Is::passed : Is::ahead;
      test.counts = counted_in(right);
      test.length = length_of(left, test.counts);
      return r;
    }
    if (asks_time(left) != asks_time(right)) {
      const bool column_left = asks_time(right);
      test.is = less == column_left ? Is::passed : Is::ahead;
      test.counts = counted_in(column_left ? right : left);
      test.length = beside_time(column_left ? right : left);
      if (!test.length.behind) read_added(column_left ? left : right, test);
      return column_left ? l : r;
    }
    const Operand& column = condition.left.kind == Kind::column ? condition.left : l;
    test.is = Is::less;
    test.inclusive = &column != &l && (condition.op == "<=" || condition.op == ">");
    const bool time = column.kind == Kind::column && is_time(table_of(query, column), column.text);
    if (condition.right.kind == Kind::parameter) test.parameter = condition.right.text;
    if (const auto sum = added_to_parameter(condition.right, counted_by_name(column.text));
        sum && time)
      test.parameter = sum->first, test.length = sum->second;
    if (condition.right.kind == Kind::column) test.than = condition.right.text;
    if (condition.right.kind == Kind::constant) read_bound(query, condition, test);
    if (time && !test.parameter.empty())
      test.is = condition.op.front() == '<' ? Is::passed : Is::ahead;
    return column;
  }
  /// A number; or, of an enumeration, the labels on one side of one.
  void read_bound(const Query& query, const Condition& condition, ColumnTest& test) const {
    test.labels = {condition.right.text};
    const ColumnDefinition* column =
        schema_.column(table_of(query, condition.left), condition.left.text);
    if (column == nullptr) return;
    const std::vector<std::string>& all = column->labels;
    const auto at = std::find(all.begin(), all.end(), condition.right.text);
    if (at == all.end()) return;
    const auto equal = condition.op.size() == 2 ? 1 : 0;
    const bool less = condition.op.front() == '<';
    test.is = ColumnTest::Is::label;
    test.labels = less ? std::vector<std::string>(all.begin(), at + equal)
                       : std::vector<std::string>(at + 1 - equal, all.end());
    if (test.labels.empty()) test.labels = {condition.right.text}, test.negated = !test.negated;
  }
  /// until + $1, until + how_long.
  static void read_added(const TreeNode& expression, ColumnTest& test) {
    const Operand found = operand_of(expression);
    test.length = {};
    if (found.node.kind() != "A_Expr" || last_name(found.node["name"]) != "+") return;
    test.length = length_of(found.node["rexpr"], test.counts);
    const Operand added = operand_of(found.node["rexpr"]);
    if (added.kind == Kind::column) test.than = added.text;
  }
  bool is_time(std::string_view table, std::string_view column) const {
    const ColumnDefinition* known = schema_.column(table, column);
    return known != nullptr && holds_time(*known);
  }
  /// until = $1 + 30000, where the client says what time it is.
  void read_client_time(const Query& query, const Assignment& each, ColumnSet& set) {
    const auto sum = added_to_parameter(each.value, counted_by_name(set.column));
    if (set.to != ColumnSet::To::other || !sum || sum->second.behind ||
        !is_time(query.target.name, set.column))
      return;
    set.to = ColumnSet::To::later;
    set.length = sum->second;
    place(sum->first, query.target.name, set.column).is_now = true;
  }

  ParameterPlace& place(const std::string& parameter, const std::string& table,
                        const std::string& column) {
    ParameterPlace& at = into_.parameters[parameter];
    if (at.column.empty()) at.table = table, at.column = column;
    return at;
  }
  void note_length(const SqlLength& length) {
    if (length.parameter.empty()) return;
    into_.parameters[length.parameter].is_length = true;
    into_.parameters[length.parameter].unit = length.unit;
  }
  void read_limits(const Query& query) {
    query.node["limitCount"].for_each([&](const TreeNode& node) {
      if (node.kind() == "ParamRef") into_.parameters[operand_of(node).text].limits = true;
    });
  }
  void read_casts() {
    into_.queries.front().node.for_each([&](const TreeNode& node) {
      if (node.kind() == "ParamRef") into_.parameters[operand_of(node).text];
      read_sum(node);
      if (node.kind() != "TypeCast") return;
      const Operand found = operand_of(node);
      if (found.kind == Kind::parameter && into_.parameters[found.text].cast.empty())
        into_.parameters[found.text].cast = found.cast;
    });
  }

  /// tries + $1, where no time is what it is added to.
  void read_sum(const TreeNode& node) {
    if (node.kind() != "A_Expr" || last_name(node["name"]) != "+" || asks_time(node)) return;
    for (const char* side : {"lexpr", "rexpr"})
      if (const Operand found = operand_of(node[side]); found.kind == Kind::parameter)
        into_.parameters[found.text].is_number = true;
  }

  void read_returned() {
    const Query& query = into_.queries.front();
    for (const Output& output : query.outputs) returned(query, output, 0);
  }
  void returned(const Query& query, const Output& output, int depth) {
    constexpr int most = 8;  // a WITH RECURSIVE may name itself
    if (output.value.kind != Kind::column || output.value.text != "*") {
      into_.returned.push_back(output.name);
      if (const std::string own = own_column(query, output.value); !own.empty())
        into_.returned_from[output.name] = own;
      return;
    }
    for (const TableName& table : tables_of(query)) {
      const std::string& called = table.alias.empty() ? table.name : table.alias;
      if (!output.value.of.empty() && output.value.of != called) continue;
      if (const Query* inner = with(table.name); inner != nullptr && depth < most)
        for (const Output& each : inner->outputs) returned(*inner, each, depth + 1);
      if (const TableDefinition* known = schema_.table(table.name))
        for (const ColumnDefinition& column : known->columns) {
          into_.returned.push_back(column.name);
          into_.returned_from[column.name] = column.name;
        }
    }
  }

  /// The table's column that a value is, also out of a WITH.
  std::string own_column(const Query& query, const Operand& value) const {
    if (value.kind != Kind::column) return "";
    if (!table_of(query, value).empty()) return value.text;
    for (const TableName& table : tables_of(query))
      if (const Query* inner = with(table.name); inner != nullptr && inner != &query)
        for (const Output& each : inner->outputs)
          if (each.name == value.text && each.value.kind == Kind::column &&
              !table_of(*inner, each.value).empty())
            return each.value.text;
    return "";
  }

  InitStatement& into_;
  const SchemaView& schema_;
};

}  // namespace

const ColumnSet* TableUse::set(std::string_view column) const {
  for (const ColumnSet& each : sets)
    if (each.column == column) return &each;
  return nullptr;
}

std::vector<const ColumnTest*> TableUse::tests_of(std::string_view column) const {
  std::vector<const ColumnTest*> found;
  for (const ColumnTest& each : tests)
    if (each.column == column) found.push_back(&each);
  return found;
}

const TableUse* InitStatement::use(std::string_view table) const {
  for (const TableUse& each : uses)
    if (each.table == table) return &each;
  return nullptr;
}

std::string InitStatement::called(const std::string& parameter) const {
  const std::size_t number = std::stoul(parameter.substr(1));
  if (number == 0 || number > statement.parameters.size()) return parameter;
  const std::string& own = statement.parameters[number - 1];
  if (!own.starts_with('$')) return own;
  const auto column = statement.columns.find(own);
  return column == statement.columns.end() ? own : column->second;
}

void read_uses(InitStatement& into, const SchemaView& schema) { UseReader(into, schema).read(); }

}  // namespace fencepost
