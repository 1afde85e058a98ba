#include "sim/export/script_parts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "reports/trace.hpp"
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
      throw InputError(
          fmt::format("{}: this SQL uses {}, so a script can't put a clock of its own in front of "
                      "the server's; "
                      "take it out of a copy of the protocol, and export that one's failure",
                      where, hidden));
}

void collect(const std::vector<Step>& steps, std::set<std::string>& levels) {
  for (const Step& step : steps) {
    if (const auto* tx = std::get_if<TxStep>(&step.what)) levels.insert(tx->isolation);
    collect(step.inside(), levels);
  }
}

/// Every uuid in a text, in order.
std::vector<std::string> uuids_in(const std::string& text) {
  constexpr std::size_t length = 36;
  std::vector<std::string> found;
  for (std::size_t at = 0; at + length <= text.size(); ++at) {
    bool fits = true;
    for (std::size_t i = 0; fits && i < length; ++i) {
      const char c = text[at + i];
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      fits = dash ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    if (!fits) continue;
    found.push_back(text.substr(at, length));
    at += length - 1;
  }
  return found;
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

const Role* role_of(const Protocol& protocol, const History& history, const SessionId& session) {
  const std::string worker = session.text.substr(0, session.text.find('/'));
  for (const Event& event : history.events)
    if (event.kind == EventKind::worker_started && event.worker.text == worker)
      for (const Role& role : protocol.roles)
        if (role.name == event.note) return &role;
  return nullptr;
}

void set_up_session(ScriptSession& session, const Role* role, const Shadows& shadows) {
  session.set_up.push_back("SET TimeZone = 'UTC'");
  std::string path = "public";
  for (const auto& [name, value] :
       role == nullptr ? std::map<std::string, std::string>{} : role->settings) {
    if (name.ends_with("_timeout")) continue;
    session.keeps_state = true;
    if (name == "search_path")
      path = value;
    else
      session.set_up.push_back(fmt::format("SET {} = {}", name, sql_literal(value)));
  }
  if (shadows.any())
    session.set_up.push_back(set_search_path(path));
  else if (path != "public")
    session.set_up.push_back("SET search_path = " + path);
  if (shadows.time) session.set_up.push_back(set_clock(Instant{}));
}

std::string name_backend(const SessionId& session) {
  const std::size_t slash = session.text.find('/');
  const std::string name = session.text.substr(slash + 1);
  return fmt::format("INSERT INTO fencepost.sessions VALUES (pg_backend_pid(), {}, {})",
                     sql_literal(session.text.substr(0, slash)),
                     sql_literal(name.substr(0, name.find('#'))));
}

std::string begin_of(const Protocol& protocol, const std::string& operation) {
  std::set<std::string> levels;
  for (const Role& role : protocol.roles) {
    const auto found = role.operations.find(operation);
    if (found != role.operations.end()) collect(found->second, levels);
    if (operation == "program") collect(role.program, levels);
    if (operation == "heartbeat" && role.heartbeat) collect(role.heartbeat->steps, levels);
  }
  if (levels.size() > 1)
    throw InputError(
        fmt::format("operation \"{}\" begins transactions of isolation levels {}, and the history "
                    "does not say which one began when; give each an operation of its own",
                    operation, fmt::join(levels, " and ")));
  return levels.empty() || levels.begin()->empty() ? "BEGIN"
                                                   : "BEGIN ISOLATION LEVEL " + *levels.begin();
}

bool begins_transaction(const std::string& sql) {
  const std::string words = leading_words(sql);
  return words == "BEGIN" || words.starts_with("BEGIN ") || words == "START TRANSACTION";
}

bool ends_transaction(const std::string& sql) {
  const std::string words = leading_words(sql);
  if (words == "ROLLBACK TO") return false;
  for (const std::string_view end : {"COMMIT", "ROLLBACK", "END", "ABORT"})
    if (words == end || words.starts_with(std::string(end) + " ")) return true;
  return false;
}

void refuse_what_no_script_can_tell(const History& history) {
  for (const Event& event : history.events) {
    if (event.backend != 0)
      throw InputError(
          fmt::format("step {} went through a pooler, and a script has a session for each worker, "
                      "so it can't be "
                      "exported; replay shows it",
                      event.step));
    if (!event.fault) continue;
    const Fault& fault = fault_of(*event.fault);
    if (!fault.no_script.empty())
      throw InputError(fmt::format("step {} is a {}: {}, so it can't be exported; replay shows it",
                                   event.step, fault.name, fault.no_script));
  }
}

std::string failing_statement(const std::string& sqlstate) {
  return fmt::format(
      "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}', MESSAGE = 'as in the history'; END $$",
      sqlstate);
}

std::optional<std::string> DrawnUuids::drawn_by(const Event& statement) {
  for (const Bound& bound : statement.bound) {
    for (const std::string& uuid : uuids_in(bound.value.value_or(""))) {
      if (untold_.contains(uuid))
        throw InputError(fmt::format(
            "step {}: statement \"{}\" binds {}, which the server drew at random before the story "
            "began or together with others, and another server can't be told to; let the worker "
            "make "
            "it (:let) to export such a history; replay shows it",
            statement.step, statement.statement, uuid));
      known_.insert(uuid);
    }
  }
  std::vector<std::string> fresh;
  for (const std::string& uuid : uuids_in(statement.result))
    if (known_.insert(uuid).second) fresh.push_back(uuid);
  if (fresh.size() == 1) return fresh.front();
  untold_.insert(fresh.begin(), fresh.end());
  return std::nullopt;
}

const Event* completion_of(const History& history, const Event& blocked) {
  bool found = false;
  for (const Event& event : history.events) {
    found = found || event == blocked;
    if (found && event.kind == EventKind::statement && event.session == blocked.session)
      return &event;
  }
  return nullptr;
}

const Event* late_commit_of(const History& history, const Event& waits) {
  const Event* const done = completion_of(history, waits);
  bool found = false;
  for (const Event& event : history.events) {
    found = found || event == waits;
    if (&event == done) return nullptr;
    if (found && event.kind == EventKind::parked && event.session == waits.session) return &event;
  }
  return nullptr;
}

std::vector<ResultColumn> columns_of(const StatementShapes& shapes, const std::string& statement) {
  std::vector<ResultColumn> columns;
  const auto shape = shapes.find(statement);
  if (shape == shapes.end()) return columns;
  for (const auto& [name, type] : shape->second.columns) columns.push_back({name, type});
  return columns;
}

std::string without_braces(const std::string& sql, const std::string& where) {
  const auto without = without_closing_braces(sql);
  if (without) return *without;
  throw InputError(
      fmt::format("{}: this SQL holds a closing brace that can't be written otherwise, and "
                  "isolationtester reads it as the end of a step; use --sql",
                  where));
}

std::string unused_name(std::string name, const std::vector<ScriptSession>& sessions) {
  constexpr std::array<std::string_view, 6> taken = {"setup", "teardown",    "session",
                                                     "step",  "permutation", "notices"};
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) name += "_";
  while (std::any_of(sessions.begin(), sessions.end(),
                     [&](const ScriptSession& session) { return session.name == name; }))
    name += "_";
  return name;
}

std::string why_cancelled(const std::string& sqlstate) {
  return fmt::format(
      "In the history this ends the wait with SQLSTATE {}; here a cancel does, which says 57014.",
      sqlstate.empty() ? "08006" : sqlstate);
}

std::string cancelling(const std::string& session) {
  return fmt::format(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%/{}'",
      session);
}

void begin_late(ScriptStep& step, const std::string& began) {
  step.comments.push_back("In the history this commits late: here a transaction says so.");
  step.sql = "BEGIN";
  if (!began.empty()) step.behind.push_back(began);
  step.in_transaction = true;
}

bool may_commit_inside(const std::string& sql) {
  const std::string words = leading_words(sql);
  return words.starts_with("CALL") || words.starts_with("DO");
}

std::vector<std::string> trace_lines(const History& history, int step) {
  TraceOptions options;
  options.width = 0;
  std::vector<std::string> lines;
  std::string line;
  for (const char c : trace_step(history, step, options)) {
    if (c != '\n')
      line += c;
    else
      lines.push_back(std::exchange(line, {}));
  }
  return lines;
}

}  // namespace fencepost
