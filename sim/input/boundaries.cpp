#include "sim/input/boundaries.hpp"

#include <algorithm>
#include <vector>

#include "sim/input/protocol_program.hpp"
#include "sim/text/words.hpp"

namespace fencepost {
namespace {

std::string statement_of(const std::string& aim) { return aim.substr(0, aim.rfind(':')); }

/// When a fault strikes, which not every boundary is.
std::string when(Where where) {
  switch (where) {
    case Where::before:
      return "only before a statement (:before)";
    case Where::after:
      return "only when a statement is done (:after, :after_commit)";
    case Where::before_work:
      return "only before a statement that is no begin, commit or rollback (:before)";
    case Where::before_work_or_commit:
      return "only before a statement that is no begin or rollback (:before)";
    case Where::anywhere:
      break;
  }
  return "everywhere";
}

bool matches_one(const std::string& aim, const std::set<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return glob_matches(aim, name); });
}

}  // namespace

/// What one role's workers come to send.
class Boundaries::Walk {
 public:
  Walk(Boundaries& found, const Protocol& protocol, const Role& role)
      : found_(found), protocol_(protocol), role_(role) {}

  void all() {
    steps(role_.program, "program", Commits::by_itself);
    for (const Handler* handler :
         {&role_.on_error, &role_.on_lost, &role_.on_unknown, &role_.on_shutdown})
      operation(handler->operation, Commits::by_itself);
    for (const auto& [session, handler] : role_.disconnect)
      operation(handler.operation, Commits::by_itself);
    if (role_.heartbeat) steps(role_.heartbeat->steps, "heartbeat", Commits::by_itself);
    if (!role_.listen.empty()) found_.add("listen.listen", Commits::never);
    for (const auto& [name, body] : role_.operations)
      if (!come_to_.contains({name, Commits::by_itself}) &&
          !come_to_.contains({name, Commits::with_its_transaction}))
        note_unrun(body, name);
  }

 private:
  void steps(const std::vector<Step>& list, const std::string& operation, Commits commits) {
    for (const Step& step : list) {
      if (const auto* run = std::get_if<RunStep>(&step.what)) {
        called(*run, operation, commits);
      } else if (const auto* tx = std::get_if<TxStep>(&step.what)) {
        for (const char* word : {".begin", ".rollback"})
          found_.add(operation + word, Commits::never);
        found_.add(operation + ".commit", Commits::by_itself);
        steps(tx->steps, operation, Commits::with_its_transaction);
      } else {
        steps(step.inside(), operation, commits);
      }
    }
  }
  void called(const RunStep& run, const std::string& by, Commits commits) {
    if (run.is_operation)
      operation(run.name, commits);
    else if (protocol_.find(run.name)->command != Command::let)
      found_.add(by + "." + run.name, commits);
    if (run.empty) operation(run.empty->operation, commits);
    for (const auto& [column, reaction] : run.empty_columns) operation(reaction.operation, commits);
    for (const auto& [code, reaction] : run.sqlstate) operation(reaction.operation, commits);
  }
  void operation(const std::string& name, Commits commits) {
    if (!name.empty() && come_to_.insert({name, commits}).second)
      steps(role_.operations.at(name), name, commits);
  }
  void note_unrun(const std::vector<Step>& list, const std::string& operation) {
    for_each_run(list, [&](const RunStep& run) {
      if (!run.is_operation) found_.unrun_.insert(operation + "." + run.name);
    });
  }

  Boundaries& found_;
  const Protocol& protocol_;
  const Role& role_;
  std::set<std::pair<std::string, Commits>> come_to_;
};

Boundaries::Boundaries(const Protocol& protocol) : protocol_(protocol.name) {
  for (const Protocol* version : {&protocol, protocol.previous.get()})
    if (version != nullptr)
      for (const Role& role : version->roles) Walk(*this, *version, role).all();
}

void Boundaries::add(const std::string& statement, Commits commits) {
  statements_.insert(statement);
  for (const char* point : {":before", ":after"}) places_.insert(statement + point);
  if (commits == Commits::by_itself) places_.insert(statement + ":after_commit");
}

bool Boundaries::strikes(const FaultRule& rule) const {
  return rule.at.empty() || std::any_of(rule.at.begin(), rule.at.end(), [&](const auto& aim) {
           return why_never(rule, aim).empty();
         });
}

std::string Boundaries::why_never(const FaultRule& rule, const std::string& aim) const {
  bool meets = false;
  for (const std::string& place : places_) {
    if (!glob_matches(aim, place)) continue;
    if (may_strike(rule.kind, place)) return {};
    meets = true;
  }
  if (meets)
    return fmt::format("where it never strikes; it does {}", when(fault_of(rule.kind).where));
  const std::string statement = statement_of(aim);
  if (matches_one(statement, statements_))
    return fmt::format(
        "where {} never commits by itself: what is in a transaction commits with that, at its "
        "commit:after_commit",
        statement);
  if (matches_one(statement, unrun_))
    return fmt::format(
        "which no role of {} ever comes to run; name the operation in a program, in "
        "on, or in what follows an empty answer",
        protocol_);
  const std::vector<std::string> known(statements_.begin(), statements_.end());
  return fmt::format("where {} has no statement; it has {}{}", protocol_, listed(known),
                     did_you_mean(statement, known));
}

}  // namespace fencepost
