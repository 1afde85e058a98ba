#include "sim/export/simulated_time.hpp"

#include <algorithm>

#include "sim/database/timestamp.hpp"
#include "sim/export/sql_splice.hpp"
#include "sim/text/error.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

bool has_word(const std::string& sql, std::string_view word) {
  return folded(sql).find(word) != std::string::npos;
}

void refuse_own_path(const std::string& sql, const std::string& where) {
  for (const std::string_view hidden :
       {"search_path", "pg_catalog.now", "pg_catalog.clock_timestamp"})
    if (has_word(sql, hidden))
      throw InputError(fmt::format(
          "{}: this SQL uses {}, so a script can't put a clock of its own in front of the "
          "server's; take it out of a copy of the protocol, and export that one's failure",
          where, hidden));
}

}  // namespace

Shadows shadows_of(const Protocol& protocol, const History& history) {
  Shadows shadows;
  const auto look = [&](const std::string& sql) {
    shadows.time = shadows.time || asks_for_the_time(sql);
    shadows.uuid = shadows.uuid || has_word(sql, "gen_random_uuid");
  };
  for (const std::string& sql : protocol.schema) look(sql);
  for (const auto& [name, statement] : protocol.statements)
    if (statement.command != Command::let) look(statement.text);
  const bool waits = std::any_of(history.events.begin(), history.events.end(),
                                 [](const Event& e) { return e.kind == EventKind::blocked; });
  shadows.shared_clock = shadows.time && waits;
  if (!shadows.any()) return shadows;
  for (std::size_t i = 0; i < protocol.schema.size(); ++i)
    refuse_own_path(protocol.schema[i], protocol.schema_files[i].string());
  for (const auto& [name, statement] : protocol.statements)
    refuse_own_path(statement.text, to_text(statement.where));
  return shadows;
}

std::string simulated_schema(const Shadows& shadows) {
  if (!shadows.any()) return "";
  std::string sql = "CREATE SCHEMA simulated;\n";
  if (shadows.time) {
    const std::string clock = "pg_catalog.current_setting('simulated.clock')::timestamptz";
    const std::string began =
        "COALESCE(NULLIF(pg_catalog.current_setting('simulated.began', true), ''),\n"
        "                  pg_catalog.current_setting('simulated.clock'))::timestamptz";
    if (shadows.shared_clock) sql += "  CREATE SEQUENCE simulated.shared_clock;\n";
    const auto function = [&](const std::string& name, const std::string& kind,
                              const std::string& body) {
      sql += fmt::format(
          "  CREATE FUNCTION simulated.{}() RETURNS timestamptz LANGUAGE sql {} AS\n"
          "    $$ SELECT {} $$;\n",
          name, kind, body);
    };
    function("now", "STABLE", began);
    function("transaction_timestamp", "STABLE", began);
    function("statement_timestamp", "STABLE", clock);
    function("clock_timestamp", "VOLATILE",
             shadows.shared_clock
                 ? fmt::format("GREATEST({},\n                  timestamptz 'epoch' + last_value * "
                               "interval '1 microsecond') FROM simulated.shared_clock",
                               clock)
                 : clock);
    sql +=
        "  CREATE FUNCTION simulated.timeofday() RETURNS text LANGUAGE sql VOLATILE AS\n"
        "    $$ SELECT to_char(simulated.clock_timestamp(), 'Dy Mon DD HH24:MI:SS.US YYYY TZ') "
        "$$;\n";
  }
  if (shadows.uuid)
    sql +=
        "  CREATE FUNCTION simulated.gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS\n"
        "    $$ SELECT COALESCE(NULLIF(pg_catalog.current_setting('simulated.uuid', true), ''),\n"
        "                       pg_catalog.gen_random_uuid()::text)::uuid $$;\n";
  sql.pop_back();
  return sql;
}

std::string set_clock(Instant at) {
  return fmt::format("SET simulated.clock = '{}'", timestamp_of(at));
}

std::string set_began(Instant at) {
  return fmt::format("SET LOCAL simulated.began = '{}'", timestamp_of(at));
}

std::string move_shared_clock(Instant at) {
  return fmt::format("SELECT setval('simulated.shared_clock', {})",
                     at.time_since_epoch().count() + kEpochSeconds * 1'000'000);
}

std::string set_search_path(const std::string& path) {
  return fmt::format("SET search_path = {}, simulated, pg_catalog", path);
}

}  // namespace fencepost
