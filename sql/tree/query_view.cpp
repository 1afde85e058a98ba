#include "sql/tree/query_view.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "sql/sql_text.hpp"
#include "sql/tree/query_shape.hpp"

namespace fencepost {
namespace {

std::string constant_of(const TreeNode& node) {
  for (const TreeNode& value : node.items()) {
    if (value.field() == "isnull") return "null";
    const auto inside = value.items();
    if (value.field() == "ival") return inside.empty() ? "0" : std::string(inside[0].text());
    if (value.field() == "boolval") return inside.empty() ? "false" : "true";
    return inside.empty() ? "" : std::string(inside[0].text());
  }
  return "";
}

Operand column_of(const TreeNode& node) {
  Operand found{Operand::Kind::column, "", "", "", node};
  for (const TreeNode& field : node["fields"].items()) {
    found.of = std::exchange(found.text, field.kind() == "A_Star" ? "*" : last_name(field));
  }
  return found;
}

/// "SVFOP_CURRENT_TIMESTAMP" is current_timestamp.
std::string without_parentheses(const TreeNode& node) {
  std::string name = folded(node["op"].text().substr(std::string_view("SVFOP_").size()));
  if (name.ends_with("_n")) name.resize(name.size() - 2);
  return name;
}

/// a < b as b > a.
void flip(Condition& condition) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> mirrored = {
      {{"=", "="}, {"<>", "<>"}, {"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}}};
  for (const auto& [op, other] : mirrored) {
    if (condition.op != op) continue;
    condition.op = other;
    std::swap(condition.left, condition.right);
    return;
  }
}

void read_comparison(const TreeNode& node, Condition& into) {
  const std::string_view kind = node["kind"].text();
  const std::string name = folded(last_name(node["name"]));
  into.left = operand_of(node["lexpr"]);
  into.right = operand_of(node["rexpr"]);
  if (kind == "AEXPR_IN")
    into.op = name == "=" ? "in" : "not in";
  else if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL")
    into.op = name + (kind == "AEXPR_OP_ANY" ? " any" : " all");
  else if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT")
    into.op = kind == "AEXPR_DISTINCT" ? "is distinct from" : "is not distinct from";
  else if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE")
    into.op = std::string(name.starts_with('!') ? "not " : "") +
              (kind == "AEXPR_LIKE" ? "like" : "ilike");
  else
    into.op = name;
  if (into.left.kind != Operand::Kind::column && into.right.kind == Operand::Kind::column)
    flip(into);
}

void read_sublink(const TreeNode& node, Condition& into) {
  const std::string_view kind = node["subLinkType"].text();
  into.right = {Operand::Kind::query, "", "", "", node["subselect"]};
  if (kind == "EXISTS_SUBLINK") {
    into.op = "exists";
  } else if (kind == "ANY_SUBLINK" || kind == "ALL_SUBLINK") {
    into.left = operand_of(node["testexpr"]);
    into.op = node["operName"]
                  ? last_name(node["operName"]) + (kind == "ANY_SUBLINK" ? " any" : " all")
                  : "in";
    if (into.op == "= any") into.op = "in";
  } else {
    into.left = std::exchange(into.right, {});
  }
}

Operand plain_operand(const TreeNode& node) {
  using Kind = Operand::Kind;
  const std::string_view kind = node.kind();
  if (!node) return {};
  if (kind == "ColumnRef") return column_of(node);
  if (kind == "ParamRef")
    return {Kind::parameter, "$" + std::string(node["number"].text()), "", "", node};
  if (kind == "A_Const") return {Kind::constant, constant_of(node), "", "", node};
  if (kind == "FuncCall") return {Kind::call, folded(last_name(node["funcname"])), "", "", node};
  if (kind == "SQLValueFunction") return {Kind::call, without_parentheses(node), "", "", node};
  if (kind == "SubLink") return {Kind::query, "", "", "", node["subselect"]};
  if (kind == "List" || kind == "A_ArrayExpr" || kind == "RowExpr")
    return {Kind::list, "", "", "", node};
  return {Kind::other, "", "", "", node};
}

/// Whether PostgreSQL takes a word for the name of a column and of a table, and for nothing else.
bool is_column_without_quotes(const std::string& word) {
  const auto tree = ParseTree::of("SELECT " + word + " FROM " + word + " WHERE " + word + " = 1");
  const auto* parsed = std::get_if<ParseTree>(&tree);
  if (parsed == nullptr) return false;
  const std::vector<Query> queries = statement_views(*parsed).front().queries;
  return queries.front().outputs.front().value.kind == Operand::Kind::column;
}

}  // namespace

std::string sql_name(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), in_sql_word) &&
                     folded(name) == name && is_column_without_quotes(std::string(name));
  return plain ? std::string(name) : in_name_quotes(name);
}

std::string last_name(const TreeNode& names) {
  if (names.kind() == "String") return std::string(names["sval"].text());
  std::string name;
  for (const TreeNode& each : names.items())
    if (each.kind() == "String") name = each["sval"].text();
  return name;
}

Operand operand_of(const TreeNode& node) {
  // A loop, because as many casts may stand around a value as the parser takes.
  TreeNode inside = node;
  while (inside.kind() == "TypeCast") inside = inside["arg"];
  Operand found = plain_operand(inside);
  if (node.kind() == "TypeCast") found.cast = last_name(node["typeName"]["names"]);
  return found;
}

bool is_order(std::string_view op) { return op == "<" || op == "<=" || op == ">" || op == ">="; }

bool tells_transaction_time(std::string_view function) {
  static constexpr std::array<std::string_view, 4> all = {
      "now", "current_timestamp", "localtimestamp", "transaction_timestamp"};
  return std::find(all.begin(), all.end(), function) != all.end();
}

bool tells_time(std::string_view function) {
  return tells_transaction_time(function) || function == "clock_timestamp" ||
         function == "statement_timestamp";
}

bool asks_time(const TreeNode& expression) {
  bool found = false;
  expression.for_each([&](const TreeNode& node) {
    if (node.kind() != "FuncCall" && node.kind() != "SQLValueFunction") return;
    const std::string function = operand_of(node).text;
    found = found || tells_time(function) || function == "timeofday";
  });
  return found;
}

Condition condition_of(const TreeNode& node, Clause span) {
  Condition found;
  found.span = span;
  found.node = node;
  const std::string_view kind = node.kind();
  if (kind == "A_Expr") {
    read_comparison(node, found);
  } else if (kind == "SubLink") {
    read_sublink(node, found);
  } else if (kind == "NullTest") {
    found.left = operand_of(node["arg"]);
    found.op = node["nulltesttype"].text() == "IS_NULL" ? "is null" : "is not null";
  } else if (kind == "BoolExpr") {
    found.op = node["boolop"].text() == "OR_EXPR" ? "or" : "not";
  } else {
    found.left = operand_of(node);
  }
  return found;
}

std::vector<StatementView> statement_views(const ParseTree& tree) {
  const DeepParts parts(tree.sql());
  std::vector<StatementView> views;
  for (const ParseTree::Root& root : tree.roots()) {
    StatementView& view = views.emplace_back();
    view.kind = root.node.kind();
    view.span = root.span;
    view.queries = queries_in(root.node, parts);
  }
  return views;
}

}  // namespace fencepost
