#include "tests/clauses/equal.hpp"

#include <vector>

namespace fencepost {

std::span<const EqualClause> equal_clauses() {
  constexpr std::string_view kClock =
      "Only quicker: what the server's clock shows at an event has been reached, whatever the "
      "event "
      "is, and between two jumps it does not go back.";
  static const std::vector<EqualClause> all = {
      {"ownership.cpp", "always (sets_clock(event))", kClock},
      {"ownership.cpp", "always (sets_clock(event)) #2", kClock},
      {"judge.cpp", "fault->strikes == Strikes::clock",
       "Of all faults only a clock's jump has a length with a sign; it is said for the reader."},
      {"excuses.cpp", "if (all.empty())", "Only quicker: none of none is needed."},
      {"excuses.cpp", "leniency.concerns(*judgement.property)",
       "Only quicker: a property that does not look at a declaration is judged the same without "
       "it."},
      {"failing.cpp", "event.kind != EventKind::granted",
       "Only quicker: claims become more by a grant alone, so too many are found at one."},
  };
  return all;
}

}  // namespace fencepost
