// When in a failing history its failure was decided, by running what follows again and again.
#pragma once

#include <functional>
#include <vector>

#include "model/decided.hpp"
#include "sim/search/failure.hpp"

namespace fencepost {

/// So many reruns from each step, and so many histories in all, at most.
constexpr int kRerunsOfStep = 30, kMostReruns = 2000;

/// For steps of that history, from 0 (everything is drawn anew) up to the one before the violated
/// step: how many of 30 histories that are the same up to and with it, and drawn by seeds 1 to 30
/// from there on, violate the same part. All steps where the histories allow, else those between
/// which that number changes, by bisection. A pure function of its arguments. `go_on` is told how
/// many reruns were done, of at most how many, and ends it early by false. Precondition: the run
/// violates its property.
std::vector<FailsAfter> chances_of_failing(Lane& lane, const Protocol& protocol,
                                           const Scenario& scenario, const SavedRun& run,
                                           const History& history,
                                           const std::function<bool(int, int)>& go_on);

}  // namespace fencepost
