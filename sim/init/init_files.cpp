#include "sim/init/init_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/listed_files.hpp"
#include "sql/schema_text.hpp"
#include "sql/sql_statements.hpp"
#include "sql/tree/routine_calls.hpp"

namespace fencepost {
namespace {

/// What fencepost itself asks is no part of an application.
bool is_ours(const Statement& statement) {
  return statement.name == "observe" || statement.name == "applied" ||
         statement.name == "insert_job" || statement.name == "insert_item" ||
         statement.command == Command::let || statement.command == Command::never;
}

/// What a query of a function does is what the statement does that calls it.
void merge(const InitStatement& called, InitStatement& into) {
  for (const TableUse& use : called.uses) {
    const auto own = std::find_if(into.uses.begin(), into.uses.end(),
                                  [&](const TableUse& each) { return each.table == use.table; });
    if (own == into.uses.end()) {
      into.uses.push_back(use);
      continue;
    }
    own->inserts |= use.inserts, own->updates |= use.updates, own->removes |= use.removes;
    own->reads |= use.reads, own->conflicts |= use.conflicts, own->limited |= use.limited;
    own->locks |= use.locks, own->skips_locked |= use.skips_locked;
    own->sets.insert(own->sets.end(), use.sets.begin(), use.sets.end());
    own->tests.insert(own->tests.end(), use.tests.begin(), use.tests.end());
  }
  into.calls.insert(called.calls.begin(), called.calls.end());
  for (const auto& [parameter, place] : called.parameters) {
    ParameterPlace& own = into.parameters[parameter];
    if (own.column.empty()) own = place;
  }
}

/// What comes out of a function that is asked like a table or a value: its table's columns.
void read_returned(InitStatement& into, const RoutineDefinition& routine,
                   const SchemaView& schema) {
  const bool all =
      std::any_of(into.queries.front().outputs.begin(), into.queries.front().outputs.end(),
                  [](const Output& each) {
                    return each.value.text == "*" || each.value.node.kind() == "A_Indirection";
                  });
  std::vector<std::string> columns = routine.returns;
  if (const TableDefinition* table = schema.table(routine.returned_type); table && columns.empty())
    for (const ColumnDefinition& column : table->columns) columns.push_back(column.name);
  if (all) into.returned = columns;
  for (const std::string& name : into.returned)
    for (const TableUse& use : into.uses) {
      const TableDefinition* table = schema.table(use.table);
      if (table == nullptr || !use.updates || into.returned_from.contains(name)) continue;
      if (table->column(name) != nullptr)
        into.returned_from[name] = name;
      else if (name == routine.name && columns.empty() && table->primary_key.size() == 1)
        into.returned_from[name] = table->primary_key.front();
    }
}

/// Reads what the functions do that a statement calls, as far as their bodies are SQL; `unread`
/// gets a sentence for each that tells not all.
void read_called(InitStatement& into, const SchemaView& schema, int depth,
                 std::vector<std::string>& unread) {
  constexpr int most = 4;  // a function may call itself
  if (depth > most || into.queries.empty()) return;
  for (const UntoldRoutine& each : untold_routines(into.queries, schema)) {
    std::string text =
        fmt::format("what function \"{}\" does is not looked at, or not all of it: {}",
                    each.routine->name, each.why);
    if (std::find(unread.begin(), unread.end(), text) == unread.end())
      unread.push_back(std::move(text));
  }
  const RoutineDefinition* last = nullptr;
  for (const CalledQuery& called : called_queries(into.queries, schema)) {
    auto tree = ParseTree::of(called.sql);
    const auto* parsed = std::get_if<ParseTree>(&tree);
    if (called.by != CalledQuery::By::call || parsed == nullptr) continue;
    for (StatementView& view : statement_views(*parsed)) {
      InitStatement inner;
      inner.statement = into.statement;
      inner.queries = std::move(view.queries);
      read_uses(inner, schema);
      read_called(inner, schema, depth + 1, unread);
      merge(inner, into);
    }
    last = called.routine;
  }
  if (last != nullptr && depth == 0) read_returned(into, *last, schema);
}

void add(InitFiles& into, Statement statement) {
  if (is_ours(statement)) return;
  InitStatement read;
  read.statement = std::move(statement);
  if (!read.statement.why_not_run.empty()) {
    into.unread.push_back(read.statement.why_not_run);
    return;
  }
  auto tree = ParseTree::of(read.statement.sql);
  if (const auto* error = std::get_if<SqlError>(&tree)) {
    into.unread.push_back(fmt::format("{}: statement \"{}\" is not looked at: {}",
                                      to_text(read.statement.where), read.name(), error->message));
    return;
  }
  read.tree = std::make_unique<ParseTree>(std::move(std::get<ParseTree>(tree)));
  for (StatementView& view : statement_views(*read.tree))
    for (Query& query : view.queries) read.queries.push_back(std::move(query));
  read_uses(read, into.schema);
  read_called(read, into.schema, 0, into.unread);
  into.statements.push_back(std::move(read));
}

std::vector<Statement> statements_in(const std::vector<std::string>& queries) {
  std::vector<Statement> statements;
  for (const std::string& name : queries)
    for (const ListedText& each : listed_texts(".", name, "--queries"))
      for (Statement& statement : statements_of(each.text, each.file))
        statements.push_back(std::move(statement));
  return statements;
}

}  // namespace

const InitStatement* InitFiles::find(std::string_view name) const {
  for (const InitStatement& each : statements)
    if (each.name() == name) return &each;
  return nullptr;
}

InitFiles init_files_of(const std::vector<std::string>& schema, std::vector<Statement> statements) {
  InitFiles files;
  for (const std::string& text : schema) files.schema.add_text(text);
  files.schema_texts = schema;
  for (Statement& each : statements) add(files, std::move(each));
  return files;
}

std::vector<std::string> inserted_keys(const InitFiles& files, const std::string& table,
                                       const std::string& column) {
  std::vector<std::string> found;
  for (const std::string& text : files.schema_texts)
    for (const SqlStatement& each : sql_statements(text)) {
      auto tree = each.begins({"insert"}) ? ParseTree::of(std::string(each.text)) : SqlError{};
      const auto* parsed = std::get_if<ParseTree>(&tree);
      if (parsed == nullptr) continue;
      InitStatement read;
      for (StatementView& view : statement_views(*parsed)) read.queries = std::move(view.queries);
      read_uses(read, files.schema);
      const TableUse* use = read.use(table);
      const ColumnSet* set = use == nullptr ? nullptr : use->set(column);
      if (set != nullptr && set->to == ColumnSet::To::constant) found.push_back(set->labels[0]);
    }
  return found;
}

Duration counted_in(const InitFiles& files, const std::string& table, const std::string& column) {
  for (const InitStatement& each : files.statements)
    if (const TableUse* use = each.use(table)) {
      if (const ColumnSet* set = use->set(column); set != nullptr && set->counts > 0us)
        return set->counts;
      for (const ColumnTest* test : use->tests_of(column))
        if (test->counts > 0us) return test->counts;
    }
  return counted_by_name(column);
}

std::string text_of_files(const std::vector<std::string>& queries) {
  std::string text;
  for (const std::string& name : queries)
    for (const ListedText& each : listed_texts(".", name, "--queries")) text += each.text + "\n";
  return text;
}

InitFiles read_init_files(const TextToBe& schema, const std::vector<std::string>& queries,
                          const TextToBe& statements) {
  InitFiles files =
      init_files_of({schema.text}, queries.empty() ? statements_of(statements.text, statements.name)
                                                   : statements_in(queries));
  files.schema_names = {schema.name};
  files.query_names = queries.empty() ? std::vector<std::string>{statements.name} : queries;
  return files;
}

InitFiles read_init_files(const std::vector<std::string>& schema,
                          const std::vector<std::string>& queries) {
  std::vector<std::string> texts;
  for (const std::string& name : schema)
    for (const ListedText& each : listed_texts(".", name, "--schema")) {
      SchemaText read = schema_text(each.text);
      if (read.refusal)
        throw InputError(
            fmt::format("{}:{}: {}", each.file.string(), read.refusal->line, read.refusal->text));
      texts.push_back(std::move(read.sql));
    }
  InitFiles files = init_files_of(texts, statements_in(queries));
  files.schema_names = schema;
  files.query_names = queries;
  return files;
}

}  // namespace fencepost
