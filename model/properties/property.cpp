#include "model/properties/property.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/properties/judge.hpp"

namespace fencepost {

// Each row stands above its judge, by family.
// ownership.cpp
extern const Property kSingleOwner, kFencedWrites;
// keeping.cpp
extern const Property kHealthyKeepsLease, kNoSelfFencing;
// lease.cpp
extern const Property kTokenOrder, kLeaseNotBornExpired, kLeaseAsDeclared, kBackoffRespected;
// belief.cpp
extern const Property kBeliefGranted, kBeliefEnds;
// limits.cpp
extern const Property kClaimLimit, kNoDeadlock, kLocksReleased, kNoLivelock, kNever;
// failing.cpp
extern const Property kNoUnhandledError, kNoFalseFailure, kAttemptsBounded;
// progress.cpp
extern const Property kProgressMonotone, kProgressAccounts, kWorkApplied, kAppliedOnce;
// outcome.cpp
extern const Property kTerminalSticks, kJobNotLost, kAckIsDurable;
// liveness.cpp
extern const Property kJobNotStuck;
// ending.cpp
extern const Property kJobEnds;

const std::vector<Property>& properties() {
  static const std::vector<Property> table = {
      kSingleOwner,         kFencedWrites,     kBeliefGranted,
      kBeliefEnds,          kClaimLimit,       kTokenOrder,
      kLeaseAsDeclared,     kProgressMonotone, kProgressAccounts,
      kWorkApplied,         kAppliedOnce,      kAckIsDurable,
      kTerminalSticks,      kJobNotLost,       kNoFalseFailure,
      kLeaseNotBornExpired, kNoSelfFencing,    kHealthyKeepsLease,
      kNoDeadlock,          kNoUnhandledError, kNever,
      kAttemptsBounded,     kBackoffRespected, kNoLivelock,
      kJobNotStuck,         kJobEnds,          kLocksReleased};
  return table;
}

const Property* find_property(std::string_view name) {
  for (const Property& property : properties())
    if (property.name == name) return &property;
  return nullptr;
}

namespace {

bool is_excused(const Property& property, const History& history) {
  if (property.rests_on == Guarantee::nothing) return false;
  if (history.declared.anyway.contains(std::string(property.name))) return false;
  return std::any_of(history.events.begin(), history.events.end(),
                     [&](const Event& event) { return breaks(event, property.rests_on); });
}

/// `open`: why the end of the run says nothing of what is to go on.
Verdict verdict_on(const Property& property, const History& history, const std::string& open) {
  if (is_excused(property, history)) return {Outcome::not_judged, {}, "a fault excuses it"};
  Verdict verdict = property.judge(history);
  if (verdict.outcome == Outcome::holds && property.liveness && !open.empty())
    verdict = {Outcome::open, {}, open};
  if (verdict.outcome == Outcome::holds && !property.judged_when.came(history))
    verdict = {Outcome::not_reached, {}, fmt::format("never {}", property.judged_when.what)};
  return verdict;
}

}  // namespace

Verdict verdict_on(const Property& property, const History& history) {
  return verdict_on(property, history, open_end(history));
}

std::vector<Judgement> judge_all(const History& history) {
  std::vector<Judgement> judgements;
  const std::string open = open_end(history);
  for (const Property& property : properties())
    judgements.push_back({&property, verdict_on(property, history, open)});
  return judgements;
}

std::string full_name(const Property& property, const Violation& violation) {
  std::string name(property.name);
  if (!violation.part.empty()) name += "." + violation.part;
  return name;
}

}  // namespace fencepost
