// The files that `init` is given: a schema's tables and an application's statements.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/init/uses/sql_uses.hpp"

namespace fencepost {

/// What they hold.
struct InitFiles {
  std::vector<std::string> schema_names, query_names;  ///< as they were given
  SchemaView schema;
  std::vector<std::string> schema_texts;
  std::vector<InitStatement> statements;  ///< in the files' order
  std::vector<std::string> unread;  ///< a sentence each: statements and functions that are not
                                    ///< looked at

  /// nullptr when there is none.
  const InitStatement* find(std::string_view name) const;
};

/// The values that rows of a table have in a column where the schema itself inserts them.
std::vector<std::string> inserted_keys(const InitFiles& files, const std::string& table,
                                       const std::string& column);

/// What a whole number in a column counts that holds times, as statements or its name say; 0: they
/// don't.
Duration counted_in(const InitFiles& files, const std::string& table, const std::string& column);

/// Of a schema or of statements, texts that are no files yet: what is there, and what it will be
/// called.
struct TextToBe {
  std::string name, text;
};

/// Reads files, folders and globs as protocol.toml names them, from the working directory on.
/// Throws InputError for what is not there or not readable, with file and line, and where the
/// queries hold no statement.
InitFiles read_init_files(const std::vector<std::string>& schema,
                          const std::vector<std::string>& queries);
/// The same, where the schema is such a text, and the statements are too unless `queries` names
/// files.
InitFiles read_init_files(const TextToBe& schema, const std::vector<std::string>& queries,
                          const TextToBe& statements);
/// The texts of those files, joined.
std::string text_of_files(const std::vector<std::string>& queries);
/// The same from texts: for what was not read from files.
InitFiles init_files_of(const std::vector<std::string>& schema, std::vector<Statement> statements);

}  // namespace fencepost
