// What the rules look at: a protocol's statements as parsed, who runs them, and what its claims
// write.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/lint/statement_uses.hpp"
#include "sql/tree/query_view.hpp"
#include "sql/tree/schema_view.hpp"

namespace fencepost {

/// A statement that a role runs, as PostgreSQL's parser reads it; or one in the body of a function
/// that it calls, or that a trigger calls for it, under that one's name.
struct ReadStatement {
  const Statement* statement = nullptr;
  std::unique_ptr<ParseTree> tree;  ///< nothing where the parser does not take it
  std::string fired_by;             ///< of a trigger's function: the statement whose rows fire it
  std::vector<Query> queries;
  std::vector<StatementUse> uses;

  /// A part of it, as its user wrote it.
  std::string own_text(Clause span) const;
};

/// A column of a table.
struct TableColumn {
  std::string table, column;
  auto operator<=>(const TableColumn& other) const = default;
};

/// What is known of a protocol before it runs.
class LintFacts {
 public:
  explicit LintFacts(const Protocol& protocol);

  const Protocol& protocol() const { return protocol_; }
  const std::deque<ReadStatement>& statements() const { return statements_; }
  /// nullptr where no role runs it, or it could not be read.
  const ReadStatement* find(const std::string& name) const;
  const SchemaView& schema() const { return schema_; }
  /// What was not read, a sentence each.
  const std::vector<Remark>& unread() const { return unread_; }

  /// Columns that claims give values that are not the same for all: tokens, owners, times.
  const std::set<TableColumn>& claimed() const { return claimed_; }
  bool is_claimed(std::string_view table, std::string_view column) const;
  /// Whether a claim writes there who has the job, since when, or the token that proves it.
  bool is_lease_table(std::string_view table) const;
  /// Columns among those, and of heartbeats, that get a time.
  const std::set<std::string>& lease_times() const { return lease_times_; }
  /// Whether some statement compares the column with anything, so that its value matters.
  bool is_compared(const std::string& column) const { return compared_.contains(column); }
  /// Whether somebody else can come to have a job that is still somebody's: some statement looks
  /// for those whose time is over, or a person may change them.
  bool can_be_taken_over() const { return can_be_taken_over_; }

  /// Whether it is a part of a claim that another claim may be beside: one worker alone has no
  /// rival.
  bool races(const StatementUse& use) const;

  /// What `observe` shows under this name; none where it does not, or could not be read.
  Operand observed(std::string_view name) const;
  /// Whether a statement calls a function of the schema's, which may do anything.
  bool calls_routines() const;

  /// The value that a parameter ("$1") has in a use, by the name that the worker knows it by; empty
  /// for what is none.
  std::string value_name(const ReadStatement& of, const StatementUse& use,
                         std::string_view parameter) const;
  /// Whether the parameter proves a claim, or names its owner.
  bool proves(const ReadStatement& of, const StatementUse& use, std::string_view parameter) const;
  /// Whether it is the job's id.
  bool names_job(const ReadStatement& of, const StatementUse& use,
                 std::string_view parameter) const;
  /// Whether the condition is true only of what this worker's claim wrote.
  bool is_fence(const ReadStatement& of, const StatementUse& use, const Query& query,
                const Condition& condition) const;
  /// Whether one of the statement's queries has such a condition.
  bool is_fenced(const ReadStatement& of, const StatementUse& use) const;
  /// Whether this one of its queries works on nothing but what such a condition lets through.
  bool is_fenced(const ReadStatement& of, const StatementUse& use, std::size_t query) const;
  /// What stands before a use in its transaction, in order.
  std::vector<std::pair<const ReadStatement*, const StatementUse*>> before(
      const StatementUse& use) const;
  /// The comparisons in it that look for what is over: a lease time that lies behind.
  std::vector<TreeNode> expired_looks(const TreeNode& in) const;
  bool looks_for_expired(const TreeNode& in) const { return !expired_looks(in).empty(); }

 private:
  void read_statements();
  void add_called(const ReadStatement& calling, int depth);
  void learn_claims();
  void learn_defaults(const Query& query, bool claims);
  void learn_lease_tables();
  bool is_key(const Query& query, const std::string& column) const;
  bool is_same_for_all(const ReadStatement& read, const StatementUse& use,
                       const Assignment& set) const;
  void learn_takeovers();
  Span place_of(const RoutineDefinition& routine) const;

  const Protocol& protocol_;
  SchemaView schema_;
  std::deque<ReadStatement> statements_;  ///< what is added moves none
  std::deque<Statement> called_;          ///< of functions' bodies
  std::deque<RunStep> called_steps_;
  std::vector<Remark> unread_;
  std::set<TableColumn> claimed_;
  std::set<std::string, std::less<>> lease_tables_;
  std::set<std::string> lease_times_;
  std::set<std::string> compared_;
  bool can_be_taken_over_ = false;
};

/// What an INSERT, UPDATE or its ON CONFLICT sets.
std::vector<Assignment> all_sets(const Query& query);
/// Calls `each` with every use of every statement.
template <typename Each>
void for_each_use(const LintFacts& facts, const Each& each) {
  for (const ReadStatement& statement : facts.statements())
    for (const StatementUse& use : statement.uses) each(statement, use);
}

}  // namespace fencepost
