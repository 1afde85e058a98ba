#include "sim/mutants/equivalence.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"
#include "sql/tree/deep_parts.hpp"

namespace fencepost {
namespace {

/// A parse tree without the places of its nodes.
std::string shape(const ParseTree& tree) {
  std::string all;
  for (const ParseTree::Root& root : tree.roots())
    root.node.for_each([&](const TreeNode& node) {
      all += node.kind();
      all += '\1';
      all += node.field();
      all += '\2';
      all += node.text();
      all += '\3';
    });
  return all;
}

std::vector<Query> queries_of(const ParseTree& tree) {
  std::vector<Query> all;
  for (StatementView& view : statement_views(tree))
    for (Query& query : view.queries) all.push_back(std::move(query));
  return all;
}

/// Whether PostgreSQL keeps a query of WITH apart whatever it is called (contain_dml and
/// contain_volatile_functions in its planner).
bool is_kept_apart(const Query& query) {
  static constexpr std::array<std::string_view, 6> changing = {
      "clock_timestamp", "random", "gen_random_uuid", "nextval", "uuid_generate_v4", "timeofday"};
  return query.writes() || !query.locks.empty() ||
         std::any_of(query.calls.begin(), query.calls.end(), [&](const FunctionCall& call) {
           return std::find(changing.begin(), changing.end(), call.name) != changing.end();
         });
}

/// Behind WHERE.
std::string condition_of(const Query& query, const std::string& sql) {
  if (!query.where_clause) return "true";
  const std::size_t begin = query.where_clause->begin + std::string_view("where").size();
  return sql.substr(begin, query.where_clause->end - begin);
}

/// Whether rows that stand under that name in a query may be others than the table's: an outer join
/// adds rows of nulls, and a query of WITH may have the name.
bool may_be_others(const Query& query, const std::string& name) {
  bool others = false;
  TreeNode statement = query.node;
  while (statement.around()) statement = statement.around();
  statement.for_each([&](const TreeNode& node) {
    if (node.kind() == "CommonTableExpr" && node["ctename"].text() == name) others = true;
    if (node.kind() != "RangeVar" || node["relname"].text() != name) return;
    for (TreeNode side = node, join = node.around(); join; side = join, join = join.around()) {
      const std::string_view type = join["jointype"].text();
      others = others || type == "JOIN_FULL" || (type == "JOIN_LEFT" && side.field() == "rarg") ||
               (type == "JOIN_RIGHT" && side.field() == "larg");
    }
  });
  return others;
}

/// What CHECK demands of a table's rows, with the table's name.
void add_checks(const SqlStatement& statement,
                std::map<std::string, std::vector<std::string>>& into) {
  if (!statement.begins({"create", "table"}) && !statement.begins({"alter", "table"})) return;
  const DeepParts parts(statement.text);
  std::size_t name = 2;
  while (parts.is(name, "if") || parts.is(name, "not") || parts.is(name, "exists") ||
         parts.is(name, "only"))
    ++name;
  while (name + 2 < parts.size() && parts[name + 1].text == ".") name += 2;
  if (name >= parts.size()) return;
  for (std::size_t i = name; i + 1 < parts.size(); ++i) {
    if (!parts.is(i, "check") || parts[i + 1].text != "(") continue;
    const std::size_t close = parts.partner(i + 1);
    if (close == DeepParts::kNone || close <= i + 2) continue;
    const Clause inside = parts.bytes({i + 2, close - 1});
    into[folded(parts[name].text)].emplace_back(
        statement.text.substr(inside.begin, inside.end - inside.begin));
  }
}

}  // namespace

Equivalence::Equivalence(const Protocol& protocol) : protocol_(protocol) {
  for (const std::string& text : protocol.schema)
    for (const SqlStatement& statement : sql_statements(text)) {
      add_words(statement.text);
      if (!statement.begins({"create"}) && !statement.begins({"alter"}) &&
          !statement.begins({"drop"}))
        continue;
      const auto tree = ParseTree::of(std::string(statement.text));
      if (const auto* parsed = std::get_if<ParseTree>(&tree)) schema_.add(*parsed);
      add_checks(statement, checks_);
    }
}

// A body of a function is a text that reads.
void Equivalence::add_words(std::string_view sql) {
  for (const SqlPart& part : sql_parts(sql)) {
    if (part.kind == SqlKind::word) schema_words_.insert(folded(part.text));
    if (part.kind == SqlKind::text) add_words(inside_quotes(part.text));
  }
}

// A table that inherits, or one whose CHECK is dropped again, is not looked at.
bool Equivalence::implied(const Query& before, const std::string& sql, const Query& after,
                          const std::string& now) const {
  if (schema_words_.contains("inherits") || schema_words_.contains("drop")) return false;
  RowRules rules;
  const TableDefinition* table = nullptr;
  std::vector<TableName> tables = before.tables;
  if (before.writes()) tables.push_back(before.target);
  for (const TableName& each : tables) {
    const TableDefinition* known = schema_.table(each.name);
    if (known == nullptr) continue;
    if (table != nullptr || may_be_others(before, each.name)) return false;
    table = known;
    rules.names.insert(each.alias.empty() ? each.name : each.alias);
  }
  if (table == nullptr) return false;
  for (const ColumnDefinition& column : table->columns) {
    rules.columns.insert(column.name);
    if (column.not_null) rules.not_null.insert(column.name);
  }
  rules.not_null.insert(table->primary_key.begin(), table->primary_key.end());
  if (const auto checks = checks_.find(table->name); checks != checks_.end())
    rules.checks = checks->second;
  return same_rows(condition_of(before, sql), condition_of(after, now), rules);
}

bool Equivalence::is_read(const std::string& column) const {
  if (schema_words_.count(column) != 1) return true;
  for (const auto& [name, statement] : protocol_.statements) {
    const auto tree = ParseTree::of(statement.sql);
    const auto* parsed = std::get_if<ParseTree>(&tree);
    if (parsed == nullptr) return true;
    bool read = false;
    for (const ParseTree::Root& root : parsed->roots())
      root.node.for_each([&](const TreeNode& node) {
        if (node.kind() == "ColumnRef") {
          const Operand found = operand_of(node);
          read = read || found.text == column || found.text == "*" || found.of == column;
        }
        read = read || (node.kind() == "IndexElem" && node["name"].text() == column);
      });
    if (read) return true;
  }
  return false;
}

std::string Equivalence::proof(const std::string& sql, const SqlEdit& edit,
                               const std::string& now) const {
  const auto one = ParseTree::of(sql), two = ParseTree::of(now);
  const auto* before = std::get_if<ParseTree>(&one);
  const auto* after = std::get_if<ParseTree>(&two);
  if (before == nullptr || after == nullptr) return "";
  if (shape(*before) == shape(*after)) return "PostgreSQL reads both alike";
  const std::vector<Query> was = queries_of(*before), is = queries_of(*after);
  if (was.size() != is.size()) return "";
  for (std::size_t i = 0; i < was.size(); ++i) {
    if (edit.change == "no-materialized" && was[i].materialized != is[i].materialized &&
        is_kept_apart(was[i]))
      return "PostgreSQL computes a query of WITH that locks, writes or asks for the time once "
             "anyway";
    const bool here = was[i].where_clause && edit.clause.begin >= was[i].where_clause->begin &&
                      edit.clause.end <= was[i].where_clause->end;
    const bool in_inner = std::any_of(
        was.begin() + static_cast<std::ptrdiff_t>(i) + 1, was.end(), [&](const Query& inner) {
          return inner.where_clause && inner.where_clause->begin <= edit.clause.begin &&
                 edit.clause.end <= inner.where_clause->end;
        });
    if (here && !in_inner && implied(was[i], sql, is[i], now))
      return "the schema's constraints and the other conditions let the same rows through";
  }
  const bool sets = edit.change == "no-set" || edit.change == "constant" ||
                    edit.change == "no-bump" || edit.change == "fixed-case";
  // A column that an INSERT leaves to its default may be one that must not be null.
  if (sets && edit.splices.size() == 1 && edit.columns.size() == 1 &&
      !is_read(*edit.columns.begin()))
    return "nothing reads the column " + *edit.columns.begin();
  return "";
}

std::string Equivalence::proof_of_swap(const Step& first, const Step& second) const {
  const auto* one = std::get_if<RunStep>(&first.what);
  const auto* two = std::get_if<RunStep>(&second.what);
  if (one == nullptr || two == nullptr || one->is_operation || two->is_operation) return "";
  const Statement* a = protocol_.find(one->name);
  const Statement* b = protocol_.find(two->name);
  if (a == nullptr || b == nullptr) return "";
  const bool alone = (a->command == Command::let && b->command == Command::let) ||
                     ((a->command == Command::let) != (b->command == Command::let));
  if (!alone) return "";
  const auto gives = [](const Statement& statement) -> std::optional<std::set<std::string>> {
    std::set<std::string> names;
    const auto tree = ParseTree::of(statement.sql);
    const auto* parsed = std::get_if<ParseTree>(&tree);
    if (parsed == nullptr) return std::nullopt;
    for (const Query& query : queries_of(*parsed))
      if (query.within == Query::Within::nothing || query.within == Query::Within::arm)
        for (const Output& output : query.outputs) names.insert(output.name);
    return names;
  };
  const auto needs = [&](const RunStep& run, const Statement& statement) {
    std::set<std::string> names(statement.parameters.begin(), statement.parameters.end());
    for (const auto& [parameter, source] : run.with) names.insert({source.name, source.statement});
    for (const std::string& parameter : statement.parameters)
      if (const auto named = protocol_.names.find(parameter); named != protocol_.names.end())
        names.insert({named->second.name, named->second.statement});
    return names;
  };
  const auto given_a = gives(*a), given_b = gives(*b);
  if (!given_a || !given_b || given_a->contains("*") || given_b->contains("*")) return "";
  const std::set<std::string> needed_a = needs(*one, *a), needed_b = needs(*two, *b);
  for (const std::string& name : *given_a)
    if (needed_b.contains(name) || given_b->contains(name)) return "";
  for (const std::string& name : *given_b)
    if (needed_a.contains(name)) return "";
  if (needed_a.contains(b->name) || needed_b.contains(a->name)) return "";
  return "one computes in the worker alone, and neither needs what the other gives";
}

}  // namespace fencepost
