// Times and numbers that are not what they seem.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/lint/lint_rules.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// The calls in an expression whose time is that of the transaction's beginning, as their bytes.
std::vector<Clause> transaction_time_calls(const ReadStatement& read, const TreeNode& in) {
  std::vector<Clause> found;
  for (const Query& query : read.queries)
    for (const FunctionCall& call : query.calls)
      if (tells_transaction_time(call.name) && in.holds(call.node)) found.push_back(call.span);
  return found;
}

bool is_token(const LintFacts& facts, const std::string& column) {
  const std::vector<std::string>& tokens = facts.protocol().lease_token;
  return std::find(tokens.begin(), tokens.end(), column) != tokens.end();
}

/// A time that is read in the zone of whoever runs the statement.
bool has_no_zone(const TreeNode& value) {
  bool zone_said = false;
  value.for_each([&](const TreeNode& node) {
    zone_said = zone_said || (node.kind() == "FuncCall" && operand_of(node).text == "timezone");
  });
  return asks_time(value) && !zone_said;
}

/// Whether it asks which transactions are over: pg_snapshot_xmin(…), txid_current_snapshot() and
/// their kind.
bool asks_snapshot(const Query& query) {
  return std::any_of(query.calls.begin(), query.calls.end(), [](const FunctionCall& call) {
    return call.name.find("snapshot") != std::string::npos;
  });
}

/// Whether all sessions that claim are in one zone, wherever they come from.
bool says_zone(const Protocol& protocol) {
  const auto zone_in = [](const std::map<std::string, std::string>& settings) {
    for (const auto& [name, value] : settings)
      if (folded(name) == "timezone") return value;
    return std::string();
  };
  std::set<std::string> zones;
  for (const Role& role : protocol.roles) {
    const std::string own = zone_in(role.settings);
    if (role.claims()) zones.insert(own.empty() ? zone_in(protocol.server) : own);
  }
  return zones.size() == 1 && !zones.contains("");
}

}  // namespace

std::vector<Trap> transaction_times(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!use.transaction || !use.role->claims()) return;
    const bool claims = use.part == StatementUse::Part::claim;
    for (const Query& query : read.queries) {
      if (query.writes() && (claims || !use.is_first))
        for (const Assignment& set : all_sets(query)) {
          const bool counts =
              facts.is_lease_table(query.target.name) &&
              (is_token(facts, set.column) ||
               (facts.lease_times().contains(set.column) && facts.is_compared(set.column)));
          if (!counts) continue;
          for (const Clause& span : transaction_time_calls(read, set.value.node))
            traps.push_back({&read,
                             span,
                             {},
                             fmt::format("{} is as old as the transaction: after a wait in it, {} "
                                         "begins in the past",
                                         read.own_text(span), set.column),
                             "clock_timestamp()"});
        }
      if (!use.is_repeated) continue;
      for (const char* field : {"whereClause", "havingClause"})
        for (const Clause& span : transaction_time_calls(read, query.node[field]))
          traps.push_back({&read,
                           span,
                           {},
                           fmt::format("{} stands still in a transaction, so this loop waits for "
                                       "something that it never sees",
                                       read.own_text(span)),
                           "clock_timestamp()"});
    }
  });
  return traps;
}

std::vector<Trap> leases_without_zone(const LintFacts& facts) {
  std::vector<Trap> traps;
  if (says_zone(facts.protocol())) return traps;
  std::vector<TableColumn> columns;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!use.role->claims()) return;
    for (const Query& query : read.queries)
      for (const Assignment& set : all_sets(query))
        if (query.writes() && facts.lease_times().contains(set.column) &&
            facts.is_compared(set.column) && has_no_zone(set.value.node))
          columns.push_back({query.target.name, set.column});
  });
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  for (const TableColumn& each : columns) {
    const TableDefinition* table = facts.schema().table(each.table);
    const ColumnDefinition* column = table == nullptr ? nullptr : table->column(each.column);
    if (column == nullptr || column->type != "timestamp") continue;
    const std::size_t at = column->span.begin;
    const std::string& text = facts.protocol().schema.at(column->text);
    traps.push_back(
        {nullptr,
         {},
         {facts.protocol().schema_files.at(column->text),
          1 + static_cast<int>(
                  std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')),
          at, column->span.end},
         fmt::format("{} has no time zone, so each session reads it in its own: one to the east "
                     "takes live leases, one to the west waits for hours",
                     each.column),
         fmt::format("{} timestamptz", each.column)});
  }
  return traps;
}

std::vector<Trap> truncated_tokens(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ReadStatement& read : facts.statements()) {
    if (read.statement->command != Command::let) continue;
    for (const Query& query : read.queries)
      for (const Output& output : query.outputs) {
        if (output.value.text != "date_trunc" || !is_token(facts, output.name)) continue;
        bool whole = false;
        for_each_use(facts, [&](const ReadStatement& claim, const StatementUse& use) {
          if (use.part != StatementUse::Part::claim) return;
          for (const Query& writes : claim.queries)
            for (const Assignment& set : all_sets(writes))
              whole = whole || (set.column == output.name && asks_time(set.value.node) &&
                                set.value.text != "date_trunc");
        });
        if (whole)
          traps.push_back(
              {&read,
               output.span,
               {},
               fmt::format("the claim writes {} with microseconds, and the worker keeps "
                           "fewer digits: its own token is never found again",
                           output.name),
               fmt::format("in the claim: {} = date_trunc('milliseconds', "
                           "clock_timestamp())",
                           output.name)});
      }
  }
  return traps;
}

std::vector<Trap> sequence_gaps(const LintFacts& facts) {
  std::vector<Trap> traps;
  // Whether rows of the table are inserted without anything that makes writers take turns.
  const auto written_at_once = [&](const std::string& table) {
    bool found = false;
    for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
      for (const Query& query : read.queries)
        found = found ||
                (query.kind == Query::Kind::insert && query.target.name == table &&
                 use.transaction && facts.before(use).empty() && use.role->count.value_or(2) > 1);
    });
    return found;
  };
  for (const ReadStatement& read : facts.statements())
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::select || query.tables.size() != 1 || asks_snapshot(query))
        continue;
      const TableDefinition* table = facts.schema().table(query.tables[0].name);
      for (const Condition& each : query.where) {
        const ColumnDefinition* column =
            table == nullptr || each.op != ">" || each.right.kind != Operand::Kind::parameter
                ? nullptr
                : table->column(each.left.text);
        if (column == nullptr || !column->generated || !written_at_once(table->name)) continue;
        traps.push_back(
            {&read,
             each.span,
             {},
             fmt::format("{} is given before its transaction commits: a row with a lower "
                         "number that commits later is skipped for ever",
                         each.left.text),
             "in the writers' transaction, first: SELECT pg_advisory_xact_lock(…)"});
      }
    }
  return traps;
}

}  // namespace fencepost
