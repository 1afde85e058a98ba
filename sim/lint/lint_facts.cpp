#include "sim/lint/lint_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sim/lint/expired.hpp"
#include "sim/text/words.hpp"
#include "sql/tree/routine_calls.hpp"

namespace fencepost {
namespace {

/// Room for what functions do between two statements of a program.
constexpr std::size_t kBetween = 10'000;
/// Numbers of transactions that are one statement's, so that they are no program's.
constexpr std::size_t kOwnTransaction = std::size_t{1} << 40;

/// Where a byte of what PostgreSQL is given stands in the user's file.
Span place_in(const Statement& statement, std::size_t made) {
  Span place = statement.where;
  const std::size_t at =
      std::min(statement.map.original({made, made}).begin, statement.text.size());
  place.line += static_cast<int>(std::count(
      statement.text.begin(), statement.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  return place;
}

/// $1, "1" being what the tree says.
std::string parameter_in(const TreeNode& node) { return "$" + std::string(node["number"].text()); }

}  // namespace

std::string ReadStatement::own_text(Clause span) const {
  const Clause own = statement->map.original(span);
  return statement->text.substr(own.begin, own.end - own.begin);
}

LintFacts::LintFacts(const Protocol& protocol) : protocol_(protocol) {
  for (const std::string& text : protocol_.schema) schema_.add_text(text);
  read_statements();
  learn_claims();
  learn_lease_tables();
  learn_takeovers();
}

void LintFacts::read_statements() {
  std::map<std::string, std::vector<StatementUse>> uses;
  for (StatementUse& use : statement_uses(protocol_)) {
    use.order *= kBetween;
    uses[use.run->name].push_back(use);
  }
  for (const auto& [name, statement] : protocol_.statements) {
    const auto used = uses.find(name);
    if (used == uses.end()) continue;
    ReadStatement read;
    read.statement = &statement;
    read.uses = used->second;
    auto tree = ParseTree::of(statement.sql);
    if (const auto* error = std::get_if<SqlError>(&tree)) {
      unread_.push_back(
          {place_in(statement, error->at),
           fmt::format("statement \"{}\" is not looked at for traps: {}", name, error->message)});
      continue;
    }
    read.tree = std::make_unique<ParseTree>(std::move(std::get<ParseTree>(tree)));
    for (StatementView& view : statement_views(*read.tree))
      for (Query& query : view.queries) read.queries.push_back(std::move(query));
    statements_.push_back(std::move(read));
    add_called(statements_.back(), 0);
  }
}

Span LintFacts::place_of(const RoutineDefinition& routine) const {
  const std::string& schema = protocol_.schema[routine.text];
  const auto line = std::count(
      schema.begin(), schema.begin() + static_cast<std::ptrdiff_t>(routine.span.begin), '\n');
  return {protocol_.schema_files[routine.text], static_cast<int>(line) + 1, routine.span.begin,
          routine.span.end};
}

/// What stands in functions is run as a part of the statement that calls them, in one transaction;
/// where it finds no row, the body looks at that, or need not.
void LintFacts::add_called(const ReadStatement& calling, int depth) {
  constexpr int most = 4;  // a function may call itself
  std::vector<ReadStatement> found;
  std::size_t number = 0;
  for (const UntoldRoutine& each : untold_routines(calling.queries, schema_)) {
    Remark remark{place_of(*each.routine),
                  fmt::format("what function \"{}\" does is not looked at for traps, or not all of "
                              "it: {}",
                              each.routine->name, each.why)};
    if (std::none_of(unread_.begin(), unread_.end(),
                     [&](const Remark& known) { return known.text == remark.text; }))
      unread_.push_back(std::move(remark));
  }
  for (const CalledQuery& called : called_queries(calling.queries, schema_)) {
    ++number;
    auto tree = ParseTree::of(called.sql);
    if (depth >= most || std::holds_alternative<SqlError>(tree)) continue;
    const RoutineDefinition& routine = *called.routine;
    Statement& own = called_.emplace_back(*calling.statement);
    own.sql = called.sql;
    own.map = called.map;
    own.text = protocol_.schema[routine.text].substr(routine.span.begin,
                                                     routine.span.end - routine.span.begin);
    own.where = place_of(routine);
    own.remarks.clear();
    ReadStatement read;
    read.statement = &own;
    read.fired_by = called.by == CalledQuery::By::trigger ? calling.statement->name : "";
    read.tree = std::make_unique<ParseTree>(std::move(std::get<ParseTree>(tree)));
    for (StatementView& view : statement_views(*read.tree))
      for (Query& query : view.queries) read.queries.push_back(std::move(query));
    for (const StatementUse& use : calling.uses) {
      RunStep& step = called_steps_.emplace_back(*use.run);
      step.empty = Reaction{Reaction::Kind::lost, ""};
      StatementUse& inside = read.uses.emplace_back(use);
      inside.run = &step;
      inside.order += number;
      if (!inside.transaction) inside.transaction = kOwnTransaction + use.order;
    }
    found.push_back(std::move(read));
  }
  for (ReadStatement& each : found) {
    statements_.push_back(std::move(each));
    add_called(statements_.back(), depth + 1);
  }
}

const ReadStatement* LintFacts::find(const std::string& name) const {
  for (const ReadStatement& each : statements_)
    if (each.statement->name == name) return &each;
  return nullptr;
}

void LintFacts::learn_claims() {
  for_each_use(*this, [&](const ReadStatement& read, const StatementUse& use) {
    if (!use.role->claims() || use.part == StatementUse::Part::program) return;
    const bool claims = use.part == StatementUse::Part::claim;
    for (const Query& query : read.queries) {
      if (!query.writes()) continue;
      if (query.kind == Query::Kind::insert) learn_defaults(query, claims);
      for (const Assignment& set : all_sets(query)) {
        const ColumnDefinition* column = schema_.column(query.target.name, set.column);
        const bool is_time = column != nullptr && holds_time(*column);
        const bool constant = set.value.kind == Operand::Kind::constant;
        if (asks_time(set.value.node) || (is_time && set.value.text != "null"))
          lease_times_.insert(set.column);
        if (!claims || constant || is_key(query, set.column) || is_same_for_all(read, use, set))
          continue;
        claimed_.insert({query.target.name, set.column});
        const bool owner =
            set.value.kind == Operand::Kind::parameter && proves(read, use, set.value.text);
        const std::vector<std::string>& tokens = protocol_.lease_token;
        if (owner || lease_times_.contains(set.column) ||
            std::find(tokens.begin(), tokens.end(), set.column) != tokens.end())
          lease_tables_.insert(query.target.name);
      }
    }
  });
}

/// What an INSERT leaves to the schema: a time, or a number or id that no other row has.
void LintFacts::learn_defaults(const Query& query, bool claims) {
  const TableDefinition* table = schema_.table(query.target.name);
  if (table == nullptr || !query.node["cols"]) return;
  for (const ColumnDefinition& column : table->columns) {
    const bool said = std::any_of(query.sets.begin(), query.sets.end(),
                                  [&](const Assignment& set) { return set.column == column.name; });
    const auto tree = ParseTree::of("SELECT " + column.initial.value_or("NULL"));
    bool drawn = column.generated;
    if (const auto* parsed = std::get_if<ParseTree>(&tree))
      parsed->roots().front().node.for_each([&](const TreeNode& node) {
        drawn = drawn || node.kind() == "FuncCall" || node.kind() == "SQLValueFunction";
      });
    if (said || !drawn) continue;
    if (holds_time(column)) lease_times_.insert(column.name);
    if (!claims) continue;
    claimed_.insert({table->name, column.name});
    const std::vector<std::string>& tokens = protocol_.lease_token;
    if (std::find(tokens.begin(), tokens.end(), column.name) != tokens.end())
      lease_tables_.insert(table->name);
  }
}

/// Where neither a token nor an owner can be told, whatever claims write may be what they prove.
void LintFacts::learn_lease_tables() {
  if (lease_tables_.empty())
    for (const TableColumn& each : claimed_) lease_tables_.insert(each.table);
}

bool LintFacts::is_key(const Query& query, const std::string& column) const {
  const auto in = [&](const std::vector<std::string>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  const TableDefinition* table = schema_.table(query.target.name);
  return (query.conflict && in(query.conflict->columns)) ||
         (table != nullptr && in(table->primary_key));
}

/// A job's id and a constant say nothing of who has the job.
bool LintFacts::is_same_for_all(const ReadStatement& read, const StatementUse& use,
                                const Assignment& set) const {
  if (set.value.kind != Operand::Kind::parameter) return false;
  return names_job(read, use, set.value.text) ||
         protocol_.constants.contains(value_name(read, use, set.value.text));
}

void LintFacts::learn_takeovers() {
  for_each_use(*this, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.role->operates || use.role->preempts)
      for (const Query& query : read.queries)
        can_be_taken_over_ =
            can_be_taken_over_ || (query.writes() && is_lease_table(query.target.name));
    for (const Query& query : read.queries) {
      for (const char* field : {"whereClause", "onConflictClause"})
        query.node[field].for_each([&](const TreeNode& node) {
          if (node.kind() != "A_Expr") return;
          for (const char* side : {"lexpr", "rexpr"})
            node[side].for_each([&](const TreeNode& inside) {
              if (inside.kind() == "ColumnRef") compared_.insert(operand_of(inside).text);
            });
        });
      // Wherever it stands: behind HAVING, in a join, or as an output that is asked for elsewhere.
      can_be_taken_over_ = can_be_taken_over_ || looks_for_expired(query.node);
      for (const TableName& table : query.tables)
        can_be_taken_over_ =
            can_be_taken_over_ || view_looks_for_expired(table.name, lease_times_, schema_);
    }
  });
}

bool LintFacts::is_claimed(std::string_view table, std::string_view column) const {
  return std::any_of(claimed_.begin(), claimed_.end(), [&](const TableColumn& each) {
    return each.table == table && each.column == column;
  });
}

bool LintFacts::is_lease_table(std::string_view table) const {
  return lease_tables_.contains(table);
}

bool LintFacts::races(const StatementUse& use) const {
  const auto rivals = [&](const Role& role) { return &role != use.role && role.claims(); };
  return use.part == StatementUse::Part::claim && use.role->claims() &&
         (use.role->count != 1 ||
          std::any_of(protocol_.roles.begin(), protocol_.roles.end(), rivals));
}

Operand LintFacts::observed(std::string_view name) const {
  const Statement* observe = protocol_.find("observe");
  if (observe == nullptr) return {};
  auto tree = ParseTree::of(observe->sql);
  const auto* parsed = std::get_if<ParseTree>(&tree);
  if (parsed == nullptr) return {};
  for (const StatementView& view : statement_views(*parsed))
    for (const Query& query : view.queries)
      for (const Output& output : query.outputs)
        if (output.name == name) {
          // Its node would not outlive the tree.
          Operand found = output.value;
          found.node = {};
          return found;
        }
  return {};
}

bool LintFacts::calls_routines() const {
  for (const ReadStatement& read : statements_)
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls)
        for (const RoutineDefinition& routine : schema_.routines)
          if (routine.name == call.name) return true;
  return std::any_of(statements_.begin(), statements_.end(), [](const ReadStatement& read) {
    return read.queries.empty();  // CALL, DO
  });
}

std::string LintFacts::value_name(const ReadStatement& of, const StatementUse& use,
                                  std::string_view parameter) const {
  std::size_t number = 0;
  if (parameter.starts_with('$'))
    std::from_chars(parameter.data() + 1, parameter.data() + parameter.size(), number);
  if (number == 0 || number > of.statement->parameters.size()) return "";
  std::string name = of.statement->parameters[number - 1];
  const auto resolved = [](const Source& source) {
    return source.kind == Source::Kind::literal || source.kind == Source::Kind::rows ? std::string()
                                                                                     : source.name;
  };
  if (const auto with = use.run->with.find(name); with != use.run->with.end())
    return resolved(with->second);
  if (name.starts_with('$'))
    if (const auto column = of.statement->columns.find(name); column != of.statement->columns.end())
      name = column->second;
  if (const auto known = protocol_.names.find(name); known != protocol_.names.end())
    return resolved(known->second);
  return name;
}

bool LintFacts::proves(const ReadStatement& of, const StatementUse& use,
                       std::string_view parameter) const {
  const std::string name = value_name(of, use, parameter);
  return name == "worker" || std::find(protocol_.lease_token.begin(), protocol_.lease_token.end(),
                                       name) != protocol_.lease_token.end();
}

bool LintFacts::names_job(const ReadStatement& of, const StatementUse& use,
                          std::string_view parameter) const {
  const std::vector<std::string>& job = protocol_.lease_job;
  return std::find(job.begin(), job.end(), value_name(of, use, parameter)) != job.end();
}

bool LintFacts::is_fence(const ReadStatement& of, const StatementUse& use, const Query& query,
                         const Condition& condition) const {
  if (is_order(condition.op) || condition.op == "<>" || condition.op == "not") return false;
  bool proof = false, other = false, claims_column = false, column = false;
  condition.node.for_each([&](const TreeNode& node) {
    if (node.kind() == "ParamRef") {
      proof = proof || proves(of, use, parameter_in(node));
      other = other || !(names_job(of, use, parameter_in(node)) ||
                         protocol_.constants.contains(value_name(of, use, parameter_in(node))));
    }
    if (node.kind() != "ColumnRef") return;
    const Operand found = operand_of(node);
    if (found.of == "excluded") return;
    column = true;
    claims_column = claims_column || is_claimed(query.target.name, found.text);
    for (const TableName& table : query.tables)
      claims_column = claims_column || is_claimed(table.name, found.text);
  });
  return (proof && column) || (other && claims_column);
}

bool LintFacts::is_fenced(const ReadStatement& of, const StatementUse& use) const {
  for (std::size_t i = 0; i < of.queries.size(); ++i)
    if (is_fenced(of, use, i)) return true;
  return false;
}

// By its own conditions, by those of a query in it, or of one of WITH whose rows it takes.
bool LintFacts::is_fenced(const ReadStatement& of, const StatementUse& use,
                          std::size_t query) const {
  // A trigger strikes only for the rows that its statement changes.
  if (const ReadStatement* by = of.fired_by.empty() ? nullptr : find(of.fired_by))
    if (is_fenced(*by, use)) return true;
  std::set<std::size_t> seen;
  std::vector<std::size_t> ahead = {query};
  while (!ahead.empty()) {
    const std::size_t at = ahead.back();
    ahead.pop_back();
    if (!seen.insert(at).second) continue;
    const Query& own = of.queries[at];
    const auto fences = [&](const Condition& each) { return is_fence(of, use, own, each); };
    if (std::any_of(own.where.begin(), own.where.end(), fences) ||
        (own.conflict &&
         std::any_of(own.conflict->where.begin(), own.conflict->where.end(), fences)))
      return true;
    for (std::size_t i = 0; i < of.queries.size(); ++i) {
      const Query& other = of.queries[i];
      const bool in_with = other.within == Query::Within::with;
      const bool taken = std::any_of(own.tables.begin(), own.tables.end(), [&](const auto& table) {
        return in_with && table.name == other.name;
      });
      if (taken || (!in_with && other.around == at)) ahead.push_back(i);
    }
  }
  return false;
}

std::vector<std::pair<const ReadStatement*, const StatementUse*>> LintFacts::before(
    const StatementUse& use) const {
  std::vector<std::pair<const ReadStatement*, const StatementUse*>> found;
  if (!use.transaction) return found;
  for_each_use(*this, [&](const ReadStatement& read, const StatementUse& other) {
    if (other.role == use.role && other.transaction == use.transaction && other.order < use.order)
      found.emplace_back(&read, &other);
  });
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
  return found;
}

std::vector<TreeNode> LintFacts::expired_looks(const TreeNode& in) const {
  return fencepost::expired_looks(in, lease_times_, schema_);
}

std::vector<Assignment> all_sets(const Query& query) {
  std::vector<Assignment> sets = query.sets;
  if (query.conflict)
    sets.insert(sets.end(), query.conflict->sets.begin(), query.conflict->sets.end());
  return sets;
}

}  // namespace fencepost
