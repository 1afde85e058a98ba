// Reads steps, and where the values that they bind come from.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/input/length.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/toml.hpp"
#include "sim/text/words.hpp"
#include "sql/name_line.hpp"

namespace fencepost {
namespace {

/// Statements that fencepost runs itself.
const std::set<std::string> kOwn = {"observe", "applied"};

std::vector<std::string> names_of(const std::map<std::string, Statement>& statements) {
  std::vector<std::string> names;
  for (const auto& [name, statement] : statements) names.push_back(name);
  return names;
}

class StepReader {
 public:
  StepReader(const std::string& inside, const Vocabulary& known) : inside_(inside), known_(known) {}

  std::vector<Step> steps(const TomlNode& node) const {
    array_in(node, "a list of steps");
    if (node.items.empty()) node.fail("a list of steps is empty; write at least one step");
    std::vector<Step> out;
    for (const TomlNode& item : node.items) out.push_back(step(item));
    return out;
  }

 private:
  Step step(const TomlNode& node) const {
    if (node.kind == TomlNode::Kind::text) return {run(node, node.text, nullptr), node.line};
    if (node.kind != TomlNode::Kind::table)
      wrong(node, "a step",
            "the name of a statement or an operation, or a table such as { run = \"pick\", empty = "
            "\"nothing\" }");
    std::string kind;
    for (const std::string& candidate : kinds()) {
      if (node.find(candidate) == nullptr) continue;
      if (!kind.empty())
        node.fail(fmt::format("a step has both {} and {}; make two steps of it", kind, candidate));
      kind = candidate;
    }
    if (kind.empty()) {
      std::vector<std::string> found;
      for (const TomlEntry& entry : node.entries) found.push_back(entry.key);
      node.fail(fmt::format("a step has {}, but none of {}{}", listed(found), listed(kinds()),
                            found.empty() ? "" : did_you_mean(found.front(), kinds())));
    }
    return {table(node, kind), node.line};
  }
  static const std::vector<std::string>& kinds() {
    static const std::vector<std::string> all = {"run",   "tx",   "loop", "each",
                                                 "first", "work", "sleep"};
    return all;
  }

  decltype(Step::what) table(const TomlNode& node, const std::string& kind) const {
    const TomlNode& main = *node.find(kind);
    if (kind == "run") return run(main, text_in(main, "run in a step"), &node);
    if (kind == "tx") return transaction(node, main);
    if (kind == "each") return each(node, main);
    if (kind == "work") {
      only_keys(node, "a work step", {"work", "job", "timeout"});
      WorkStep out{work(main), ""};
      with(node, "job", [&](const TomlNode& job) { out.job = name_in(job, "job in a work step"); });
      with(node, "timeout", [&](const TomlNode& timeout) {
        out.timeout = positive_duration_in(timeout, "timeout in a work step");
      });
      return out;
    }
    only_keys(node, "a " + kind + " step", {kind});
    if (kind == "sleep") return sleep(main);
    if (kind == "loop") return LoopStep{steps(main)};
    return FirstStep{steps(main)};
  }

  /// Whether it names a value, and is no length: those begin with a number.
  static bool says_where(const std::string& text) {
    return text.starts_with("last ") || is_plain_name(text);
  }

  static std::vector<Duration> work(const TomlNode& node) {
    if (node.kind != TomlNode::Kind::array) return {duration_in(node, "work")};
    std::vector<Duration> lengths;
    for (const TomlNode& item : node.items) lengths.push_back(duration_in(item, "one of work"));
    if (lengths.empty()) node.fail("work is empty; name at least one length, such as \"10s\"");
    return lengths;
  }
  SleepStep sleep(const TomlNode& node) const {
    if (node.kind == TomlNode::Kind::text && says_where(node.text))
      return {{}, {}, read_source(node, "sleep", known_.statements)};
    if (node.kind != TomlNode::Kind::array) return {duration_in(node, "sleep"), {}};
    SleepStep out;
    for (const std::string& text : texts_in(node, "sleep")) {
      const auto length = length_from_text(text);
      if (!length)
        node.fail(fmt::format(
            "sleep holds {}, but must hold lengths such as \"10s\", \"1.1 lease\" or \"2 poll\"",
            in_quotes(text)));
      out.drawn.push_back(*length);
    }
    if (out.drawn.empty())
      node.fail(
          "sleep is an empty list; name the lengths that one is drawn of, such as \"1 lease\"");
    return out;
  }

  RunStep run(const TomlNode& at, const std::string& name, const TomlNode* table) const {
    RunStep out;
    out.name = name;
    out.is_operation = name != inside_ && has(known_.operations, name);
    if (out.is_operation) {
      if (table != nullptr)
        only_keys(*table, fmt::format("a step that runs the operation \"{}\"", name), {"run"});
      return out;
    }
    const Statement& statement = runnable(at, name);
    out.name = statement.name;
    if (table != nullptr) read_call(*table, statement, out);
    name_numbers(at, statement, out);
    return out;
  }

  const Statement& runnable(const TomlNode& at, const std::string& name) const {
    auto found = known_.statements.find(name);
    if (found == known_.statements.end())
      found = known_.statements.find(std::string(without_marks(name)));
    if (found == known_.statements.end()) fail_unknown(at, name);
    if (!found->second.why_not_run.empty()) throw InputError(found->second.why_not_run);
    if (kOwn.contains(found->first) || found->second.command == Command::never)
      at.fail(fmt::format(
          "\"{}\" is what fencepost itself asks after each commit, not a step; take it out", name));
    return found->second;
  }
  [[noreturn]] void fail_unknown(const TomlNode& at, const std::string& name) const {
    std::vector<std::string> all = known_.operations;
    for (const std::string& statement : names_of(known_.statements)) all.push_back(statement);
    if (name == inside_)
      at.fail(
          fmt::format("the operation \"{}\" would run itself, because no statement is called that; "
                      "name a statement",
                      name));
    at.fail(fmt::format("{} is neither an operation of role \"{}\" ({}) nor a statement ({}){}",
                        in_quotes(name), known_.role, listed(known_.operations),
                        listed(names_of(known_.statements)), did_you_mean(name, all)));
  }

  void read_call(const TomlNode& table, const Statement& statement, RunStep& out) const {
    const std::string title = fmt::format("a step that runs \"{}\"", statement.name);
    only_keys(table, title, {"run", "with", "empty", "sqlstate", "session"});
    if (const TomlNode* with = table.find("with")) read_with(*with, statement, out);
    if (const TomlNode* empty = table.find("empty")) read_empty(*empty, statement, out);
    if (const TomlNode* states = table.find("sqlstate")) {
      for (const TomlEntry& entry : table_in(*states, "sqlstate").entries) {
        if (!is_sqlstate(entry.key))
          entry.fail(fmt::format(
              "{} is not an SQLSTATE; write five digits or capital letters, such as \"23505\"",
              in_quotes(entry.key)));
        out.sqlstate.emplace(entry.key, reaction(entry.value, "sqlstate." + entry.key));
      }
    }
    if (const TomlNode* session = table.find("session")) out.session = session_in(*session);
  }

  void read_with(const TomlNode& with, const Statement& statement, RunStep& out) const {
    for (const TomlEntry& entry : table_in(with, "with").entries) {
      if (!has(statement.parameters, entry.key))
        entry.fail(fmt::format("statement \"{}\" ({}) binds no {}; it binds {}{}", statement.name,
                               to_text(statement.where), parameter_text(entry.key),
                               listed(statement.parameters),
                               did_you_mean(entry.key, statement.parameters)));
      out.with.emplace(entry.key, read_source(entry.value, "with." + entry.key, known_.statements));
    }
  }

  void read_empty(const TomlNode& node, const Statement& statement, RunStep& out) const {
    if (node.kind != TomlNode::Kind::table) {
      out.empty = reaction_to_empty(node, "empty", statement);
      return;
    }
    for (const TomlEntry& entry : node.entries) {
      const Reaction found = reaction_to_empty(entry.value, "empty." + entry.key, statement);
      if (entry.key == "rows")
        out.empty = found;
      else
        out.empty_columns.emplace(entry.key, found);
    }
  }
  // The model must not know what the user's code does not: :exec throws the count away.
  Reaction reaction_to_empty(const TomlNode& node, const std::string& what,
                             const Statement& statement) const {
    const Reaction out = reaction(node, what);
    const bool counts =
        statement.command != Command::exec && statement.command != Command::batchexec;
    if (!counts && out.kind != Reaction::Kind::ok)
      node.fail(
          fmt::format("statement \"{}\" is {}, which throws away how many rows it changed, so {} "
                      "can't be \"{}\"; make it :execrows if the worker looks at the count",
                      statement.name, statement.command == Command::exec ? ":exec" : ":batchexec",
                      what, node.text));
    return out;
  }

  Reaction reaction(const TomlNode& node, const std::string& what) const {
    static const std::vector<std::string> words = {"nothing", "done",  "lost",
                                                   "ok",      "error", "else"};
    if (node.kind == TomlNode::Kind::text && has(known_.operations, node.text) &&
        !has(words, node.text))
      return {Reaction::Kind::operation, node.text};
    std::vector<std::string> all = words;
    all.insert(all.end(), known_.operations.begin(), known_.operations.end());
    return {static_cast<Reaction::Kind>(word_in(node, what, all)), ""};
  }

  // A number is no column's name; as with sqlc it is called like the column that it belongs to.
  void name_numbers(const TomlNode& at, const Statement& statement, RunStep& step) const {
    for (const std::string& parameter : statement.parameters) {
      if (!is_number(parameter) || step.with.contains(parameter) ||
          known_.names.contains(parameter))
        continue;
      const auto column = statement.columns.find(parameter);
      if (column != statement.columns.end()) {
        step.with.emplace(parameter, Source{Source::Kind::name, column->second, ""});
        continue;
      }
      if (!parameter.starts_with('$')) continue;
      at.fail(fmt::format(
          "statement \"{}\" ({}) binds {}, which the step does not give; write {{ run = \"{}\", "
          "with = {{ \"{}\" = \"some_name\" }} }}",
          statement.name, to_text(statement.where), parameter, statement.name, parameter));
    }
  }
  /// $1, and the @p1 of drivers that number by name.
  static bool is_number(const std::string& parameter) {
    const std::size_t digits = parameter.find_first_not_of("$p");
    return digits == 1 && parameter.find_first_not_of("0123456789", 1) == std::string::npos;
  }

  std::string session_in(const TomlNode& node) const {
    return known_.sessions[word_in(node, "session in a step", known_.sessions)];
  }

  TxStep transaction(const TomlNode& node, const TomlNode& main) const {
    static const std::vector<std::string> levels = {"read uncommitted", "read committed",
                                                    "repeatable read", "serializable"};
    only_keys(node, "a tx step", {"tx", "isolation", "retry", "session"});
    TxStep out;
    out.steps = steps(main);
    if (const TomlNode* level = node.find("isolation"))
      out.isolation = levels[word_in(*level, "isolation", levels)];
    if (const TomlNode* session = node.find("session")) out.session = session_in(*session);
    const TomlNode* retry = node.find("retry");
    if (retry == nullptr) return out;
    for (const TomlEntry& entry : table_in(*retry, "retry").entries) {
      if (!is_sqlstate(entry.key))
        entry.fail(fmt::format(
            "{} is not an SQLSTATE; write five digits or capital letters, such as \"40001\"",
            in_quotes(entry.key)));
      out.retry.emplace(entry.key, integer_in(entry.value, "retry." + entry.key, {0, 1000}));
    }
    return out;
  }

  EachStep each(const TomlNode& node, const TomlNode& main) const {
    only_keys(node, "an each step", {"each", "do"});
    const Statement& statement = runnable(main, text_in(main, "each"));
    if (statement.command != Command::many && statement.command != Command::one &&
        statement.command != Command::let)
      main.fail(fmt::format(
          "statement \"{}\" returns no rows to go through; each needs one that is :many",
          statement.name));
    return {statement.name, steps(needed(node, "an each step", "do", "do = [\"some_statement\"]"))};
  }

  static bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  const std::string& inside_;
  const Vocabulary& known_;
};

}  // namespace

bool is_sqlstate(const std::string& text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

std::vector<Step> read_steps(const TomlNode& node, const std::string& inside,
                             const Vocabulary& known) {
  return StepReader(inside, known).steps(node);
}

Source read_source(const TomlNode& node, const std::string& what,
                   const std::map<std::string, Statement>& statements) {
  const std::string expected =
      "a name, \"=literal\", \"last STATEMENT.COLUMN\", \"rows STATEMENT\" or \"held COLUMN\"";
  if (node.kind != TomlNode::Kind::text) wrong(node, what, expected);
  const std::string& text = node.text;
  if (text.starts_with('=')) return {Source::Kind::literal, text.substr(1), ""};
  if (text.size() > 2 && text.starts_with('"') && text.ends_with('"'))
    return {Source::Kind::name, text.substr(1, text.size() - 2), ""};
  const auto known = [&](const std::string& statement) {
    if (statements.contains(statement)) return statement;
    node.fail(fmt::format("{} speaks of the statement {}, which there is not; known are {}{}", what,
                          in_quotes(statement), listed(names_of(statements)),
                          did_you_mean(statement, names_of(statements))));
  };
  const std::size_t blank = text.find(' ');
  const std::string rest = blank == std::string::npos ? "" : text.substr(blank + 1);
  if (text.starts_with("rows ")) return {Source::Kind::rows, "", known(rest)};
  if (text.starts_with("held ") && is_plain_name(rest)) return {Source::Kind::held, rest, ""};
  const std::size_t dot = rest.find('.');
  if (text.starts_with("last ") && dot != std::string::npos && is_plain_name(rest.substr(dot + 1)))
    return {Source::Kind::last, rest.substr(dot + 1), known(rest.substr(0, dot))};
  if (!is_plain_name(text)) wrong(node, what, expected);
  return {Source::Kind::name, text, ""};
}

}  // namespace fencepost
