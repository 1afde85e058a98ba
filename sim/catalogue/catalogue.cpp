#include "sim/catalogue/catalogue.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "sim/catalogue/catalogue_sql.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// One session, in one read-only transaction for as long as it lives.
class Reader {
 public:
  Reader(const std::string& dsn, const std::function<bool()>& stopped)
      : stopped_(stopped), connection_(PQconnectStart(dsn.c_str())) {
    if (const std::string wrong = connect(); !wrong.empty())
      throw InputError(
          fmt::format("the database of --dsn can't be read: {}; write it as psql takes it, such as "
                      "postgresql://user@host/database",
                      wrong));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    ask("SET LOCAL statement_timeout = '60s'");
    ask("SET LOCAL lock_timeout = '5s'");
    ask("SET LOCAL client_encoding = 'UTF8'");
    search_path_ = one("SHOW search_path");
    where_ =
        one("SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e"
            " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'pg_stat_statements'");
    ask("SET LOCAL search_path = pg_catalog");
  }
  const std::string& search_path() const { return search_path_; }
  /// Of pg_stat_statements; empty: it is not there.
  const std::string& schema_of_statistics() const { return where_; }

  RawResult ask(const std::string& sql) {
    RawResult result = answer(sql);
    if (const auto complaint = complaint_of(result.get()); !complaint.empty())
      throw InputError(fmt::format("the database of --dsn can't be read: {}", complaint));
    return result;
  }
  /// The same, and why it failed where it did; the transaction goes on.
  RawResult try_to_ask(const std::string& sql, std::string& complaint) {
    ask("SAVEPOINT tried");
    RawResult result = answer(sql);
    complaint = complaint_of(result.get());
    if (!complaint.empty()) ask("ROLLBACK TO SAVEPOINT tried");
    return result;
  }

 private:
  /// Whether the server has something to say, or takes more, within a tenth of a second.
  bool is_ready(short events) const {
    if (stopped_()) throw EnvironmentError("stopped while the database of --dsn is read");
    pollfd socket{PQsocket(connection_.get()), events, 0};
    return poll(&socket, 1, 100) > 0;
  }
  /// As PQconnectdb does; what is wrong, as a sentence's end, empty where it worked.
  std::string connect() const {
    PGconn* const connection = connection_.get();
    int tenths = tenths_to_connect();
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(connection) != CONNECTION_BAD && next != PGRES_POLLING_OK &&
           next != PGRES_POLLING_FAILED) {
      if (is_ready(next == PGRES_POLLING_READING ? POLLIN : POLLOUT))
        next = PQconnectPoll(connection);
      else if (--tenths == 0)
        return "it does not answer within its connect_timeout";
    }
    return PQstatus(connection) == CONNECTION_OK ? ""
                                                 : std::string(trimmed(PQerrorMessage(connection)));
  }
  /// Of connect_timeout; 0: as long as it takes.
  int tenths_to_connect() const {
    int tenths = 0;
    PQconninfoOption* const all = PQconninfo(connection_.get());
    for (const PQconninfoOption* each = all; each != nullptr && each->keyword != nullptr; ++each)
      if (std::string_view(each->keyword) == "connect_timeout" && each->val != nullptr)
        tenths = std::max(0, std::atoi(each->val)) * 10;
    PQconninfoFree(all);
    return tenths;
  }
  /// The last result of what is run.
  RawResult answer(const std::string& sql) const {
    PGconn* const connection = connection_.get();
    RawResult last;
    if (PQsendQuery(connection, sql.c_str()) == 0) return last;
    for (;;) {
      while (PQisBusy(connection) != 0) {
        if (is_ready(POLLIN) && PQconsumeInput(connection) == 0) return last;
      }
      RawResult next(PQgetResult(connection));
      if (next == nullptr) return last;
      last = std::move(next);
    }
  }
  std::string one(const std::string& sql) {
    const RawResult result = ask(sql);
    return PQntuples(result.get()) == 0 ? "" : PQgetvalue(result.get(), 0, 0);
  }
  static std::string complaint_of(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return "";
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return message != nullptr ? message : "the connection was lost";
  }

  const std::function<bool()>& stopped_;
  RawConnection connection_;
  std::string search_path_, where_;
};

std::string text_at(const PGresult* result, int row, int column) {
  return value_at(result, row, column).value_or("");
}

std::string lines_of(const PGresult* result) {
  std::string lines;
  for (int row = 0; row < PQntuples(result); ++row) lines += text_at(result, row, 0) + "\n";
  return lines;
}

/// With a line end behind it, where there is something.
std::string lines(const std::string& text) { return text.empty() ? "" : text + "\n"; }

/// Whether the name is a word of a text of SQL, in quotes or as PostgreSQL reads it without.
bool is_named(const std::string& sql, const std::string& name) {
  const auto in = [&](const std::string& text) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || !in_sql_word(text[at - 1])) &&
          (end == text.size() || !in_sql_word(text[end])))
        return true;
    }
    return false;
  };
  return in(sql) || in(folded(sql));
}

std::vector<Catalogue::Table> tables_of(Reader& reader) {
  std::vector<Catalogue::Table> tables;
  const RawResult result = reader.ask(kAskedTables);
  for (int row = 0; row < PQntuples(result.get()); ++row)
    tables.push_back({text_at(result.get(), row, 0), text_at(result.get(), row, 1),
                      text_at(result.get(), row, 2), text_at(result.get(), row, 3),
                      text_at(result.get(), row, 4), text_at(result.get(), row, 5) == "t"});
  return tables;
}

void read_statements(Reader& reader, Catalogue& into) {
  if (reader.schema_of_statistics().empty()) {
    into.no_statements =
        "the database has no extension pg_stat_statements, so its clients' statements are not "
        "known; give them by --queries";
    return;
  }
  std::string complaint;
  const RawResult result = reader.try_to_ask(
      fmt::format("SELECT s.query FROM {}.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
                  " WHERE d.datname = current_database() AND s.query !~* '^\\s*(begin|commit|"
                  "rollback|set|show|explain|create|alter|drop|copy|vacuum|analyze|savepoint|"
                  "release|deallocate|discard|listen|notify|truncate|grant|reset)\\M'"
                  " AND s.query <> '<insufficient privilege>'"
                  " GROUP BY s.query ORDER BY sum(s.calls) DESC LIMIT 5000",
                  reader.schema_of_statistics()),
      complaint);
  if (!complaint.empty()) {
    into.no_statements = fmt::format(
        "pg_stat_statements can't be read: {}; give the statements by --queries", complaint);
    return;
  }
  for (int row = 0; row < PQntuples(result.get()); ++row)
    into.statements.push_back(text_at(result.get(), row, 0));
  if (into.statements.empty())
    into.no_statements =
        "pg_stat_statements shows no statement of this database; let the application run, connect "
        "as a role that is in pg_read_all_stats, or give the statements by --queries";
}

}  // namespace

Catalogue read_catalogue(const std::string& dsn, const std::function<bool()>& stopped) {
  Reader reader(dsn, stopped);
  Catalogue found;
  found.before = lines_of(reader.ask(kAskedBefore).get());
  found.tables = tables_of(reader);
  const RawResult functions = reader.ask(kAskedFunctions);
  for (int row = 0; row < PQntuples(functions.get()); ++row)
    found.functions.push_back({text_at(functions.get(), row, 0), text_at(functions.get(), row, 1)});
  found.search_path = reader.search_path();
  read_statements(reader, found);
  return found;
}

std::string schema_for(const Catalogue& catalogue, const std::string& sql) {
  std::set<std::string> tables, functions;
  std::string named = sql;
  const auto take = [&](std::set<std::string>& taken, const std::string& name,
                        const std::string& text) {
    if (taken.insert(name).second) named += "\n" + text;
  };
  for (std::size_t before = 0; before != named.size();) {
    before = named.size();
    for (const Catalogue::Table& table : catalogue.tables)
      if (is_named(named, table.name) || tables.contains(table.part_of))
        take(tables, table.name, table.sql + table.keys + table.last);
    for (const Catalogue::Function& function : catalogue.functions)
      if (is_named(named, function.name)) take(functions, function.name, function.sql);
  }
  // What functions say is looked at when they run: some speak of tables that are not here.
  std::string text = "SET check_function_bodies = off;\n" + catalogue.before;
  std::string made, keys, views, last;
  for (const Catalogue::Table& table : catalogue.tables) {
    if (!tables.contains(table.name)) continue;
    if (table.is_view)
      views += "\n" + table.sql + "\n" + lines(table.keys);
    else
      made += "\n" + table.sql + "\n", keys += lines(table.keys);
    last += lines(table.last);
  }
  // A default may call one; what takes or returns a row needs its table, or its view.
  std::string first, second, third;
  for (const Catalogue::Function& function : catalogue.functions) {
    if (!functions.contains(function.name)) continue;
    const bool of_view = std::any_of(
        catalogue.tables.begin(), catalogue.tables.end(), [&](const Catalogue::Table& table) {
          return table.is_view && tables.contains(table.name) && is_named(function.sql, table.name);
        });
    const bool early = is_named(views, function.name) || !of_view;
    (is_named(made, function.name) ? first : early ? second : third) += function.sql + "\n";
  }
  // A view may need a table's key, and a trigger any function.
  text += first + made + "\n" + second + keys + views + third + last;
  if (catalogue.search_path != "\"$user\", public")
    text += fmt::format("SELECT pg_catalog.set_config('search_path', {}, false);\n",
                        as_literal(catalogue.search_path));
  return text;
}

}  // namespace fencepost
