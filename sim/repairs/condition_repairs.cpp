// What a statement might have asked: what its worker knows of the row, and what others ask of it.
#include <fmt/format.h>

#include <algorithm>

#include "sim/mutants/mutant.hpp"
#include "sim/repairs/repair_facts.hpp"
#include "sql/tree/deep_parts.hpp"

namespace fencepost {
namespace {

using Kind = KnownValue::Kind;

/// One WHERE of a statement that may ask for more.
struct Asking {
  const ReadStatement* read = nullptr;
  const Query* query = nullptr;
  const std::vector<Condition>* where = nullptr;
  std::vector<std::string> tables;
  bool on_conflict = false;

  /// What stands before a column of the table.
  std::string prefix(const std::string& table) const {
    const auto called = [](const TableName& name) {
      return (name.alias.empty() ? name.name : name.alias) + ".";
    };
    if (on_conflict) return called(query->target);
    const std::size_t all = query->tables.size() + (query->target.name.empty() ? 0 : 1);
    if (all < 2) return "";
    if (query->target.name == table) return called(query->target);
    for (const TableName& each : query->tables)
      if (each.name == table) return called(each);
    return "";
  }
  bool compares(const std::string& column) const {
    return std::any_of(where->begin(), where->end(), [&](const Condition& condition) {
      return condition.op == "=" && condition.left.text == column &&
             condition.left.kind == Operand::Kind::column && condition.left.of != "excluded";
    });
  }
};

/// Every WHERE of what writes or reads tables of the schema.
std::vector<Asking> askings(const RepairFacts& facts, const ReadStatement& read) {
  std::vector<Asking> all;
  for (const Query& query : read.queries) {
    Asking asking{&read, &query, &query.where, {}, false};
    if (!query.target.name.empty()) asking.tables.push_back(query.target.name);
    for (const TableName& table : query.tables)
      if (!facts.columns(table.name).empty()) asking.tables.push_back(table.name);
    if (query.where_clause && !asking.tables.empty()) all.push_back(asking);
    if (!query.conflict || query.conflict->does != ConflictClause::Does::update) continue;
    asking.on_conflict = true;
    asking.where = &query.conflict->where;
    asking.tables = {query.target.name};
    all.push_back(asking);
  }
  return all;
}

/// The bytes of a statement that make its WHERE ask for this, too.
std::vector<FileEdit> asked_too(const RepairFacts& facts, const Asking& asking,
                                const std::string& condition) {
  const auto at =
      asking.on_conflict ? asking.query->conflict->where_clause : asking.query->where_clause;
  const auto put = [&](std::size_t byte, std::string text) {
    return facts.edit(*asking.read, {byte, byte}, std::move(text));
  };
  if (!at) return {put(asking.query->conflict->span.end, " WHERE " + condition)};
  const std::vector<Condition>& where = *asking.where;
  if (where.size() != 1 || where.front().op != "or") return {put(at->end, " AND " + condition)};
  return {put(where.front().span.begin, "("), put(at->end, ") AND " + condition)};
}

class ConditionRepairs {
 public:
  ConditionRepairs(const RepairFacts& facts, std::vector<Repair>& into)
      : facts_(facts), into_(into) {}

  void all() {
    for (const ReadStatement* read : facts_.statements())
      for (const Asking& asking : askings(facts_, *read)) {
        compare(asking);
        ask_too(asking);
      }
  }

 private:
  void add_all(std::string_view change, const Asking& asking,
               const std::vector<std::string>& conditions) {
    into_.push_back({{change},
                     {asking.read->statement->name},
                     asked_too(facts_, asking, fmt::format("{}", fmt::join(conditions, " AND ")))});
  }

  /// "epoch = :epoch", each alone, the whole token, and that with the state.
  void compare(const Asking& asking) {
    std::vector<std::string> proof, whole, each;
    for (const KnownValue& known : facts_.known(*asking.read, asking.tables)) {
      const auto table =
          std::find_if(asking.tables.begin(), asking.tables.end(), [&](const std::string& name) {
            return (known.table.empty() || known.table == name) &&
                   facts_.columns(name).contains(known.column);
          });
      if (table == asking.tables.end() || asking.compares(known.column)) continue;
      const auto value = known.kind == Kind::literal ? std::optional(known.value)
                                                     : facts_.parameter(*asking.read, known.value);
      if (!value) continue;
      const std::string condition =
          fmt::format("{}{} = {}", asking.prefix(*table), known.column, *value);
      each.push_back(condition);
      if (known.kind == Kind::proof) proof.push_back(condition);
      if (known.kind != Kind::other) whole.push_back(condition);
    }
    if (!proof.empty()) add_all("compare", asking, proof);
    if (whole.size() > proof.size()) add_all("compare", asking, whole);
    for (const std::string& condition : each) add_all("compare", asking, {condition});
  }

  /// What other statements ask of the table: each alone, and all that one of them does.
  void ask_too(const Asking& asking) {
    if (asking.query->tables.size() + (asking.query->target.name.empty() ? 0 : 1) != 1) return;
    const std::string& table = asking.tables.front();
    std::set<std::string> asked;
    for (const Condition& condition : *asking.where)
      asked.insert(in_one_line(asking.read->own_text(condition.span)));
    for (const ReadStatement* other : facts_.statements()) {
      if (other == asking.read) continue;
      for (const Query& query : other->queries) {
        std::vector<std::string> more;
        for (const Condition& condition : query.where)
          if (const auto text = copied(*other, query, condition, table, *asking.read);
              text && !asked.contains(*text))
            more.push_back(*text);
        if (more.size() > 1) add_all("ask-too", asking, more);
        for (const std::string& each : more) add_all("ask-too", asking, {each});
      }
    }
  }

  /// A condition of another statement's as it may stand in this one.
  std::optional<std::string> copied(const ReadStatement& from, const Query& query,
                                    const Condition& condition, const std::string& table,
                                    const ReadStatement& into) const {
    const bool of_it = query.target.name == table ||
                       std::any_of(query.tables.begin(), query.tables.end(),
                                   [&](const TableName& each) { return each.name == table; });
    std::string text = in_one_line(from.own_text(condition.span));
    if (!of_it || text.find("SELECT") != text.npos || text.find("select") != text.npos)
      return std::nullopt;
    bool own_columns = true, any = false;
    condition.node.for_each([&](const TreeNode& node) {
      if (node.kind() != "ColumnRef") return;
      const Operand column = operand_of(node);
      any = true;
      own_columns = own_columns && column.of.empty() && facts_.columns(table).contains(column.text);
    });
    if (!any || !own_columns || !facts_.may_stand_in(into, text)) return std::nullopt;
    const DeepParts parts(text);
    if (condition.op == "or" && parts.partner(0) != parts.size() - 1) text = "(" + text + ")";
    return text;
  }

  const RepairFacts& facts_;
  std::vector<Repair>& into_;
};

}  // namespace

void repair_conditions(const RepairFacts& facts, std::vector<Repair>& into) {
  ConditionRepairs(facts, into).all();
}

}  // namespace fencepost
