// The reference lease machine. It is fed with what was observed after each commit and works out
// what that commit meant: who was granted what, who renewed, who let go, who lost. It is the only
// place that does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/history.hpp"

namespace fencepost {

/// The note of an `applied` event of an item that is no longer listed, as its job is not: whether
/// it is still applied can't be known.
constexpr std::string_view kWithItsJob = "with its job";

/// The number of the first commit, which inserts the workload.
constexpr int kLoad = 1;

/// The committed state, as observe and applied return it.
struct Observation {
  std::map<JobId, JobRecord> jobs;
  std::map<std::pair<JobId, ItemId>, std::int64_t> applied;
  bool operator==(const Observation&) const = default;
};

/// Where an observation may differ from the one before it: all else is as it was.
struct Touched {
  std::vector<JobId> jobs;
  std::vector<std::pair<JobId, ItemId>> items;
};
/// Everything that one of them lists.
Touched touched_by(const Observation& before, const Observation& now);
/// Both at once. Borrows them.
struct Observed {
  const Observation& now;
  const Touched& touched;
};

/// Whose commit led to an observation. The attempt is the one the worker acted for when it sent the
/// statement (0: none), because a worker may hold a later one by the time an old statement commits.
struct Commit {
  int step = 0;
  int number = 0;  ///< among the history's commits
  Instant at{};
  WorkerId worker;
  SessionId session;
  std::string operation;  ///< "claim" is the one operation that may be granted a job it already
                          ///< sees as owned
  std::string statement;
  AttemptId attempt;
  AttemptId since;  ///< attempts up to this one are of the worker's earlier rounds: it acts for
                    ///< none of them
  Duration server_ahead{};           ///< of the server's clock at that time
  std::optional<FaultKind> fault{};  ///< what happened was no commit, but came of this
};

/// Whether its holder made a job ready again, and not because it failed: it comes round by itself.
bool comes_round(const Event& event);

/// Who holds what, by what was committed. One for each history.
class Ledger {
 public:
  explicit Ledger(Declared declared);

  /// A worker's process begins, whose SQL may call it by these names. What an earlier life of the
  /// same name holds is this one's from now on.
  void name(const WorkerId& worker, const std::vector<std::string>& names);

  /// The first observation, after the workload was inserted: one `changed` (and `applied`) event
  /// each, at step 0.
  std::vector<Event> start(const Observation& observation);

  /// What the commit did, as events in this order: changed, then revoked, granted, renewed,
  /// released, then applied; by job. A job that is no longer observed is lost, ready or succeeded
  /// as declared; "succeeded" only if the commit came from the operation `succeed` or `claim`
  /// (claim and delete in one), or nothing is held behind a commit, else it is lost. A holder's own
  /// commit renews, unless it names another owner or claims another token; one that leaves a job
  /// owned without its owner or token lets go of it. A grant is the committing worker's, unless its
  /// owner is another worker's name: then it is given to that one. An item that is no longer
  /// listed, of a job that is succeeded, counts 0; where the job's row is not there any more
  /// either, its event says so (kWithItsJob).
  std::vector<Event> commit(const Commit& commit, Observed observed);
  /// The same where anything may have changed.
  std::vector<Event> commit(const Commit& commit, const Observation& observation);

  /// What can be gone back to: the committed state, who held what, and how many grants there were.
  struct Point {
    Observation observed;
    std::map<JobId, AttemptId> holder;
    std::size_t grants = 0;
  };
  Point point() const;
  /// The server forgot every commit after that point, and shows this now. Events, by job: changed
  /// (by nobody), revoked for each grant that is forgotten, restored where an earlier attempt holds
  /// the job again; then applied. A grant's number is never used again.
  std::vector<Event> forget(const Commit& commit, const Observation& observation,
                            const Point& point);

  /// The attempt that holds the job by the database's word; 0 when none does.
  AttemptId holder(const JobId& job) const;
  /// The newest attempt this worker was ever granted on the job; 0 when none.
  AttemptId newest_attempt(const WorkerId& worker, const JobId& job) const;
  /// Whether another's commit gave it to its worker, or an earlier life of that one left it.
  bool is_given(AttemptId attempt) const {
    return given_.contains(attempt) || inherited_.contains(attempt);
  }
  /// The last committed state.
  const Observation& observed() const { return observed_; }

 private:
  /// Grants, renewals and releases of one job follow its change; jobs are taken in their order.
  struct Change {
    JobId job;
    std::optional<JobRecord> before;
    std::optional<JobRecord> after;
  };
  std::vector<WorkerId> bearers(const std::optional<std::string>& name) const;
  WorkerId grantee(const Commit& commit, const JobRecord& after) const;
  AttemptId attributed(const Commit& commit, const JobId& job) const;
  std::optional<JobRecord> when_absent(const Commit& commit, const JobRecord& before) const;
  std::vector<Change> changes_to(const Observed& observed, const Commit& commit) const;
  void tell(const Change& change, const Commit& commit, std::vector<Event>& events);
  std::vector<Event> apply(const Commit& commit, Observed observed);

  Declared declared_;
  Observation observed_;
  std::map<JobId, AttemptId> holder_;
  std::map<AttemptId, std::pair<WorkerId, JobId>> attempts_;
  std::set<AttemptId> forgotten_;
  std::set<AttemptId> given_, inherited_;
  std::map<std::string, std::vector<WorkerId>> bearers_;  ///< of each name
};

}  // namespace fencepost
