// What judges are made of: how they say what they found, who was disturbed, and small questions to
// a history. A property is one row with its judge below it, in the file of its family, and its name
// in the list of property.cpp.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/properties/property.hpp"

namespace fencepost {

/// Statements of one poll take a microsecond each, and more workers take turns: polls drift by far
/// less than this.
constexpr Duration kGrace = 1s;

/// Collects the first violation of each part.
class Findings {
 public:
  /// Does nothing where that part has one. `part` is empty for a property without parts;
  /// `written_at` is the step that wrote what is wrong, where that is known.
  void add(const Event& event, std::string part, std::string sentence, int written_at = 0);
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
  /// Whether a worker that is granted something now is disturbed from the start: it stands still or
  /// is dead, or the server refuses it something.
  bool from_the_start(const Event& granted) const;

 private:
  std::set<WorkerId> away_;
  Instant denied_until_ = Instant::min();
};

/// Which role each worker plays.
class Roles {
 public:
  explicit Roles(const History& history);
  /// Whether that worker may take a job from its holder, as an operator or by preempting.
  bool may_take(const WorkerId& worker) const;
  /// Whether that worker plays one of these; nobody plays none.
  bool plays(const WorkerId& worker, const std::set<std::string>& roles) const;
  /// "worker"; empty for the harness.
  const std::string& of(const WorkerId& worker) const;

 private:
  const Declared& declared_;
  std::map<WorkerId, std::string> roles_;
};

/// Whether a commit that left a job without its holder took it away from a holder who could not
/// know: no deed of the holder's own process, of an operator, of a role that may preempt, of the
/// server, nor the end of the session that held it; and the job is not done.
bool takes_away(const Event& revoked, const WorkerId& holder, const Roles& roles);

/// Those that claim jobs: who lives, who is awake, who works on what, and since when who is free.
class Crew {
 public:
  explicit Crew(const Declared& declared) : declared_(declared) {}
  /// Call it for every event, in order, before asking.
  void follow(const Event& event);

  bool lives(const WorkerId& worker) const { return live_.contains(worker); }
  bool anybody_lives() const { return !live_.empty(); }
  /// Whether all are awake, and as many as there ever were at once.
  bool is_complete() const { return asleep_.empty() && live_.size() == most_; }
  /// Since when of each role somebody is awake and free, because which of them claims a job is not
  /// known; but for roles that hold what is there for ever, and those that claim alike are one. The
  /// end of time: that is not so.
  Instant freed_since() const;
  /// Whether it believes in some job, in that job; whether anybody does; whether somebody does in
  /// any job.
  bool is_busy(const WorkerId& worker) const { return busy_.contains(worker); }
  bool believes(const WorkerId& worker, const JobId& job) const;
  bool anybody_believes(const JobId& job) const;
  bool somebody_believes() const { return !busy_.empty(); }

 private:
  void befall(const Event& event);
  void let_go(const Event& event);
  bool leads(const WorkerId& worker) const;

  const Declared& declared_;
  std::map<WorkerId, std::string> live_;  ///< with the role as which each claims
  std::set<std::string> roles_;
  std::set<WorkerId> asleep_;
  std::map<WorkerId, std::set<JobId>> busy_;
  std::map<WorkerId, Instant> free_since_, works_until_;
  std::size_t most_ = 0;  ///< at once
};

/// Since when nothing moves at all, though workers look for jobs.
class Stillness {
 public:
  /// What SQL may wait for without a word of it, such as a limit of so many jobs a minute, is over
  /// by then.
  static constexpr Duration kPatience = 5min;

  /// Call it for every event, in order, before asking.
  void follow(const Event& event);
  /// By when somebody who looks for that job should have found it, if it waits since then; never,
  /// where nobody looks, a session without its worker may keep it locked, or a failure put it off.
  Instant found_by(const JobId& job, Instant since, Duration poll) const;
  /// Whether its last holder released it because of something that befell it.
  bool given_up(const JobId& job) const { return given_up_.contains(job); }

 private:
  void follow_holders(const Event& event);

  Instant from_{};
  std::set<WorkerId> troubled_;  ///< since they were granted something
  std::set<JobId> given_up_;
  std::vector<Instant> looked_;
  std::set<JobId> failed_;
  std::map<SessionId, WorkerId> sessions_;
  std::set<SessionId> left_behind_;
};

/// When the transaction began that each session is in, and the one that it ended of late.
class Transactions {
 public:
  /// Call it for every event, in order, before asking.
  void follow(const Event& event);
  /// Of the statement that was told last: what a commit did follows it.
  Instant began() const { return begun_; }
  /// Whether the server's clock was set while it was under way.
  bool clock_was_set() const { return clock_was_set_; }

 private:
  std::map<SessionId, Instant> open_;
  std::set<SessionId> waiting_;    ///< a statement of theirs waits in the server
  std::set<SessionId> overtaken_;  ///< it waited when the clock was set
  Instant clock_set_{};
  Instant begun_{};
  bool clock_was_set_ = false;
};

/// The lengths that a claim may have.
std::set<Duration> lengths_in(const Declared& declared);
/// How far a lease's end may be from that: statements of a transaction take microseconds, and an
/// end is often rounded to a second.
Duration precision_of(const Declared& declared);

/// Where one commit is over and the next event is of another, or of none.
class Commits {
 public:
  /// Whether it is of the same commit as the event before it.
  bool go_on(const Event& event);

 private:
  int last_ = 0;
};

/// Whether this event is a fault that takes away what protocols take for granted.
bool breaks(const Event& event, Guarantee guarantee);
/// Whether a worker's own work failed, as it will every time.
bool fails_of_itself(const Event& event);
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
/// Why the end of the run says nothing of what is to go on: it was cut, a statement was under way,
/// or somebody worked on a job that is not there for ever. Empty where it does.
std::string open_end(const History& history);
/// Whether an event of that kind came about.
template <EventKind kind>
bool came(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(),
                     [](const Event& event) { return event.kind == kind; });
}
/// Whether some job came into that state, or began in it behind the load.
bool came_into(const History& history, const std::set<JobState>& states);
/// The part of single_owner that strict leases have: two awake workers believe in one job.
void find_two_believers(const History& history, Findings& findings);
/// When it was, and what the server's clock showed if that was something else: leases are on it.
std::string both_times(const Event& event);
/// "w2", or "the harness" for an event without a worker.
std::string name_of(const WorkerId& worker);

}  // namespace fencepost
