#include "sim/init/init_files.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/text/listed_files.hpp"
#include "sim/input/query_file.hpp"
#include "sim/text/error.hpp"
#include "sql/schema_text.hpp"

namespace fencepost {
namespace {

/// What fencepost itself asks is no part of an application.
bool is_ours(const Statement& statement) {
  return statement.name == "observe" || statement.name == "applied" ||
         statement.name == "insert_job" || statement.name == "insert_item" ||
         statement.command == Command::let || statement.command == Command::never;
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
  into.statements.push_back(std::move(read));
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
  for (Statement& each : statements) add(files, std::move(each));
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
  std::vector<Statement> statements;
  for (const std::string& name : queries)
    for (const ListedText& each : listed_texts(".", name, "--queries"))
      for (Statement& statement : statements_of(each.text, each.file))
        statements.push_back(std::move(statement));
  InitFiles files = init_files_of(texts, std::move(statements));
  files.schema_names = schema;
  files.query_names = queries;
  return files;
}

}  // namespace fencepost
