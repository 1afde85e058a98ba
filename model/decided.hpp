// When in a history its failure was decided: how often it comes after each step, if all that
// follows is drawn anew.
#pragma once

#include <vector>

namespace fencepost {

/// How many of the reruns that are the same up to and with a step failed alike.
struct FailsAfter {
  int step = 0;
  int failed = 0;
  int reruns = 0;
  /// In thousandths, rounded; 0 where nothing was tried.
  int share() const { return reruns == 0 ? 0 : (2000 * failed + reruns) / (2 * reruns); }
};

/// The bounds of a share, in thousandths.
struct Interval {
  int low = 0;
  int high = 1000;
};

/// The 95 % score interval of a share (E. B. Wilson, "Probable inference, the law of succession,
/// and statistical inference", 1927); all there is where nothing was tried. At most 1,000 reruns.
Interval interval_of(const FailsAfter& after);

/// The one after whose step the share is the most above that of the one before; of equals the
/// first. nullptr where it never rose.
const FailsAfter* decided_by(const std::vector<FailsAfter>& chances);

}  // namespace fencepost
