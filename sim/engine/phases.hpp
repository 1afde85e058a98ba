// Where a run stands: it hurts, then it heals, then it is over. Answers, and changes nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "model/history.hpp"
#include "sim/input/protocol.hpp"
#include "sim/input/scenario.hpp"

namespace fencepost {

/// The phases of a run, and the three ways in which it is over.
enum class Phase {
  hurt,         ///< faults may strike
  heal_begins,  ///< they have done so long enough: heal is to begin
  heal,         ///< no new faults; what was left behind is taken up again
  settled,      ///< over: nothing is left to do
  horizon,      ///< over: nothing new would come
  cut,          ///< over: there were too many steps, or as many as were asked for
};
/// The note with which a history is finished that is over in this phase; empty while it is not.
std::string_view ending(Phase phase);

/// What the answer depends on, at one moment of a run.
struct Standing {
  int step = 0;
  int idle_steps = 0;       ///< of these, such as came of polling that found nothing
  int all_steps = 0;        ///< with those of tries before this one, and moves of time
                            ///< that brought none: who sleeps for ever wakes up ever again
  int first_under_way = 0;  ///< the step of the oldest statement that is on the server; 0: none is
  int busy_statements = 0;  ///< of workers that hold something: polling does not use up hurt
  Instant now{};
  Duration server_ahead{};
  Instant last_activity{};
  std::optional<Instant> heal_began;
  const std::map<JobId, JobRecord>* jobs = nullptr;  ///< the committed state
  const std::set<JobId>* come_round = nullptr;       ///< since heal began, by their holders
  bool nobody_busy = false;
  bool somebody_believes = false;  ///< that it holds a job
  bool somebody_works = false;     ///< on a job that is not there for ever, or the server does, and
                                   ///< will be done
  bool births_to_come = false;
  bool somebody_stalled = false;
  bool something_pending = false;  ///< of the harness's own doing: a late statement, a window's end
  bool orphans = false;            ///< the server keeps sessions of dead workers
};

/// When a run under a scenario goes from one phase to the next.
class Phases {
 public:
  /// Borrows all. Ends a run behind step `until`; 0: nowhere.
  Phases(const Protocol& protocol, const Declared& declared, const Scenario& scenario, int until);
  Phase now(const Standing& standing) const;
  /// When the answer will be another if nothing happens until then, or earlier; nullopt: never.
  std::optional<Instant> changes(const Standing& standing) const;

 private:
  std::optional<Instant> lulled_at(const Standing& standing) const;
  bool hurt_enough(const Standing& standing) const;
  bool failed_enough(const Standing& standing) const;
  std::optional<Instant> healed_at(const Standing& standing) const;
  Duration freed_within() const;
  Duration quiet_bound(const Standing& standing) const;

  const Protocol& protocol_;
  const Declared& declared_;
  const Scenario& scenario_;
  const int until_;
  const bool may_fail_for_ever_;  ///< a poisoned job, as nothing bounds its attempts
};

}  // namespace fencepost
