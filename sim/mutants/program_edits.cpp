#include "sim/mutants/program_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "model/time.hpp"
#include "sim/mutants/step_text.hpp"

namespace fencepost {
namespace {

/// One change of a list of steps.
struct StepsEdit {
  std::string_view change;
  int line = 0;
  std::string clause, instead;
  bool works_inside = false;
  std::vector<Step> steps;
  std::vector<Step> swapped{};
};

enum class Where { outside, in_transaction };

bool takes_time(const Step& step, const Role& role);
bool any_takes_time(const std::vector<Step>& steps, const Role& role) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const Step& step) { return takes_time(step, role); });
}
bool takes_time(const Step& step, const Role& role) {
  if (std::holds_alternative<WorkStep>(step.what) || std::holds_alternative<SleepStep>(step.what))
    return true;
  if (const auto* run = std::get_if<RunStep>(&step.what))
    return run->is_operation && any_takes_time(role.operations.at(run->name), role);
  return !std::holds_alternative<TxStep>(step.what) && any_takes_time(step.inside(), role);
}

/// Whether there is nothing in it but work and sleep, which say how the world is.
bool is_work(const Step& step) {
  if (const auto* each = std::get_if<EachStep>(&step.what))
    return std::all_of(each->steps.begin(), each->steps.end(), is_work);
  return std::holds_alternative<WorkStep>(step.what) ||
         std::holds_alternative<SleepStep>(step.what);
}
bool holds_transaction(const Step& step, const Role& role) {
  if (std::holds_alternative<TxStep>(step.what)) return true;
  const auto any = [&](const std::vector<Step>& steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Step& each) { return holds_transaction(each, role); });
  };
  if (const auto* run = std::get_if<RunStep>(&step.what))
    return run->is_operation && any(role.operations.at(run->name));
  return any(step.inside());
}

class StepsEdits {
 public:
  explicit StepsEdits(const Role& role, const Protocol& protocol)
      : role_(role), protocol_(protocol) {}

  std::vector<StepsEdit> of(const std::vector<Step>& list, Where where) const {
    std::vector<StepsEdit> edits;
    for (std::size_t i = 0; i < list.size(); ++i) {
      without(list, i, edits);
      swapped(list, i, edits);
      inside(list, i, where, edits);
    }
    if (where == Where::outside) joined(list, edits);
    return edits;
  }

 private:
  void without(const std::vector<Step>& list, std::size_t i, std::vector<StepsEdit>& edits) const {
    if (list.size() == 1 || is_work(list[i])) return;
    std::vector<Step> rest = list;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    edits.push_back({"no-step", list[i].line, text_of(list[i]), "", false, std::move(rest)});
  }

  void swapped(const std::vector<Step>& list, std::size_t i, std::vector<StepsEdit>& edits) const {
    if (i + 1 == list.size() || text_of(list[i]) == text_of(list[i + 1])) return;
    if (is_work(list[i]) || is_work(list[i + 1])) return;
    std::vector<Step> turned = list;
    std::swap(turned[i], turned[i + 1]);
    edits.push_back({"swapped-steps",
                     list[i].line,
                     text_of(list[i]) + ", " + text_of(list[i + 1]),
                     text_of(list[i + 1]) + ", " + text_of(list[i]),
                     false,
                     std::move(turned),
                     {list[i], list[i + 1]}});
  }

  /// What stands outside of any transaction comes into one: all of it, and each two neighbours.
  void joined(const std::vector<Step>& list, std::vector<StepsEdit>& edits) const {
    const auto join = [&](std::size_t first, std::size_t last) {
      TxStep tx;
      for (std::size_t i = first; i <= last; ++i)
        if (const auto* inner = std::get_if<TxStep>(&list[i].what)) {
          tx.isolation = inner->isolation;
          tx.retry = inner->retry;
          tx.session = inner->session;
          tx.steps.insert(tx.steps.end(), inner->steps.begin(), inner->steps.end());
        } else if (holds_transaction(list[i], role_)) {
          return;
        } else {
          tx.steps.push_back(list[i]);
        }
      std::vector<Step> from(list.begin() + static_cast<std::ptrdiff_t>(first),
                             list.begin() + static_cast<std::ptrdiff_t>(last + 1));
      const bool works = any_takes_time(from, role_);
      std::vector<Step> steps = list;
      steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(first),
                  steps.begin() + static_cast<std::ptrdiff_t>(last + 1));
      const Step whole{std::move(tx), list[first].line};
      const std::string instead = text_of(whole);
      steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(first), whole);
      edits.push_back({"joined-transaction", list[first].line, text_of(from), instead, works,
                       std::move(steps)});
    };
    // What computes before the first question has no part in a transaction.
    std::size_t begin = 0;
    while (begin < list.size() && !asks_server({list[begin]})) ++begin;
    const auto rest = static_cast<std::ptrdiff_t>(list.size()) - static_cast<std::ptrdiff_t>(begin);
    if (rest < 2) return;
    join(begin, list.size() - 1);
    for (std::size_t i = begin; rest > 2 && i + 1 < list.size(); ++i)
      if (asks_server({list[i]})) join(i, i + 1);
  }

  template <typename Kind>
  void within(const std::vector<Step>& list, std::size_t i, Where where,
              std::vector<StepsEdit>& edits) const {
    const auto* outer = std::get_if<Kind>(&list[i].what);
    if (outer == nullptr) return;
    for (StepsEdit& edit : of(outer->steps, where)) {
      std::vector<Step> changed = list;
      std::get<Kind>(changed[i].what).steps = std::move(edit.steps);
      edit.steps = std::move(changed);
      edits.push_back(std::move(edit));
    }
  }

  void inside(const std::vector<Step>& list, std::size_t i, Where where,
              std::vector<StepsEdit>& edits) const {
    if (const auto* run = std::get_if<RunStep>(&list[i].what)) reactions(list, i, *run, edits);
    if (const auto* tx = std::get_if<TxStep>(&list[i].what)) transaction(list, i, *tx, edits);
    within<TxStep>(list, i, Where::in_transaction, edits);
    within<LoopStep>(list, i, where, edits);
    within<EachStep>(list, i, where, edits);
    within<FirstStep>(list, i, where, edits);
  }

  void changed(std::string_view change, const std::vector<Step>& list, std::size_t i, Step to,
               std::vector<StepsEdit>& edits) const {
    std::vector<Step> steps = list;
    const std::string instead = text_of(to);
    steps[i] = std::move(to);
    edits.push_back({change, list[i].line, text_of(list[i]), instead, false, std::move(steps)});
  }

  void reactions(const std::vector<Step>& list, std::size_t i, const RunStep& run,
                 std::vector<StepsEdit>& edits) const {
    using Kind = Reaction::Kind;
    if (run.empty && run.empty->kind != Kind::ok && run.empty->kind != Kind::done) {
      RunStep ignores = run;
      ignores.empty.reset();
      changed("ignored-outcome", list, i, {ignores, list[i].line}, edits);
    }
    for (const auto& [state, reaction] : run.sqlstate) {
      RunStep fewer = run;
      fewer.sqlstate.erase(state);
      changed("no-reaction", list, i, {fewer, list[i].line}, edits);
    }
  }

  void transaction(const std::vector<Step>& list, std::size_t i, const TxStep& tx,
                   std::vector<StepsEdit>& edits) const {
    const auto split = [&](const std::vector<Step>& into) {
      std::vector<Step> steps = list;
      steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(i));
      steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(i), into.begin(), into.end());
      edits.push_back({"split-transaction", list[i].line, text_of(list[i]),
                       text_of(into).substr(1, text_of(into).size() - 2), false, std::move(steps)});
    };
    std::vector<Step> plain = tx.steps;
    for (Step& step : plain)
      if (auto* run = std::get_if<RunStep>(&step.what); run != nullptr && run->session.empty())
        run->session = tx.session;
    split(plain);
    for (std::size_t k = 1; k < tx.steps.size(); ++k) {
      TxStep one = tx, two = tx;
      const auto middle = static_cast<std::ptrdiff_t>(k);
      one.steps.assign(tx.steps.begin(), tx.steps.begin() + middle);
      two.steps.assign(tx.steps.begin() + middle, tx.steps.end());
      if (asks_server(one.steps) && asks_server(two.steps))
        split({{one, list[i].line}, {two, list[i].line}});
    }
    if (!tx.isolation.empty()) {
      TxStep weaker = tx;
      weaker.isolation.clear();
      changed("no-isolation", list, i, {weaker, list[i].line}, edits);
    }
    for (const auto& [state, times] : tx.retry) {
      TxStep fewer = tx;
      fewer.retry.erase(state);
      changed("no-retry", list, i, {fewer, list[i].line}, edits);
    }
  }
  /// A transaction in which nothing is asked is none.
  bool asks_server(const std::vector<Step>& steps) const {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
      const auto* run = std::get_if<RunStep>(&step.what);
      if (run == nullptr || run->is_operation) return true;
      const Statement* statement = protocol_.find(run->name);
      return statement == nullptr || statement->command != Command::let;
    });
  }

  const Role& role_;
  const Protocol& protocol_;
};

class RoleEdits {
 public:
  RoleEdits(const Role& role, const Protocol& protocol) : role_(role), protocol_(protocol) {}

  std::vector<RoleEdit> all() && {
    const StepsEdits of(role_, protocol_);
    for (StepsEdit& edit : of.of(role_.program, Where::outside))
      add(std::move(edit), "program",
          [](Role& role, auto steps) { role.program = std::move(steps); });
    for (const auto& [name, steps] : role_.operations)
      for (StepsEdit& edit : of.of(steps, Where::outside))
        add(std::move(edit), name, [&, key = name](Role& role, auto changed) {
          role.operations[key] = std::move(changed);
        });
    handlers();
    if (role_.heartbeat) heartbeat(of);
    settings();
    std::stable_sort(edits_.begin(), edits_.end(),
                     [](const RoleEdit& a, const RoleEdit& b) { return a.line < b.line; });
    return std::move(edits_);
  }

 private:
  template <typename Put>
  void add(StepsEdit edit, const std::string& part, const Put& put) {
    Role role = role_;
    put(role, std::move(edit.steps));
    edits_.push_back({edit.change, role_.name + "." + part, edit.line, std::move(edit.clause),
                      std::move(edit.instead), edit.works_inside, std::move(edit.swapped),
                      std::move(role)});
  }
  void say(std::string_view change, const std::string& part, std::string clause,
           std::string instead, Role role) {
    edits_.push_back({change,
                      role_.name + "." + part,
                      0,
                      std::move(clause),
                      std::move(instead),
                      false,
                      {},
                      std::move(role)});
  }

  void handlers() {
    const std::pair<const char*, Handler Role::*> each[] = {{"error", &Role::on_error},
                                                            {"lost", &Role::on_lost},
                                                            {"unknown", &Role::on_unknown},
                                                            {"shutdown", &Role::on_shutdown}};
    for (const auto& [name, member] : each) {
      const Handler& handler = role_.*member;
      const bool goes_on = handler.then == Handler::Then::go_on;
      const std::string run =
          handler.operation.empty() ? "" : fmt::format("run = \"{}\"", handler.operation);
      const std::string both = run.empty() || !goes_on ? "" : ", ";
      const std::string clause =
          fmt::format("on.{} = {{ {}{}{} }}", name, run, both, goes_on ? "then = \"go_on\"" : "");
      if (!handler.operation.empty()) {
        Role role = role_;
        (role.*member).operation.clear();
        say("no-handler", "on", clause,
            fmt::format("on.{} = \"{}\"", name, goes_on ? "go_on" : "end"), std::move(role));
      }
      if (goes_on) {
        Role role = role_;
        (role.*member).then = Handler::Then::end_round;
        say("no-going-on", "on", clause,
            run.empty() ? "" : fmt::format("on.{} = {{ {} }}", name, run), std::move(role));
      }
    }
  }

  void heartbeat(const StepsEdits& of) {
    const Heartbeat& beat = *role_.heartbeat;
    const std::string clause = fmt::format("heartbeat.every = \"{}\"", to_text(beat.every));
    Role off = role_;
    off.heartbeat.reset();
    say("no-heartbeat", "heartbeat", clause, "", std::move(off));
    Role rare = role_;
    rare.heartbeat->every = beat.every * 10;
    say("rarer-heartbeat", "heartbeat", clause,
        fmt::format("heartbeat.every = \"{}\"", to_text(rare.heartbeat->every)), std::move(rare));
    if (const std::string& programs = role_.sessions.back(); beat.session != programs) {
      Role shared = role_;
      shared.heartbeat->session = programs;
      say("shared-session", "heartbeat", fmt::format("heartbeat.session = \"{}\"", beat.session),
          fmt::format("heartbeat.session = \"{}\"", programs), std::move(shared));
    }
    for (StepsEdit& edit : of.of(beat.steps, Where::outside))
      add(std::move(edit), "heartbeat",
          [](Role& role, auto steps) { role.heartbeat->steps = std::move(steps); });
  }

  void settings() {
    for (const auto& [name, value] : role_.settings) {
      const std::string clause = fmt::format("settings.{} = \"{}\"", name, value);
      Role without = role_;
      without.settings.erase(name);
      say("no-setting", "settings", clause, "", std::move(without));
      if (const std::string larger = multiplied(value, 10); !larger.empty()) {
        Role role = role_;
        role.settings[name] = larger;
        say("larger-setting", "settings", clause, fmt::format("settings.{} = \"{}\"", name, larger),
            std::move(role));
      }
    }
  }

  const Role& role_;
  const Protocol& protocol_;
  std::vector<RoleEdit> edits_;
};

}  // namespace

std::string multiplied(const std::string& value, int by) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const std::string unit(end, value.data() + value.size());
  const bool is_time = !unit.empty() && std::all_of(unit.begin(), unit.end(), [](char c) {
    return c == ' ' || (c >= 'a' && c <= 'z');
  });
  if (error != std::errc{} || !is_time || number <= 0 || number > 1'000'000'000) return "";
  return std::to_string(number * by) + unit;
}

std::vector<RoleEdit> role_edits(const Role& role, const Protocol& protocol) {
  return RoleEdits(role, protocol).all();
}

}  // namespace fencepost
