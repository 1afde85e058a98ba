// A property: one pure function from a history to a verdict, with its definition and excuses beside
// it. The table of all of them is the only list; a property is one row with its judge,
// and its name in that list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// How a property failed: at which step, of which job and attempt, and what happened in one
/// sentence.
struct Violation {
  std::string
      part;  ///< "state", "progress", "cursor", "applied", or empty for a property without parts
  int step = 0;
  Instant at{};
  JobId job;
  AttemptId attempt;
  std::string sentence;
  friend bool operator==(const Violation&, const Violation&) = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("part", self.part, Written::unless_usual);
    visit("step", self.step, Written::always);
    visit("at", self.at, Written::always);
    visit("job", self.job, Written::unless_usual);
    visit("attempt", self.attempt, Written::unless_usual);
    visit("sentence", self.sentence, Written::always);
  }
};

/// What a property can say of a history.
enum class Outcome {
  holds,
  violated,
  not_applicable,  ///< the protocol does not observe or declare what the property needs
  not_judged,      ///< the run was cut, or a fault excuses it: neither holds nor violated
};

/// What a property says of one history. `violations` holds the first one of each part, in order of
/// step; empty unless violated.
struct Verdict {
  Outcome outcome = Outcome::holds;
  std::vector<Violation> violations;
  std::string why;  ///< for not_applicable and not_judged: the reason in a few words
};

/// A pure function that judges one history.
using Judge = Verdict(const History&);

/// One row of the table of properties.
struct Property {
  std::string_view name;
  std::string_view must_hold;   ///< one sentence
  std::string_view definition;  ///< the formal definition over events and committed states
  std::span<const std::string_view> parts{};  ///< empty for a property without parts
  Guarantee rests_on = Guarantee::nothing;    ///< a history with a fault that breaks it is not
                                              ///< judged
  bool liveness = false;                      ///< not judged in a run that was cut
  Judge* judge;                               ///< call judge_all to have excuses and cuts applied
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
/// Judges every property, with excuses and cuts applied, in table order.
std::vector<Judgement> judge_all(const History& history);
/// "fenced_writes.cursor", "job_not_stuck": how [expect] and reports name a violated part.
std::string full_name(const Property& property, const Violation& violation);

}  // namespace fencepost
