// Limits that are kept by counting.
#include <fmt/format.h>

#include <algorithm>

#include "sim/lint/lint_rules.hpp"

namespace fencepost {
namespace {

/// Where a statement asks for what a query counts: it stands there itself, or is named by WITH.
std::vector<TreeNode> uses_of(const ReadStatement& read, const Query& counts) {
  if (counts.within == Query::Within::condition || counts.within == Query::Within::value)
    return {counts.node};
  std::vector<TreeNode> found;
  for (const ParseTree::Root& root : read.tree->roots())
    root.node.for_each([&](const TreeNode& node) {
      if (node.kind() != "ColumnRef" || counts.node.holds(node)) return;
      for (const Output& output : counts.outputs)
        if (operand_of(node).text == output.name) found.push_back(node);
    });
  return found;
}

/// Whether both have to be so: neither is in another arm of an OR or a UNION, and the count is no
/// mere output of the statement.
bool restricts(const TreeNode& count, const TreeNode& look) {
  bool asked = false;
  TreeNode both = count;
  for (TreeNode at = count; at; at = at.around()) {
    if (!both.holds(look)) both = at;
    for (const char* field : {"whereClause", "havingClause", "quals", "limitCount", "ctequery"})
      asked = asked || at.field() == field;
  }
  return asked && both["boolop"].text() != "OR_EXPR" && both["op"].text() != "SETOP_UNION";
}

/// Whether rows that a claim has taken may be among those that are counted: not where they are
/// counted by another state, or by a time that no claim writes.
bool counts_claimed(const LintFacts& facts, const ReadStatement& read, const Query& counts) {
  const std::string& table = counts.tables[0].name;
  return std::none_of(counts.where.begin(), counts.where.end(), [&](const Condition& each) {
    if (each.left.kind != Operand::Kind::column) return false;
    const ColumnDefinition* column = facts.schema().column(table, each.left.text);
    if (is_order(each.op) || each.op == "is not null")
      return column != nullptr && holds_time(*column);
    if (each.op != "=" || each.right.kind != Operand::Kind::constant) return false;
    bool other = false;
    for (const Query& query : read.queries)
      for (const Assignment& set : all_sets(query))
        other = other ||
                (query.target.name == table && set.column == each.left.text &&
                 set.value.kind == Operand::Kind::constant && set.value.text != each.right.text);
    return other;
  });
}

}  // namespace

std::vector<Trap> stale_counts(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.part != StatementUse::Part::claim) return;
    std::vector<TreeNode> looks;
    for (const ParseTree::Root& root : read.tree->roots())
      for (const TreeNode& look : facts.expired_looks(root.node)) looks.push_back(look);
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls) {
        if (call.name != "count" || query.tables.size() != 1 || query.where.empty()) continue;
        if (!facts.is_lease_table(query.tables[0].name) || !counts_claimed(facts, read, query))
          continue;
        bool asks = false;
        query.node.for_each([&](const TreeNode& node) {
          asks = asks || (node.kind() == "ColumnRef" &&
                          facts.lease_times().contains(operand_of(node).text));
        });
        const std::vector<TreeNode> counts = uses_of(read, query);
        const bool limits = std::any_of(counts.begin(), counts.end(), [&](const TreeNode& count) {
          return std::any_of(looks.begin(), looks.end(),
                             [&](const TreeNode& look) { return restricts(count, look); });
        });
        if (asks || !limits) continue;
        traps.push_back(
            {&read,
             query.where_clause.value_or(query.span),
             {},
             "jobs of dead workers, which this statement would take over, count against "
             "the limit that keeps it from taking them",
             "AND the same look at the lease's time as where the claim takes jobs over"});
      }
  });
  return traps;
}

std::vector<Trap> caps_without_lock(const LintFacts& facts) {
  std::vector<Trap> traps;
  if (facts.observed("cap").kind == Operand::Kind::none) return traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!facts.races(use) || !facts.before(use).empty() || use.isolation == "serializable") return;
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls)
        if (call.name == "count" && query.tables.size() == 1 &&
            facts.is_lease_table(query.tables[0].name))
          traps.push_back(
              {&read,
               call.span,
               {},
               "two claims that count before either commits both see room: more run "
               "than the limit",
               "first in the transaction: SELECT pg_advisory_xact_lock(hashtext(…)), or "
               "the limit's own row FOR UPDATE"});
  });
  return traps;
}

}  // namespace fencepost
