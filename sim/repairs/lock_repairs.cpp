// Who waits for whom: locks on what is read, and transactions that only one may be in.
#include <fmt/format.h>

#include <algorithm>

#include "sim/input/protocol_program.hpp"
#include "sim/repairs/repair_facts.hpp"
#include "sql/name_line.hpp"

namespace fencepost {
namespace {

void lock_what_is_read(const RepairFacts& facts, std::vector<Repair>& into) {
  for (const ReadStatement* read : facts.statements()) {
    const bool in_transaction =
        std::any_of(read->uses.begin(), read->uses.end(),
                    [](const StatementUse& use) { return use.transaction.has_value(); });
    for (const Query& query : read->queries) {
      const bool whole = query.within == Query::Within::nothing;
      if (query.kind != Query::Kind::select || !query.locks.empty() || query.tables.empty() ||
          (whole ? !in_transaction : !query.limit) ||
          !std::all_of(query.tables.begin(), query.tables.end(),
                       [&](const TableName& table) { return !facts.columns(table.name).empty(); }))
        continue;
      for (const char* lock : {" FOR UPDATE", " FOR UPDATE SKIP LOCKED"})
        into.push_back({{"lock"},
                        {read->statement->name},
                        {facts.edit(*read, {query.span.end, query.span.end}, lock)}});
    }
  }
}

/// The statements that a list of steps may come to, those of operations too.
void add_statements(const std::vector<Step>& steps, const Role& role, std::set<std::string>& into) {
  for_each_run(steps, [&](const RunStep& run) {
    if (!into.insert(run.name).second || !run.is_operation) return;
    add_statements(role.operations.at(run.name), role, into);
  });
}
std::set<std::string> statements_in(const TomlNode& list, const Role& role) {
  std::set<std::string> names;
  for (const TomlNode& step : list.items) {
    const std::string name = run_by(step);
    if (const auto operation = role.operations.find(name); operation != role.operations.end())
      add_statements(operation->second, role, names);
    names.insert(name);
    for (const char* key : {"loop", "do", "first"})
      if (const TomlNode* inside = step.find(key)) names.merge(statements_in(*inside, role));
  }
  return names;
}

class OneAtATime {
 public:
  OneAtATime(const RepairFacts& facts, std::vector<Repair>& into) : facts_(facts), into_(into) {}

  void all() {
    std::set<std::string> tables;
    for (const ReadStatement* read : facts_.statements())
      for (const Query& query : read->queries)
        if (query.writes() && !facts_.columns(query.target.name).empty())
          tables.insert(query.target.name);
    for (const std::string& table : tables) lock(table);
  }

 private:
  /// Transactions that write to a table begin with a lock that is named after it.
  void lock(const std::string& table) {
    std::vector<FileEdit> edits;
    const ReadStatement* writer = nullptr;
    if (!is_statement_name(table)) return;
    const std::string name = "lock_" + table;
    for (const StepList& list : step_lists(facts_)) {
      const auto role = std::find_if(facts_.protocol().roles.begin(), facts_.protocol().roles.end(),
                                     [&](const Role& each) { return each.name == list.role; });
      for (const TomlNode& step : list.steps->items) {
        const TomlNode* inside = step.find("tx");
        if (inside == nullptr || inside->items.empty()) continue;
        for (const std::string& statement : statements_in(*inside, *role)) {
          const ReadStatement* read = facts_.find(statement);
          if (read == nullptr || !writes_to(*read, table)) continue;
          const std::size_t at = facts_.bytes(inside->items.front()).begin;
          edits.push_back(facts_.in_toml({at, at}, fmt::format("\"{}\", ", name)));
          writer = read;
          break;
        }
      }
    }
    if (writer == nullptr || facts_.protocol().find(name) != nullptr) return;
    edits.push_back(facts_.appended(
        *writer, fmt::format("-- name: {} :exec\nSELECT pg_advisory_xact_lock(hashtext('{}'));\n",
                             name, table)));
    into_.push_back({{"one-at-a-time"}, {table}, std::move(edits)});
  }
  static bool writes_to(const ReadStatement& read, const std::string& table) {
    return std::any_of(read.queries.begin(), read.queries.end(), [&](const Query& query) {
      return query.writes() && query.target.name == table;
    });
  }

  const RepairFacts& facts_;
  std::vector<Repair>& into_;
};

}  // namespace

void repair_locks(const RepairFacts& facts, std::vector<Repair>& into) {
  lock_what_is_read(facts, into);
  OneAtATime(facts, into).all();
}

}  // namespace fencepost
