#include "sim/worker/known_names.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "sim/input/protocol_program.hpp"
#include "sim/input/query_file.hpp"
#include "sim/input/sql_words.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

using Names = std::set<std::string>;
/// What a set of names holds where any other may be known, too.
constexpr const char* kAnything = "*";

void add(Names& into, const Names& more) { into.insert(more.begin(), more.end()); }

/// The steps within one, each of which follows whatever the ones before it may have bound.
const std::vector<Step>* steps_within(const Step& step) {
  if (const auto* tx = std::get_if<TxStep>(&step.what)) return &tx->steps;
  if (const auto* loop = std::get_if<LoopStep>(&step.what)) return &loop->steps;
  if (const auto* each = std::get_if<EachStep>(&step.what)) return &each->steps;
  if (const auto* first = std::get_if<FirstStep>(&step.what)) return &first->steps;
  return nullptr;
}

/// One role's steps, and what may be known before each of them.
class Flow {
 public:
  Flow(const Protocol& protocol, const Role& role, const ReturnedColumns& returned)
      : protocol_(protocol), role_(role), returned_(returned) {
    for (const char* own : {"worker", "host", "clock", "now", "tick", "error"}) always_.insert(own);
    for (const auto& [name, value] : protocol.constants) always_.insert(name);
  }

  void check() {
    Names known = always_;
    if (!role_.makes.empty()) known.insert(role_.makes);
    Names all = known;
    add(all, bound_by(role_.program));
    bool goes_on = false;
    for (const Handler* handler :
         {&role_.on_error, &role_.on_lost, &role_.on_unknown, &role_.on_shutdown}) {
      if (!handler->operation.empty()) add(all, bound_by(handler->operation));
      goes_on = goes_on || handler->then == Handler::Then::go_on;
    }
    for (const Step& step : role_.program) {
      check(step, known);
      add(known, bound_by(step));
      const auto* run = std::get_if<RunStep>(&step.what);
      if (goes_on && run != nullptr && run->name == "claim") known = all;
    }
    check_poll(all);
    if (role_.heartbeat) check_beat(*role_.heartbeat, all);
  }

 private:
  // ---- what some steps may bind, whatever becomes of them

  const Names& bound_by(const std::string& operation) {
    const auto [known, is_new] = bound_.try_emplace(operation);
    if (is_new) bound_[operation] = bound_by(role_.operations.at(operation));
    return bound_.at(operation);
  }
  Names bound_by(const std::vector<Step>& steps) {
    Names names;
    for (const Step& step : steps) add(names, bound_by(step));
    return names;
  }
  Names bound_by(const Step& step) {
    Names names;
    if (const auto* each = std::get_if<EachStep>(&step.what)) names = columns_of(each->statement);
    if (const std::vector<Step>* const within = steps_within(step)) add(names, bound_by(*within));
    const auto* const run = std::get_if<RunStep>(&step.what);
    if (run == nullptr) return names;
    add(names, run->is_operation ? bound_by(run->name) : columns_of(run->name));
    for (const std::string& operation : reactions(*run)) add(names, bound_by(operation));
    return names;
  }
  Names columns_of(const std::string& name) const {
    const Statement* const statement = protocol_.find(name);
    if (statement == nullptr) return {};
    if (is_told_by_others(*statement)) return {kAnything};
    const auto found = returned_.find(statement->name);
    return found == returned_.end() ? Names() : found->second;
  }
  /// What FETCH and EXECUTE return, only the session knows.
  static bool is_told_by_others(const Statement& statement) {
    std::string first;
    for_each_word(statement.sql, [&](const SqlWord& word) {
      if (first.empty()) first = word.is;
    });
    return first == "fetch" || first == "execute";
  }
  static Names reactions(const RunStep& run) {
    Names operations;
    if (run.empty) operations.insert(run.empty->operation);
    for (const auto& [column, reaction] : run.empty_columns) operations.insert(reaction.operation);
    for (const auto& [state, reaction] : run.sqlstate) operations.insert(reaction.operation);
    operations.erase("");
    return operations;
  }

  // ---- whether what they bind may be known

  void check(const std::vector<Step>& steps, Names known) {
    for (const Step& step : steps) {
      check(step, known);
      add(known, bound_by(step));
    }
  }
  void check(const Step& step, Names known) {
    if (const auto* sleep = std::get_if<SleepStep>(&step.what); sleep && sleep->value)
      check(*sleep->value, known, step.line, "the sleep waits for " + sleep->value->name);
    if (std::holds_alternative<LoopStep>(step.what) || std::holds_alternative<EachStep>(step.what))
      add(known, bound_by(step));
    if (const std::vector<Step>* const within = steps_within(step)) check(*within, known);
    if (const auto* run = std::get_if<RunStep>(&step.what)) check(*run, known, step.line);
  }
  void check(const RunStep& run, Names known, int line) {
    if (run.is_operation) return check(run.name, known);
    const Statement* const statement = protocol_.find(run.name);
    if (statement == nullptr) return;
    for (const std::string& parameter : statement->parameters)
      if (!statement->nullable.contains(parameter))
        check(source_of(protocol_, run, parameter), known, line,
              fmt::format("statement \"{}\" ({}) binds {}", run.name, to_text(statement->where),
                          parameter_text(parameter)));
    add(known, columns_of(run.name));
    for (const std::string& operation : reactions(run)) check(operation, known);
  }
  void check(const std::string& operation, const Names& known) {
    if (checked_.emplace(operation, known).second) check(role_.operations.at(operation), known);
  }
  void check(const Source& source, const Names& known, int line, const std::string& what) const {
    if (source.kind != Source::Kind::name || known.contains(source.name) ||
        known.contains(kAnything))
      return;
    throw InputError(fmt::format("{}:{}: {}, which nothing before it returns; known here: {}{}{}",
                                 file(), line, what, fmt::join(known, ", "),
                                 did_you_mean(source.name, {known.begin(), known.end()}), why_));
  }
  void check_poll(const Names& all) const {
    const auto& from = role_.poll_from;
    if (from && from->kind == Source::Kind::name && !all.contains(from->name) &&
        !all.contains(kAnything))
      throw InputError(
          fmt::format("{}: poll in [role.{}] lasts {}, which nothing returns; known: {}", file(),
                      role_.name, from->name, fmt::join(all, ", ")));
  }
  // The first is due when the worker begins.
  void check_beat(const Heartbeat& beat, const Names& all) {
    const bool always = beat.per == Heartbeat::Per::worker;
    if (always) why_ = "; a heartbeat with per = \"worker\" also beats while nothing is held";
    check(beat.steps, always ? always_ : all);
  }
  std::string file() const { return (protocol_.folder / "protocol.toml").string(); }

  const Protocol& protocol_;
  const Role& role_;
  const ReturnedColumns& returned_;
  Names always_;
  std::map<std::string, Names> bound_;
  std::set<std::pair<std::string, Names>> checked_;
  std::string why_;
};

}  // namespace

void check_known_names(const Protocol& protocol, const ReturnedColumns& returned) {
  for (const Role& role : protocol.roles) Flow(protocol, role, returned).check();
}

}  // namespace fencepost
