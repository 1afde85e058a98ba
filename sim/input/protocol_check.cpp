// What can be wrong with steps that are each well written: circles, transactions inside
// transactions, loops that spin, a session that two threads would use at once; and names of
// properties and situations that there are not.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/properties/property.hpp"
#include "model/situation.hpp"
#include "sim/input/protocol_program.hpp"
#include "sim/input/scenario.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_reach.hpp"
#include "sql/sql_statements.hpp"

namespace fencepost {
namespace {

class Walk {
 public:
  Walk(const Role& role, const std::map<std::string, Statement>& statements,
       const std::string& file)
      : role_(role), statements_(statements), file_(file) {}

  void all() {
    steps(role_.program, Depth::outside);
    for (const auto& [name, body] : role_.operations) operation(name, Depth::outside, 0);
    if (role_.heartbeat) steps(role_.heartbeat->steps, Depth::outside);
  }

 private:
  enum class Depth { outside, in_transaction };

  [[noreturn]] void fail(int line, const std::string& message) const {
    throw InputError(fmt::format("{}:{}: {}", file_, line, message));
  }

  void steps(const std::vector<Step>& list, Depth depth) {
    for (const Step& step : list) {
      one(step, depth);
      const auto* loop = std::get_if<LoopStep>(&step.what);
      if (loop != nullptr && &step != &list.back() && !may_be_done(loop->steps))
        fail(
            step.line,
            "the loop never ends, so what stands behind it is never run: none of its steps can say "
            "done; write { run = \"some_statement\", empty = \"done\" } for the one that finds "
            "nothing more to do");
    }
  }
  /// Whether one of them may say that a loop is over.
  bool may_be_done(const std::vector<Step>& list) const {
    return std::any_of(list.begin(), list.end(), [&](const Step& step) {
      const auto ends = [](const Reaction& found) {
        return found.kind == Reaction::Kind::done || found.kind == Reaction::Kind::operation;
      };
      const auto ends_at = [&](const auto& each) { return ends(each.second); };
      if (const auto* run = std::get_if<RunStep>(&step.what))
        return (run->empty && ends(*run->empty)) ||
               std::any_of(run->empty_columns.begin(), run->empty_columns.end(), ends_at) ||
               std::any_of(run->sqlstate.begin(), run->sqlstate.end(), ends_at) ||
               (run->is_operation && may_be_done(role_.operations.at(run->name)));
      return !std::holds_alternative<LoopStep>(step.what) && may_be_done(step.inside());
    });
  }
  void one(const Step& step, Depth depth) {
    const bool begins = std::holds_alternative<TxStep>(step.what);
    if (const auto* run = std::get_if<RunStep>(&step.what)) called(*run, depth, step.line);
    if (begins && depth == Depth::in_transaction)
      fail(step.line,
           "a transaction begins inside a transaction; PostgreSQL has no such thing, join the two");
    if (std::holds_alternative<LoopStep>(step.what) && !pauses(step.inside()))
      fail(step.line,
           "the loop spins: nothing in it is sure to ask the server or to take time; add a "
           "statement or { sleep = \"1s\" }");
    steps(step.inside(), begins ? Depth::in_transaction : depth);
  }
  void called(const RunStep& run, Depth depth, int line) {
    if (run.is_operation) operation(run.name, depth, line);
    const auto reaction = [&](const Reaction& found) {
      if (found.kind == Reaction::Kind::operation) operation(found.operation, depth, line);
    };
    if (run.empty) reaction(*run.empty);
    for (const auto& [column, found] : run.empty_columns) reaction(found);
    for (const auto& [code, found] : run.sqlstate) reaction(found);
  }
  void operation(const std::string& name, Depth depth, int line) {
    if (open_.contains(name))
      fail(line, fmt::format("the operation \"{}\" runs itself in a circle; an operation may run "
                             "others, but none that runs it",
                             name));
    if (!done_.insert({name, depth}).second) return;
    open_.insert(name);
    steps(role_.operations.at(name), depth);
    open_.erase(name);
  }

  /// Whether running them always lets others run or time pass, so that a loop of them can't hang
  /// the simulation.
  bool pauses(const std::vector<Step>& list) {
    for (const Step& step : list)
      if (pauses(step)) return true;
    return false;
  }
  bool pauses(const Step& step) {
    if (const auto* run = std::get_if<RunStep>(&step.what))
      return run->is_operation ? operation_pauses(run->name)
                               : statements_.at(run->name).command != Command::let;
    if (const auto* loop = std::get_if<LoopStep>(&step.what)) return pauses(loop->steps);
    if (const auto* first = std::get_if<FirstStep>(&step.what)) return pauses(first->steps.front());
    if (const auto* work = std::get_if<WorkStep>(&step.what)) return work->lasts.front() > 0us;
    if (const auto* sleep = std::get_if<SleepStep>(&step.what))
      return sleep->lasts > 0us || !sleep->drawn.empty();
    return std::holds_alternative<TxStep>(step.what);
  }
  // One that is being looked at runs itself, which is an error of its own.
  bool operation_pauses(const std::string& name) {
    const auto [known, is_new] = pauses_.emplace(name, true);
    if (is_new) pauses_[name] = pauses(role_.operations.at(name));
    return pauses_.at(name);
  }

  const Role& role_;
  const std::map<std::string, Statement>& statements_;
  const std::string& file_;
  std::map<std::string, bool> pauses_;
  std::set<std::string> open_;
  std::set<std::pair<std::string, Depth>> done_;
};

/// The sessions that some steps use, with a line that does.
class SessionsUsed {
 public:
  SessionsUsed(const Role& role, const std::map<std::string, Statement>& statements,
               std::string standard)
      : role_(role), statements_(statements), standard_(std::move(standard)) {}

  void add(const std::vector<Step>& steps) {
    for (const Step& step : steps) add(step);
  }
  void add(const Handler& handler) { operation(handler.operation); }
  const std::map<std::string, int>& lines() const { return lines_; }

 private:
  void add(const Step& step) {
    if (const auto* run = std::get_if<RunStep>(&step.what)) {
      if (run->is_operation)
        operation(run->name);
      else if (statements_.at(run->name).command != Command::let)
        use(run->session, step.line);
      if (run->empty) operation(run->empty->operation);
      for (const auto& [column, found] : run->empty_columns) operation(found.operation);
      for (const auto& [code, found] : run->sqlstate) operation(found.operation);
    } else if (const auto* tx = std::get_if<TxStep>(&step.what)) {
      use(tx->session, step.line);
    }
    add(step.inside());
  }
  void use(const std::string& session, int line) {
    lines_.emplace(session.empty() ? standard_ : session, line);
  }
  void operation(const std::string& name) {
    if (!name.empty() && seen_.insert(name).second) add(role_.operations.at(name));
  }

  const Role& role_;
  const std::map<std::string, Statement>& statements_;
  std::string standard_;
  std::map<std::string, int> lines_;
  std::set<std::string> seen_;
};

/// A program and its heartbeat are two threads of one process, and two threads can't share a
/// session.
void check_sessions(const Role& role, const std::map<std::string, Statement>& statements,
                    const std::string& file) {
  if (!role.heartbeat) return;
  const std::string& last = role.sessions.back();
  SessionsUsed program(role, statements, last);
  program.add(role.program);
  for (const Handler* handler :
       {&role.on_error, &role.on_lost, &role.on_unknown, &role.on_shutdown})
    program.add(*handler);
  for (const auto& [session, handler] : role.disconnect) program.add(handler);
  const std::string& own = role.heartbeat->session;
  SessionsUsed beat(role, statements, own.empty() ? last : own);
  beat.add(role.heartbeat->steps);
  for (const auto& [session, line] : beat.lines()) {
    const auto shared = program.lines().find(session);
    if (shared != program.lines().end())
      throw InputError(fmt::format(
          "{}:{}: the heartbeat of role \"{}\" uses session \"{}\", as its program does (line {}), "
          "but they run side by side; give it one of its own: sessions = [\"beat\", \"main\"] in "
          "[role.{}], and session = \"beat\" for the heartbeat",
          file, line, role.name, session, shared->second, role.name));
  }
}

/// Gathers statements that are run.
class StatementsRun {
 public:
  void add(const Source& source) {
    if (!source.statement.empty()) names_.insert(source.statement);
  }
  void add(const std::vector<Step>& steps) {
    for (const Step& step : steps) add(step);
  }
  std::set<std::string> names() && { return std::move(names_); }

 private:
  void add(const Step& step) {
    if (const auto* run = std::get_if<RunStep>(&step.what)) {
      if (!run->is_operation) names_.insert(run->name);
      for (const auto& [parameter, source] : run->with) add(source);
    } else if (const auto* each = std::get_if<EachStep>(&step.what)) {
      names_.insert(each->statement);
    } else if (const auto* sleep = std::get_if<SleepStep>(&step.what)) {
      if (sleep->value) add(*sleep->value);
    }
    add(step.inside());
  }

  std::set<std::string> names_;
};

/// "fenced_writes", and for a property with parts "fenced_writes.cursor".
std::vector<std::string> full_names() {
  std::vector<std::string> names;
  for (const Property& property : properties()) {
    if (property.parts.empty()) names.emplace_back(property.name);
    for (const std::string_view part : property.parts)
      names.push_back(fmt::format("{}.{}", property.name, part));
  }
  return names;
}

std::vector<std::string> situation_names() {
  std::vector<std::string> names;
  for (const Situation& situation : situations()) names.emplace_back(situation.name);
  return names;
}

/// A property's bare name stands for all its parts.
bool is_property(const std::string& name, const Protocol& protocol) {
  const std::size_t dot = name.find('.');
  if (name.substr(0, dot) == "never" && dot != std::string::npos)
    return protocol.declared.never.contains(name.substr(dot + 1)) ||
           name.substr(dot + 1) == "observe" || name.substr(dot + 1) == "applied";
  const Property* property = find_property(name.substr(0, dot));
  if (property == nullptr || dot == std::string::npos) return property != nullptr;
  for (const std::string_view part : property->parts)
    if (name.substr(dot + 1) == part) return true;
  return false;
}

void check_situation(const std::string& name, const std::string& place) {
  if (find_situation(name) != nullptr) return;
  throw InputError(fmt::format("{} names the situation {}, which there is not; known are {}{}",
                               place, in_quotes(name), listed(situation_names()),
                               did_you_mean(name, situation_names())));
}

}  // namespace

void check_steps(const Role& role, const std::map<std::string, Statement>& statements,
                 const std::string& file) {
  Walk(role, statements, file).all();
  check_sessions(role, statements, file);
}

Source source_of(const Protocol& protocol, const RunStep& run, const std::string& parameter) {
  if (const auto with = run.with.find(parameter); with != run.with.end()) return with->second;
  const auto alias = protocol.names.find(parameter);
  return alias != protocol.names.end() ? alias->second : Source{Source::Kind::name, parameter, ""};
}

bool any_step(const Protocol& protocol, const std::function<bool(const Step&)>& is_such) {
  const std::function<bool(const std::vector<Step>&)> any = [&](const std::vector<Step>& steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Step& step) { return is_such(step) || any(step.inside()); });
  };
  return std::any_of(protocol.roles.begin(), protocol.roles.end(), [&](const Role& role) {
    return any(role.program) || (role.heartbeat && any(role.heartbeat->steps)) ||
           std::any_of(role.operations.begin(), role.operations.end(),
                       [&](const auto& each) { return any(each.second); });
  });
}

std::set<std::string> statements_run(const Protocol& protocol) {
  StatementsRun run;
  for (const auto& [name, source] : protocol.names) run.add(source);
  for (const Role& role : protocol.roles) {
    run.add(role.program);
    if (role.poll_from) run.add(*role.poll_from);
    for (const auto& [operation, steps] : role.operations) run.add(steps);
    if (role.heartbeat) run.add(role.heartbeat->steps);
  }
  return std::move(run).names();
}

void check_reach(const Protocol& protocol) {
  using Kind = SqlReach::Kind;
  for (std::size_t i = 0; i < protocol.schema.size(); ++i)
    for (const SqlStatement& statement : sql_statements(protocol.schema[i]))
      if (const auto reach = sql_reach(statement.text); reach && reach->kind == Kind::program)
        throw InputError(
            fmt::format("{}:{}: this {}, but a private server starts none; take it out",
                        protocol.schema_files[i].string(), statement.line, reach->what));
  for (const auto& [name, statement] : protocol.statements) {
    const auto reach = sql_reach(statement.sql);
    if (!reach || (reach->kind == Kind::rights && protocol.superuser)) continue;
    throw InputError(fmt::format(
        "{}: statement \"{}\" {}, {}", to_text(statement.where), name, reach->what,
        reach->kind == Kind::program      ? "but a private server starts none; take it out"
        : reach->kind == Kind::connection ? "but a private server calls nobody; take it out"
        : reach->kind == Kind::data       ? "but a worker here has none to send; write INSERT"
                                          : "which only superusers may, and workers are none; take "
                                            "it out, or say superuser = true in protocol.toml"));
  }
}

void check_names(const Protocol& protocol) {
  const std::string place = fmt::format(
      "{}:{}: [expect]", (protocol.folder / "protocol.toml").string(), protocol.expect.line);
  for (const std::string& name : protocol.expect.violates) {
    if (is_property(name, protocol)) continue;
    throw InputError(fmt::format("{} names the property {}, which there is not; known are {}{}",
                                 place, in_quotes(name), listed(full_names()),
                                 did_you_mean(name, full_names())));
  }
  for (const std::string& name : protocol.expect.unreachable) check_situation(name, place);
}

void check_names(const Scenario& scenario) {
  std::vector<std::string> known;
  for (const Property& property : properties()) known.emplace_back(property.name);
  for (const std::string& name : scenario.anyway)
    if (find_property(name) == nullptr)
      throw InputError(
          fmt::format("{}:{}: [judge] names the property {}, which there is not; known are {}{}",
                      scenario.file.string(), scenario.judge_line, in_quotes(name), listed(known),
                      did_you_mean(name, known)));
  for (const auto& [name, times] : scenario.reach)
    check_situation(name,
                    fmt::format("{}:{}: [reach]", scenario.file.string(), scenario.reach_line));
}

}  // namespace fencepost
