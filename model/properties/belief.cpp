// What workers believe, against what the database says: it was never granted, it is believed for
// too long, or two believe in one job.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

/// One worker's belief in one job, and since when it is wrong.
struct Belief {
  AttemptId attempt;
  std::optional<Instant> lost_at;
};

/// Follows who believes in what, who is awake since when, and whose attempt holds.
class Beliefs {
 public:
  void follow(const Event& event) {
    switch (event.kind) {
      case EventKind::believed:
        // It may hear of a grant that is lost by then.
        believers_[event.job][event.worker] = {event.attempt, revoked_.contains(event.attempt)
                                                                  ? std::optional(event.at)
                                                                  : std::nullopt};
        break;
      case EventKind::let_go:
        believers_[event.job].erase(event.worker);
        break;
      case EventKind::restored:
        revoked_.erase(event.attempt);
        break;
      case EventKind::revoked:
        revoked_.insert(event.attempt);
        for (auto& [worker, belief] : believers_[event.job])
          if (belief.attempt == event.attempt && !belief.lost_at) belief.lost_at = event.at;
        break;
      case EventKind::fault:
        if (const Fault* fault = fault_in(event); fault && fault->fate == Fate::stands_still)
          fall_asleep(event.worker);
        break;
      case EventKind::resumed:
        asleep_.erase(event.worker);
        awake_since_[event.worker] = event.at;
        break;
      default:
        break;
    }
  }

  /// Whoever is awake and at this instant has believed for longer than that in what it lost.
  struct Overdue {
    JobId job;
    WorkerId worker;
    AttemptId attempt;
    Instant since;
  };
  std::optional<Overdue> overdue_at(Instant now, Duration allowed) const {
    for (const auto& [job, believers] : believers_) {
      for (const auto& [worker, belief] : believers) {
        if (!belief.lost_at || asleep_.contains(worker)) continue;
        const auto awake = awake_since_.find(worker);
        Instant since = *belief.lost_at;
        if (awake != awake_since_.end()) since = std::max(since, awake->second);
        if (now > since + allowed + kGrace) return Overdue{job, worker, belief.attempt, since};
      }
    }
    return std::nullopt;
  }
  /// Somebody who is awake, believes in the job and did not lose it.
  std::optional<WorkerId> rightful(const JobId& job) const {
    const auto believers = believers_.find(job);
    if (believers == believers_.end()) return std::nullopt;
    for (const auto& [worker, belief] : believers->second)
      if (!belief.lost_at && !asleep_.contains(worker)) return worker;
    return std::nullopt;
  }

 private:
  /// Nobody is everybody.
  void fall_asleep(const WorkerId& who) {
    asleep_.insert(who);
    if (who.empty())
      for (const auto& [job, believers] : believers_)
        for (const auto& [worker, belief] : believers) asleep_.insert(worker);
  }

  std::map<JobId, std::map<WorkerId, Belief>> believers_;
  std::set<AttemptId> revoked_;
  std::set<WorkerId> asleep_;
  std::map<WorkerId, Instant> awake_since_;
};

bool lost_a_belief(const History& history) {
  std::set<AttemptId> believed;
  return std::any_of(history.events.begin(), history.events.end(), [&](const Event& event) {
    if (event.kind == EventKind::believed) believed.insert(event.attempt);
    if (event.kind == EventKind::let_go) believed.erase(event.attempt);
    return event.kind == EventKind::revoked && believed.contains(event.attempt);
  });
}

/// Whether both are lives of one worker: "w1" and "w1.2".
bool are_lives_of_one(const WorkerId& one, const WorkerId& other) {
  return one.text.substr(0, one.text.find('.')) == other.text.substr(0, other.text.find('.'));
}

/// Who holds which job, and who held it when its own last statement was answered: what came after
/// that, such as a server that goes down, nobody told it.
class Told {
 public:
  void follow(const Event& event) {
    if (event.claims) claiming_.insert(event.worker);
    // What is given to a name is its next bearer's, too.
    if (event.note == kSameName)
      for (auto& [job, holder] : holders_)
        if (are_lives_of_one(holder.who, event.worker)) holder.who = event.worker;
    if (event.kind == EventKind::statement && event.sqlstate.empty() &&
        event.operation != "heartbeat")
      answered_[event.worker] = event.step;
    // Where another one takes it over, the grant follows.
    if (event.kind == EventKind::released || event.kind == EventKind::revoked) {
      const auto holder = holders_.find(event.job);
      if (holder == holders_.end()) return;
      lost_[{event.job, holder->second.who}] = {holder->second.from, event.step};
      holders_.erase(holder);
    }
    if (event.kind != EventKind::granted && event.kind != EventKind::restored) return;
    const auto lost = lost_.find({event.job, event.worker});
    const bool keeps = lost != lost_.end() && lost->second.until == event.step;
    holders_[event.job] = {event.worker, keeps ? lost->second.from : event.step};
  }
  bool holds(const WorkerId& who, const JobId& job) const {
    const auto holder = holders_.find(job);
    if (holder != holders_.end() && holder->second.who == who) return true;
    const auto lost = lost_.find({job, who});
    const auto answered = answered_.find(who);
    return lost != lost_.end() && answered != answered_.end() &&
           answered->second >= lost->second.from && answered->second < lost->second.until;
  }
  /// What is missing where the job's holder could have claimed it for another only.
  std::string missing(const JobId& job) const {
    const auto holder = holders_.find(job);
    if (holder == holders_.end() || claiming_.contains(holder->second.who)) return "";
    return fmt::format(
        ", by {}, which claims nothing: where that gives jobs to others, observe shows "
        "as owner the name (:worker) of who is given one",
        holder->second.who.text);
  }

 private:
  struct Holder {
    WorkerId who;
    int from = 0;  ///< its step
  };
  struct Steps {
    int from = 0, until = 0;
  };
  std::set<WorkerId> claiming_;
  std::map<JobId, Holder> holders_;
  std::map<std::pair<JobId, WorkerId>, Steps> lost_;  ///< the last time that it held it
  std::map<WorkerId, int> answered_;                  ///< the step of its last statement
};

}  // namespace

Judge belief_granted;
extern const Property kBeliefGranted = {
    .name = "belief_granted",
    .must_hold = "What a worker was told that it holds was committed for it.",
    .definition =
        "For each believed event of w on j: some claim of j by w was committed in this round, or w "
        "holds j still, or did when its last statement was answered; so does who was given j by "
        "another's commit, which names w as its owner. Where a lease is a transaction, nothing is "
        "granted before its end.",
    .judged_when = {"did anybody believe in a job", came<EventKind::believed>},
    .judge = belief_granted};
Verdict belief_granted(const History& history) {
  if (history.declared.lease_kind == LeaseKind::none) return not_applicable("nothing is leased");
  if (history.declared.lease_kind == LeaseKind::transaction)
    return not_applicable("a transaction is the lease, and nothing is granted before its end");
  Findings findings;
  Told told;
  std::map<JobId, JobState> shown;  ///< by observe
  std::set<AttemptId> given;
  for (const Event& event : history.events) {
    if (!event.giver.empty()) given.insert(event.attempt);
    if (event.after) shown[event.job] = event.after->state;
    if (event.kind == EventKind::changed && !event.after) shown.erase(event.job);
    told.follow(event);
    if (event.kind != EventKind::believed) continue;
    if (event.attempt && !given.contains(event.attempt)) continue;
    if (told.holds(event.worker, event.job)) continue;
    const auto state = shown.find(event.job);
    findings.add(
        event, "",
        fmt::format("{} believes since {} that it holds job {}, but no claim of it was "
                    "committed: observe {}{}",
                    event.worker.text, to_text(event.at), event.job.text,
                    state == shown.end() ? "does not show it"
                                         : fmt::format("shows it as {}", to_text(state->second)),
                    told.missing(event.job)));
  }
  return findings.verdict();
}

Judge belief_ends;
extern const Property kBeliefEnds = {
    .name = "belief_ends",
    .must_hold =
        "Nobody who is awake believes in a lost lease for longer than the declared notices_within.",
    .definition =
        "For each revoked(k) at t: the worker of k has let go of j by the latest of t and its last "
        "resumption, plus notices_within (and a second of grace).",
    .judged_when = {"did anybody lose a job in which he believed", lost_a_belief},
    .judge = belief_ends};
Verdict belief_ends(const History& history) {
  const auto allowed = history.declared.notices_within;
  if (!allowed) return not_applicable("[lease] declares no notices_within");
  Findings findings;
  Beliefs beliefs;
  for (const Event& event : history.events) {
    if (const auto late = beliefs.overdue_at(event.at, *allowed)) {
      Event about = event;
      about.job = late->job;
      about.attempt = late->attempt;
      findings.add(
          about, "",
          fmt::format("{} lost job {} and could know it since {}, but still believes at {} "
                      "that it holds it",
                      late->worker.text, late->job.text, to_text(late->since), to_text(event.at)));
      break;
    }
    beliefs.follow(event);
  }
  return findings.verdict();
}

// The first event at which two who are awake have both believed in one job for longer than a worker
// may take to notice.
void find_two_believers(const History& history, Findings& findings) {
  if (!history.declared.strict) return;
  Beliefs beliefs;
  for (const Event& event : history.events) {
    const auto late = beliefs.overdue_at(event.at, history.declared.notices_within.value_or(0us));
    const auto other = late ? beliefs.rightful(late->job) : std::nullopt;
    if (other) {
      Event about = event;
      about.job = late->job;
      about.attempt = late->attempt;
      findings.add(about, "",
                   fmt::format("{} and {} both believe at {} that they hold job {}; {} lost it and "
                               "could know it since {}",
                               late->worker.text, other->text, to_text(event.at), late->job.text,
                               late->worker.text, to_text(late->since)));
      return;
    }
    beliefs.follow(event);
  }
}

}  // namespace fencepost
