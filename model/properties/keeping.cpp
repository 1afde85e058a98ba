// What an owner may count on: that it keeps its job while it is well, and that its own writes are
// not refused.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

/// Attempts whose worker believes in them, and whether something that the harness did touched them:
/// to their worker or to one of its sessions, while they lasted or in the transaction of the claim.
class Health {
 public:
  explicit Health(const Declared& declared) : declared_(declared) {}

  void follow(const Event& event) {
    disturbed_.follow(event);
    for (auto& [id, attempt] : attempts_)
      attempt.touched = attempt.touched || disturbed_.by(event, attempt.worker);
    if (event.kind == EventKind::fault || event.kind == EventKind::session_ended)
      (strikes_all(event) ? all_struck_ : struck_[event.worker]) = event.step;
    if (event.kind == EventKind::statement) {
      if (is_begin(event)) began_[event.session] = event.step;
      claimed_from_ = began_.contains(event.session) ? began_[event.session] : event.step;
      if (is_end_of_transaction(event)) began_.erase(event.session);
    }
    if (event.kind == EventKind::believed && attempts_.contains(event.attempt))
      attempts_[event.attempt].believed = true;
    if (event.kind == EventKind::let_go) attempts_.erase(event.attempt);
    if (event.kind == EventKind::granted)
      attempts_[event.attempt] = {event.worker, disturbed_.from_the_start(event) || hurt(event),
                                  false, lease_end(event)};
    if (event.kind == EventKind::renewed && attempts_.contains(event.attempt))
      attempts_[event.attempt].until = lease_end(event);
  }
  /// The worker of an attempt that is believed in and was not touched, and that should not be over
  /// at this event.
  std::optional<WorkerId> healthy(AttemptId id, const Event& event) const {
    const auto attempt = attempts_.find(id);
    if (attempt == attempts_.end() || !attempt->second.believed || attempt->second.touched)
      return std::nullopt;
    if (declared_.may_run_out && attempt->second.until <= server_time(event)) return std::nullopt;
    return attempt->second.worker;
  }

 private:
  struct Attempt {
    WorkerId worker;
    bool touched = false;
    bool believed = false;
    Instant until{};  ///< by the server's clock
  };
  /// As it is written, or else as it is declared.
  Instant lease_end(const Event& event) const {
    if (event.after && event.after->lease_until) return *event.after->lease_until;
    return declared_.lease == 0us ? Instant::max() : server_time(event) + declared_.lease;
  }
  static bool strikes_all(const Event& event) { return event.worker.empty(); }
  /// Whether a fault struck between the begin of the claim's transaction and its commit.
  bool hurt(const Event& granted) const {
    const auto own = struck_.find(granted.worker);
    const int last = std::max(all_struck_, own == struck_.end() ? -1 : own->second);
    return last >= claimed_from_;
  }

  const Declared& declared_;
  std::map<AttemptId, Attempt> attempts_;
  std::map<SessionId, int> began_;  ///< the step in which its transaction began
  std::map<WorkerId, int> struck_;  ///< the step in which it was struck last
  int all_struck_ = -1;
  int claimed_from_ = 0;
  Disturbed disturbed_;
};

}  // namespace

Judge healthy_keeps_lease;
extern const Property kHealthyKeepsLease = {
    .name = "healthy_keeps_lease",
    .must_hold = "An owner that no fault touched does not lose its job, however slow its work.",
    .definition =
        "For each granted(k', j) while k holds j, and each commit of another that makes j ready, "
        "failed or absent: between the begin of the transaction that granted k and it lies a fault "
        "of k's worker, the end of one of its sessions, or its letting go; k counts from when its "
        "worker believed in it. Operators, roles that preempt and the end of the session that held "
        "it may take it, and, where [lease] says may_run_out, whoever finds that the lease has "
        "ended "
        "by the server's clock. A server's clock that jumps or stands still excuses it, because a "
        "lease "
        "then ends at another time than the worker was told.",
    .judged_when = {"did anybody believe in a job", came<EventKind::believed>},
    .rests_on = Guarantee::clock,
    .judge = healthy_keeps_lease};
Verdict healthy_keeps_lease(const History& history) {
  Findings findings;
  const Roles roles(history);
  std::map<JobId, AttemptId> current;
  Health health(history.declared);
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted) {
      const AttemptId before = current[event.job];
      if (const auto worker = health.healthy(before, event);
          worker && *worker != event.worker && !roles.may_take(committer(event)))
        findings.add(
            event, "",
            fmt::format("{} took job {} over at {} from {} (grant {}), which no fault had touched",
                        committer(event).text, event.job.text, to_text(event.at), worker->text,
                        before.number));
    }
    const auto holder = health.healthy(event.attempt, event);
    if (holder && takes_away(event, *holder, roles))
      findings.add(
          event, "",
          fmt::format("{} ran {}.{} at {} and made job {} {}, which {} (grant {}) held, and no "
                      "fault had touched that one",
                      name_of(event.worker), event.operation, event.statement, to_text(event.at),
                      event.job.text, event.after ? to_text(event.after->state) : "disappear",
                      holder->text, event.attempt.number));
    health.follow(event);
    // A crash, behind which something is held again, has touched everybody.
    if (event.kind == EventKind::granted) current[event.job] = event.attempt;
    const bool unowned = !event.after || event.after->state != JobState::owned;
    if (event.kind == EventKind::released || (event.kind == EventKind::revoked && unowned))
      current.erase(event.job);
  }
  return findings.verdict();
}

Judge no_self_fencing;
extern const Property kNoSelfFencing = {
    .name = "no_self_fencing",
    .must_hold = "A fenced write that found no row had a reason.",
    .definition =
        "For each refused event of grant k at t: before it lies a later grant of the job, a "
        "terminal state, a release or revocation of k, or the server's clock has reached "
        "lease_until(k); or a crash of the server took back what k had committed of j.",
    .judged_when = {"did a fenced write find no row", came<EventKind::refused>},
    .judge = no_self_fencing};
Verdict no_self_fencing(const History& history) {
  Findings findings;
  std::map<JobId, AttemptId> current;
  std::map<AttemptId, std::optional<Instant>> lease;
  std::set<AttemptId> over;
  std::set<JobId> ended;
  for (const Event& event : history.events) {
    // A crash took a renewal back, or a token that every write moves on.
    if (is_forgetting(event)) over.insert(current[event.job]);
    if (event.after)
      lease[event.attempt ? event.attempt : current[event.job]] = event.after->lease_until;
    if (event.after && is_terminal(*event.after)) ended.insert(event.job);
    if (event.kind == EventKind::granted || event.kind == EventKind::restored) {
      current[event.job] = event.attempt;
      over.erase(event.attempt);
      ended.erase(event.job);
    }
    // What the server's clock has shown once was reached, also when it is put back.
    if (sets_clock(event))
      for (const auto& [attempt, until] : lease)
        if (until && *until <= server_time(event)) over.insert(attempt);
    if (event.kind == EventKind::released || event.kind == EventKind::revoked)
      over.insert(event.attempt);
    if (event.kind != EventKind::refused || !event.attempt) continue;
    const auto until = lease.find(event.attempt);
    const bool lapsed =
        until != lease.end() && until->second && *until->second <= server_time(event);
    if (current[event.job] != event.attempt || over.contains(event.attempt) ||
        ended.contains(event.job) || lapsed)
      continue;
    findings.add(
        event, "",
        fmt::format("{}.{} of {} found no row of job {} at {}, though grant {} was its owner",
                    event.operation, event.statement, event.worker.text, event.job.text,
                    to_text(event.at), event.attempt.number));
  }
  return findings.verdict();
}

}  // namespace fencepost
