// What a property can say of a history, and how it failed.
#pragma once

#include <string>
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
  int written_at = 0;  ///< the step that wrote what is wrong, where it is another one; 0: none is
  bool operator==(const Violation&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("part", self.part, Written::unless_usual);
    visit("step", self.step, Written::always);
    visit("at", self.at, Written::always);
    visit("job", self.job, Written::unless_usual);
    visit("attempt", self.attempt, Written::unless_usual);
    visit("sentence", self.sentence, Written::always);
    visit("written_at", self.written_at, Written::unless_usual);
  }
};

/// What a property can say of a history.
enum class Outcome {
  holds,  ///< what it is about came about, and it held
  violated,
  not_applicable,  ///< the protocol does not observe or declare what the property needs
  not_judged,      ///< a fault excuses it
  not_reached,     ///< what it is about never came about: there was nothing to judge
  open,            ///< the run was cut, or ended too early to tell
};

/// What a property says of one history. `violations` holds the first one of each part, in order of
/// step; empty unless violated.
struct Verdict {
  Outcome outcome = Outcome::holds;
  std::vector<Violation> violations;
  std::string why;  ///< where it neither holds nor is violated: the reason in a few words
};

}  // namespace fencepost
