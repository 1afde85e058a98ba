#include "reports/scripts.hpp"

#include <fmt/format.h>

#include <set>

#include "reports/escaped.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

std::string block(const std::string& what, const std::string& sql) {
  return fmt::format("{}\n{{\n  {}\n}}\n", what, sql);
}

std::string all_of(const std::vector<std::string>& statements) {
  std::string out;
  for (const std::string& statement : statements)
    out += (out.empty() ? "" : "\n  ") + statement + ";";
  return out;
}

std::string comments(const std::vector<std::string>& lines, const std::string& indent) {
  std::string out;
  for (const std::string& line : lines) out += indent + (line.empty() ? "#" : "# " + line) + "\n";
  return out;
}

/// The sessions that need a connection of their own.
std::set<std::size_t> apart(const Script& script) {
  std::set<std::size_t> found;
  std::set<std::size_t> open;
  for (std::size_t i = 0; i < script.sessions.size(); ++i)
    if (script.sessions[i].keeps_state) found.insert(i);
  for (const ScriptStep& step : script.steps) {
    for (const std::size_t session : open)
      if (session != step.session) found.insert(session);
    if (step.waits) found.insert(step.session);
    open.erase(step.session);
    if (step.in_transaction) open.insert(step.session);
  }
  return found;
}

std::string lines(const std::vector<std::string>& comments) {
  std::string out;
  for (const std::string& line : comments) out += (line.empty() ? "--" : "-- " + line) + "\n";
  return out;
}

std::string statements(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& sql : all)
    if (!sql.empty()) out += sql + ";\n";
  return out;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& sql : all)
    if (!sql.empty()) out += (out.empty() ? "" : " ") + sql + ";";
  return out;
}

/// What a SELECT FROM dblink must be told of its result; two columns of one name get numbers.
std::string as_columns(const std::vector<ResultColumn>& columns) {
  if (columns.empty()) return "AS result(status text)";
  std::string out;
  std::set<std::string> taken;
  for (const ResultColumn& column : columns) {
    std::string name = column.name;
    for (int number = 2; !taken.insert(name).second; ++number)
      name = fmt::format("{}_{}", column.name, number);
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", in_name_quotes(name), column.type);
  }
  return "AS result(" + out + ")";
}

class ScriptWriter {
 public:
  explicit ScriptWriter(const Script& script) : in_(script), apart_(apart(script)) {}

  std::string all() {
    out_ = lines(in_.about) + "\n\\set ON_ERROR_STOP on\n\\pset pager off\n";
    out_ += statements(in_.set_up);
    for (const std::string& sql : in_.schema) out_ += "\n" + sql + "\n;\n";
    out_ += "\n" + statements(in_.workload);
    for (const std::size_t session : apart_) connect(session);
    out_ += "\n\\unset ON_ERROR_STOP\n";
    for (const ScriptStep& step : in_.steps) write(step);
    if (!apart_.empty()) out_ += "\n";
    for (const std::size_t session : apart_)
      out_ += fmt::format("SELECT dblink_disconnect('{}');\n", name(session));
    return out_;
  }

 private:
  const std::string& name(std::size_t session) const { return in_.sessions[session].name; }

  void connect(std::size_t session) {
    if (session == *apart_.begin())
      out_ +=
          "\n-- These sessions overlap, so each has a connection of its own.\n"
          "CREATE EXTENSION IF NOT EXISTS dblink;\n"
          "CREATE PROCEDURE pg_temp.until_it_waits(session text, backend int) LANGUAGE plpgsql AS "
          "$$\n"
          "BEGIN\n"
          "  WHILE dblink_is_busy(session) = 1 AND cardinality(pg_blocking_pids(backend)) = 0 "
          "LOOP\n"
          "    PERFORM pg_sleep(0.01);\n"
          "  END LOOP;\n"
          "END $$;\n"
          "SELECT format('host=''%s'' port=''%s'' user=''%s'' dbname=''%s''',\n"
          "              :'HOST', :'PORT', :'USER', :'DBNAME') AS connection \\gset\n";
    out_ += fmt::format(
        "SELECT dblink_connect('{0}', :'connection');\n"
        "SELECT backend AS backend_of_{0} FROM dblink('{0}', 'SELECT pg_backend_pid()') AS "
        "result(backend int) \\gset\n"
        "SELECT dblink_exec('{0}', {1});\n",
        name(session), dollar_quoted(joined(in_.sessions[session].set_up)));
  }

  void write(const ScriptStep& step) {
    out_ += "\n" + lines(step.comments);
    out_ += fmt::format("\\echo {}{}\n", step.name,
                        step.deed == Deed::completion ? ": goes on"
                        : step.waits                  ? ": waits"
                                                      : "");
    if (step.deed == Deed::cancel)
      out_ += fmt::format("SELECT dblink_cancel_query('{}');\n", name(step.whose));
    else if (step.deed == Deed::completion)
      take_result(step);
    else if (!apart_.contains(step.session))
      out_ += statements(step.before) + step.sql + ";\n" + statements(step.behind);
    else if (step.waits)
      send(step);
    else
      ask(step);
  }

  void ask(const ScriptStep& step) {
    const std::string sql = dollar_quoted("\n  " + sent_by(step) + "\n");
    const std::string tolerant = step.fails ? ", false" : "";
    if (step.columns.empty())
      out_ += fmt::format("SELECT dblink_exec('{}', {}{});\n", name(step.session), sql, tolerant);
    else
      out_ += fmt::format("SELECT * FROM dblink('{}', {}{})\n  {};\n", name(step.session), sql,
                          tolerant, as_columns(step.columns));
  }

  // Each statement of what is sent has a result of its own to be taken, so the settings go before.
  void send(const ScriptStep& step) {
    if (!step.before.empty())
      out_ += fmt::format("SELECT dblink_exec('{}', {});\n", name(step.session),
                          dollar_quoted(joined(step.before)));
    out_ += fmt::format("SELECT dblink_send_query('{}', {});\n", name(step.session),
                        dollar_quoted("\n  " + step.sql + ";\n"));
    out_ +=
        fmt::format("CALL pg_temp.until_it_waits('{0}', :backend_of_{0});\n", name(step.session));
  }

  void take_result(const ScriptStep& step) {
    out_ += fmt::format("SELECT * FROM dblink_get_result('{}', {})\n  {};\n", name(step.session),
                        step.fails ? "false" : "true", as_columns(step.columns));
    out_ += fmt::format(
        "DO $$ BEGIN PERFORM * FROM dblink_get_result('{}') AS result(status text); END $$;\n",
        name(step.session));
  }

  const Script& in_;
  std::set<std::size_t> apart_;
  std::string out_;
};

}  // namespace

std::string sent_by(const ScriptStep& step) {
  std::string out;
  const auto add = [&](const std::string& statement) {
    if (!statement.empty()) out += (out.empty() ? "" : "\n  ") + statement + ";";
  };
  for (const std::string& statement : step.before) add(statement);
  add(step.sql);
  for (const std::string& statement : step.behind) add(statement);
  return out;
}

std::string isolation_spec(const Script& script) {
  std::string out = comments(script.about, "") + "\n";
  if (!script.set_up.empty()) out += block("setup", all_of(script.set_up));
  for (const std::string& sql : script.schema) out += block("setup", sql);
  if (!script.workload.empty()) out += block("setup", all_of(script.workload));
  for (std::size_t i = 0; i < script.sessions.size(); ++i) {
    const ScriptSession& session = script.sessions[i];
    out += fmt::format("\nsession {}\n", session.name);
    if (!session.set_up.empty()) out += block("setup", all_of(session.set_up));
    for (const ScriptStep& step : script.steps)
      if (step.session == i && step.deed != Deed::completion)
        out += block("step " + step.name, sent_by(step));
  }
  out += "\npermutation\n";
  for (const ScriptStep& step : script.steps) {
    out += comments(step.comments, "  ");
    // isolationtester itself waits for a statement that waits.
    if (step.deed != Deed::completion) out += "  " + step.name + "\n";
  }
  return out;
}

std::string psql_script(const Script& script) { return ScriptWriter(script).all(); }

}  // namespace fencepost
