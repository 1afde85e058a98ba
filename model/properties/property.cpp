#include "model/properties/property.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/properties/judge.hpp"

namespace fencepost {

// Each row stands above its judge, by family.
// ownership.cpp
extern const Property kSingleOwner, kFencedWrites, kHealthyKeepsLease, kNoSelfFencing;
// lease.cpp
extern const Property kTokenOrder, kLeaseNotBornExpired, kLeaseAsDeclared, kBackoffRespected;
// belief.cpp
extern const Property kBeliefGranted, kBeliefEnds;
// limits.cpp
extern const Property kClaimLimit, kNoDeadlock, kNever;
// failing.cpp
extern const Property kNoUnhandledError, kNoFalseFailure, kAttemptsBounded;
// progress.cpp
extern const Property kProgressMonotone, kProgressAccounts, kWorkApplied, kAppliedOnce;
// outcome.cpp
extern const Property kTerminalSticks, kJobNotLost, kAckIsDurable;
// liveness.cpp
extern const Property kJobNotStuck, kNoLivelock, kLocksReleased;
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

}  // namespace

std::vector<Judgement> judge_all(const History& history) {
  std::vector<Judgement> judgements;
  const std::string open = open_end(history);
  for (const Property& property : properties()) {
    Verdict verdict;
    if (is_excused(property, history))
      verdict = {Outcome::not_judged, {}, "a fault excuses it"};
    else
      verdict = property.judge(history);
    if (verdict.outcome == Outcome::holds && property.liveness && !open.empty())
      verdict = {Outcome::open, {}, open};
    if (verdict.outcome == Outcome::holds && !property.judged_when.came(history))
      verdict = {Outcome::not_reached, {}, fmt::format("never {}", property.judged_when.what)};
    judgements.push_back({&property, std::move(verdict)});
  }
  return judgements;
}

std::string full_name(const Property& property, const Violation& violation) {
  std::string name(property.name);
  if (!violation.part.empty()) name += "." + violation.part;
  return name;
}

}  // namespace fencepost
