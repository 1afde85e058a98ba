// The judges behind the table of properties, by family. Each is a pure function of a history; what
// it means is written in the table (property.cpp).
#pragma once

#include <set>

#include "model/property.hpp"

namespace fencepost {

// ownership.cpp
Verdict single_owner(const History& history);
Verdict fenced_writes(const History& history);
Verdict token_order(const History& history);
Verdict lease_not_born_expired(const History& history);
Verdict healthy_keeps_lease(const History& history);
Verdict no_self_fencing(const History& history);

// belief.cpp
Verdict belief_granted(const History& history);
Verdict belief_ends(const History& history);

// limits.cpp
Verdict claim_limit(const History& history);
Verdict no_deadlock(const History& history);
Verdict never(const History& history);

// progress.cpp
Verdict progress_monotone(const History& history);
Verdict progress_accounts(const History& history);
Verdict work_applied(const History& history);
Verdict terminal_sticks(const History& history);
Verdict job_not_lost(const History& history);
Verdict applied_once(const History& history);
Verdict ack_is_durable(const History& history);

// liveness.cpp
Verdict job_not_stuck(const History& history);
Verdict no_livelock(const History& history);
Verdict locks_released(const History& history);
Verdict attempts_bounded(const History& history);

class Findings;
/// The part of single_owner that strict leases have: two awake workers believe in one job.
void find_two_believers(const History& history, Findings& findings);

/// Collects the first violation of each part.
class Findings {
 public:
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

/// Succeeded, or failed for good.
bool is_terminal(const JobRecord& record);
/// Whether this event is a fault that takes away what protocols take for granted.
bool breaks(const Event& event, Guarantee guarantee);
/// Whether it is a jump of the server's clock.
bool sets_clock(const Event& event);
/// Whether this change came of the server forgetting commits.
bool is_forgetting(const Event& event);
/// True when the protocol's observe query returns that column.
bool observes(const History& history, const std::string& column);
Verdict not_applicable(std::string why);
/// Whether the run was cut, so that what did not happen yet proves nothing.
bool was_cut(const History& history);
/// "w2", or "the harness" for an event without a worker.
std::string name_of(const WorkerId& worker);

}  // namespace fencepost
