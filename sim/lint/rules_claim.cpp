// Claims that take too much, or what is not theirs.
#include <fmt/format.h>

#include <algorithm>

#include "sim/lint/lint_rules.hpp"

namespace fencepost {
namespace {

bool is_lock_call(std::string_view function) {
  return function.starts_with("pg_try_advisory_") || function.starts_with("pg_advisory_lock") ||
         function.starts_with("pg_advisory_xact_lock");
}

const Query* query_of(const ReadStatement& read, const TreeNode& node) {
  for (const Query& each : read.queries)
    if (each.node == node) return &each;
  return nullptr;
}

/// Whether a name in FROM is a query of WITH whose rows are all there before anything looks at
/// them.
bool is_settled(const ReadStatement& read, const TableName& table) {
  return std::any_of(read.queries.begin(), read.queries.end(), [&](const Query& query) {
    return query.within == Query::Within::with && query.name == table.name &&
           (query.materialized == Query::Materialized::yes || query.limit || !query.locks.empty());
  });
}

/// Whether the conditions leave one row at most: all columns of the key are compared with values.
bool finds_one_row(const LintFacts& facts, const ReadStatement& read, const StatementUse& use,
                   const Query& query) {
  std::vector<std::string> compared;
  for (const Condition& each : query.where) {
    if (each.op != "=" || each.left.kind != Operand::Kind::column) continue;
    if (each.right.kind != Operand::Kind::parameter && each.right.kind != Operand::Kind::constant)
      continue;
    if (each.right.kind == Operand::Kind::parameter && facts.names_job(read, use, each.right.text))
      return true;
    compared.push_back(each.left.text);
  }
  const TableDefinition* table =
      query.tables.size() == 1 ? facts.schema().table(query.tables[0].name) : nullptr;
  return table != nullptr && !table->primary_key.empty() &&
         std::all_of(table->primary_key.begin(), table->primary_key.end(),
                     [&](const std::string& key) {
                       return std::find(compared.begin(), compared.end(), key) != compared.end();
                     });
}

/// Whether the claim's own transaction has locked rows of the table before.
bool is_locked_before(const LintFacts& facts, const StatementUse& use, const std::string& table) {
  for (const auto& [read, earlier] : facts.before(use))
    for (const Query& query : read->queries)
      for (const TableName& each : query.tables)
        if (!query.locks.empty() && each.name == table) return true;
  return false;
}

/// Whether PostgreSQL ends the transaction where it would write to what changed since it began.
bool refuses_late_writes(const StatementUse& use) {
  return use.isolation == "repeatable read" || use.isolation == "serializable";
}

/// Whether the claim waits for other claims before this: for an advisory lock or a whole
/// table.
bool takes_turn(const LintFacts& facts, const StatementUse& use) {
  bool found = false;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& other) {
    if (other.role != use.role || other.part != use.part || other.order >= use.order) return;
    const bool same = use.transaction && other.transaction == use.transaction;
    for (const ParseTree::Root& root : read.tree->roots())
      found = found || (same && root.node.kind() == "LockStmt");
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls)
        found = found || call.name == "pg_advisory_lock" ||
                (same && call.name == "pg_advisory_xact_lock");
  });
  return found;
}

/// Whether the claim has written to the table before: then it has the job already.
bool is_taken_before(const LintFacts& facts, const StatementUse& use, const std::string& table) {
  bool found = false;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& other) {
    if (other.role != use.role || other.part != use.part || other.order >= use.order) return;
    for (const Query& query : read.queries)
      found = found ||
              (query.kind == Query::Kind::update && query.target.name == table && query.returning);
  });
  return found;
}

/// Whether the claim looks afterwards whose the job is, and ends where it is another's.
bool is_asked_later(const LintFacts& facts, const StatementUse& use) {
  bool asked = false;
  for_each_use(facts, [&](const ReadStatement& later, const StatementUse& other) {
    asked = asked || (other.role == use.role && other.part == use.part && other.order > use.order &&
                      !other.goes_on_without_rows() && facts.is_fenced(later, other));
  });
  return asked;
}

/// A claim's UPDATE of one row, and what it asks for beside the row's key.
struct ClaimUpdate {
  const ReadStatement* read = nullptr;
  const StatementUse* use = nullptr;
  const Query* query = nullptr;
  std::vector<const Condition*> guards;
};

/// Those that come behind a look at the row that did not keep its lock.
std::vector<ClaimUpdate> late_claim_updates(const LintFacts& facts) {
  std::vector<ClaimUpdate> found;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!facts.races(use) || takes_turn(facts, use)) return;
    if (refuses_late_writes(use) && !facts.before(use).empty()) return;
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::update || query.within != Query::Within::nothing) continue;
      if (!facts.is_lease_table(query.target.name) && !query.tables.empty()) continue;
      if (is_locked_before(facts, use, query.target.name) ||
          is_taken_before(facts, use, query.target.name))
        continue;
      ClaimUpdate update{&read, &use, &query, {}};
      bool by_id = false;
      for (const Condition& each : query.where) {
        const bool names = each.op == "=" && each.right.kind == Operand::Kind::parameter &&
                           facts.names_job(read, use, each.right.text);
        by_id = by_id || names;
        if (!names) update.guards.push_back(&each);
      }
      if (by_id) found.push_back(std::move(update));
    }
  });
  return found;
}

}  // namespace

std::vector<Trap> claims_in_subquery(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ReadStatement& read : facts.statements())
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::update && query.kind != Query::Kind::remove) continue;
      for (const Condition& each : query.where) {
        if (each.op != "in" || each.right.kind != Operand::Kind::query) continue;
        const Query* picks = query_of(read, each.right.node);
        if (picks == nullptr || !picks->limit || picks->locks.empty()) continue;
        traps.push_back(
            {&read,
             each.span,
             {},
             fmt::format("where the plan is a nested loop, the subquery runs once for each row of "
                         "{}, and each time locks others: the claim takes every job that is ready",
                         query.target.name),
             fmt::format("{} = ANY (ARRAY({}))",
                         read.own_text(Clause{
                             each.span.begin,
                             each.span.begin +
                                 (each.left.text.empty()
                                      ? 0
                                      : each.left.text.size() +
                                            (each.left.of.empty() ? 0 : each.left.of.size() + 1))}),
                         read.own_text(picks->span))});
      }
    }
  return traps;
}

std::vector<Trap> locks_in_where(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    for (const Query& query : read.queries)
      for (const FunctionCall& call : query.calls) {
        if (call.in != FunctionCall::In::where || !is_lock_call(call.name)) continue;
        const bool settled =
            std::all_of(query.tables.begin(), query.tables.end(),
                        [&](const TableName& table) { return is_settled(read, table); });
        if (settled || finds_one_row(facts, read, use, query)) continue;
        traps.push_back(
            {&read,
             call.span,
             {},
             fmt::format("{} runs for every row that is looked at, also for those that "
                         "another condition, ORDER BY or LIMIT leaves out: their locks "
                         "stay taken",
                         call.name),
             "WITH candidate AS MATERIALIZED (SELECT … LIMIT 1) SELECT … FROM candidate "
             "WHERE " +
                 read.own_text(call.span)});
      }
  });
  return traps;
}

std::vector<Trap> unguarded_claims(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ClaimUpdate& update : late_claim_updates(facts)) {
    if (!update.guards.empty() || !facts.is_lease_table(update.query->target.name)) continue;
    std::string column = "locked_at";
    for (const TableColumn& each : facts.claimed())
      if (each.table == update.query->target.name) column = each.column;
    traps.push_back({update.read,
                     update.query->where_clause.value_or(update.query->span),
                     {},
                     "it takes the job whoever took it since it was looked at: two workers that "
                     "looked at the same time both have it",
                     fmt::format("AND {} IS NULL, or whatever says that the job is still free; or "
                                 "look FOR UPDATE in the same transaction",
                                 column)});
  }
  return traps;
}

std::vector<Trap> unlocked_picks(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!facts.races(use) || takes_turn(facts, use) || refuses_late_writes(use)) return;
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::update || !facts.is_lease_table(query.target.name)) continue;
      if (std::any_of(read.queries.begin(), read.queries.end(),
                      [](const Query& each) { return !each.locks.empty(); }))
        continue;
      // What is asked of the row itself is asked again when another claim has let it go.
      const bool asks = std::any_of(query.where.begin(), query.where.end(), [&](const auto& each) {
        const bool seen = each.op == "=" && each.right.kind == Operand::Kind::column &&
                          (facts.is_claimed(query.target.name, each.left.text) ||
                           facts.is_claimed(query.target.name, each.right.text));
        return seen ||
               (each.right.kind != Operand::Kind::column &&
                each.right.kind != Operand::Kind::query && each.left.kind != Operand::Kind::list);
      });
      for (const Query& pick : read.queries) {
        const bool same = pick.tables.size() == 1 && pick.tables[0].name == query.target.name;
        if (asks || !same || !pick.limit) continue;
        traps.push_back({&read,
                         *pick.limit,
                         {},
                         "two claims at the same time pick the same row; the second waits for the "
                         "first, and then takes it all the same",
                         "FOR UPDATE SKIP LOCKED"});
      }
    }
  });
  return traps;
}

std::vector<Trap> missing_takeovers(const LintFacts& facts) {
  std::vector<Trap> traps;
  const Declared& declared = facts.protocol().declared;
  if (declared.lease_kind != LeaseKind::row || declared.lease == Duration{} ||
      facts.can_be_taken_over() || !facts.unread().empty() || facts.calls_routines())
    return traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.part != StatementUse::Part::claim || !traps.empty()) return;
    for (const Query& query : read.queries)
      if (query.writes() && facts.is_lease_table(query.target.name) && traps.empty())
        traps.push_back({&read,
                         query.target_span,
                         {},
                         fmt::format("the lease is said to last {}, but no statement that a role "
                                     "runs looks for one that is over: when an owner dies, its job "
                                     "stays its own for ever",
                                     to_text(declared.lease)),
                         "in what the claim looks for: OR it is somebody's whose time is over"});
  });
  return traps;
}

namespace {

/// Whether some statement changes the column in rows that there are.
bool is_changed(const LintFacts& facts, const std::string& table, const std::string& column) {
  for (const ReadStatement& read : facts.statements())
    for (const Query& query : read.queries)
      for (const Assignment& set : all_sets(query))
        if (query.kind == Query::Kind::update && query.target.name == table && set.column == column)
          return true;
  return false;
}

/// Whether a later statement of the role gets what this one returns under that name.
bool is_used_later(const LintFacts& facts, const StatementUse& use, const std::string& name) {
  bool used = false;
  for_each_use(facts, [&](const ReadStatement& later, const StatementUse& other) {
    if (other.role != use.role || other.order <= use.order) return;
    for (std::size_t i = 1; i <= later.statement->parameters.size(); ++i)
      used = used || facts.value_name(later, other, fmt::format("${}", i)) == name;
  });
  return used;
}

/// Whether what was looked at goes beyond what is asked again: another column that may have changed
/// was asked for, or is worked with.
bool saw_more(const LintFacts& facts, const ClaimUpdate& update) {
  const std::string& table = update.query->target.name;
  const auto unasked = [&](const std::string& column) {
    return is_changed(facts, table, column) &&
           std::none_of(update.guards.begin(), update.guards.end(),
                        [&](const Condition* guard) { return guard->left.text == column; });
  };
  bool more = false;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (use.role != update.use->role || use.part != update.use->part ||
        use.order >= update.use->order)
      return;
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::select) continue;
      query.node["whereClause"].for_each([&](const TreeNode& node) {
        more = more || (node.kind() == "ColumnRef" && unasked(operand_of(node).text));
      });
      for (const Output& output : query.outputs)
        more = more || (output.value.kind == Operand::Kind::column && unasked(output.value.text) &&
                        is_used_later(facts, use, output.name));
    }
  });
  return more;
}

}  // namespace

std::vector<Trap> guards_that_come_back(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ClaimUpdate& update : late_claim_updates(facts)) {
    const auto constant = [](const Condition* each) {
      return each->op == "=" && each->left.kind == Operand::Kind::column &&
             each->right.kind == Operand::Kind::constant && each->right.text != "null";
    };
    if (update.guards.empty() || !saw_more(facts, update) ||
        !std::all_of(update.guards.begin(), update.guards.end(), constant))
      continue;
    const Condition& guard = *update.guards.front();
    bool comes_back = false;
    for (const ReadStatement& other : facts.statements())
      for (const Query& query : other.queries) {
        if (!query.writes() || query.target.name != update.query->target.name) continue;
        for (const Assignment& set : all_sets(query))
          set.value.node.for_each([&](const TreeNode& node) {
            comes_back = comes_back ||
                         (set.column == guard.left.text && query.kind != Query::Kind::insert &&
                          node.kind() == "A_Const" && operand_of(node).text == guard.right.text);
          });
      }
    if (comes_back)
      traps.push_back(
          {update.read,
           guard.span,
           {},
           fmt::format("{} may be {} again because somebody had the job and gave it "
                       "back since it was looked at; then this is another turn of it",
                       guard.left.text, guard.right.text),
           "AND another column that never comes back, such as a version or a next time, as "
           "it was when the job was looked at"});
  }
  return traps;
}

std::vector<Trap> ignored_conflicts(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!facts.races(use) || !use.goes_on_without_rows()) return;
    for (const Query& query : read.queries) {
      if (!query.conflict || query.conflict->does != ConflictClause::Does::nothing) continue;
      if (!facts.is_lease_table(query.target.name)) continue;
      if (!is_asked_later(facts, use))
        traps.push_back({&read,
                         query.conflict->span,
                         {},
                         "where another worker has the job already, nothing is inserted, and this "
                         "one goes on as if it had been",
                         "make it :execrows, and end the round where it inserts no row "
                         "(empty = \"nothing\")"});
    }
  });
  return traps;
}

std::vector<Trap> ignored_counts(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ClaimUpdate& update : late_claim_updates(facts))
    if (!update.guards.empty() && update.use->goes_on_without_rows() &&
        !is_asked_later(facts, *update.use))
      traps.push_back(
          {update.read,
           update.query->target_span,
           {},
           "where another worker was first, it changes no row, and nobody looks at that",
           fmt::format("{{ run = \"{}\", empty = \"nothing\" }}", update.read->statement->name)});
  return traps;
}

}  // namespace fencepost
