// What judges are made of: how they say what they found, who was disturbed, and small questions to
// a history. A property is one row with its judge below it, in the file of its family, and its name
// in the list of property.cpp.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/property.hpp"

namespace fencepost {

/// Collects the first violation of each part.
class Findings {
 public:
  /// Does nothing where that part has one. `part` is empty for a property without parts.
  void add(const Event& event, std::string part, std::string sentence);
  Verdict verdict() const;

 private:
  std::vector<Violation> violations_;
};

/// Which workers' attempts the harness has disturbed, so that losing their lease is no wonder: a
/// fault or a lost session of their own, or one that struck everybody. The server's clock disturbs
/// nobody: it does not keep a worker from its work.
class Disturbed {
 public:
  /// Call it for every event, in order, before asking.
  void follow(const Event& event);
  /// Whether this event disturbs that worker.
  bool by(const Event& event, const WorkerId& worker) const;
  /// Whether a worker that is granted something now is disturbed from the start: it stands still,
  /// or the server refuses it something.
  bool from_the_start(const Event& granted) const;

 private:
  std::set<WorkerId> stalled_;
  Instant refused_until_ = Instant::min();
};

/// Whether this event is a fault that takes away what protocols take for granted.
bool breaks(const Event& event, Guarantee guarantee);
/// Whether it is a jump of the server's clock.
bool sets_clock(const Event& event);
/// Whether this change came of the server forgetting commits.
bool is_forgetting(const Event& event);
/// True when the protocol's observe query returns that column.
bool observes(const History& history, const std::string& column);
/// The verdict on a protocol that does not observe or declare what the property needs.
Verdict not_applicable(std::string why);
/// Whether the run was cut, so that what did not happen yet proves nothing.
bool was_cut(const History& history);
/// The part of single_owner that strict leases have: two awake workers believe in one job.
void find_two_believers(const History& history, Findings& findings);
/// "w2", or "the harness" for an event without a worker.
std::string name_of(const WorkerId& worker);

}  // namespace fencepost
