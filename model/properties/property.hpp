// A property: one pure function from a history to a verdict, with its definition and excuses beside
// it. The table of all of them is the only list; a property is one row with its judge,
// and its name in that list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/verdict.hpp"

namespace fencepost {

/// Why a property of what is applied is left open where nothing shows it.
constexpr std::string_view kNothingListed = "applied listed no item, though a job succeeded";

/// A pure function that judges one history.
using Judge = Verdict(const History&);

/// What must come about in a history before a property says anything of it: without a takeover,
/// that nobody wrote behind a takeover is no news.
struct Antecedent {
  std::string_view what;  ///< "an attempt was revoked"
  bool (*came)(const History&) = nullptr;
};

/// One row of the table of properties.
struct Property {
  std::string_view name;
  std::string_view must_hold;   ///< one sentence
  std::string_view definition;  ///< the formal definition over events and committed states
  std::span<const std::string_view> parts{};  ///< empty for a property without parts
  Antecedent judged_when;
  Guarantee rests_on = Guarantee::nothing;  ///< a history with a fault that breaks it is not
                                            ///< judged
  bool liveness = false;                    ///< not judged where the end of the run is missing
  Judge* judge;                             ///< call judge_all to have excuses and cuts applied
};

/// All properties, safety first, in the order in which reports list them.
const std::vector<Property>& properties();
/// nullptr when there is none of that name.
const Property* find_property(std::string_view name);

/// A property and what it said.
struct Judgement {
  const Property* property = nullptr;
  Verdict verdict;
};
/// What one property says of a history, excuses and cuts applied, as in judge_all.
Verdict verdict_on(const Property& property, const History& history);
/// Judges every property in table order. A fault that breaks what a property rests on excuses it,
/// unless the scenario demands it anyway. A run that was cut, or ended while somebody worked or a
/// statement was under way, proves nothing of what is to go on. What never came about was not
/// judged.
std::vector<Judgement> judge_all(const History& history);
/// "fenced_writes.cursor", "job_not_stuck": how [expect] and reports name a violated part.
std::string full_name(const Property& property, const Violation& violation);

}  // namespace fencepost
