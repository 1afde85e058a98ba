// Writes of an owner that is no more.
#include <fmt/format.h>

#include <algorithm>

#include "sim/lint/lint_rules.hpp"
#include "sql/placeholder_style.hpp"

namespace fencepost {
namespace {

/// Whether something before it in its transaction has made sure that the job is still this
/// worker's, and ends the round where it is not.
bool is_fenced_before(const LintFacts& facts, const StatementUse& use) {
  for (const auto& [read, earlier] : facts.before(use))
    if (!earlier->goes_on_without_rows() && facts.is_fenced(*read, *earlier)) return true;
  return false;
}

bool can_lose(const LintFacts& facts, const StatementUse& use) {
  return facts.protocol().declared.lease_kind == LeaseKind::row && use.role->claims() &&
         use.part != StatementUse::Part::claim && facts.can_be_taken_over();
}

bool compares_excluded(const Query& query) {
  return query.conflict && std::any_of(query.conflict->where.begin(), query.conflict->where.end(),
                                       [](const Condition& each) {
                                         return each.op == "=" && each.left.of == "excluded" &&
                                                each.right.kind == Operand::Kind::parameter;
                                       });
}

/// An upsert of the row that is the worker's, and no job's: where it says that it is alive.
bool is_of_worker(const LintFacts& facts, const ReadStatement& read, const StatementUse& use,
                  const Query& query) {
  return query.conflict &&
         std::any_of(query.sets.begin(), query.sets.end(), [&](const Assignment& set) {
           const auto& key = query.conflict->columns;
           return std::find(key.begin(), key.end(), set.column) != key.end() &&
                  facts.value_name(read, use, set.value.text) == "worker";
         });
}

/// Whether a row of another table remembers the greatest token that has written to it, and refuses
/// lesser ones; or is of one claim alone.
bool knows_token(const LintFacts& facts, const ReadStatement& read, const StatementUse& use,
                 const Query& query) {
  const auto proof = [&](const Operand& value) {
    return value.kind == Operand::Kind::parameter && facts.proves(read, use, value.text);
  };
  const auto inserted = [&](const std::string& column) {
    return std::any_of(query.sets.begin(), query.sets.end(), [&](const Assignment& set) {
      return set.column == column && proof(set.value);
    });
  };
  const auto refuses = [&](const Condition& each) {
    if (!is_order(each.op)) return false;
    const bool less = each.op.front() == '<';
    const Operand &kept = less ? each.left : each.right, &own = less ? each.right : each.left;
    return kept.kind == Operand::Kind::column && kept.of != "excluded" &&
           (proof(own) || (own.of == "excluded" && inserted(own.text)));
  };
  const bool increasing = facts.protocol().declared.token_order == TokenOrder::increasing;
  if (increasing && std::any_of(query.where.begin(), query.where.end(), refuses)) return true;
  if (!query.conflict) return false;
  const auto& where = query.conflict->where;
  const auto& key = query.conflict->columns;
  return (increasing && std::any_of(where.begin(), where.end(), refuses)) ||
         std::any_of(key.begin(), key.end(), inserted);
}

/// How the statement would write a parameter of that name, behind others that it gets, too.
std::string parameter_like(const Statement& statement, const std::string& name,
                           std::size_t others = 0) {
  const PlaceholderStyle style = placeholder_style(statement.text).value_or(PlaceholderStyle());
  return style.kind == PlaceholderStyle::Kind::named
             ? style.named(name)
             : style.numbered(statement.parameters.size() + others + 1);
}

/// "AND epoch = :epoch" in the statement's own style; where no token is declared, the owner or the
/// time that the claim writes.
std::string fence_to_add(const LintFacts& facts, const ReadStatement& read) {
  std::string all;
  std::size_t others = 0;
  for (const std::string& token : facts.protocol().lease_token)
    all += fmt::format("{}AND {} = {}", all.empty() ? "" : " ", sql_name(token),
                       parameter_like(*read.statement, token, others++));
  if (!all.empty()) return all;
  std::string owner, time;
  for_each_use(facts, [&](const ReadStatement& claim, const StatementUse& use) {
    if (use.part != StatementUse::Part::claim) return;
    for (const Query& query : claim.queries)
      for (const Assignment& set : all_sets(query)) {
        if (set.value.kind == Operand::Kind::parameter && facts.proves(claim, use, set.value.text))
          owner = set.column;
        if (facts.lease_times().contains(set.column) && time.empty()) time = set.column;
      }
  });
  if (!owner.empty())
    return fmt::format("AND {} = {}", sql_name(owner), parameter_like(*read.statement, "worker"));
  if (time.empty()) return "AND a token that each claim writes anew";
  return fmt::format("AND {} = {}, which the claim returns", sql_name(time),
                     parameter_like(*read.statement, time));
}

/// Overwrites the row of the job that this worker has, or had.
bool overwrites_job(const LintFacts& facts, const ReadStatement& read, const StatementUse& use,
                    const Query& query) {
  const auto names = [&](const Operand& value) {
    return value.kind == Operand::Kind::parameter && facts.names_job(read, use, value.text);
  };
  if (query.kind == Query::Kind::insert) {
    if (!query.conflict || query.conflict->does != ConflictClause::Does::update) return false;
    return std::any_of(query.sets.begin(), query.sets.end(), [&](const Assignment& set) {
      return names(set.value) &&
             std::find(query.conflict->columns.begin(), query.conflict->columns.end(),
                       set.column) != query.conflict->columns.end();
    });
  }
  return std::any_of(query.where.begin(), query.where.end(), [&](const Condition& each) {
    return each.op == "=" && each.left.kind == Operand::Kind::column && names(each.right);
  });
}

enum class Target { lease, side };

/// Unfenced writes to the tables that claims write, or to others that belong to the job.
std::vector<Trap> unfenced(const LintFacts& facts, Target target) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!can_lose(facts, use) || is_fenced_before(facts, use)) return;
    for (std::size_t i = 0; i < read.queries.size(); ++i) {
      const Query& query = read.queries[i];
      if (facts.is_fenced(read, use, i)) continue;
      const bool lease = facts.is_lease_table(query.target.name);
      if (!query.writes() || compares_excluded(query) || lease != (target == Target::lease))
        continue;
      if (facts.looks_for_expired(query.node["whereClause"]) ||
          (query.kind == Query::Kind::insert && !query.conflict) ||
          is_of_worker(facts, read, use, query) ||
          (!lease &&
           (!overwrites_job(facts, read, use, query) || knows_token(facts, read, use, query))))
        continue;
      const bool renews = use.part == StatementUse::Part::heartbeat;
      traps.push_back(
          {&read,
           query.where_clause.value_or(query.conflict ? query.conflict->span : query.span),
           {},
           lease ? fmt::format("a worker whose job was taken over still {} {}: nothing of what its "
                               "claim wrote is compared",
                               renews ? "renews" : "changes", query.target.name)
                 : fmt::format("a worker whose job was taken over still overwrites {}, which "
                               "belongs to the job and does not know who has it",
                               query.target.name),
           lease ? fence_to_add(facts, read)
                 : fmt::format(
                       "first in one transaction with it: SELECT … FROM the job's row WHERE … "
                       "{} FOR UPDATE, and end the round where it finds none",
                       fence_to_add(facts, read))});
    }
  });
  return traps;
}

}  // namespace

std::vector<Trap> unfenced_writes(const LintFacts& facts) { return unfenced(facts, Target::lease); }
std::vector<Trap> unfenced_side_tables(const LintFacts& facts) {
  return unfenced(facts, Target::side);
}

std::vector<Trap> excluded_guards(const LintFacts& facts) {
  std::vector<Trap> traps;
  for (const ReadStatement& read : facts.statements())
    for (const Query& query : read.queries) {
      if (!query.conflict) continue;
      for (const Condition& each : query.conflict->where) {
        if (each.op != "=" || each.left.of != "excluded" ||
            each.right.kind != Operand::Kind::parameter)
          continue;
        const bool always =
            std::any_of(query.sets.begin(), query.sets.end(), [&](const Assignment& set) {
              return set.column == each.left.text && set.value.text == each.right.text &&
                     set.value.kind == each.right.kind;
            });
        const std::size_t at = each.right.node.location().value_or(each.span.begin);
        if (always)
          traps.push_back(
              {&read,
               each.span,
               {},
               fmt::format("EXCLUDED is the row that would be inserted, so {} is always "
                           "what was put there: it is true for everybody",
                           each.left.text),
               fmt::format("{}.{} = {}", query.target.name, each.left.text,
                           read.own_text(Clause{at, at + each.right.text.size()}))});
      }
    }
  return traps;
}

std::vector<Trap> unlocked_fences(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (!can_lose(facts, use) || use.goes_on_without_rows() || !facts.is_fenced(read, use)) return;
    const bool only_looks =
        std::all_of(read.queries.begin(), read.queries.end(),
                    [](const Query& query) { return !query.writes() && query.locks.empty(); });
    if (!only_looks || read.queries.empty() || !use.transaction) return;
    bool relied_on = false;
    for_each_use(facts, [&](const ReadStatement& later, const StatementUse& other) {
      if (other.role != use.role || other.transaction != use.transaction ||
          other.order <= use.order || facts.is_fenced(later, other))
        return;
      relied_on = relied_on || std::any_of(later.queries.begin(), later.queries.end(),
                                           [](const Query& query) { return query.writes(); });
    });
    if (relied_on)
      traps.push_back({&read,
                       read.queries.front().where_clause.value_or(read.queries.front().span),
                       {},
                       "what it finds holds no longer than the look: between it and the writes "
                       "behind it another worker takes the job over",
                       "FOR UPDATE"});
  });
  return traps;
}

std::vector<Trap> hidden_counts(const LintFacts& facts) {
  std::vector<Trap> traps;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    if (read.statement->command != Command::exec || !can_lose(facts, use) ||
        use.part == StatementUse::Part::heartbeat || use.handles || is_fenced_before(facts, use))
      return;
    for (const Query& query : read.queries) {
      if (query.kind != Query::Kind::update && query.kind != Query::Kind::remove) continue;
      for (const Condition& each : query.where) {
        if (!facts.is_fence(read, use, query, each)) continue;
        traps.push_back(
            {&read,
             query.target_span,
             {},
             "where the job was taken over it changes no row, and :exec hides that from "
             "the worker, who goes on",
             fmt::format("-- name: {} :execrows", read.statement->name)});
        break;
      }
    }
  });
  return traps;
}

namespace {

/// Whether a claim takes the rows that this changes, as far as what it sets says: not where each
/// asks for another state than the one that it sets, or for a time that is not there.
bool puts_back(const LintFacts& facts, const ReadStatement& rescuing, const Query& rescue) {
  for (const StatementUse& use : rescuing.uses)
    if (use.part == StatementUse::Part::claim) return true;  // it has the job then
  bool kept = false;
  for (const Assignment& set : rescue.sets) {
    const bool constant = set.value.kind == Operand::Kind::constant;
    const bool null = constant && set.value.text == "null";
    bool asked = false, taken = false;
    for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
      if (use.part != StatementUse::Part::claim || !use.role->claims()) return;
      for (const Query& query : read.queries)
        query.node["whereClause"].for_each([&](const TreeNode& node) {
          const bool is_null = node.kind() == "NullTest";
          const TreeNode side = node[is_null ? "arg" : "lexpr"];
          if (operand_of(side).kind != Operand::Kind::column || operand_of(side).text != set.column)
            return;
          if (is_null && node["nulltesttype"].text() == "IS_NULL" &&
              node.around()["boolop"].text() != "OR_EXPR")
            asked = asked || !constant;
          if (node.kind() != "A_Expr" || !constant || null) return;
          node["rexpr"].for_each([&](const TreeNode& value) {
            if (value.kind() != "A_Const") return;
            asked = true;
            taken = taken || operand_of(value).text == set.value.text;
          });
        });
    });
    kept = kept || (asked && !taken);
  }
  return !kept;
}

}  // namespace

std::vector<Trap> uncounted_rescues(const LintFacts& facts) {
  std::vector<Trap> traps;
  const Operand shown = facts.observed("attempts");
  if (!facts.protocol().declared.max_attempts || shown.kind != Operand::Kind::column) return traps;
  const std::string& attempts = shown.text;
  const auto sets = [&](const Query& query) {
    const std::vector<Assignment> all = all_sets(query);
    return std::any_of(all.begin(), all.end(),
                       [&](const Assignment& set) { return set.column == attempts; });
  };
  bool claim_counts = false;
  for_each_use(facts, [&](const ReadStatement& read, const StatementUse& use) {
    for (const Query& query : read.queries)
      claim_counts =
          claim_counts || (use.part == StatementUse::Part::claim && query.writes() && sets(query));
  });
  if (claim_counts) return traps;
  for (const ReadStatement& read : facts.statements())
    for (const Query& query : read.queries)
      if (query.kind == Query::Kind::update && facts.is_lease_table(query.target.name) &&
          facts.looks_for_expired(query.node["whereClause"]) && !sets(query) &&
          puts_back(facts, read, query))
        traps.push_back(
            {&read,
             query.set_clause.value_or(query.span),
             {},
             fmt::format("a job whose worker dies each time is tried for ever: claims do "
                         "not count in {}, and neither does this rescue",
                         attempts),
             fmt::format(", {} = {} + 1", attempts, attempts)});
  return traps;
}

}  // namespace fencepost
