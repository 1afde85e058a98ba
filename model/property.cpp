#include "model/property.hpp"

#include <algorithm>

#include "model/judge.hpp"

namespace fencepost {

// Each row stands above its judge, by family.
// ownership.cpp
extern const Property kSingleOwner, kFencedWrites, kTokenOrder, kLeaseNotBornExpired,
    kHealthyKeepsLease, kNoSelfFencing;
// belief.cpp
extern const Property kBeliefGranted, kBeliefEnds;
// limits.cpp
extern const Property kClaimLimit, kNoDeadlock, kNever;
// progress.cpp
extern const Property kProgressMonotone, kProgressAccounts, kWorkApplied, kTerminalSticks,
    kJobNotLost, kAppliedOnce, kAckIsDurable;
// liveness.cpp
extern const Property kJobNotStuck, kNoLivelock, kLocksReleased, kAttemptsBounded;

const std::vector<Property>& properties() {
  static const std::vector<Property> table = {
      kSingleOwner,       kFencedWrites,        kBeliefGranted,
      kBeliefEnds,        kClaimLimit,          kTokenOrder,
      kProgressMonotone,  kProgressAccounts,    kWorkApplied,
      kAppliedOnce,       kAckIsDurable,        kTerminalSticks,
      kJobNotLost,        kLeaseNotBornExpired, kNoSelfFencing,
      kHealthyKeepsLease, kNoDeadlock,          kNever,
      kAttemptsBounded,   kNoLivelock,          kJobNotStuck,
      kLocksReleased};
  return table;
}

const Property* find_property(std::string_view name) {
  for (const Property& property : properties())
    if (property.name == name) return &property;
  return nullptr;
}

std::vector<Judgement> judge_all(const History& history) {
  std::vector<Judgement> judgements;
  const bool cut = was_cut(history);
  for (const Property& property : properties()) {
    const bool excused =
        !history.declared.anyway.contains(std::string(property.name)) &&
        property.rests_on != Guarantee::nothing &&
        std::any_of(history.events.begin(), history.events.end(),
                    [&](const Event& event) { return breaks(event, property.rests_on); });
    Verdict verdict;
    if (excused)
      verdict = {Outcome::not_judged, {}, "a fault excuses it"};
    else
      verdict = property.judge(history);
    if (cut && property.liveness && verdict.outcome == Outcome::holds)
      verdict = {Outcome::not_judged, {}, "the run was cut"};
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
