// What the operators look at: a protocol's statements where they stand in the user's files, what a
// worker knows when it runs one, and protocol.toml by bytes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/lint/lint_facts.hpp"
#include "sim/repairs/repair.hpp"
#include "sim/text/toml.hpp"

namespace fencepost {

/// What fencepost asks or inserts itself.
bool is_own(const Statement& statement);

/// A column's value that a worker knows of its job's row.
struct KnownValue {
  std::string table;  ///< empty: any that has the column
  std::string column;
  std::string value;  ///< as SQL: the name of a parameter, or a literal
  enum class Kind {
    proof,    ///< the token: a parameter
    other,    ///< any other parameter
    literal,  ///< what the claim has set it to
  } kind = Kind::other;
  std::size_t since = 0;  ///< the order of the step that it is known behind
};

/// A protocol as the operators need it; what it is made of must outlive it.
class RepairFacts {
 public:
  explicit RepairFacts(const Protocol& protocol);

  const Protocol& protocol() const { return lint_.protocol(); }
  const LintFacts& lint() const { return lint_; }
  /// The statements that may be changed: each stands in one file as it is run, and no person runs
  /// it.
  const std::vector<const ReadStatement*>& statements() const { return statements_; }
  const ReadStatement* find(const std::string& name) const;

  /// What whoever runs the statement knows of rows of these tables, each time that it is run.
  std::vector<KnownValue> known(const ReadStatement& read,
                                const std::vector<std::string>& tables) const;
  /// The columns of a table; none where the schema does not show it.
  std::set<std::string> columns(const std::string& table) const;

  /// A change of a statement's bytes, which are those of what PostgreSQL is given.
  FileEdit edit(const ReadStatement& read, Clause at, std::string text) const;
  /// Behind the last statement of the file that this one is in.
  FileEdit appended(const ReadStatement& read, const std::string& text) const;
  /// Where the statement's name line says its command; nullopt where it can't be told.
  std::optional<FileEdit> with_command(const ReadStatement& read, std::string_view command) const;

  const TomlNode& toml() const { return toml_; }
  FileEdit in_toml(Clause at, std::string text,
                   FileEdit::Order order = FileEdit::Order::around) const;
  /// The bytes of a value.
  Clause bytes(const TomlNode& node) const;
  std::string text(const TomlNode& node) const;
  /// A table with one more key: before its brace, below its heading, or, where it has neither,
  /// above the first of its keys. Several for one table are one behind the other.
  std::vector<FileEdit> with_entry(const TomlNode& table, const std::string& entry) const;
  /// A step with one more key, be it a name as yet.
  std::vector<FileEdit> with_key(const TomlNode& step, const std::string& entry) const;
  /// A key as it is written; nullopt where it can't be told.
  std::optional<Clause> key_bytes(const TomlEntry& entry) const;
  /// Where roles that are no person's run the statement.
  std::vector<const TomlNode*> steps_that_run(const ReadStatement& read) const;

 private:
  bool known_at(const KnownValue& value, const StatementUse& use) const;
  void add_known(const ReadStatement& read, const StatementUse& use);
  std::size_t byte_of(TomlPlace place) const;

  LintFacts lint_;
  std::vector<const ReadStatement*> statements_;
  std::map<std::string, std::vector<KnownValue>> known_;  ///< by role
  const FileTexts& files_;
  TomlNode toml_;
  std::string toml_text_;
  std::vector<std::size_t> lines_;  ///< where each begins
};

/// A table's name as a text has to write it, with the schema that it is named with.
std::string sql_table(const TableName& table);

/// Each family of operators adds what it finds.
void repair_conditions(const RepairFacts& facts, std::vector<Repair>& into);
void repair_statements(const RepairFacts& facts, std::vector<Repair>& into);
void repair_locks(const RepairFacts& facts, std::vector<Repair>& into);
void repair_steps(const RepairFacts& facts, std::vector<Repair>& into);
void repair_handlers(const RepairFacts& facts, std::vector<Repair>& into);

/// A list of steps of protocol.toml, and where it stands.
struct StepList {
  const TomlNode* steps = nullptr;
  std::string role, operation;  ///< the operation that it is of; empty: the program or heartbeat
  bool in_transaction = false;  ///< as its text says; not where an operation is run in one
};
/// All lists of roles that are no person's, those within another behind it.
std::vector<StepList> step_lists(const RepairFacts& facts);
/// The name that a step runs; empty for other steps.
std::string run_by(const TomlNode& step);

}  // namespace fencepost
