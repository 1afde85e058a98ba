#include "sql/sql_reach.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// Called by their names, all of them the server's own or of extensions beside it.
constexpr std::string_view kOfFiles[] = {"pg_read_file", "pg_read_binary_file", "pg_ls_dir",
                                         "pg_stat_file", "lo_import",           "lo_export"};
constexpr std::string_view kCalling[] = {"dblink", "dblink_exec", "dblink_connect",
                                         "dblink_connect_u", "dblink_send_query"};
/// Languages that only superusers may write functions in, and whose functions may do anything.
constexpr std::string_view kUntrusted[] = {"c",          "internal",   "plperlu", "plpythonu",
                                           "plpython2u", "plpython3u", "pltclu",  "plsh"};

template <typename Words>
bool is_among(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// The parts that count, as PostgreSQL reads words; a text by its quote only, and never a name in
/// quotes as a key word.
struct Words {
  std::vector<std::string> all;

  explicit Words(std::string_view sql) {
    for (const SqlPart& part : sql_parts(sql)) {
      if (!part.counts()) continue;
      all.push_back(part.kind == SqlKind::text   ? std::string("'")
                    : part.kind == SqlKind::word ? folded(part.text)
                                                 : std::string(part.text));
    }
  }
  /// "" behind the last.
  std::string_view at(std::size_t i) const { return i < all.size() ? all[i] : std::string_view(); }
};

/// COPY … FROM or TO something: behind the table with its columns, or the query in parentheses.
std::optional<SqlReach> of_copy(const Words& words) {
  int depth = 0;
  for (std::size_t i = 1; i < words.all.size(); ++i) {
    depth += words.at(i) == "(" ? 1 : words.at(i) == ")" ? -1 : 0;
    if (depth != 0 || (words.at(i) != "from" && words.at(i) != "to")) continue;
    if (words.at(i + 1) == "program")
      return SqlReach{SqlReach::Kind::program, "runs a program on the server (COPY … PROGRAM)"};
    if (words.at(i + 1) == "'")
      return SqlReach{SqlReach::Kind::rights, "uses a file of the server (COPY … '…')"};
    if (words.at(i) == "from" && words.at(i + 1) == "stdin")
      return SqlReach{SqlReach::Kind::data, "wants data from its client (COPY … FROM STDIN)"};
  }
  return std::nullopt;
}

std::optional<SqlReach> of_definition(const Words& words) {
  std::size_t at = 1;
  while (words.at(at) == "or" || words.at(at) == "replace") ++at;
  const std::string_view what = words.at(at);
  if (words.at(0) == "create" && what == "subscription")
    return SqlReach{SqlReach::Kind::connection, "calls another server (CREATE SUBSCRIPTION)"};
  if (what == "role" || what == "user" || what == "group")
    return words.at(0) == "alter" || words.at(at + 1) == "mapping"
               ? std::nullopt
               : std::optional(
                     SqlReach{SqlReach::Kind::rights, "makes or drops a role of the server"});
  if (words.at(0) == "alter" && what == "system")
    return SqlReach{SqlReach::Kind::rights, "changes the server's settings (ALTER SYSTEM)"};
  if (what != "function" && what != "procedure") return std::nullopt;
  for (std::size_t i = at; i < words.all.size(); ++i)
    if (words.at(i) == "language" && is_among(words.at(i + 1), kUntrusted))
      return SqlReach{SqlReach::Kind::rights,
                      "makes a function in a language that may do anything (" +
                          std::string(words.at(i + 1)) + ")"};
  return std::nullopt;
}

}  // namespace

std::optional<SqlReach> sql_reach(std::string_view statement) {
  const Words words(statement);
  for (std::size_t i = 0; i < words.all.size(); ++i) {
    if (words.at(i + 1) != "(") continue;
    const std::string name(words.at(i));
    if (is_among(name, kOfFiles))
      return SqlReach{SqlReach::Kind::rights, "uses files of the server (" + name + ")"};
    if (is_among(name, kCalling))
      return SqlReach{SqlReach::Kind::connection, "calls another server (" + name + ")"};
  }
  const std::string_view first = words.at(0);
  if (first == "copy") return of_copy(words);
  if (first == "load")
    return SqlReach{SqlReach::Kind::rights, "loads a library into the server (LOAD)"};
  if (first == "create" || first == "alter" || first == "drop") return of_definition(words);
  return std::nullopt;
}

}  // namespace fencepost
