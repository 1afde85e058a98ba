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

void collect(const std::vector<Step>& steps, std::set<std::string>& levels) {
  for (const Step& step : steps) {
    if (const auto* tx = std::get_if<TxStep>(&step.what)) levels.insert(tx->isolation);
    collect(step.inside(), levels);
  }
}

}  // namespace

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
                      "so it can't be exported; replay shows it",
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
