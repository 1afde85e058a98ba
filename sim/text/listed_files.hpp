// The files that schema and queries name: files, folders and globs, in the order in which a
// migration tool would run them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

/// What a name in a list of files stands for: a file itself, all .sql files in a folder and below,
/// or those that a glob fits (* within a name, ** for folders). Folders and globs leave out what
/// only undoes (x.down.sql, down.sql, x.undo.sql, Flyway's U1__x.sql, Sqitch's revert and verify),
/// and are in order of their versions: numbers by value, Flyway's V1.2__x before V1.10__x and its
/// R__x last, the folders of Prisma and diesel by name, Sqitch's changes as its plan says. A name
/// that fits nothing gives none.
std::vector<std::filesystem::path> listed_files(const std::filesystem::path& folder,
                                                const std::string& name);

/// A file with its text.
struct ListedText {
  std::filesystem::path file;
  std::string text;
};
/// The same, read. `key` names the list in messages. Throws InputError where there is no file, or
/// one that is no SQL or not readable.
std::vector<ListedText> listed_texts(const std::filesystem::path& folder, const std::string& name,
                                     std::string_view key);

/// How the SQL is had of a file that is written in another language, by its name; empty: it may be
/// SQL.
std::string way_to_sql(const std::filesystem::path& file);

/// Whether one file's name comes before another's, as above; both are relative paths.
bool comes_before(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace fencepost
