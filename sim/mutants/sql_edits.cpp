#include "sim/mutants/sql_edits.hpp"

#include <algorithm>

#include "sim/mutants/edit_reader.hpp"

namespace fencepost {

std::size_t EditReader::find(PartRange in, std::string_view word) const {
  for (std::size_t i = in.first; i <= in.last; ++i)
    if (parts.depth(i) == parts.depth(in.first) && parts.is(i, word)) return i;
  return DeepParts::kNone;
}

std::set<std::string> EditReader::columns_in(Clause clause) const {
  std::set<std::string> columns;
  query.node.for_each([&](const TreeNode& node) {
    const auto at = node.location();
    if (node.kind() != "ColumnRef" || !at || *at < clause.begin || *at >= clause.end) return;
    if (const Operand column = operand_of(node); column.text != "*") columns.insert(column.text);
  });
  return columns;
}

std::vector<SqlEdit> sql_edits(const std::string& sql) {
  std::vector<SqlEdit> edits;
  const auto tree = ParseTree::of(sql);
  const auto* parsed = std::get_if<ParseTree>(&tree);
  if (parsed == nullptr) return edits;
  const DeepParts parts(sql);
  for (const StatementView& statement : statement_views(*parsed))
    for (const Query& query : statement.queries) {
      if (query.span.end == 0) continue;
      const EditReader reader{parts, query, edits};
      edit_conditions(reader);
      edit_clauses(reader);
      edit_values(reader);
    }
  std::erase_if(edits, [&](const SqlEdit& edit) { return spliced(sql, edit.splices) == sql; });
  std::stable_sort(edits.begin(), edits.end(), [](const SqlEdit& a, const SqlEdit& b) {
    return a.clause.begin < b.clause.begin;
  });
  return edits;
}

std::string spliced(std::string text, const std::vector<Splice>& splices) {
  for (auto each = splices.rbegin(); each != splices.rend(); ++each)
    text.replace(each->at.begin, each->at.end - each->at.begin, each->text);
  return text;
}

}  // namespace fencepost
