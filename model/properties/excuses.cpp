#include "model/properties/excuses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace fencepost {
namespace {

using Names = std::vector<std::string_view>;

/// A declaration, how it is taken out, and the properties that look at it.
struct Leniency {
  std::string declaration;
  Names properties;
  std::function<void(Declared&)> take_out;
  bool concerns(const Property& property) const {
    return std::find(properties.begin(), properties.end(), property.name) != properties.end();
  }
};

/// "worker/* 23505" as it was declared.
std::string error_text(const std::string& named) {
  const std::size_t slash = named.find('/'), space = named.rfind(' ');
  const std::string role = named.substr(0, slash), sqlstate = named.substr(space + 1);
  const std::string statement = named.substr(slash + 1, space - slash - 1);
  if (statement == "*") return fmt::format("[role.{}] expects {}", role, sqlstate);
  return fmt::format("[role.{}] sqlstate or retry {} at {}", role, sqlstate, statement);
}

class Leniencies {
 public:
  explicit Leniencies(const Declared& declared) : declared_(declared) {
    lease();
    jobs();
    each("[role.{}] operator", &Declared::operators,
         {"single_owner", "healthy_keeps_lease", "terminal_sticks", "ack_is_durable",
          "no_false_failure", "backoff_respected", "work_applied", "job_ends"});
    each("[role.{}] preempts", &Declared::preempts, {"single_owner", "healthy_keeps_lease"});
    each("[role.{}] retention", &Declared::retention, {"work_applied"});
    for (const std::string& named : declared.expects)
      one(error_text(named), {"no_unhandled_error"},
          [named](Declared& left) { left.expects.erase(named); });
  }
  std::vector<Leniency> take() { return std::move(all_); }

 private:
  void lease() {
    if (declared_.leases.size() > 1)
      one("[lease] lasts, the shorter ones", {"lease_as_declared", "single_owner"},
          [](Declared& left) { left.leases.clear(); });
    where("[lease] within", &Declared::within,
          {"lease_as_declared", "single_owner", "backoff_respected", "job_not_stuck"});
    where("[lease] clock", &Declared::workers_clock,
          {"lease_as_declared", "single_owner", "job_not_stuck"});
    where("[lease] freed_within", &Declared::freed_within, {"job_not_stuck", "job_ends"});
    where("[lease] claimed_within", &Declared::claimed_within, {"job_not_stuck"});
    where("[lease] may_run_out", &Declared::may_run_out, {"healthy_keeps_lease"});
    where("[lease] attempts", &Declared::max_attempts,
          {"attempts_bounded", "no_false_failure", "job_ends"});
    where("[lease] backoff", &Declared::backoff, {"job_ends"});
    where("[lease] backoff, the longest", &Declared::backoff_most, {"job_not_stuck", "job_ends"});
    if (declared_.strict)
      where("[lease] notices_within", &Declared::notices_within, {"single_owner"});
  }
  void jobs() {
    each("[jobs] fixed {}", &Declared::fixed,
         {"ack_is_durable", "attempts_bounded", "job_ends", "job_not_stuck"});
    each("[jobs] final {}", &Declared::final, {"no_false_failure"});
    where("[jobs] ends_within", &Declared::ends_within, {"job_ends"});
    where("[jobs] order = \"strict\"", &Declared::in_order, {"job_ends"});
  }
  void one(std::string declaration, Names properties, std::function<void(Declared&)> take_out) {
    all_.push_back({std::move(declaration), std::move(properties), std::move(take_out)});
  }
  /// One where it is declared at all.
  template <typename Value>
  void where(std::string declaration, Value Declared::*value, Names properties) {
    if (static_cast<bool>(declared_.*value))
      one(std::move(declaration), std::move(properties),
          [value](Declared& left) { left.*value = {}; });
  }
  /// One for each of the names that a declaration lists.
  void each(fmt::format_string<const std::string&> declaration,
            std::set<std::string> Declared::*names, const Names& properties) {
    for (const std::string& name : declared_.*names)
      one(fmt::format(declaration, name), properties,
          [names, name](Declared& left) { (left.*names).erase(name); });
  }

  const Declared& declared_;
  std::vector<Leniency> all_;
};

/// One property of a history, judged again with less declared.
class Retrial {
 public:
  Retrial(const Judgement& judgement, History& history)
      : judgement_(judgement), history_(history), declared_(history.declared) {}
  ~Retrial() { history_.declared = declared_; }
  Retrial(const Retrial&) = delete;
  Retrial& operator=(const Retrial&) = delete;

  void restore() { history_.declared = declared_; }
  /// Whether more is violated without this one, and without what was taken out before.
  bool needs(const Leniency& leniency) {
    leniency.take_out(history_.declared);
    const Verdict strict = verdict_on(*judgement_.property, history_);
    return std::any_of(strict.violations.begin(), strict.violations.end(), [&](const auto& each) {
      const auto& known = judgement_.verdict.violations;
      return std::none_of(known.begin(), known.end(),
                          [&](const Violation& one) { return one.part == each.part; });
    });
  }

 private:
  const Judgement& judgement_;
  History& history_;
  const Declared declared_;
};

}  // namespace

std::vector<Excuse> possible_excuses(const Declared& declared) {
  std::vector<Excuse> excuses;
  for (const Leniency& leniency : Leniencies(declared).take())
    for (const std::string_view property : leniency.properties)
      excuses.push_back({leniency.declaration, std::string(property)});
  return excuses;
}

std::vector<Excuse> excuses_in(const History& history, const std::vector<Judgement>& judgements) {
  const std::vector<Leniency> all = Leniencies(history.declared).take();
  if (all.empty()) return {};
  std::vector<Excuse> excuses;
  History again = history;
  for (const Judgement& judgement : judgements) {
    Retrial retrial(judgement, again);
    const auto needed = [&](const Leniency& leniency) {
      const bool needs = leniency.concerns(*judgement.property) && retrial.needs(leniency);
      if (needs) excuses.push_back({leniency.declaration, std::string(judgement.property->name)});
      return needs;
    };
    const std::size_t before = excuses.size();
    for (const Leniency& leniency : all) {
      needed(leniency);
      retrial.restore();
    }
    // Several that say the same hide each other: the last of them is named.
    if (excuses.size() == before) std::any_of(all.begin(), all.end(), needed);
  }
  return excuses;
}

}  // namespace fencepost
