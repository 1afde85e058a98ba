#include "sim/worker/program_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/database/pq_port.hpp"
#include "sim/database/timestamp.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/worker/waits.hpp"

namespace fencepost {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

bool counts_as_empty(const Value& value) { return !value || *value == "f" || *value == "0"; }

/// Empty: no row (or none changed), or one row whose only column is null, false, or a 0 that was
/// computed: one that a table holds is a value like others.
bool is_empty(const Statement& statement, const SqlResult& result) {
  if (statement.command == Command::exec || statement.command == Command::execrows ||
      statement.command == Command::batchexec)
    return result.affected == 0;
  if (result.rows.empty()) return true;
  if (result.rows.size() != 1 || result.columns.size() != 1) return false;
  const Value& value = result.rows.front().begin()->second;
  return counts_as_empty(value) && !(result.is_stored && value == "0");
}

}  // namespace

Ending ProgramRunner::run(std::span<const Step> steps, const std::string& operation) {
  for (const Step& one : steps)
    if (const Ending ended = step(one, operation)) return ended;
  return {};
}

Ending ProgramRunner::run_operation(const std::string& name) {
  if (const Ending ended = run(context_.role.operations.at(name), name)) return ended;
  context_.finished(name);
  return {};
}

Ending ProgramRunner::step(const Step& step, const std::string& operation) {
  return std::visit(
      Overloaded{
          [&](const RunStep& run) { return run_step(run, operation); },
          [&](const TxStep& tx) { return transaction(tx, operation); },
          [&](const LoopStep& steps) { return loop(steps, operation); },
          [&](const EachStep& steps) { return each(steps, operation); },
          [&](const FirstStep& steps) { return first(steps, operation); },
          [&](const WorkStep& work) -> Ending {
            JobId job;
            if (!work.job.empty()) {
              const auto value = context_.memory.values.find(work.job);
              if (value != context_.memory.values.end()) job.text = value->second.value_or("");
            }
            const std::string failed = context_.environment.work(job, work);
            if (failed.empty()) return {};
            return end_with({Reaction::Kind::error, ""}, {operation, "work", {}, {}}, failed);
          },
          [&](const SleepStep& sleep) -> Ending {
            if (const Ending ended = context_.before_step()) return ended;
            if (!sleep.drawn.empty())
              context_.environment.sleep_drawn(sleep.drawn);
            else
              context_.environment.sleep(sleep.value ? wait_of(*sleep.value, step.line, operation)
                                         : sleep.to_the_clock ? until_next(sleep.lasts)
                                                              : sleep.lasts);
            return {};
          },
      },
      step.what);
}

Ending ProgramRunner::run_step(const RunStep& run, const std::string& operation) {
  if (run.is_operation) return run_operation(run.name);
  const Statement& statement = *context_.protocol.find(run.name);
  if (statement.command != Command::let)
    if (const Ending ended = context_.before_step()) return ended;
  return call_statement(run, statement, operation.empty() ? "program" : operation);
}

std::string ProgramRunner::session_name(const std::string& given) const {
  if (!given.empty()) return given;
  return context_.session.empty() ? context_.role.sessions.back() : context_.session;
}

// nullptr: it was turned away.
SqlClient* ProgramRunner::session(const std::string& name) {
  auto& client = context_.sessions[name];
  if (client) return client.get();
  const std::string conninfo = context_.environment.conninfo(name);
  if (auto words = turned_away()) {
    turned_away_ = std::move(*words);
    return nullptr;
  }
  client = std::make_unique<SqlClient>(conninfo);
  if (!context_.role.listen.empty() && name == context_.role.sessions.back()) {
    context_.environment.announce({"listen", "listen", {}, {}});
    client->run("LISTEN " + context_.role.listen);
  }
  return client.get();
}

// A broken connection is dropped at once, so that whatever comes next reconnects.
Ending ProgramRunner::broke(const std::string& session_name, const std::string& words) {
  context_.environment.check_alive();
  context_.memory.values["error"] = words;
  context_.sessions.erase(session_name);
  return Reaction{Reaction::Kind::unknown, ""};
}

// The same, unless the role says what follows.
Ending ProgramRunner::lost_session(const std::string& session_name, const std::string& words) {
  const auto policy = context_.role.disconnect.find(session_name);
  if (policy == context_.role.disconnect.end()) return broke(session_name, words);
  context_.environment.check_alive();
  context_.sessions.erase(session_name);
  if (policy->second.then == Handler::Then::go_on) return {};
  return Reaction{Reaction::Kind::lost, ""};
}

void ProgramRunner::failed(const SqlFailure& failure) {
  context_.environment.check_alive();
  context_.memory.values["error"] = failure.what();
  throw failure;
}

Ending ProgramRunner::call_statement(const RunStep& run, const Statement& statement,
                                     const std::string& operation) {
  Call call{operation, statement.name, {}, job_at_hand()};
  const std::vector<Value> arguments = arguments_of(run, statement, call);
  if (statement.command == Command::let)
    return react(run, statement, let(statement, arguments, call), call);
  SqlResult result;
  const std::string on = session_name(run.session);
  try {
    SqlClient* const client = session(on);
    if (client == nullptr) return lost_session(on, turned_away_);
    context_.environment.announce(call);
    result = client->run(statement.name, statement.sql, arguments);
  } catch (const SqlFailure& failure) {
    if (failure.broken) return lost_session(on, failure.what());
    const auto reaction = run.sqlstate.find(failure.sqlstate);
    if (reaction == run.sqlstate.end()) failed(failure);
    context_.environment.check_alive();
    return end_with(reaction->second, call, failure.what());
  }
  context_.environment.check_alive();
  return react(run, statement, result, call);
}

Ending ProgramRunner::react(const RunStep& run, const Statement& statement, const SqlResult& result,
                            const Call& call) {
  Memory& memory = context_.memory;
  std::vector<Row>& rows = memory.rows[run.name] = result.rows;
  // What :one returns beyond the first row, its caller never sees.
  if (statement.command == Command::one && rows.size() > 1) rows.resize(1);
  if (!rows.empty())
    for (const auto& [column, value] : rows.back()) memory.values[column] = value;
  if (!result.rows.empty()) {
    for (const auto& [column, reaction] : run.empty_columns) {
      const auto value = result.rows.front().find(column);
      if (value != result.rows.front().end() && counts_as_empty(value->second))
        return end_with(reaction, call, column + " came back empty");
    }
    if (!run.empty_columns.empty()) return {};
  }
  if (!is_empty(statement, result)) return {};
  if (run.empty) {
    if (run.empty->kind == Reaction::Kind::ok && result.rows.empty())
      for (const std::string& column : result.columns) memory.values[column] = std::nullopt;
    return end_with(*run.empty, call, statement.name + " found nothing");
  }
  if (statement.command == Command::one && result.rows.empty())
    stuck(call, "02000",
          fmt::format("it returned no row, and its step does not say what that means: write {{ run "
                      "= \"{}\", empty = \"nothing\" }}, or done, lost, ok or error",
                      statement.name));
  return {};
}

Ending ProgramRunner::end_with(const Reaction& reaction, const Call& call,
                               const std::string& message) {
  if (reaction.kind == Reaction::Kind::ok) return {};
  if (reaction.kind == Reaction::Kind::lost) context_.environment.refused(call);
  if (reaction.kind == Reaction::Kind::error) context_.memory.values["error"] = message;
  if (reaction.kind != Reaction::Kind::operation) return reaction;
  if (const Ending ended = run_operation(reaction.operation)) return ended;
  return Reaction{Reaction::Kind::done, ""};
}

/// Of several held jobs, the one whose columns are in memory.
JobId ProgramRunner::job_at_hand() const {
  const Memory& memory = context_.memory;
  if (memory.held.size() < 2) return {};
  return job_of(memory.values, context_.protocol).value_or(JobId{});
}

Ending ProgramRunner::control(const std::string& on, const Call& call, const std::string& sql) {
  try {
    SqlClient* const client = session(on);
    if (client == nullptr) return broke(on, turned_away_);
    context_.environment.announce(call);
    client->run(sql);
  } catch (const SqlFailure& failure) {
    if (failure.broken) return broke(on, failure.what());
    failed(failure);
  }
  context_.environment.check_alive();
  return {};
}

Ending ProgramRunner::transaction(const TxStep& tx, const std::string& operation) {
  std::map<std::string, int> retries;
  for (;;)
    if (const std::optional<Ending> over = transaction_once(tx, operation, retries)) return *over;
}

// nullopt when it was rolled back and is to be tried again.
std::optional<Ending> ProgramRunner::transaction_once(const TxStep& tx,
                                                      const std::string& operation,
                                                      std::map<std::string, int>& retries) {
  const std::string on = session_name(tx.session);
  const std::string named = operation.empty() ? "program" : operation;
  if (const Ending ended = context_.before_step()) return ended;
  Ending ended;
  try {
    ended = control(on, {named, "begin", {}, {}},
                    tx.isolation.empty() ? "BEGIN" : "BEGIN ISOLATION LEVEL " + tx.isolation);
    if (!ended) ended = run(tx.steps, operation);
    if (!ended) ended = control(on, {named, "commit", {}, {}}, "COMMIT");
  } catch (const SqlFailure& failure) {
    if (const Ending broken = control(on, {named, "rollback", {}, {}}, "ROLLBACK")) return broken;
    const auto allowed = tx.retry.find(failure.sqlstate);
    if (allowed != tx.retry.end() && retries[failure.sqlstate]++ < allowed->second)
      return std::nullopt;
    throw;
  } catch (const Stuck&) {
    control(on, {named, "rollback", {}, {}}, "ROLLBACK");
    throw;
  }
  if (!ended || ended->kind == Reaction::Kind::unknown) return ended;
  const bool keeps = ended->kind == Reaction::Kind::nothing || ended->kind == Reaction::Kind::done;
  const Ending broken = keeps ? control(on, {named, "commit", {}, {}}, "COMMIT")
                              : control(on, {named, "rollback", {}, {}}, "ROLLBACK");
  return broken ? broken : ended;
}

Ending ProgramRunner::loop(const LoopStep& steps, const std::string& operation) {
  for (;;)
    if (const Ending ended = run(steps.steps, operation))
      return ended->kind == Reaction::Kind::done ? Ending() : ended;
}

Ending ProgramRunner::each(const EachStep& steps, const std::string& operation) {
  const std::vector<Row> rows = context_.memory.rows[steps.statement];
  for (const Row& row : rows) {
    for (const auto& [column, value] : row) context_.memory.values[column] = value;
    const std::string poison = context_.environment.poison_in(row);
    if (!poison.empty())
      return end_with({Reaction::Kind::error, ""}, {operation, steps.statement, {}, {}},
                      "item " + poison + " can't be processed");
    if (const Ending ended = run(steps.steps, operation)) return ended;
  }
  return {};
}

Ending ProgramRunner::first(const FirstStep& steps, const std::string& operation) {
  Ending ended;
  for (const Step& each : steps.steps) {
    ended = step(each, operation);
    if (!ended || ended->kind != Reaction::Kind::otherwise) break;
  }
  return ended;
}

Duration ProgramRunner::until_next(Duration whole) const {
  const Duration beyond = context_.environment.clock().time_since_epoch() % whole;
  return beyond < 0us ? -beyond : whole - beyond;
}

Duration ProgramRunner::wait_of(const Source& source, int line, const std::string& operation) {
  const std::optional<Value> said = look_up(source);
  if (said && !*said) return 0us;
  if (said)
    if (const auto wait = wait_in(**said, context_.environment.clock())) return *wait;
  stuck({operation.empty() ? "program" : operation, "sleep", {}, {}}, "22007",
        no_wait(fmt::format("the sleep in line {}", line), source, said));
}

// Where nothing says it, as where no row was found, it is the longest.
Duration ProgramRunner::poll() {
  const Role& role = context_.role;
  const std::optional<Value> said = role.poll_from ? look_up(*role.poll_from) : std::nullopt;
  if (!said || !*said) return role.poll;
  const std::optional<Duration> wait = wait_in(**said, context_.environment.clock());
  if (!wait)
    tell_stuck({"program", "poll", {}, {}}, "22007", no_wait("poll", *role.poll_from, said));
  return std::clamp(wait.value_or(role.poll), Duration{1us}, role.poll);
}

std::vector<Value> ProgramRunner::arguments_of(const RunStep& run, const Statement& statement,
                                               Call& call) {
  std::vector<Value> arguments;
  arguments.reserve(statement.parameters.size());
  call.bound.reserve(statement.parameters.size());
  for (const std::string& parameter : statement.parameters) {
    const std::optional<Value> value = look_up(source_of(context_.protocol, run, parameter));
    if (!value && !statement.nullable.contains(parameter))
      stuck(call, std::string(kNothingToBind), "it " + unbound_parameter(parameter, known_names()));
    arguments.push_back(value.value_or(std::nullopt));
    call.bound.push_back({parameter, arguments.back()});
  }
  return arguments;
}

SqlResult ProgramRunner::let(const Statement& statement, const std::vector<Value>& arguments,
                             const Call& call) {
  try {
    return context_.environment.let(statement, arguments);
  } catch (const SqlFailure& failure) {
    stuck(call, failure.sqlstate, failure.what());
  }
}

void ProgramRunner::tell_stuck(const Call& call, const std::string& sqlstate,
                               const std::string& message) {
  context_.environment.check_alive();
  context_.memory.values["error"] = message;
  context_.stuck(call, sqlstate, message);
}

void ProgramRunner::stuck(const Call& call, const std::string& sqlstate,
                          const std::string& message) {
  tell_stuck(call, sqlstate, message);
  throw Stuck{};
}

std::optional<Value> ProgramRunner::look_up(const Source& source) const {
  const auto rows = context_.memory.rows.find(source.statement);
  const bool has_rows = rows != context_.memory.rows.end() && !rows->second.empty();
  switch (source.kind) {
    case Source::Kind::name:
      break;
    case Source::Kind::literal:
      return source.name;
    case Source::Kind::rows:
      return std::to_string(has_rows ? rows->second.size() : 0);
    case Source::Kind::last:
      return has_rows && rows->second.back().contains(source.name)
                 ? rows->second.back().at(source.name)
                 : Value();
    case Source::Kind::held: {
      std::string array = "{";
      for (const Row& row : context_.memory.held) {
        if (!row.contains(source.name)) continue;
        array += (array.size() > 1 ? "," : "") + row.at(source.name).value_or("NULL");
      }
      return array + "}";
    }
  }
  return by_name(source.name);
}

std::optional<Value> ProgramRunner::by_name(const std::string& name) const {
  const auto value = context_.memory.values.find(name);
  if (value != context_.memory.values.end()) return value->second;
  const auto constant = context_.constants.find(name);
  if (constant != context_.constants.end()) return constant->second;
  if (name == "worker") return context_.environment.identity();
  if (name == "host") return context_.environment.host();
  if (name == "clock" || name == "now") return timestamp_of(context_.environment.clock());
  if (name == "tick") return std::to_string(context_.tick);
  if (name == "error") return "";
  return std::nullopt;
}

std::vector<std::string> ProgramRunner::known_names() const {
  std::set<std::string> names{"clock", "error", "host", "now", "tick", "worker"};
  for (const auto& [name, value] : context_.memory.values) names.insert(name);
  for (const auto& [name, value] : context_.constants) names.insert(name);
  return {names.begin(), names.end()};
}

}  // namespace fencepost
