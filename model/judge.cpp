#include "model/judge.hpp"

#include <algorithm>

namespace fencepost {

void Findings::add(const Event& event, std::string part, std::string sentence) {
  const bool known =
      std::any_of(violations_.begin(), violations_.end(),
                  [&](const Violation& violation) { return violation.part == part; });
  if (known) return;
  violations_.push_back(
      {std::move(part), event.step, event.at, event.job, event.attempt, std::move(sentence)});
}

Verdict Findings::verdict() const {
  if (violations_.empty()) return {};
  return {Outcome::violated, violations_, ""};
}

void Disturbed::follow(const Event& event) {
  if (event.kind == EventKind::resumed) stalled_.erase(event.worker);
  if (event.kind == EventKind::heal_started) refused_until_ = Instant::min();
  const Fault* const fault = fault_in(event);
  if (fault == nullptr) return;
  if (fault->fate == Fate::stands_still && !event.worker.empty()) stalled_.insert(event.worker);
  if (by(event, {}) && event.lasts > 0us)
    refused_until_ = std::max(refused_until_, event.at + event.lasts);
}

bool Disturbed::by(const Event& event, const WorkerId& worker) const {
  if (event.kind == EventKind::session_ended) return event.worker == worker;
  const Fault* const fault = fault_in(event);
  if (fault == nullptr || !fault->disturbs) return false;
  return event.worker == worker || strikes_everybody(fault->kind);
}

bool Disturbed::from_the_start(const Event& granted) const {
  return stalled_.contains(granted.worker) || granted.at < refused_until_;
}

bool breaks(const Event& event, Guarantee guarantee) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->breaks == guarantee;
}

bool sets_clock(const Event& event) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->strikes == Strikes::clock &&
         fault->keys == FaultKeys::signed_lasts;
}

bool is_forgetting(const Event& event) {
  return event.fault && fault_of(*event.fault).breaks == Guarantee::commits;
}

bool observes(const History& history, const std::string& column) {
  return history.declared.columns.contains(column);
}

Verdict not_applicable(std::string why) { return {Outcome::not_applicable, {}, std::move(why)}; }

bool was_cut(const History& history) {
  return history.events.empty() || history.events.back().kind != EventKind::finished ||
         history.events.back().note == "cut";
}

std::string name_of(const WorkerId& worker) { return worker.empty() ? "the harness" : worker.text; }

}  // namespace fencepost
