// What a statement might have asked: what its worker knows of the row, and what others ask of it.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sim/input/protocol_program.hpp"
#include "sim/mutants/mutant.hpp"
#include "sim/repairs/new_parameters.hpp"
#include "sim/text/words.hpp"
#include "sql/name_line.hpp"
#include "sql/sql_text.hpp"
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
      return sql_name(name.alias.empty() ? name.name : name.alias) + ".";
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

/// Where a statement asks, in bytes of what PostgreSQL is given: behind what it asks already.
std::size_t behind(const Asking& asking) {
  if (!asking.on_conflict) return asking.query->where_clause->end;
  const ConflictClause& conflict = *asking.query->conflict;
  return conflict.where_clause ? conflict.where_clause->end : conflict.span.end;
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

/// An expression with this before each of the table's columns.
std::string qualified(const std::string& expression, const std::string& prefix,
                      const std::set<std::string>& columns) {
  const auto name_of = [](std::string_view word) {
    return word.starts_with('"') ? std::string(word.substr(1, word.size() - 2)) : folded(word);
  };
  std::string text;
  const SqlParts parts = sql_parts(expression);
  std::string_view last;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const SqlPart& part = parts[i];
    const std::size_t next = next_that_counts(parts, i + 1);
    const bool names_other =
        next < parts.size() && (parts[next].text == "(" || parts[next].text == ".");
    if (part.kind == SqlKind::word && last != "." && last != "::" && !names_other &&
        columns.contains(name_of(part.text)))
      text += prefix;
    text += part.text;
    if (part.counts()) last = part.text;
  }
  return text;
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
        limit(asking);
      }
    for (const std::vector<Repair>* fences : {&fences_, &with_state_})
      if (fences->size() > 1) together(*fences);
  }

 private:
  /// What may be asked, as this statement writes it; nullopt where it can't.
  using Asked = std::function<std::optional<std::string>(NewParameters&)>;

  /// nullopt where nothing can be asked.
  std::optional<Repair> add_all(std::string_view change, const Asking& asking,
                                const std::vector<Asked>& asked) {
    NewParameters parameters(facts_, *asking.read, behind(asking));
    std::vector<std::string> conditions;
    for (const Asked& each : asked)
      if (const auto condition = each(parameters)) conditions.push_back(*condition);
    if (conditions.empty()) return std::nullopt;
    const std::string& name = asking.read->statement->name;
    Repair repair{{change},
                  {name},
                  asked_too(facts_, asking, fmt::format("{}", fmt::join(conditions, " AND "))),
                  {}};
    for (FileEdit& edit : parameters.edits()) repair.edits.push_back(std::move(edit));
    if (parameters.numbers()) repair.numbered.insert(name);
    into_.push_back(repair);
    return repair;
  }

  /// "epoch = :epoch", each alone, the whole token, and that with the state.
  void compare(const Asking& asking) {
    std::vector<Asked> proof, whole, each;
    for (const KnownValue& known : facts_.known(*asking.read, asking.tables)) {
      const auto table =
          std::find_if(asking.tables.begin(), asking.tables.end(), [&](const std::string& name) {
            return (known.table.empty() || known.table == name) &&
                   facts_.columns(name).contains(known.column);
          });
      if (table == asking.tables.end() || asking.compares(known.column)) continue;
      const Asked condition = [known, column = asking.prefix(*table) + sql_name(known.column)](
                                  NewParameters& parameters) -> std::optional<std::string> {
        const auto value = known.kind == Kind::literal
                               ? std::optional(known.value)
                               : parameters.parameter(known.value, known.column);
        return value ? std::optional(fmt::format("{} = {}", column, *value)) : std::nullopt;
      };
      each.push_back(condition);
      if (known.kind == Kind::proof) proof.push_back(condition);
      if (known.kind != Kind::other) whole.push_back(condition);
    }
    std::optional<Repair> fence, with_state;
    if (!proof.empty()) fence = add_all("compare", asking, proof);
    if (whole.size() > proof.size()) with_state = add_all("compare", asking, whole);
    if (fence && asking.query->writes()) {
      fences_.push_back(*fence);
      with_state_.push_back(with_state.value_or(*fence));
    }
    for (const Asked& condition : each) add_all("compare", asking, {condition});
  }

  /// Every write that its worker could lose asks for the token, in one repair.
  void together(const std::vector<Repair>& fences) {
    Repair all = fences.front();
    std::vector<std::string> names = all.of;
    for (std::size_t i = 1; i < fences.size(); ++i) {
      auto more = both(all, fences[i]);
      if (!more) continue;
      all = std::move(*more);
      const std::string& name = fences[i].of.front();
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (names.size() < 2) return;
    all.changes = {"compare"};
    all.of = {listed(names)};
    into_.push_back(std::move(all));
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
        std::vector<Asked> more;
        for (const Condition& condition : query.where) {
          const Asked copy = [&, other](NewParameters& parameters) {
            auto text = copied(*other, condition, parameters);
            if (text) text = qualified(*text, asking.prefix(table), facts_.columns(table));
            return text;
          };
          NewParameters trial(facts_, *asking.read, behind(asking));
          if (!is_of(query, condition, table, *other)) continue;
          if (const auto text = copy(trial); text && !asked.contains(*text)) more.push_back(copy);
        }
        if (more.size() > 1) add_all("ask-too", asking, more);
        for (const Asked& each : more) add_all("ask-too", asking, {each});
      }
    }
  }

  /// Whether a condition asks this table's columns, and nothing else.
  bool is_of(const Query& query, const Condition& condition, const std::string& table,
             const ReadStatement& read) const {
    const bool of_it = query.target.name == table ||
                       std::any_of(query.tables.begin(), query.tables.end(),
                                   [&](const TableName& each) { return each.name == table; });
    const std::string text = read.own_text(condition.span);
    if (!of_it || text.find("SELECT") != text.npos || text.find("select") != text.npos)
      return false;
    bool own_columns = true, any = false;
    condition.node.for_each([&](const TreeNode& node) {
      if (node.kind() != "ColumnRef") return;
      const Operand column = operand_of(node);
      any = true;
      own_columns = own_columns && column.of.empty() && facts_.columns(table).contains(column.text);
    });
    return any && own_columns;
  }
  /// It as it may stand in another statement.
  static std::optional<std::string> copied(const ReadStatement& from, const Condition& condition,
                                           NewParameters& parameters) {
    std::optional<std::string> text = parameters.expression(from, condition.span);
    if (!text) return std::nullopt;
    const DeepParts parts(*text);
    if (condition.op == "or" && parts.partner(0) != parts.size() - 1) text = "(" + *text + ")";
    return text;
  }

  /// A claim takes what was tried less often than is declared. What was tried as often may have to
  /// be given up, as an error gives it up, by a statement that runs before.
  void limit(const Asking& asking) {
    const std::optional<std::int64_t> most = facts_.protocol().declared.max_attempts;
    const Operand tries = facts_.lint().observed("attempts");
    if (!most || tries.kind != Operand::Kind::column || !picks(asking)) return;
    const std::string& table = asking.tables.front();
    bool asks = !facts_.columns(table).contains(tries.text);
    for (const Condition& condition : *asking.where)
      condition.node.for_each([&](const TreeNode& node) {
        asks = asks || (node.kind() == "ColumnRef" && operand_of(node).text == tries.text);
      });
    if (asks) return;
    const std::string column = asking.prefix(table) + sql_name(tries.text);
    const Repair limited{{"limit"},
                         {asking.read->statement->name},
                         asked_too(facts_, asking, fmt::format("{} < {}", column, *most)),
                         {}};
    into_.push_back(limited);
    if (const auto rest = giving_up(asking, tries.text, *most)) {
      into_.push_back(limited);
      into_.back().edits.insert(into_.back().edits.end(), rest->begin(), rest->end());
    }
  }
  /// Whether it is where a claim chooses its job.
  bool picks(const Asking& asking) const {
    const Query& query = *asking.query;
    if (asking.on_conflict || asking.tables.size() != 1) return false;
    for (const StatementUse& use : asking.read->uses) {
      if (use.part != StatementUse::Part::claim || !use.role->claims()) return false;
      for (const Condition& each : *asking.where)
        if (each.op == "=" && each.right.kind == Operand::Kind::parameter &&
            facts_.lint().names_job(*asking.read, use, each.right.text))
          return false;
    }
    if (query.kind == Query::Kind::select) return query.limit || !query.locks.empty();
    return query.kind == Query::Kind::update && asking.read->queries.size() == 1;
  }
  /// What gives up the jobs that a claim would choose, but for the limit, before it does.
  std::optional<std::vector<FileEdit>> giving_up(const Asking& asking, const std::string& tries,
                                                 std::int64_t most) const {
    const ReadStatement& read = *asking.read;
    const std::string& table = asking.tables.front();
    const std::string name = "give_up_" + table;
    const Role& role = *read.uses.front().role;
    if (!is_statement_name(table) || facts_.protocol().find(name) != nullptr) return std::nullopt;
    NewParameters parameters = NewParameters::as_in(facts_, read);
    const std::string said = failed_by_observe(table);
    const std::string sets = said.empty() ? failing(role, table, tries, parameters) : said;
    const auto where = parameters.expression(read, *asking.query->where_clause);
    if (sets.empty() || !where) return std::nullopt;
    const TableName& own =
        asking.query->target.name.empty() ? asking.query->tables.front() : asking.query->target;
    std::vector<FileEdit> edits = {facts_.appended(
        read,
        fmt::format("-- name: {} :exec\nUPDATE {}{} SET {}\n WHERE {} >= {} AND ({});\n", name,
                    sql_table(own), own.alias.empty() ? "" : " AS " + sql_name(own.alias), sets,
                    sql_name(tries), most,
                    trimmed(where->substr(std::string_view("WHERE").size()))))};
    const std::string step = parameters.with().empty()
                                 ? fmt::format("\"{}\", ", name)
                                 : fmt::format("{{ run = \"{}\", with = {{ {} }} }}, ", name,
                                               fmt::join(parameters.with(), ", "));
    for (const StepList& list : step_lists(facts_))
      if (list.role == role.name && list.operation == "claim" && !list.in_transaction) {
        const std::size_t at = facts_.bytes(list.steps->items.front()).begin;
        edits.push_back(facts_.in_toml({at, at}, step));
        return edits;
      }
    return std::nullopt;
  }
  /// "state = 'failed'", as observe says which rows have failed; empty where no plain column does.
  std::string failed_by_observe(const std::string& table) const {
    const Statement* observe = facts_.protocol().find("observe");
    const auto tree = ParseTree::of(observe == nullptr ? "" : observe->sql);
    const auto* parsed = std::get_if<ParseTree>(&tree);
    if (parsed == nullptr) return "";
    const auto set = [&](const TreeNode& column, const std::string& label) -> std::string {
      const Operand found = operand_of(column);
      const ColumnDefinition* known = facts_.lint().schema().column(table, found.text);
      if (found.kind != Operand::Kind::column || known == nullptr) return "";
      return fmt::format("{} = {}", sql_name(found.text), as_literal(label));
    };
    for (const StatementView& view : statement_views(*parsed))
      for (const Output& output : view.queries.front().outputs) {
        const TreeNode state = output.value.node;
        if (output.name != "state" || state.kind() != "CaseExpr") continue;
        for (const TreeNode& when : state["args"].items()) {
          const TreeNode condition = when["expr"];
          if (operand_of(when["result"]).text != "failed") continue;
          const Operand label = operand_of(state["arg"] ? condition : condition["rexpr"]);
          if (label.kind == Operand::Kind::constant)
            return set(state["arg"] ? state["arg"] : condition["lexpr"], label.text);
        }
        const ColumnDefinition* rest =
            facts_.lint().schema().column(table, operand_of(state["defresult"]).text);
        if (rest != nullptr &&
            std::find(rest->labels.begin(), rest->labels.end(), "failed") != rest->labels.end())
          return set(state["defresult"], "failed");
      }
    return "";
  }
  /// What the role's operation for errors sets in the table; empty where there is none.
  std::string failing(const Role& role, const std::string& table, const std::string& tries,
                      NewParameters& parameters) const {
    std::vector<std::string> sets;
    const auto fail = role.operations.find("fail");
    if (fail == role.operations.end()) return "";
    for_each_run(fail->second, [&](const RunStep& run) {
      const ReadStatement* read = facts_.find(run.name);
      if (read == nullptr || !sets.empty()) return;
      for (const Query& query : read->queries)
        for (const Assignment& set : query.sets)
          if (query.kind == Query::Kind::update && query.target.name == table &&
              query.target.alias.empty() && set.column != tries)
            if (const auto text = parameters.expression(*read, set.span)) sets.push_back(*text);
    });
    return fmt::format("{}", fmt::join(sets, ", "));
  }

  const RepairFacts& facts_;
  std::vector<Repair>& into_;
  std::vector<Repair> fences_, with_state_;  ///< one for each write that asks for the token then
};

}  // namespace

void repair_conditions(const RepairFacts& facts, std::vector<Repair>& into) {
  ConditionRepairs(facts, into).all();
}

}  // namespace fencepost
