// fencepost.sql: observe, and a job in the table with something in every column that needs it.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/init/guess_words.hpp"
#include "sim/init/written.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

class Observe {
 public:
  Observe(const InitFiles& files, const QueueGuess& guess)
      : files_(files), guess_(guess), claim_(files.find(guess.claim.front())) {}

  std::string text() {
    if (guess_.kind == QueueGuess::Kind::session) return of_locks();
    if (!guess_.jobs.empty()) return of_two_tables();
    const bool named = !guess_.key.empty();
    add(named ? sql_name(guess_.key) : as_literal(guess_.fixed), "job");
    add(state(), "state");
    if (guess_.kind == QueueGuess::Kind::transaction) return from_table();
    if (names_worker()) add(while_owned(guess_.owner, sql_name(guess_.owner)), "owner");
    if (const std::string token = token_column(); !token.empty()) add(sql_name(token), "token");
    if (guess_.lease > 0us)
      add(while_owned(guess_.lease_until.empty() ? guess_.since : guess_.lease_until, until()),
          "lease_until");
    if (!guess_.ready_at.empty()) add(time_in(guess_.ready_at), "ready_at");
    if (!guess_.attempts.empty() && counted_by_claim()) add(sql_name(guess_.attempts), "attempts");
    return from_table();
  }

 private:
  void add(const std::string& value, const std::string& name) {
    outputs_ += outputs_.empty() ? "SELECT " : ",\n       ";
    outputs_ += value == name ? name : value + " AS " + name;
  }
  std::string from_table() const {
    return outputs_ + "\n  FROM " + sql_table(files_.schema, guess_.table) + ";\n";
  }
  std::string state() const {
    if (guess_.states.empty()) return "'ready'";
    if (guess_.states.size() == 1 && guess_.states[0].condition == "true")
      return as_literal(to_text(guess_.states[0].state));
    std::string text = "CASE";
    for (const StateRule& rule : guess_.states)
      text += fmt::format(" WHEN {} THEN '{}'", rule.condition, to_text(rule.state));
    return text + " ELSE 'ready' END";
  }
  std::string owned() const {
    for (const StateRule& rule : guess_.states)
      if (rule.state == JobState::owned) return rule.condition;
    return "true";
  }
  /// A column that an end does not clear still says who had the job.
  std::string while_owned(const std::string& column, const std::string& value) const {
    const std::string condition = owned();
    const InitStatement* end = files_.find(guess_.succeed);
    const TableUse* use = end == nullptr ? nullptr : end->use(guess_.table);
    const ColumnSet* set = use == nullptr ? nullptr : use->set(column);
    const bool cleared = use == nullptr || use->removes ||
                         (set != nullptr && set->to == ColumnSet::To::null) ||
                         condition == sql_name(column) + " IS NOT NULL";
    if (condition == "true" || cleared) return value;
    return fmt::format("CASE WHEN {} THEN {} END", condition, value);
  }
  /// A column's time; whole numbers count since 1970.
  std::string time_in(const std::string& column) const {
    const auto unit = guess_.units.find(column);
    const std::string named = (guess_.jobs.empty() ? "" : "c.") + sql_name(column);
    if (unit == guess_.units.end()) return named;
    if (unit->second == 1s) return fmt::format("to_timestamp({})", named);
    return fmt::format("to_timestamp({} / {}.0)", named, 1s / unit->second);
  }
  std::string until() const {
    if (!guess_.lease_until.empty()) return time_in(guess_.lease_until);
    return fmt::format("{} + interval '{}'", time_in(guess_.since), to_text(guess_.lease));
  }
  /// One column of the token that every claim changes.
  std::string token_column() const {
    for (const std::string& name : guess_.token)
      for (const std::string& statement : guess_.claim)
        if (const InitStatement* claim = files_.find(statement)) {
          const auto from = claim->returned_from.find(name);
          if (from != claim->returned_from.end() && from->second != guess_.owner)
            return from->second;
        }
    return "";
  }
  /// A number or a uuid is not what a worker is called here.
  bool names_worker() const {
    const ColumnDefinition* owner = files_.schema.column(guess_.table, guess_.owner);
    return !guess_.owner.empty() &&
           (owner == nullptr || owner->type == "text" || owner->type.ends_with("char"));
  }
  bool counted_by_claim() const {
    for (const std::string& statement : guess_.claim)
      if (const InitStatement* claim = files_.find(statement))
        if (const TableUse* use = claim->use(guess_.table))
          if (use->set(guess_.attempts) != nullptr) return true;
    return false;
  }

  /// Jobs, and who has a claim of them.
  std::string of_two_tables() {
    const TableDefinition* jobs = files_.schema.table(guess_.jobs);
    const std::string key =
        jobs == nullptr || jobs->primary_key.empty() ? "id" : sql_name(jobs->primary_key.front());
    add("j." + key, "job");
    add(state(), "state");
    if (names_worker()) add("c." + sql_name(guess_.owner), "owner");
    if (const std::string token = token_column(); !token.empty())
      add("c." + sql_name(token), "token");
    if (guess_.lease > 0us) add(until(), "lease_until");
    return fmt::format("{}\n  FROM {} j\n  LEFT JOIN {} c ON c.{} = j.{};\n", outputs_,
                       sql_table(files_.schema, guess_.jobs),
                       sql_table(files_.schema, guess_.table), sql_name(guess_.key), key);
  }

  /// The number that the claim locks, as it writes it, and what it calls the row that it is made
  /// of; empty where the number is the job's own.
  struct LockNumber {
    std::string text, alias;
    std::size_t arguments = 1;
  };
  LockNumber lock_number() const {
    if (claim_ == nullptr) return {};
    for (const Query& query : claim_->queries)
      for (const FunctionCall& call : query.calls) {
        if (call.name.find("advisory") == std::string::npos || query.tables.empty()) continue;
        const std::string text =
            claim_->statement.sql.substr(call.span.begin, call.span.end - call.span.begin);
        const std::size_t open = text.find('(');
        if (open == std::string::npos || text.find('$') != std::string::npos) continue;
        const std::string inside(trimmed(text.substr(open + 1, text.rfind(')') - open - 1)));
        const bool plain = call.arguments.size() == 1 &&
                           call.arguments[0].kind == Operand::Kind::column &&
                           call.arguments[0].text == guess_.key;
        const TableName& table = query.tables.front();
        if (!plain)
          return {inside, table.alias.empty() ? table.name : table.alias, call.arguments.size()};
      }
    return {};
  }

  /// Who has the advisory lock that the claim takes.
  std::string of_locks() {
    if (!guess_.fixed.empty())
      return fmt::format(
          "-- Who has an advisory lock.\n"
          "SELECT {} AS job, 'owned' AS state, s.worker AS owner\n"
          "  FROM pg_locks l JOIN fencepost.sessions s ON s.pid = l.pid\n"
          " WHERE l.locktype = 'advisory' AND l.granted;\n",
          as_literal(guess_.fixed));
    const std::string table = sql_table(files_.schema, guess_.table);
    const std::string key = guess_.key.empty() ? "" : "j." + sql_name(guess_.key);
    std::string ended, gone;
    for (const StateRule& rule : guess_.states)
      ended += fmt::format(" WHEN j.{} THEN '{}'", rule.condition, to_text(rule.state));
    if (const LockNumber number = lock_number(); !number.text.empty()) {
      const bool two = number.arguments == 2;
      return fmt::format(
          "-- Who has the advisory lock of the number that the claim makes of a job.\n"
          "SELECT {} AS job,\n"
          "       CASE{} WHEN s.worker IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,\n"
          "       s.worker AS owner\n"
          "  FROM (SELECT *, {}{}{} AS lock_number FROM {} {}) j\n"
          "  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = {}\n"
          "                      AND {} = j.lock_number\n"
          "  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;\n",
          key, ended, two ? "ARRAY[" : "(", number.text, two ? "]::bigint[]" : ")::bigint", table,
          sql_name(number.alias), two ? 2 : 1,
          two ? "ARRAY[l.classid::int4::bigint, l.objid::int4::bigint]"
              : "(l.classid::bigint << 32) | l.objid::bigint");
    }
    return fmt::format(
        "-- Who has the advisory lock of that number.\n"
        "SELECT {} AS job,\n"
        "       CASE{} WHEN s.worker IS NOT NULL THEN 'owned' ELSE 'ready' END AS state,\n"
        "       s.worker AS owner\n"
        "  FROM {} j\n"
        "  LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1\n"
        "                      AND (l.classid::bigint << 32) | l.objid::bigint = {}\n"
        "  LEFT JOIN fencepost.sessions s ON s.pid = l.pid;\n",
        key, ended, table, key);
  }

  const InitFiles& files_;
  const QueueGuess& guess_;
  const InitStatement* claim_;
  std::string outputs_;
};

/// An INSERT of one job, with the rows that its foreign keys need.
class Insert {
 public:
  Insert(const InitFiles& files, const QueueGuess& guess)
      : files_(files), guess_(guess), table_(guess.waiting.empty() ? guess.table : guess.waiting) {}

  std::string text() {
    const std::string row = of(table_, {});
    std::string with;
    for (const std::string& parent : parents_)
      with += (with.empty() ? "WITH " : ",\n     ") + parent;
    return with + (with.empty() ? "" : "\n") + row + ";\n";
  }

 private:
  /// `above`: tables that need a row of this one.
  std::string of(const std::string& table, std::vector<std::string> above) {
    const bool own = above.empty();
    above.push_back(table);
    std::vector<std::string> columns, values;
    bool numbered = false;
    if (const TableDefinition* known = files_.schema.table(table))
      for (const ColumnDefinition& column : known->columns) {
        const std::string wanted = own ? wanted_by_claim(column) : "";
        // What refers to a row above names it by its key.
        const bool named = !own && names_row(*known, column);
        numbered = numbered || (named && column.generated);
        const bool needed = named || (column.not_null && !column.initial && !column.generated);
        if (wanted.empty() && !needed) continue;
        columns.push_back(sql_name(column.name));
        values.push_back(!wanted.empty() ? wanted : value_of(*known, column, above));
      }
    const std::string name = sql_table(files_.schema, table);
    if (columns.empty()) return fmt::format("INSERT INTO {} DEFAULT VALUES", name);
    return fmt::format("INSERT INTO {} ({}){} VALUES ({})", name, fmt::join(columns, ", "),
                       numbered ? " OVERRIDING SYSTEM VALUE" : "", fmt::join(values, ", "));
  }

  /// What the claim looks for, where a new row would not have it by itself.
  std::string wanted_by_claim(const ColumnDefinition& column) const {
    const InitStatement* claim = files_.find(guess_.claim.front());
    const TableUse* use = claim == nullptr ? nullptr : claim->use(table_);
    if (use == nullptr) return "";
    for (const ColumnTest* test : use->tests_of(column.name)) {
      const bool waits = test->is == Is::passed && !column.initial;
      if (waits && use->set(column.name) == nullptr && !may_be_null(*use, column.name))
        return now_for(column);
      if (test->negated || test->alternative) continue;
      if (waits) return now_for(column);
      if (test->is == Is::label && (!column.initial || column.name == guess_.state)) {
        if (column.initial && first_text_in(*column.initial) == test->labels[0]) return "";
        const bool by_default =
            column.initial && column.name == guess_.state && test->labels.size() > 1;
        if (!by_default) return as_literal(test->labels[0]);
      }
      if (test->is == Is::parameter && column.name != guess_.key) {
        const auto constant = guess_.constants.find(claim->called(test->parameter));
        const auto with = guess_.with.find(claim->name());
        std::string value = constant == guess_.constants.end() ? "" : constant->second;
        if (with != guess_.with.end())
          for (const auto& [parameter, source] : with->second)
            if (claim->called(test->parameter) == claim_name(*claim, parameter) &&
                guess_.constants.contains(source))
              value = guess_.constants.at(source);
        if (!value.empty() && !value.starts_with('{')) return as_literal(value);
      }
    }
    return "";
  }
  std::string now_for(const ColumnDefinition& column) const {
    const auto unit = guess_.units.find(column.name);
    return time_as_number("clock_timestamp()", unit == guess_.units.end() ? 0us : unit->second);
  }
  static bool may_be_null(const TableUse& use, const std::string& column) {
    const auto tests = use.tests_of(column);
    return std::any_of(tests.begin(), tests.end(),
                       [](const ColumnTest* test) { return test->is == Is::null; });
  }
  static std::string claim_name(const InitStatement& claim, const std::string& parameter) {
    for (std::size_t i = 0; i < claim.statement.parameters.size(); ++i)
      if (claim.statement.parameters[i] == parameter)
        return claim.called("$" + std::to_string(i + 1));
    return parameter;
  }

  std::string value_of(const TableDefinition& table, const ColumnDefinition& column,
                       const std::vector<std::string>& above) {
    const bool again = std::find(above.begin(), above.end(), column.references) != above.end();
    if (!column.references.empty() && !again) {
      referred_.insert({column.references, column.references_column});
      add_parent(column.references, above);
    }
    const bool unique = column.is_unique || !column.references.empty() || names_row(table, column);
    if (!column.labels.empty()) return as_literal(column.labels.front());
    const std::string& type = column.type;
    if (column.is_array) return "'{}'";
    const bool number = is_number(type);
    // What is held in turn has the same name wherever something names it.
    const std::string fixed =
        unique && !guess_.fixed.empty() ? as_value_of(type, guess_.fixed) : "";
    if (number && !fixed.empty()) return fixed;
    if (type == "uuid" && !fixed.empty()) return as_literal(fixed);
    if (type == "uuid") return unique ? "md5(@job::text)::uuid" : "gen_random_uuid()";
    if (number)
      return unique ? fmt::format("@job::{}", type.starts_with("int") ? "bigint" : "numeric") : "0";
    if (type == "bool") return "false";
    if (type.starts_with("timestamp") || type == "date") return "clock_timestamp()";
    if (type == "interval") return "interval '1 min'";
    if (type.starts_with("json")) return "'{}'";
    if (type == "bytea") return "''";
    if (unique) return fixed.empty() ? "'job-' || @job::text" : as_literal(fixed);
    const bool text = type == "bpchar" || type == "varchar" || type == "text";
    return as_literal(text ? column.name : "0");
  }
  /// Whether it is of the primary key, or what a foreign key names.
  bool names_row(const TableDefinition& table, const ColumnDefinition& column) const {
    const auto& key = table.primary_key;
    return referred_.contains({table.name, column.name}) ||
           std::find(key.begin(), key.end(), column.name) != key.end();
  }
  void add_parent(const std::string& table, const std::vector<std::string>& above) {
    if (std::find(inserted_.begin(), inserted_.end(), table) != inserted_.end()) return;
    inserted_.push_back(table);
    const std::string row = of(table, above);
    parents_.push_back(
        fmt::format("{} AS ({} ON CONFLICT DO NOTHING)", sql_name("new_" + table), row));
  }

  const InitFiles& files_;
  const QueueGuess& guess_;
  const std::string& table_;
  std::vector<std::string> inserted_, parents_;
  std::set<std::pair<std::string, std::string>> referred_;
};

bool is_inserted_by_claim(const InitFiles& files, const QueueGuess& guess) {
  for (const std::string& name : guess.claim)
    if (const InitStatement* claim = files.find(name))
      if (const TableUse* use = claim->use(guess.table)) return use->inserts;
  return false;
}

}  // namespace

std::string written_sql(const InitFiles& files, const QueueGuess& guess) {
  std::string text =
      "-- What fencepost asks: how your tables look in its words, and how a job gets into them.\n\n"
      "-- name: observe :many\n";
  text += Observe(files, guess).text();
  const auto let = [&](const std::string& verb, const auto& values) {
    for (const auto& [name, sql] : values)
      text +=
          fmt::format("\n-- name: {}_{} :let\nSELECT {} AS {};\n", verb, name, sql, sql_name(name));
  };
  let("new", guess.made);
  let("next", guess.counted);
  let("new", guess.lets);
  if (!guess.fixed.empty()) return text;
  return text + "\n-- name: insert_job :exec\n" + Insert(files, guess).text();
}

std::string written_rows(const InitFiles& files, const QueueGuess& guess) {
  if (guess.kind != QueueGuess::Kind::leader || is_inserted_by_claim(files, guess)) return "";
  if (!inserted_keys(files, guess.table, guess.key).empty()) return "";
  const TableDefinition* table = files.schema.table(guess.table);
  if (table == nullptr) return "";
  std::string text = Insert(files, guess).text();
  text.insert(text.size() - 2, " ON CONFLICT DO NOTHING");
  return "-- The row that is held in turn.\n" + text;
}

}  // namespace fencepost
