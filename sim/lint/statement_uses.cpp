#include "sim/lint/statement_uses.hpp"

#include <map>
#include <set>

namespace fencepost {
namespace {

class UsesOfRole {
 public:
  UsesOfRole(const Role& role, std::vector<StatementUse>& into) : role_(role), into_(into) {}

  void all() {
    steps(role_.program, {});
    for (const Handler* handler :
         {&role_.on_error, &role_.on_lost, &role_.on_unknown, &role_.on_shutdown})
      handled(*handler);
    for (const auto& [session, handler] : role_.disconnect) handled(handler);
    if (!role_.heartbeat) return;
    Place place;
    place.part = StatementUse::Part::heartbeat;
    place.session = role_.heartbeat->session;
    steps(role_.heartbeat->steps, place);
  }

 private:
  struct Place {
    StatementUse::Part part = StatementUse::Part::program;
    std::string session;  ///< of the heartbeat; else the role's last
    std::optional<std::size_t> transaction;
    std::string transaction_session;
    std::string isolation;
    bool loops = false;  ///< in a loop that the transaction is around
    bool handles = false;
  };

  void handled(const Handler& handler) {
    Place place;
    place.handles = handler.then != Handler::Then::go_on;
    if (!handler.operation.empty()) operation(handler.operation, place);
  }

  void operation(const std::string& name, Place place) {
    const auto found = role_.operations.find(name);
    if (found == role_.operations.end() || !open_.insert(name).second) return;
    if (name == "claim" && place.part == StatementUse::Part::program)
      place.part = StatementUse::Part::claim;
    steps(found->second, place);
    open_.erase(name);
  }

  void steps(const std::vector<Step>& list, const Place& place) {
    for (const Step& step : list) one(step, place);
  }

  void one(const Step& step, const Place& place) {
    if (const auto* run = std::get_if<RunStep>(&step.what)) return called(*run, place);
    if (const auto* tx = std::get_if<TxStep>(&step.what)) {
      Place inside = place;
      inside.transaction = next_transaction_++;
      inside.transaction_session = session_of(tx->session, place);
      inside.isolation = tx->isolation;
      inside.loops = false;
      return steps(tx->steps, inside);
    }
    if (const auto* loop = std::get_if<LoopStep>(&step.what)) {
      Place inside = place;
      inside.loops = true;
      return steps(loop->steps, inside);
    }
    if (!step.inside().empty()) return steps(step.inside(), place);
    if (place.transaction) begun_.insert(*place.transaction);
  }

  std::string session_of(const std::string& said, const Place& place) const {
    if (!said.empty()) return said;
    if (!place.session.empty()) return place.session;
    return role_.sessions.empty() ? std::string() : role_.sessions.back();
  }

  void called(const RunStep& run, const Place& place) {
    if (run.is_operation) {
      operation(run.name, place);
    } else {
      StatementUse use;
      use.role = &role_;
      use.run = &run;
      use.order = into_.size();
      use.part = place.part;
      use.handles = place.handles;
      use.session = run.session.empty() && place.transaction ? place.transaction_session
                                                             : session_of(run.session, place);
      if (place.transaction && use.session == place.transaction_session) {
        use.transaction = place.transaction;
        use.is_first = begun_.insert(*place.transaction).second;
        use.isolation = place.isolation;
        use.is_repeated = place.loops;
      }
      into_.push_back(std::move(use));
    }
    const auto react = [&](const Reaction& reaction) {
      if (reaction.kind == Reaction::Kind::operation) operation(reaction.operation, place);
    };
    if (run.empty) react(*run.empty);
    for (const auto& [column, reaction] : run.empty_columns) react(reaction);
    for (const auto& [code, reaction] : run.sqlstate) react(reaction);
  }

  const Role& role_;
  std::vector<StatementUse>& into_;
  std::set<std::string> open_;  ///< operations that are being walked
  std::set<std::size_t> begun_;
  std::size_t next_transaction_ = 0;
};

}  // namespace

bool StatementUse::goes_on_without_rows() const {
  return !run->empty || run->empty->kind == Reaction::Kind::ok;
}

std::vector<StatementUse> statement_uses(const Protocol& protocol) {
  std::vector<StatementUse> uses;
  for (const Role& role : protocol.roles) UsesOfRole(role, uses).all();
  return uses;
}

}  // namespace fencepost
