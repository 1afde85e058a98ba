#include "tests/clauses/equal.hpp"

#include <vector>

namespace fencepost {

std::span<const EqualClause> equal_clauses() {
  constexpr std::string_view kClock =
      "Only quicker: what the server's clock shows at an event has been reached, whatever the "
      "event "
      "is, and between two jumps it does not go back.";
  constexpr std::string_view kStatement =
      "Said again: whichever judge asks has a statement already, and others ask, too.";
  constexpr std::string_view kLooks =
      "Only quicker: where nobody is free nothing waits, and before then nothing waits too long.";
  static const std::vector<EqualClause> all = {
      {"model/properties/ownership.cpp", "always (sets_clock(event))", kClock},
      {"model/properties/keeping.cpp", "always (sets_clock(event))", kClock},
      {"model/properties/liveness.cpp", "if (nobody_until_ && event.at <= *nobody_until_)", kLooks},
      {"model/properties/liveness.cpp", "always (freed != Instant::max())", kLooks},
      {"model/history.cpp", "event.kind == EventKind::statement", kStatement},
      {"model/history.cpp", "event.kind == EventKind::statement #2", kStatement},
      {"model/properties/judge.cpp", "fault->strikes == Strikes::clock",
       "Of all faults only a clock's jump has a length with a sign; it is said for the reader."},
      {"model/properties/excuses.cpp", "if (all.empty())", "Only quicker: none of none is needed."},
      {"model/properties/excuses.cpp", "leniency.concerns(*judgement.property)",
       "Only quicker: a property that does not look at a declaration is judged the same without "
       "it."},
      {"model/properties/failing.cpp", "event.kind != EventKind::granted",
       "Only quicker: claims become more by a grant alone, so too many are found at one."},
  };
  return all;
}

}  // namespace fencepost
