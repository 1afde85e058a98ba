// What would make a protocol hold: its repairs tried, one and two at a time, on the histories that
// fail, and those that help on many more.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/mending/sample.hpp"
#include "sim/repairs/repair.hpp"
#include "sim/search/checker.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/subjects.hpp"

namespace fencepost {

/// A repair that closes something, and what is left.
struct Mend {
  Repair repair;
  std::string diff;               ///< of the user's files
  std::set<std::string> open;     ///< full names of what is violated still
  std::set<std::string> hidden;   ///< of what only a setting keeps from showing (hidden_by)
  int histories = 0;              ///< it was judged in so many
  std::vector<std::string> lost;  ///< what it makes the protocol do less, a sentence each; of one
                                  ///< that may be taken none

  /// What it does not close.
  std::set<std::string> unclosed() const;
};

/// What a protocol violates.
struct Violated {
  HistoryPlace first;
  int histories = 0;  ///< so many show it
  /// So seldom that it may be gone by chance where the same histories are run in another way.
  bool seldom() const { return histories < 5; }
};

/// How repairs are tried.
struct MendPlan {
  int histories = 300;  ///< at least, of the protocol, and of each repair that its failing ones let
                        ///< through: as many of each scenario
  std::uint64_t seeds = 100;  ///< of each scenario, all together, that a repair gets that seems to
                              ///< close all: those that `check` takes
};

/// What came of all.
struct Mending {
  std::map<std::string, Violated> violated;  ///< by the protocol itself: full names
  std::vector<Mend> mends;                   ///< by rank
  std::vector<Mend> lesser;  ///< what would close all, if the protocol did not do less by it
  int histories = 0;         ///< of the protocol
  int tried = 0;             ///< repairs and pairs
  bool whole = true;         ///< nothing was left untried for want of time
  std::shared_ptr<const void> kept;  ///< what the lanes have loaded; must outlive their next task

  /// How many of what is violated a mend closes.
  int closes(const Mend& mend) const {
    return static_cast<int>(violated.size() - mend.unclosed().size());
  }
  /// Whether the best one closes all.
  bool closed() const { return !mends.empty() && mends.front().unclosed().empty(); }
};

/// What is told first is less: what leaves less open, then one change before two, then by the order
/// of the operators, in which a fence is the first, then what changes fewer lines.
using MendRank = std::tuple<std::size_t, std::size_t, std::size_t, int>;
MendRank rank_of(std::size_t unclosed, const Repair& repair, const std::string& diff);

/// What is open without a repair's settings and not with them, though they can only hide it: that a
/// session ends makes nobody ask whose the job is, who connects again or has sent already writes
/// as before. What is to go on they may mend.
std::set<std::string> hidden_by(const std::set<std::string>& without,
                                const std::set<std::string>& open);

/// The difference that a repair makes to the user's files.
std::string diff_of(const Protocol& protocol, const Repair& repair);

/// Tries the repairs of a subject under its scenarios, the same histories of each whatever the
/// number of lanes. Once `meanwhile` or `enough` says so, no more are begun.
Mending mend_protocol(Lanes& lanes, const Subject& subject, const MendPlan& plan,
                      const Meanwhile& meanwhile, const std::function<bool()>& enough);

}  // namespace fencepost
