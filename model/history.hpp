// A history: the ordered events of one run, and what the protocol declares about itself. Properties
// see this and nothing else: no tables, no SQL, no clocks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/fault.hpp"
#include "model/ids.hpp"
#include "model/time.hpp"

namespace fencepost {

// Each struct lists its fields once, for whoever walks over all of them: the digest, and files in
// both directions. `fields(value, visit)` calls visit(name, field, written) in the order of files.

/// When a field is written down.
enum class Written {
  unless_usual,  ///< where it differs from that of a fresh struct
  in_digest,     ///< the same, but a canonical line has it also where it does not
  always,        ///< a canonical line has it at its head, without a name
  in_lines,      ///< always, as a text for each line
  beside,        ///< always, on the line of the one before it; came later
  in_files,      ///< where it differs, but not in the digest: servers word it differently
};
/// Whether a file can be read in which it is not there: it is left out, or came later.
constexpr bool may_be_missing(Written written) {
  return written != Written::always && written != Written::in_lines;
}

/// A job's committed state, as every protocol's observe query maps it.
enum class JobState { ready, owned, succeeded, failed };

/// One row of observe. A column that the protocol does not observe, or that is null, is nullopt.
struct JobRecord {
  JobState state = JobState::ready;
  std::optional<std::string> token;
  std::optional<std::string> owner;
  std::optional<Instant> lease_until;
  std::optional<Instant> ready_at;
  std::optional<std::int64_t> progress;
  std::optional<std::int64_t> cursor;
  std::optional<std::int64_t> attempts;
  std::optional<std::string> group;
  std::optional<std::int64_t> cap;
  bool operator==(const JobRecord&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("state", self.state, Written::always);
    visit("token", self.token, Written::unless_usual);
    visit("owner", self.owner, Written::unless_usual);
    visit("lease_until", self.lease_until, Written::unless_usual);
    visit("ready_at", self.ready_at, Written::unless_usual);
    visit("progress", self.progress, Written::unless_usual);
    visit("cursor", self.cursor, Written::unless_usual);
    visit("attempts", self.attempts, Written::unless_usual);
    visit("group", self.group, Written::unless_usual);
    visit("cap", self.cap, Written::unless_usual);
  }
};

/// What an event tells.
enum class EventKind {
  worker_started,  ///< a worker process began; `note` is its role; `claims` says whether that role
                   ///< claims jobs
  statement,  ///< a statement finished: operation, statement, result or sqlstate; committed says
              ///< whether it ended a transaction that wrote
  blocked,    ///< a statement began to wait for a lock
  changed,  ///< a commit changed a job: before (nullopt: new), after (nullopt: gone), by worker and
            ///< attempt; or, where fault is set, a crash of the server did
  applied,  ///< a commit changed how often an item is applied: job, item, count_before (nullopt:
            ///< new in scope), count_after
  granted,  ///< the database committed a claim: job, attempt, worker; after is the record that
            ///< grants it; giver is whose commit it was, where it names another worker as owner
  renewed,  ///< the holder's own commit moved its lease_until
  released,  ///< the holder's own commit let go of the job (succeeded, failed, ready)
  revoked,   ///< the holder lost its job by another's commit (granted to another, re-queued, failed
             ///< by another); or, where fault is commits_lost, the grant itself is forgotten
  believed,  ///< a worker learned that it holds an attempt (attempt 0: no grant stands behind its
             ///< belief)
  let_go,    ///< a worker stopped believing; note is the reason: the operation that ended its work
             ///< (succeed, fail, release), lost, crashed, or round over
  refused,   ///< a fenced statement of an attempt found no row, and the protocol calls that "lost"
  work,      ///< a worker worked on a job for `lasts`
  fault,     ///< the harness did something: fault, worker, session, lasts; without a worker where
             ///< it did it to the server or to everybody
  resumed,   ///< a stalled worker runs again
  session_ended,  ///< a server session is gone; note says why (closed, terminated, server timeout,
                  ///< …)
  heal_started,   ///< from here on no new faults; everyone is resumed
  lock_held,  ///< at the end of heal this session still holds a lock; note says which; attempt 0 if
              ///< no live attempt justifies it
  forbidden,  ///< a `:never` statement returned rows: statement is its name, result the rows; or
              ///< see kUnanswered
  finished,   ///< the run is over; note is "settled", "horizon" or "cut"
  restored,   ///< the server forgot commits, so an earlier attempt holds the job again: job,
              ///< attempt, worker, after; fault is commits_lost
  committed_inside,  ///< a statement (CALL, DO) committed, and goes on: operation, statement
  parked,            ///< a statement stands before its commit, and others go on meanwhile
  queued,            ///< a statement waits until the pooler has a backend for it
};

/// What a parameter of a statement was bound to; nullopt is null. Files have it as a pair.
struct Bound {
  std::string parameter;
  std::optional<std::string> value;
  bool operator==(const Bound&) const = default;
};

/// One event. Which fields mean something depends on the kind, as listed there; the rest keep their
/// defaults. A step is a place in the history, so its number never falls: a statement that waits
/// has one where it began to, and another where it is done. Several events share a step when one
/// statement caused them; steps count from 1, and step 0 is the workload's insertion.
struct Event {
  EventKind kind = EventKind::statement;
  int step = 0;
  int commit = 0;           ///< which commit it is of, the workload's insertion being 1; 0: none
  Instant at{};             ///< simulated time, which never jumps
  Duration server_ahead{};  ///< how far the server's clock was ahead of it
  WorkerId worker;
  WorkerId giver;
  SessionId session;
  int backend = 0;  ///< which of the pooler's backends the session had then; 0: none, or there is
                    ///< no pooler
  std::string operation;
  std::string statement;
  std::vector<Bound> bound;  ///< statement: its parameters in the order of $1, $2, …
  JobId job;
  AttemptId attempt;
  std::optional<JobRecord> before;
  std::optional<JobRecord> after;
  std::optional<FaultKind> fault;
  Duration lasts{};
  ItemId item;
  std::optional<std::int64_t> count_before;
  std::int64_t count_after = 0;
  bool claims = false;
  bool committed = false;
  std::string result;  ///< "1 row: job_id=1, progress=2", "0 rows", "2 rows changed"; values as the
                       ///< server printed them
  std::string sqlstate;  ///< empty when the statement succeeded; "08006" for a broken connection
  std::string message;   ///< the server's own words for it
  Duration took{};       ///< statement: the simulated time that it waited on the server
  std::string boundary;  ///< for faults: "advance.save_progress:after_commit"
  std::string note;
  bool operator==(const Event&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    const bool counts = self.kind == EventKind::applied;
    visit("step", self.step, Written::always);
    visit("at", self.at, Written::always);
    visit("kind", self.kind, Written::always);
    visit("commit", self.commit, Written::in_files);
    visit("server_ahead", self.server_ahead, Written::unless_usual);
    visit("worker", self.worker, Written::unless_usual);
    visit("giver", self.giver, Written::unless_usual);
    visit("session", self.session, Written::unless_usual);
    visit("backend", self.backend, Written::unless_usual);
    visit("operation", self.operation, Written::unless_usual);
    visit("statement", self.statement, Written::unless_usual);
    visit("bound", self.bound, Written::unless_usual);
    visit("job", self.job, Written::unless_usual);
    visit("attempt", self.attempt, Written::unless_usual);
    visit("before", self.before, Written::unless_usual);
    visit("after", self.after, Written::unless_usual);
    visit("fault", self.fault, Written::unless_usual);
    visit("lasts", self.lasts, Written::unless_usual);
    visit("item", self.item, Written::unless_usual);
    visit("count_before", self.count_before, Written::unless_usual);
    visit("count_after", self.count_after, counts ? Written::in_digest : Written::unless_usual);
    visit("claims", self.claims, Written::unless_usual);
    visit("committed", self.committed, Written::unless_usual);
    visit("result", self.result, Written::unless_usual);
    visit("sqlstate", self.sqlstate, Written::unless_usual);
    visit("message", self.message, Written::in_files);
    visit("took", self.took, Written::in_files);
    visit("boundary", self.boundary, Written::unless_usual);
    visit("note", self.note, Written::unless_usual);
  }
};

/// What holds a job: a row, a lock of a session or of a transaction, or nothing that could.
enum class LeaseKind { row, session, transaction, none };
/// What is promised of the tokens of one job.
enum class TokenOrder { unique, increasing };
/// What it means that an inserted job is no longer observed.
enum class AbsentMeans { lost, ready, succeeded };

/// Which optional columns the observe query returns, by name ("token", "lease_until", …).
using Columns = std::set<std::string>;

/// What a protocol declares about itself, as far as properties depend on it.
struct Declared {
  std::string protocol;
  LeaseKind lease_kind = LeaseKind::row;
  TokenOrder token_order = TokenOrder::unique;
  AbsentMeans absent = AbsentMeans::lost;
  Duration lease = 0s;        ///< how long a claim holds, at most; 0 where none is declared
  std::set<Duration> leases;  ///< where claims may hold for one of several lengths: all of them
  std::optional<Duration> within;  ///< how far a lease's end may be from that; nullopt: 1 s
  bool workers_clock = false;      ///< [lease] clock = "worker": ends are by the holder's own clock
  Duration poll = 0s;              ///< the longest poll of a claiming role
  std::optional<Duration> longest_poll{};  ///< of another role, where that is longer: it may free
                                           ///< what claiming roles claim
  std::optional<Duration> freed_within;  ///< declared bound of job_not_stuck and of the survival of
                                         ///< dead sessions' locks
  std::optional<Duration> claimed_within{};  ///< the same for a job that nobody owned; nullopt: as
                                             ///< freed_within
  std::optional<std::int64_t> max_attempts;  ///< declared limit of claims of one job
  std::optional<Duration> backoff;       ///< how long a job rests, at least, when its holder failed
  std::optional<Duration> backoff_most;  ///< and at most, where that is more
  std::set<std::string> fixed;           ///< [jobs] fixed: those that are there for ever
  std::optional<Duration> ends_within;   ///< [jobs] ends_within: a job that is tried ends by then
  bool in_order = false;  ///< [jobs] order = "strict": who is behind may wait for ever
  std::set<std::string>
      final;  ///< [jobs] final: operations that may fail a job for good at any time
  Columns columns;
  bool observes_applied = false;
  bool applied_once = false;  ///< [jobs] applied = "once": no item may be applied twice
  bool strict = false;        ///< [lease] strict: never two who believe, see single_owner
  bool may_run_out = false;   ///< [lease] may_run_out: work may take longer than a lease
  std::optional<Duration> notices_within;   ///< a worker learns within this time that it lost
  std::optional<std::int64_t> claim_limit;  ///< declared number of jobs that one claim may take
  /// Roles that claim as another one does, so that either may claim the same jobs: the first such.
  std::map<std::string, std::string> claims_like{};
  std::set<std::string> operators;  ///< roles that stand for people: they may do anything
  std::set<std::string> preempts;   ///< roles that may take a job from its holder
  std::set<std::string> retention;  ///< roles that may remove what was applied
  std::set<std::string> expects;    ///< errors that a role names: "worker/claim.take 23505",
                                    ///< "worker/* 40001"
  std::set<std::string> never;      ///< the `:never` statements
  std::set<std::string> anyway;     ///< properties that the scenario demands though a fault excuses
                                    ///< them
  bool operator==(const Declared&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("protocol", self.protocol, Written::always);
    visit("lease_kind", self.lease_kind, Written::always);
    visit("token_order", self.token_order, Written::always);
    visit("absent", self.absent, Written::always);
    visit("lease", self.lease, Written::always);
    visit("poll", self.poll, Written::always);
    visit("longest_poll", self.longest_poll, Written::unless_usual);
    visit("leases", self.leases, Written::unless_usual);
    visit("within", self.within, Written::unless_usual);
    visit("workers_clock", self.workers_clock, Written::unless_usual);
    visit("freed_within", self.freed_within, Written::unless_usual);
    visit("claimed_within", self.claimed_within, Written::unless_usual);
    visit("max_attempts", self.max_attempts, Written::unless_usual);
    visit("backoff", self.backoff, Written::unless_usual);
    visit("backoff_most", self.backoff_most, Written::unless_usual);
    visit("fixed", self.fixed, Written::unless_usual);
    visit("ends_within", self.ends_within, Written::unless_usual);
    visit("in_order", self.in_order, Written::unless_usual);
    visit("final", self.final, Written::unless_usual);
    visit("columns", self.columns, Written::always);
    visit("observes_applied", self.observes_applied, Written::always);
    visit("applied_once", self.applied_once, Written::unless_usual);
    visit("strict", self.strict, Written::unless_usual);
    visit("may_run_out", self.may_run_out, Written::unless_usual);
    visit("notices_within", self.notices_within, Written::unless_usual);
    visit("claim_limit", self.claim_limit, Written::unless_usual);
    visit("claims_like", self.claims_like, Written::unless_usual);
    visit("operators", self.operators, Written::unless_usual);
    visit("preempts", self.preempts, Written::unless_usual);
    visit("retention", self.retention, Written::unless_usual);
    visit("expects", self.expects, Written::unless_usual);
    visit("never", self.never, Written::unless_usual);
    visit("anyway", self.anyway, Written::unless_usual);
  }
};

/// The first role that claims as this one does: often itself.
const std::string& claiming_as(const Declared& declared, const std::string& role);

/// Everything that happened in one run, in order.
struct History {
  Declared declared;
  std::vector<Event> events;
  bool operator==(const History&) const = default;
};

/// The events up to and with this step.
History up_to(const History& history, int step);
/// Succeeded, or failed for good.
bool is_terminal(const JobRecord& record);
/// What the server's clock showed at an event: what lease_until and ready_at are compared with.
inline Instant server_time(const Event& event) { return event.at + event.server_ahead; }

/// When, in simulated time, a server's clock that is so far ahead shows that instant; "for ever"
/// stays that.
Instant simulated_time(Instant on_server, Duration server_ahead);

/// The note of work that its worker gave up, because it took too long.
constexpr std::string_view kGivenUp = "given up";
/// The note of a restart under the name that the dead process had.
constexpr std::string_view kSameName = "the same name";
/// The note of a statement that fails in the worker itself: it has nothing to bind, or can't make
/// anything of the answer.
constexpr std::string_view kInWorker = "in the worker";
/// The note of a forbidden event of a statement that has no answer to a committed state; message
/// says why.
constexpr std::string_view kUnanswered = "unanswered";

/// What no program's step is, by operation and statement: an attempt to connect, and what a
/// session's end undid, where its worker closed it or something else ended it.
constexpr std::string_view kConnect = "connect";
constexpr std::string_view kSession = "session";
constexpr std::string_view kClosed = "closed";
constexpr std::string_view kEnded = "ended";
/// Whether what this names was a session's end that its worker did not want.
bool is_end_of_session(std::string_view operation, std::string_view statement);

/// Whether it is the statement that begins a transaction; one that ends one; either.
bool is_begin(const Event& event);
bool is_end_of_transaction(const Event& event);
bool is_transaction_control(const Event& event);

/// Whose commit a grant, or what it changed, was.
inline const WorkerId& committer(const Event& event) {
  return event.giver.empty() ? event.worker : event.giver;
}

/// The fault that this event is, if it is one and says which; nullptr for all others.
const Fault* fault_in(const Event& event);

/// The names by which files and traces call the values of an enumeration, in order; whichever value
/// is given.
std::span<const std::string_view> names_of(JobState);
std::span<const std::string_view> names_of(EventKind);
std::span<const std::string_view> names_of(LeaseKind);
std::span<const std::string_view> names_of(TokenOrder);
std::span<const std::string_view> names_of(AbsentMeans);
std::string_view to_text(JobState state);
std::string_view to_text(EventKind kind);
/// One event as one line that holds all its fields that matter and nothing of this machine: what
/// the digest is taken of.
std::string canonical_line(const Event& event);
/// 64-bit FNV-1a over canonical lines with a final mix (Fowler, Noll, Vo 1991), printed as 16 hex
/// digits.
std::string digest(const History& history);

}  // namespace fencepost
