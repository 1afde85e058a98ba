#include "sim/mutants/mutant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "model/hash.hpp"
#include "sim/input/protocol_declared.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/mutants/equivalence.hpp"
#include "sim/mutants/program_edits.hpp"
#include "sim/mutants/promises.hpp"
#include "sim/mutants/routine_edits.hpp"
#include "sim/mutants/sql_edits.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

int lines_before(std::string_view text, std::size_t byte) {
  return static_cast<int>(std::count(
      text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size())), '\n'));
}

/// The clause's bytes as they are, and as they are with the splices.
std::pair<std::string, std::string> told(const std::string& text, Clause clause,
                                         const std::vector<Splice>& splices) {
  for (const Splice& each : splices) {
    clause.begin = std::min(clause.begin, each.at.begin);
    clause.end = std::max(clause.end, each.at.end);
  }
  std::vector<Splice> inside = splices;
  for (Splice& each : inside) {
    each.at.begin -= clause.begin;
    each.at.end -= clause.begin;
  }
  const std::string own = text.substr(clause.begin, clause.end - clause.begin);
  return {in_one_line(own), in_one_line(spliced(own, inside))};
}

/// A statement with another text; what its name line says stays.
Statement with_text(const Statement& old, const std::string& text) {
  std::vector<Statement> read =
      statements_of("-- name: " + old.name + " :exec\n" + text, old.where.file);
  if (read.size() != 1)
    throw InputError(fmt::format("{}: the changed statement \"{}\" is {} statements",
                                 to_text(old.where), old.name, read.size()));
  Statement now = std::move(read.front());
  now.command = old.command;
  now.where = old.where;
  now.remarks = old.remarks;
  now.nullable.insert(old.nullable.begin(), old.nullable.end());
  now.columns.insert(old.columns.begin(), old.columns.end());
  return now;
}

class Mutants {
 public:
  explicit Mutants(const Protocol& protocol)
      : protocol_(protocol), promises_(protocol), equivalence_(protocol) {}

  std::vector<Mutant> all() && {
    for (const std::string& name : statements_run(protocol_))
      if (const Statement* statement = protocol_.find(name); statement != nullptr)
        of_statement(*statement);
    std::stable_sort(found_.begin(), found_.end(), [](const Mutant& a, const Mutant& b) {
      return std::pair(a.where.file, a.where.line) < std::pair(b.where.file, b.where.line);
    });
    for (std::size_t i = 0; i < protocol_.schema.size(); ++i) of_schema(i);
    for (const Role& role : protocol_.roles)
      if (!role.operates) of_role(role);
    of_constants();
    return std::move(found_);
  }

 private:
  void of_statement(const Statement& statement) {
    for (SqlEdit& edit : sql_edits(statement.sql)) {
      std::string proof =
          equivalence_.proof(statement.sql, edit, spliced(statement.sql, edit.splices));
      for (Splice& splice : edit.splices) splice.at = statement.map.replaceable(splice.at);
      const Clause clause = statement.map.replaceable(edit.clause);
      Span where = statement.where;
      where.line += lines_before(statement.text, clause.begin);
      auto [before, after] = told(statement.text, clause, edit.splices);
      const std::string text = spliced(statement.text, edit.splices);
      found_.push_back({edit.change, statement.name, where, std::move(before), std::move(after),
                        promises_.of(edit, statement.name), std::move(proof),
                        with_text(statement, text)});
    }
  }

  void of_schema(std::size_t number) {
    const std::string& text = protocol_.schema[number];
    for (const RoutineEdit& each : routine_edits(text)) {
      if (!promises_.is_called(each.routine)) continue;
      auto [before, after] = told(text, each.edit.clause, each.edit.splices);
      found_.push_back(
          {each.edit.change,
           "function " + each.routine,
           {protocol_.schema_files[number], 1 + lines_before(text, each.edit.clause.begin),
            each.edit.clause.begin, each.edit.clause.end},
           std::move(before),
           std::move(after),
           promises_.of(each.edit, each.routine),
           equivalence_.proof(each.sql, each.inside, spliced(each.sql, each.inside.splices)),
           SchemaTexts{{number, spliced(text, each.edit.splices)}}});
    }
  }

  void of_role(const Role& role) {
    for (RoleEdit& edit : role_edits(role, protocol_)) {
      const Promised promised = promises_.of(edit);
      const std::string key = edit.clause.substr(0, edit.clause.find_first_of(" ="));
      const int line = edit.line != 0 ? edit.line : line_of("[role." + role.name, key);
      found_.push_back({edit.change, std::move(edit.of), toml_at(line), std::move(edit.clause),
                        std::move(edit.instead), promised,
                        edit.swapped.empty()
                            ? std::string()
                            : equivalence_.proof_of_swap(edit.swapped[0], edit.swapped[1]),
                        std::move(edit.role)});
    }
  }

  void of_constants() {
    for (const auto& [name, value] : protocol_.constants) {
      std::vector<std::string> others;
      std::int64_t number = 0;
      const auto end = value.data() + value.size();
      if (const auto read = std::from_chars(value.data(), end, number);
          read.ec == std::errc{} && read.ptr == end) {
        if (number > 1) others.push_back(std::to_string(number - 1));
        others.push_back(std::to_string(number + 1));
      } else {
        others = {multiplied(value, 100)};
        if (value.size() > 1 && multiplied(value, 1) == value) others.push_back(tenth(value));
        std::erase(others, std::string());
      }
      for (const std::string& other : others) {
        auto constants = protocol_.constants;
        constants[name] = other;
        found_.push_back({"other-constant", "constants", toml_at(line_of("[constants", name)),
                          fmt::format("{} = {}", name, value), fmt::format("{} = {}", name, other),
                          promises_.of_constant(name), "", std::move(constants)});
      }
    }
  }
  /// A tenth of an interval, as PostgreSQL would read it.
  static std::string tenth(const std::string& value) {
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    return fmt::format("{}.{}{}", number / 10, number % 10,
                       std::string(read.ptr, value.data() + value.size()));
  }

  Span toml_at(int line) const { return {protocol_.folder / "protocol.toml", line, 0, 0}; }
  /// Where a key stands in tables whose head begins so; 1 where it is written otherwise.
  int line_of(std::string_view head, std::string_view key) {
    if (!toml_) toml_ = read_text_file(protocol_.folder / "protocol.toml", "the protocol");
    const std::string_view last = key.substr(key.rfind('.') == key.npos ? 0 : key.rfind('.') + 1);
    int line = 0;
    bool in_table = false;
    for (std::size_t begin = 0; begin < toml_->size();) {
      const std::size_t end = std::min(toml_->find('\n', begin), toml_->size());
      const std::string_view text = trimmed(std::string_view(*toml_).substr(begin, end - begin));
      ++line;
      begin = end + 1;
      if (text.starts_with('[')) in_table = text.starts_with(head);
      for (const std::string_view each : {last, key.substr(0, key.find('.'))})
        if (in_table && text.starts_with(each) &&
            trimmed(text.substr(each.size())).starts_with('='))
          return line;
    }
    return 1;
  }

  const Protocol& protocol_;
  const Promises promises_;
  const Equivalence equivalence_;
  std::optional<std::string> toml_;
  std::vector<Mutant> found_;
};

struct Apply {
  Protocol& to;
  void operator()(const Statement& statement) const { to.statements[statement.name] = statement; }
  void operator()(const SchemaTexts& texts) const {
    for (const auto& [number, text] : texts) to.schema[number] = text;
  }
  void operator()(const Role& role) const {
    for (Role& each : to.roles)
      if (each.name == role.name) each = role;
  }
  void operator()(const std::map<std::string, std::string>& constants) const {
    to.constants = constants;
  }
};

}  // namespace

std::vector<Mutant> mutants_of(const Protocol& protocol) { return Mutants(protocol).all(); }

const EquivalentMutant* declared_equivalent(const Protocol& protocol, const Mutant& mutant) {
  for (const EquivalentMutant& said : protocol.equivalent_mutants)
    if (said.change == mutant.change && said.of == mutant.of &&
        in_one_line(said.clause) == in_one_line(mutant.clause) &&
        (!said.instead || in_one_line(*said.instead) == in_one_line(mutant.instead)))
      return &said;
  return nullptr;
}

void check_equivalents(const Protocol& protocol, const std::vector<Mutant>& mutants) {
  std::set<const EquivalentMutant*> used;
  for (const Mutant& mutant : mutants) used.insert(declared_equivalent(protocol, mutant));
  for (const EquivalentMutant& said : protocol.equivalent_mutants)
    if (!used.contains(&said))
      throw InputError(fmt::format(
          "{}:{}: no mutant is \"{}\" of {} in \"{}\"; \"mutate --list\" says what there is",
          (protocol.folder / "protocol.toml").string(), said.line, said.change, said.of,
          said.clause));
}

Protocol mutated(const Protocol& protocol, const Mutant& mutant) {
  Protocol now = protocol;
  std::visit(Apply{now}, mutant.now);
  if (const auto* role = std::get_if<Role>(&mutant.now)) {
    check_steps(*role, now.statements, (now.folder / "protocol.toml").string());
    now.declared.expects = named_errors(now);
    if (now.previous) now.declared.expects.merge(named_errors(*now.previous, "previous:"));
  }
  now.hash = fingerprint(protocol.hash + '\0' + to_text(mutant));
  return now;
}

std::string to_text(const Mutant& mutant) {
  return fmt::format("{} {}, {}: {} → {}", to_text(mutant.where), mutant.of, mutant.change,
                     mutant.clause, mutant.instead.empty() ? "(gone)" : mutant.instead);
}

std::string in_one_line(std::string_view sql) {
  std::string line;
  for (const SqlPart& part : sql_parts(sql)) {
    if (part.counts())
      line += part.text;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace fencepost
