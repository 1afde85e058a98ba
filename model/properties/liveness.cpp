// What must go on: jobs that wait.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/ledger.hpp"
#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

/// Follows what job_not_stuck needs to know: who lives, who is free, what waits since when.
class Waiting {
 public:
  explicit Waiting(const History& history) : declared_(history.declared), crew_(declared_) {
    // A claimer that comes back is one more; of another role there may be only one.
    for (const Event& event : history.events) {
      const bool again = event.worker.text.find('.') != std::string::npos;
      if (event.kind == EventKind::worker_started && !(again && event.claims))
        all_there_ = event.at;
    }
  }

  void follow(const Event& event) {
    const std::optional<Instant> nobody_until = std::exchange(nobody_until_, std::nullopt);
    stillness_.follow(event);
    crew_.follow(event);
    switch (event.kind) {
      case EventKind::worker_started:
        if (event.claims) claiming_.insert(event.worker);
        break;
      case EventKind::changed:
        write(event);
        break;
      case EventKind::granted:
      case EventKind::restored:
        holder_[event.job] = event.worker;
        held_as_[event.job] = event.attempt;
        touched_[event.job] = leased_[event.job] = event.at;
        break;
      case EventKind::renewed:
        touched_[event.job] = leased_[event.job] = event.at;
        break;
      case EventKind::released:
      case EventKind::revoked:
        if (comes_round(event)) come_round_.insert(event.job);
        touched_[event.job] = event.at;
        if (event.kind == EventKind::released || event.fault || !event.after ||
            event.after->state != JobState::owned)
          holder_.erase(event.job);
        break;
      case EventKind::believed:
        // Whoever came back under the name of the holder goes on with what that one held.
        if (event.attempt && held_as_[event.job] == event.attempt)
          holder_[event.job] = event.worker;
        break;
      case EventKind::work:
        break;
      case EventKind::let_go:
        if (declared_.lease_kind == LeaseKind::transaction) touched_[event.job] = event.at;
        break;
      case EventKind::fault:
        disturb(event);
        if (fails_of_itself(event)) failing_.insert(event.job);
        break;
      case EventKind::resumed:
        calm_from_ = std::max(calm_from_, event.at);
        break;
      case EventKind::heal_started:
        come_round_.clear();
        healing_ = true;
        calm_from_ = std::min(calm_from_, event.at);
        break;
      default:
        nobody_until_ = nobody_until;
        break;
    }
  }

  bool anybody_lives() const { return crew_.anybody_lives(); }

  /// The job that has waited too long at this event, and since when.
  std::optional<std::pair<JobId, Instant>> stuck_at(const Event& event) {
    if (nobody_until_ && event.at <= *nobody_until_) return std::nullopt;
    Instant nobody_until = Instant::max();
    const Instant freed = crew_.freed_since();
    if (freed != Instant::max())
      for (const auto& [job, record] : jobs_) {
        const auto wait = waits(job, record, freed);
        if (wait && event.at > wait->until) return std::pair(job, wait->since);
        // Whoever looks for it makes its wait shorter, but no shorter than that.
        const Duration least = Stillness::kPatience;
        if (wait) nobody_until = std::min({nobody_until, wait->until, later(wait->since, least)});
      }
    nobody_until_ = nobody_until;
    return std::nullopt;
  }
  /// ", with 3 attempts behind it": what its own SQL may have had enough of; empty where that is
  /// not observed, or none.
  std::string attempts_behind(const JobId& job) const {
    const std::optional<int>& attempts = jobs_.at(job).attempts;
    return attempts.value_or(0) > 0 ? fmt::format(", with {} attempts behind it,", *attempts) : "";
  }
  /// "is owned by nobody who lives", or what else it does.
  std::string stands(const JobId& job) const {
    if (jobs_.at(job).state != JobState::owned) return "waited";
    const auto holder = holder_.find(job);
    const bool lives = holder != holder_.end() && crew_.lives(holder->second);
    return lives ? "stood as owned by nobody who works on it"
                 : "stood as owned by nobody who lives";
  }
  /// A job that waits at this event and has not waited too long yet: it may still be claimed, or
  /// never.
  std::optional<JobId> still_waits_at(const Event& event) const {
    const Instant freed = crew_.freed_since();
    for (const auto& [job, record] : jobs_) {
      // These wait for their next turn, for ever.
      if (goes_on_for_ever(job) || come_round_.contains(job)) continue;
      const auto wait = waits(job, record, freed);
      if (wait && event.at < wait->until) return job;
    }
    return std::nullopt;
  }

 private:
  /// What is done to the server or to all of them lasts; heal ends it.
  void disturb(const Event& event) {
    if (const Fault* const fault = fault_in(event); fault != nullptr && !fault->disturbs) return;
    const bool lasts = event.fault && strikes_everybody(*event.fault) && !healing_;
    calm_from_ = std::max(calm_from_, event.at + (lasts ? event.lasts : 0us));
  }
  /// Since when a job could have been claimed by somebody who was free, and by when it must be.
  struct Wait {
    Instant since{};
    Instant until{};
  };
  /// nullopt where it can't be claimed, or is not to be.
  std::optional<Wait> waits(const JobId& job, const JobRecord& record, Instant freed) const {
    if (is_terminal(record) || worked_on(job)) return std::nullopt;
    if (!healing_ && record.state == JobState::owned) return std::nullopt;
    if (group_is_full(job, record) || is_owned_for_good(job, record)) return std::nullopt;
    Instant since = std::max({calm_from_, freed, all_there_});
    if (const auto last = touched_.find(job); last != touched_.end())
      since = std::max(since, last->second);
    if (record.group)
      if (const auto last = group_touched_.find(*record.group); last != group_touched_.end())
        since = std::max(since, last->second);
    // What was written is on the server's clock of then.
    const Written& written = written_.at(job);
    const Duration ahead = written.ahead;
    const Instant rested =
        record.state == JobState::ready ? rest_ends(record, written, ahead) : Instant::min();
    if (record.state != JobState::owned || declared_.freed_within) {
      if (record.state == JobState::owned) since = std::max(since, lease_ends(job, record, ahead));
      since = std::max(since, rested);
      const Duration usual = declared_.freed_within.value_or(declared_.lease + declared_.poll);
      if (record.state == JobState::owned) return Wait{since, later(since, usual)};
      const Instant bound = later(since, declared_.claimed_within.value_or(usual));
      return Wait{since, std::min(healing_ ? bound : Instant::max(), claimed_by(job, since))};
    }
    // Whoever died has its lease behind it a lease later; from then on it takes a poll of the role
    // that frees the job, and one of the role that claims it.
    const Instant ends = lease_ends(job, record, ahead);
    return Wait{
        std::max(since, ends),
        std::max(later(since, declared_.lease + declared_.poll),
                 later(ends, declared_.poll + declared_.longest_poll.value_or(declared_.poll)))};
  }
  /// By when a ready job is claimed that nothing keeps from it: nobody holds or waits for anything,
  /// its holder did not fail, and workers look for it again and again.
  Instant claimed_by(const JobId& job, Instant since) const {
    const bool held = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& each) {
      return each.second.state == JobState::owned;
    });
    if (held || crew_.somebody_believes()) return Instant::max();
    const bool comes_round = come_round_.contains(job) && !stillness_.given_up(job);
    if (comes_round || goes_on_for_ever(job)) return Instant::max();
    // Before heal the one that it needs may stand still, or be on its way back.
    if (!healing_ && !crew_.is_complete()) return Instant::max();
    if (declared_.freed_within || declared_.claimed_within) return Instant::max();
    return stillness_.found_by(job, since,
                               std::max(declared_.poll, declared_.longest_poll.value_or(0us)));
  }
  /// Whether it never comes to an end.
  bool goes_on_for_ever(const JobId& job) const {
    return declared_.fixed.contains(job.text) || failing_.contains(job);
  }
  /// With grace; never, where that is so far away.
  static Instant later(Instant since, Duration bound) {
    const Duration most = bound + kGrace;
    return since >= Instant::max() - most ? Instant::max() : since + most;
  }
  /// When a lease ends as it is written, but not later than a declared one may.
  Instant lease_ends(const JobId& job, const JobRecord& record, Duration ahead) const {
    if (!record.lease_until) return Instant::min();
    const Instant end = simulated_time(*record.lease_until, ahead);
    const auto leased = leased_.find(job);
    if (declared_.lease == 0us || declared_.workers_clock || leased == leased_.end()) return end;
    return std::min(end, leased->second + declared_.lease + declared_.within.value_or(kGrace));
  }
  /// How far the server's clock was ahead when what it compares with was written, and by whom.
  struct Written {
    Instant at{};
    Duration ahead{};
    bool by_claimer = false;
    bool on_schedule = false;  ///< by its holder, and not because it failed
  };
  /// When a rest ends: as it was brought in; who claims jobs may only write one that ends, and,
  /// unless its holder makes it ready for its next round, within the declared backoff.
  Instant rest_ends(const JobRecord& record, const Written& written, Duration ahead) const {
    if (!record.ready_at) return Instant::min();
    const Instant end = simulated_time(*record.ready_at, ahead);
    if (!written.by_claimer) return end;
    if (end == Instant::max()) return written.at;
    if (written.on_schedule) return end;
    const auto most = declared_.backoff_most ? declared_.backoff_most : declared_.backoff;
    return most ? std::min(end, written.at + *most + declared_.within.value_or(kGrace)) : end;
  }
  void write(const Event& event) {
    const auto known = jobs_.find(event.job);
    const std::optional<JobRecord> before =
        known == jobs_.end() ? std::nullopt : std::optional(known->second);
    const std::optional<JobRecord>& after = event.after;
    const bool same = before && after && before->state == after->state &&
                      before->lease_until == after->lease_until &&
                      before->ready_at == after->ready_at;
    if (!same) {
      const bool by_claimer = claiming_.contains(event.worker);
      const bool let_go = before && before->state == JobState::owned && event.attempt;
      written_[event.job] = {event.at, event.server_ahead, by_claimer,
                             let_go && event.operation != "fail"};
      // What was let go is free from then on, whoever touches it later.
      if (!before || !after || before->state != after->state) touched_[event.job] = event.at;
      if (!by_claimer && before && after && before->ready_at != after->ready_at)
        touched_[event.job] = event.at;
      for (const auto& record : {before, after})
        if (record && record->group) group_touched_[*record->group] = event.at;
    }
    if (after)
      jobs_[event.job] = *after;
    else
      jobs_.erase(event.job);
  }
  /// Held by a worker that lives and knows that it holds it; where a transaction is the lease, by
  /// one that is in it.
  bool worked_on(const JobId& job) const {
    if (declared_.lease_kind == LeaseKind::transaction) return crew_.anybody_believes(job);
    const auto holder = holder_.find(job);
    return holder != holder_.end() && crew_.believes(holder->second, job);
  }
  /// Whether a dead worker owns it without an end, and nothing declares that it ever gets free.
  bool is_owned_for_good(const JobId& job, const JobRecord& record) const {
    if (record.state != JobState::owned || record.lease_until) return false;
    if (declared_.lease > 0us || declared_.freed_within) return false;
    if (declared_.lease_kind != LeaseKind::row) return false;
    const auto holder = holder_.find(job);
    return holder != holder_.end() && !crew_.lives(holder->second);
  }
  /// Whether as many others of its group are owned as may be.
  bool group_is_full(const JobId& job, const JobRecord& record) const {
    if (!record.group || !record.cap) return false;
    const auto owned = std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& each) {
      return each.first != job && each.second.group == record.group &&
             each.second.state == JobState::owned;
    });
    return owned >= *record.cap;
  }

  const Declared& declared_;
  std::map<JobId, JobRecord> jobs_;
  std::map<JobId, Written> written_;
  std::map<JobId, Instant> touched_;
  std::map<JobId, Instant> leased_;  ///< granted or renewed
  std::map<std::string, Instant> group_touched_;
  std::set<WorkerId> claiming_;
  std::map<JobId, WorkerId> holder_;
  std::map<JobId, AttemptId> held_as_;  ///< the last
  std::set<JobId> come_round_;          ///< in heal: by their holders
  std::set<JobId> failing_;             ///< every time
  Crew crew_;
  Stillness stillness_;
  bool healing_ = false;
  std::optional<Instant> nobody_until_;  ///< until then nobody has waited too long, if only
                                         ///< statements come; nullopt: not known
  Instant calm_from_{};  ///< nothing is done to anybody from then on, as far as is known
  Instant all_there_{};  ///< when the last worker started: one that a job needs may be late
};

}  // namespace

Judge job_not_stuck;
extern const Property kJobNotStuck = {
    .name = "job_not_stuck",
    .must_hold =
        "A job that waits is claimed: in heal within the declared bound, and never only after five "
        "minutes or ten polls in which workers looked for jobs in vain.",
    .definition =
        "For each non-terminal job that no live, believing worker holds and whose group is not "
        "full (nor is it a dead worker's where neither lasts, freed_within nor lease_until says "
        "when it gets free): let t0 be the latest of the last fault (its end, where it lasts) or "
        "resumption, the last worker's start (its first, where it claims), its lease_until (but at "
        "most the declared lease after its grant or renewal), its ready_at (one that a claiming "
        "role wrote, but for a holder that comes round: at most the declared backoff after that), "
        "its last grant, renewal, release or change of state (where a transaction is the lease, "
        "also when its worker let go of it), the last change in its group, and the moment since "
        "which of each role that claims some live worker is free and awake (not while it still "
        "works on what it lost; but for roles that hold what is fixed); then no event of heal lies "
        "after t0 + bound, where bound is freed_within (of a ready job claimed_within, where "
        "declared), else lease + poll (and a second of grace for the statements themselves); of a "
        "ready job that did not fail at most five minutes or ten polls (not where it comes round, "
        "unless its holder gave it up because of an error), while nobody holds anything, no "
        "session is left by its worker, nothing changes, and workers look for jobs (where all are "
        "there and awake, before heal, too). Where lease_until of an owned job is seen, nothing of "
        "its lease is left behind it: no event lies after lease_until + poll + the longest poll of "
        "any role, or after t0 without lease_until + bound, whichever is later. A server's clock "
        "that jumps or stands still excuses it. A job that the protocol's own SQL leaves out for "
        "good, because its attempts are used up, is not waiting: observe must show it as failed. A "
        "scenario that demands it anyway counts lease_until and ready_at as they stood in "
        "simulated time when they were written.",
    .judged_when = {"did heal begin", came<EventKind::heal_started>},
    .rests_on = Guarantee::clock,
    .liveness = true,
    .judge = job_not_stuck};
Verdict job_not_stuck(const History& history) {
  if (history.declared.lease_kind == LeaseKind::none) return not_applicable("nothing is leased");
  Findings findings;
  Waiting waiting(history);
  for (const Event& event : history.events) {
    // Judged before the event takes effect: the job waited until now, whatever happens to it now.
    const auto stuck = waiting.stuck_at(event);
    if (stuck) {
      Event about = event;
      about.job = stuck->first;
      about.attempt = {};
      findings.add(
          about, "",
          fmt::format("job {} {} since {}{} and a worker was free, but at {} nobody "
                      "had claimed it",
                      stuck->first.text, waiting.stands(stuck->first), to_text(stuck->second),
                      waiting.attempts_behind(stuck->first), to_text(event.at)));
      break;
    }
    waiting.follow(event);
  }
  Verdict verdict = findings.verdict();
  if (verdict.outcome != Outcome::holds) return verdict;
  if (!waiting.anybody_lives()) return {Outcome::open, {}, "no claiming worker lives in heal"};
  if (const auto job = waiting.still_waits_at(history.events.back()))
    return {Outcome::open, {}, fmt::format("job {} still waited at its end", job->text)};
  return verdict;
}

}  // namespace fencepost
