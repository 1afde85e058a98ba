#include "sim/lint/expired.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace fencepost {
namespace {

/// Whether what stands there is asked to be true, untrue, or one cannot tell.
struct Asked {
  bool as_true = true, as_untrue = false;
};

void step_out(const TreeNode& inside, const TreeNode& around, Asked& asked) {
  const std::string_view kind = around.kind(), field = inside.field();
  const std::string_view test = around["booltesttype"].text();
  const bool turns =
      (kind == "BoolExpr" && around["boolop"].text() == "NOT_EXPR") || test == "IS_FALSE" ||
      test == "IS_NOT_TRUE" ||
      (kind == "SubLink" && around["subLinkType"].text() == "ALL_SUBLINK") ||
      (kind == "SelectStmt" && field == "rarg" && around["op"].text() == "SETOP_EXCEPT");
  if (turns) std::swap(asked.as_true, asked.as_untrue);
  const bool outer =
      kind == "JoinExpr" && field == "quals" && around["jointype"].text() != "JOIN_INNER";
  const bool output = kind == "ResTarget" && around.around().kind() == "SelectStmt";
  if (outer || output || kind == "CaseWhen" || (kind == "A_Expr" && inside.kind() == "A_Expr"))
    asked = {true, true};
}

Asked asked_of(const TreeNode& node, const TreeNode& within) {
  Asked asked;
  for (TreeNode at = node; at != within && within.holds(at.around()); at = at.around())
    step_out(at, at.around(), asked);
  return asked;
}

template <typename Is>
bool any_column(const TreeNode& side, const Is& is) {
  bool found = false;
  side.for_each([&](const TreeNode& inside) {
    found = found || (inside.kind() == "ColumnRef" && is(operand_of(inside)));
  });
  return found;
}

}  // namespace

std::vector<TreeNode> expired_looks(const TreeNode& in, const std::set<std::string>& lease_times,
                                    const SchemaView& schema) {
  const auto has_lease_time = [&](const TreeNode& side) {
    return any_column(side, [&](const Operand& column) {
      return column.of != "excluded" && lease_times.contains(column.text);
    });
  };
  const auto has_time = [&](const TreeNode& side) {
    bool has = asks_time(side) || any_column(side, [&](const Operand& column) {
                 return std::none_of(schema.tables.begin(), schema.tables.end(),
                                     [&](const TableDefinition& table) {
                                       return table.column(column.text) != nullptr;
                                     });
               });
    side.for_each([&](const TreeNode& inside) { has = has || inside.kind() == "ParamRef"; });
    return has;
  };
  std::vector<TreeNode> found;
  in.for_each([&](const TreeNode& node) {
    if (node.kind() != "A_Expr" || !is_order(last_name(node["name"]))) return;
    const TreeNode left = node["lexpr"], right = node["rexpr"];
    const bool l = has_lease_time(left), r = has_lease_time(right);
    if (!l && !r) return;
    const bool less = last_name(node["name"]).front() == '<';
    // A difference, such as now() - heartbeat_at, lies on one side.
    const bool over = (l && asks_time(left) && !less) || (r && asks_time(right) && less) ||
                      (l && !asks_time(left) && less && has_time(right)) ||
                      (r && !asks_time(right) && !less && has_time(left));
    const bool not_over = (l && asks_time(left) && less) || (r && asks_time(right) && !less) ||
                          (l && !asks_time(left) && !less && has_time(right)) ||
                          (r && !asks_time(right) && less && has_time(left));
    const Asked asked = asked_of(node, in);
    if ((over && asked.as_true) || (not_over && asked.as_untrue)) found.push_back(node);
  });
  return found;
}

bool view_looks_for_expired(const std::string& view, const std::set<std::string>& lease_times,
                            const SchemaView& schema) {
  std::set<std::string> seen;
  std::vector<std::string> ahead = {view};
  while (!ahead.empty()) {
    const std::string name = ahead.back();
    ahead.pop_back();
    if (!seen.insert(name).second) continue;
    for (const ViewDefinition& each : schema.views) {
      const auto tree = ParseTree::of(each.name == name ? each.sql : "");
      const auto* parsed = std::get_if<ParseTree>(&tree);
      if (parsed == nullptr) continue;
      for (const ParseTree::Root& root : parsed->roots()) {
        if (!expired_looks(root.node, lease_times, schema).empty()) return true;
        root.node.for_each([&](const TreeNode& node) {
          if (node.kind() == "RangeVar") ahead.emplace_back(node["relname"].text());
        });
      }
    }
  }
  return false;
}

}  // namespace fencepost
