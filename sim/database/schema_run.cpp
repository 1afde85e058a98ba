#include "sim/database/schema_run.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "sim/database/raw_query.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/text/error.hpp"
#include "sim/text/listed_files.hpp"
#include "sim/text/log.hpp"
#include "sql/schema_text.hpp"
#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

enum class Mode { together, one_by_one };

/// The text from its part number `n` on that counts.
std::string_view from_part(std::string_view text, std::size_t n) {
  const SqlParts parts = sql_parts(text);
  std::size_t i = next_that_counts(parts, 0);
  for (; n > 0 && i < parts.size(); --n) i = next_that_counts(parts, i + 1);
  return i < parts.size() ? text.substr(parts[i].begin) : std::string_view();
}

/// Whether the file says by itself where transactions begin and end.
bool has_transactions(const std::vector<SqlStatement>& statements) {
  return std::any_of(statements.begin(), statements.end(), [](const SqlStatement& each) {
    for (const char* word : {"begin", "start", "commit", "rollback", "end"})
      if (each.begins({word})) return true;
    return false;
  });
}

/// What other servers' names may be in, so that it may fail here for no fault of its own.
bool may_be_forgiven(const SqlStatement& statement) {
  for (const char* word : {"set", "alter", "grant", "revoke", "comment"})
    if (statement.begins({word})) return true;
  for (const char* what : {"role", "user", "group", "policy", "schema"})
    if (statement.begins({"create", what})) return true;
  return false;
}

bool needs_no_transaction(const RawError& error) {
  // VACUUM and CONCURRENTLY; COMMIT in a DO; a new label of an enum that is used at once.
  return error.sqlstate == "25001" || error.sqlstate == "2D000" || error.sqlstate == "55P04";
}

/// role "app" does not exist
std::optional<std::string> missing_role(const RawError& error) {
  constexpr std::string_view before = "role \"";
  constexpr std::string_view behind = "\" does not exist";
  const std::string& text = error.message;
  if (error.sqlstate != "42704" || !text.starts_with(before) || !text.ends_with(behind))
    return std::nullopt;
  return text.substr(before.size(), text.size() - before.size() - behind.size());
}

class SchemaFile {
 public:
  SchemaFile(PGconn* session, const std::string& text, std::string file, std::string database,
             std::string version)
      : session_(session),
        file_(std::move(file)),
        database_(in_name_quotes(database)),
        version_(std::move(version)),
        statements_(sql_statements(text)) {}

  void run() {
    if (has_transactions(statements_)) return all(Mode::one_by_one), void();
    if (!all(Mode::together)) all(Mode::one_by_one);
  }

 private:
  /// False when nothing of it was done, because one of them can't be in a transaction.
  bool all(Mode mode) {
    if (mode == Mode::together) raw_must(session_, "BEGIN");
    for (const SqlStatement& statement : statements_)
      if (!one(statement, mode)) {
        raw_must(session_, "ROLLBACK");
        return false;
      }
    if (mode == Mode::together && !statements_.empty()) {
      const RawResult end = raw_query(session_, "COMMIT");
      demand_open(session_, file_);
      if (const auto error = error_of(session_, end.get()))
        fail(statements_.back(), *error, end.get());
    } else if (mode == Mode::together) {
      raw_must(session_, "COMMIT");
    }
    return true;
  }

  bool one(const SqlStatement& statement, Mode mode) {
    const std::string sql = as_here(statement);
    if (sql.empty()) return true;
    for (;;) {
      const bool can_go_back =
          PQtransactionStatus(session_) == PQTRANS_INTRANS && may_be_forgiven(statement);
      if (can_go_back) raw_must(session_, "SAVEPOINT fencepost");
      const RawResult result = raw_query(session_, sql);
      demand_open(session_, fmt::format("{}:{}", file_, statement.line));
      const auto error = error_of(session_, result.get());
      if (!error) {
        if (can_go_back && PQtransactionStatus(session_) == PQTRANS_INTRANS)
          raw_must(session_, "RELEASE SAVEPOINT fencepost");
        return true;
      }
      if (mode == Mode::together && needs_no_transaction(*error)) return false;
      if (can_go_back)
        raw_must(session_, "ROLLBACK TO SAVEPOINT fencepost; RELEASE SAVEPOINT fencepost");
      if (is_forgiven(statement, *error)) return true;
      const auto role = missing_role(*error);
      if (!role || !may_be_forgiven(statement) || !make_role(*role))
        fail(statement, *error, result.get());
    }
  }

  /// False where it may have no such name, or where the file has given up the right to make it.
  bool make_role(const std::string& name) {
    const RawResult made =
        raw_query(session_, fmt::format("CREATE ROLE {} SUPERUSER NOLOGIN", in_name_quotes(name)));
    return !error_of(session_, made.get());
  }

  /// The statement for this database; empty: it is left out.
  std::string as_here(const SqlStatement& statement) const {
    // Files are read as UTF-8, whatever they say; what concerns the server is not ours to change.
    if (statement.begins({"set", "client_encoding"}) || statement.begins({"alter", "system"}))
      return "";
    if (statement.begins({"create", "database"}) || statement.begins({"drop", "database"}))
      return "";
    if (statement.begins({"alter", "database"}))
      return fmt::format("ALTER DATABASE {} {}", database_, from_part(statement.text, 3));
    const bool of_role = statement.begins({"alter", "role"}) || statement.begins({"alter", "user"});
    const auto& words = statement.words;
    const std::size_t set = words.size() > 4 && words[3] == "in" && words[4] == "database" ? 6 : 3;
    if (of_role && words.size() > set && (words[set] == "set" || words[set] == "reset"))
      return fmt::format("ALTER DATABASE {} {}", database_, from_part(statement.text, set));
    return std::string(statement.text);
  }

  bool is_forgiven(const SqlStatement& statement, const RawError& error) const {
    const bool exists = error.sqlstate == "42710" && statement.words.size() > 1 &&
                        statement.words[0] == "create" &&
                        (statement.words[1] == "role" || statement.words[1] == "user" ||
                         statement.words[1] == "group");
    const bool unknown_setting = statement.begins({"set"}) && error.sqlstate == "42704" &&
                                 error.message.find("configuration parameter") != std::string::npos;
    const bool other_database = error.sqlstate == "3D000" && may_be_forgiven(statement);
    const bool of_later_version =
        missing_role(error).value_or("").starts_with("pg_") && may_be_forgiven(statement);
    const bool left_out = unknown_setting || other_database || of_later_version;
    if (left_out)
      log_info(fmt::format("{}:{}: left out: {}", file_, statement.line, error.message));
    return exists || left_out;
  }

  [[noreturn]] void fail(const SqlStatement& statement, const RawError& error,
                         const PGresult* result) const {
    throw InputError(fmt::format("{}:{}: the schema fails on PostgreSQL {}: {} (SQLSTATE {}); {}",
                                 file_, line_of(statement, error, result), version_, error.message,
                                 error.sqlstate, remedy(statement, error)));
  }

  /// The rights of a superuser end where the server is contained.
  static std::string_view remedy(const SqlStatement& statement, const RawError& error) {
    if (statement.begins({"create", "extension"}))
      return "install the extension's package beside this PostgreSQL, or leave it out";
    if (error.sqlstate == "42501")
      return "a private server writes in its own folder only: leave it out";
    if (error.sqlstate.starts_with("08")) return "a private server calls nobody: leave it out";
    return "mend the file, or leave out what a private server does not have";
  }

  /// Where the server points at; for a DO, the line of its body.
  static int line_of(const SqlStatement& statement, const RawError& error, const PGresult* result) {
    const std::string text(statement.text);
    if (error.position > 0) return line_at(text, error.position, statement.line);
    const char* context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    const std::string_view all = context == nullptr ? "" : context;
    constexpr std::string_view block = "inline_code_block line ";
    const std::size_t at = all.rfind(block);
    int line = 0;
    if (!statement.begins({"do"}) || at == all.npos) return statement.line;
    std::from_chars(all.data() + at + block.size(), all.data() + all.size(), line);
    for (const SqlPart& part : sql_parts(text))
      if (part.kind == SqlKind::text) return statement.line + part.line - 1 + line - 1;
    return statement.line;
  }

  PGconn* session_;
  std::string file_;
  std::string database_;
  std::string version_;
  std::vector<SqlStatement> statements_;
};

std::string asked(PGconn* session, const std::string& sql) {
  const RawResult rows = raw_must(session, sql);
  return PQntuples(rows.get()) == 0 ? "" : value_at(rows.get(), 0, 0).value_or("");
}

/// The names of a search_path without "$user", which would be the harness's own role.
std::string without_user(const std::string& path) {
  std::string out;
  for (std::size_t begin = 0; begin < path.size();) {
    std::size_t end = begin;
    for (bool quoted = false; end < path.size() && (quoted || path[end] != ','); ++end)
      if (path[end] == '"') quoted = !quoted;
    std::string name = path.substr(begin, end - begin);
    name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
    if (!name.empty() && name != "\"\"" && name != "\"$user\"")
      out += (out.empty() ? "" : ", ") + name;
    begin = end + 1;
  }
  return out;
}

/// What ALTER DATABASE or ALTER ROLE said, else what the schema left, from now on the database's.
std::string keep_search_path(PGconn* session, const std::string& database) {
  std::string path = without_user(
      asked(session,
            "SELECT substr(each, 13) FROM pg_db_role_setting s, unnest(setconfig) each"
            " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
            "   AND setrole = 0 AND each LIKE 'search\\_path=%'"));
  if (path.empty() || path == "public") path = without_user(asked(session, "SHOW search_path"));
  if (path.empty()) path = "public";
  raw_must(session,
           fmt::format("ALTER DATABASE {} SET search_path = {}", in_name_quotes(database), path));
  return path;
}

/// The search_path that the settings of roles agree on.
std::optional<std::string> path_of_roles(const Protocol& protocol) {
  std::optional<std::string> path;
  for (const Role& role : protocol.roles) {
    const auto own = role.settings.find("search_path");
    if (own == role.settings.end()) continue;
    if (path && *path != own->second) return std::nullopt;
    path = own->second;
  }
  return path;
}

}  // namespace

bool has_superusers(const Protocol& protocol) {
  return protocol.superuser || (protocol.previous && protocol.previous->superuser);
}

// What only superusers set can be left to a role: what its sessions log. That they see all rows,
// also where tables say that not even their owner does, is for what fencepost itself asks.
void make_workers_role(PGconn* superuser) {
  const std::string name = in_name_quotes(kWorkersRole);
  if (asked(superuser, fmt::format("SELECT 1 FROM pg_roles WHERE rolname = '{}'", kWorkersRole))
          .empty())
    raw_must(superuser, fmt::format("CREATE ROLE {0} LOGIN BYPASSRLS;"
                                    "ALTER ROLE {0} SET log_min_messages = panic",
                                    name));
  raw_must(superuser, fmt::format("ALTER ROLE {} NOSUPERUSER", name));
}

// The role has the name of our own schema, which must not come before the user's in "$user",
// public.
void make_database(PGconn* superuser, const std::string& name) {
  make_workers_role(superuser);
  raw_must(superuser, fmt::format("CREATE DATABASE {} OWNER {}", in_name_quotes(name),
                                  in_name_quotes(kWorkersRole)));
  raw_must(superuser,
           fmt::format("ALTER DATABASE {} SET search_path = public", in_name_quotes(name)));
}

void make_own_schema(PGconn* superuser) {
  raw_must(superuser, fmt::format("CREATE SCHEMA fencepost;"
                                  "CREATE TABLE fencepost.sessions"
                                  "  (pid int PRIMARY KEY, worker text, session text);"
                                  "GRANT USAGE ON SCHEMA fencepost TO PUBLIC;"
                                  "GRANT SELECT ON fencepost.sessions TO PUBLIC;"
                                  "GRANT ALL ON fencepost.sessions TO {}",
                                  in_name_quotes(kWorkersRole)));
}

void hand_over(PGconn* superuser, const Protocol& protocol) {
  if (has_superusers(protocol)) return;
  std::string sql = fmt::format("ALTER ROLE {} NOSUPERUSER;", in_name_quotes(kWorkersRole));
  const RawResult roles = raw_must(
      superuser,
      fmt::format(
          "SELECT quote_ident(rolname), EXISTS (SELECT FROM pg_auth_members m"
          "                                      WHERE m.roleid = w.oid AND m.member = r.oid)"
          "  FROM pg_roles r, (SELECT oid FROM pg_roles WHERE rolname = '{}') w"
          " WHERE r.oid >= 16384 AND r.oid <> w.oid ORDER BY r.oid",
          kWorkersRole));
  for (int row = 0; row < PQntuples(roles.get()); ++row) {
    const std::string role = PQgetvalue(roles.get(), row, 0);
    sql += fmt::format("ALTER ROLE {} NOSUPERUSER;", role);
    if (*PQgetvalue(roles.get(), row, 1) == 'f')
      sql += fmt::format("GRANT {} TO {};", role, in_name_quotes(kWorkersRole));
  }
  std::string settings;
  for (const Protocol* version : {&protocol, protocol.previous.get()})
    for (const Role& role : version == nullptr ? std::vector<Role>() : version->roles)
      for (const auto& [setting, value] : role.settings)
        settings += (settings.empty() ? "" : ", ") + as_literal(folded(setting));
  // Before PostgreSQL 15 nobody else may be let have them.
  if (!settings.empty() && PQserverVersion(superuser) >= 150000) {
    const RawResult only =
        raw_must(superuser, fmt::format("SELECT quote_ident(name) FROM pg_settings WHERE context ="
                                        " 'superuser' AND lower(name) IN ({}) ORDER BY name",
                                        settings));
    for (int row = 0; row < PQntuples(only.get()); ++row)
      sql += fmt::format("GRANT SET ON PARAMETER {} TO {};", PQgetvalue(only.get(), row, 0),
                         in_name_quotes(kWorkersRole));
  }
  raw_must(superuser, sql);
}

void add_schema(Protocol& protocol, const std::vector<std::string>& names, std::string_view flag) {
  for (const std::string& name : names)
    for (const ListedText& each : listed_texts(".", name, flag)) {
      protocol.schema.push_back(schema_text(each.text).sql);
      protocol.schema_files.push_back(each.file);
    }
}

void run_schema(PGconn* session, const Protocol& protocol, const std::string& database,
                const std::string& version) {
  for (std::size_t i = 0; i < protocol.schema.size(); ++i) {
    SchemaFile(session, protocol.schema[i], protocol.schema_files[i].string(), database, version)
        .run();
    if (PQtransactionStatus(session) != PQTRANS_IDLE)
      throw InputError(
          fmt::format("{}: the file begins a transaction and does not end it; write COMMIT",
                      protocol.schema_files[i].string()));
    raw_must(session, "RESET SESSION AUTHORIZATION; RESET ROLE");
    // pg_dump leaves it empty, which means nothing to the next file.
    if (without_user(asked(session, "SHOW search_path")).empty())
      raw_must(session, "RESET search_path");
  }
}

std::string own_search_path(PGconn* session, const Protocol& protocol,
                            const std::string& database) {
  const std::string kept = keep_search_path(session, database);
  return path_of_roles(protocol).value_or(kept);
}

std::string load_schema(PGconn* superuser, Cluster& cluster, const Protocol& protocol,
                        const std::string& database) {
  raw_must(superuser, fmt::format("ALTER ROLE {} SUPERUSER", in_name_quotes(kWorkersRole)));
  RawConnection loader = raw_connect(cluster.conninfo(database, kWorkersRole));
  run_schema(loader.get(), protocol, database, cluster.version());
  const std::string path = own_search_path(loader.get(), protocol, database);
  // Nobody may see it end later.
  const Slot slot = cluster.clock().slot_of(PQbackendPID(loader.get()));
  cluster.clock().about_to_send(slot);
  loader.reset();
  cluster.clock().settle(&slot, 1);
  hand_over(superuser, protocol);
  return path;
}

std::map<std::string, std::string> search_paths(const Protocol& protocol) {
  std::map<std::string, std::string> paths;
  for (const Role& role : protocol.roles) {
    const auto own = role.settings.find("search_path");
    if (own == role.settings.end()) continue;
    const auto add = [&](const RunStep& run) { paths.emplace(run.name, own->second); };
    for_each_run(role.program, add);
    for (const auto& [name, steps] : role.operations) for_each_run(steps, add);
    if (role.heartbeat) for_each_run(role.heartbeat->steps, add);
  }
  return paths;
}

void look_in(PGconn* session, const std::string& search_path) {
  const RawResult set = raw_query(
      session, "SELECT set_config('search_path', " + as_literal(search_path) + ", false)");
  if (const auto error = error_of(session, set.get()))
    throw InputError(
        fmt::format("PostgreSQL does not accept the search_path {}: {}; write it as "
                    "SET takes it",
                    search_path, error->message));
}

}  // namespace fencepost
