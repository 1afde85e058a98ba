// The traps that are known, one row each: what is looked for, which property fails where it is
// fallen into, and whose bug it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/lint/lint_facts.hpp"

namespace fencepost {

/// A place where a protocol goes into a trap.
struct Trap {
  const ReadStatement* statement = nullptr;  ///< nullptr: it is in the schema or protocol.toml
  Clause span;                               ///< of the statement's SQL as PostgreSQL sees it
  Span where;                                ///< where it is in no statement
  std::string about;  ///< what happens here, with this protocol's names; no full stop
  std::string write;  ///< the text to write instead, or to add; may be empty
};

/// A trap's rule.
struct LintRule {
  std::string_view name;
  std::string_view what;      ///< one sentence
  std::string_view property;  ///< that fails
  std::string_view bug;       ///< a protocol of the gallery that has it
  std::string_view remedy;    ///< what to write
  std::vector<Trap> (*find)(const LintFacts& facts);
};

/// All rules, in the order in which they are told.
const std::vector<LintRule>& lint_rules();

/// One function for each rule; `lint_rules` says what it looks for.
std::vector<Trap> claims_in_subquery(const LintFacts& facts);
std::vector<Trap> locks_in_where(const LintFacts& facts);
std::vector<Trap> unguarded_claims(const LintFacts& facts);
std::vector<Trap> unlocked_picks(const LintFacts& facts);
std::vector<Trap> missing_takeovers(const LintFacts& facts);
std::vector<Trap> guards_that_come_back(const LintFacts& facts);
std::vector<Trap> ignored_conflicts(const LintFacts& facts);
std::vector<Trap> ignored_counts(const LintFacts& facts);
std::vector<Trap> stale_counts(const LintFacts& facts);
std::vector<Trap> caps_without_lock(const LintFacts& facts);
std::vector<Trap> unfenced_writes(const LintFacts& facts);
std::vector<Trap> unfenced_side_tables(const LintFacts& facts);
std::vector<Trap> excluded_guards(const LintFacts& facts);
std::vector<Trap> unlocked_fences(const LintFacts& facts);
std::vector<Trap> hidden_counts(const LintFacts& facts);
std::vector<Trap> uncounted_rescues(const LintFacts& facts);
std::vector<Trap> transaction_times(const LintFacts& facts);
std::vector<Trap> leases_without_zone(const LintFacts& facts);
std::vector<Trap> truncated_tokens(const LintFacts& facts);
std::vector<Trap> sequence_gaps(const LintFacts& facts);
std::vector<Trap> writes_beside_lock(const LintFacts& facts);
std::vector<Trap> different_lock_keys(const LintFacts& facts);
std::vector<Trap> locks_taken_twice(const LintFacts& facts);
std::vector<Trap> opposite_orders(const LintFacts& facts);
std::vector<Trap> slow_heartbeats(const LintFacts& facts);
std::vector<Trap> heartbeats_that_stop(const LintFacts& facts);
std::vector<Trap> endless_sessions(const LintFacts& facts);

}  // namespace fencepost
