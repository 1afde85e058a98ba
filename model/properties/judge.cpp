#include "model/properties/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/ledger.hpp"

namespace fencepost {

void Findings::add(const Event& event, std::string part, std::string sentence, int written_at) {
  const bool known =
      std::any_of(violations_.begin(), violations_.end(),
                  [&](const Violation& violation) { return violation.part == part; });
  if (known) return;
  violations_.push_back({std::move(part), event.step, event.at, event.job, event.attempt,
                         std::move(sentence), written_at == event.step ? 0 : written_at});
}

Verdict Findings::verdict() const {
  if (violations_.empty()) return {};
  return {Outcome::violated, violations_, ""};
}

void Disturbed::follow(const Event& event) {
  if (event.kind == EventKind::resumed) away_.erase(event.worker);
  if (event.kind == EventKind::heal_started) denied_until_ = Instant::min();
  const Fault* const fault = fault_in(event);
  if (fault == nullptr) return;
  if (fault->fate == Fate::stands_still || fault->fate == Fate::ends) away_.insert(event.worker);
  if (by(event, {})) denied_until_ = std::max(denied_until_, event.at + event.lasts);
}

bool Disturbed::by(const Event& event, const WorkerId& worker) const {
  if (event.kind == EventKind::session_ended) return event.worker == worker;
  const Fault* const fault = fault_in(event);
  if (fault == nullptr || !fault->disturbs) return false;
  return event.worker == worker || strikes_everybody(fault->kind);
}

bool Disturbed::from_the_start(const Event& granted) const {
  return away_.contains(granted.worker) || granted.at < denied_until_;
}

Roles::Roles(const History& history) : declared_(history.declared) {
  for (const Event& event : history.events)
    if (event.kind == EventKind::worker_started) roles_[event.worker] = event.note;
}

const std::string& Roles::of(const WorkerId& worker) const {
  static const std::string kNone;
  const auto role = roles_.find(worker);
  return role == roles_.end() ? kNone : role->second;
}

bool Roles::plays(const WorkerId& worker, const std::set<std::string>& roles) const {
  return roles.contains(of(worker));
}

bool Roles::may_take(const WorkerId& worker) const {
  return plays(worker, declared_.operators) || plays(worker, declared_.preempts);
}

bool takes_away(const Event& revoked, const WorkerId& holder, const Roles& roles) {
  if (revoked.kind != EventKind::revoked || revoked.fault || revoked.worker == holder) return false;
  if (revoked.after &&
      (revoked.after->state == JobState::owned || revoked.after->state == JobState::succeeded))
    return false;
  return !is_end_of_session(revoked.operation, revoked.statement) &&
         !roles.may_take(revoked.worker);
}

void Crew::follow(const Event& event) {
  if (event.claims) {
    free_since_[event.worker] = event.at;
    roles_.insert(live_[event.worker] = claiming_as(declared_, event.note));
    most_ = std::max(most_, live_.size());
  }
  if (event.kind == EventKind::believed) {
    busy_[event.worker].insert(event.job);
    free_since_.erase(event.worker);
  }
  if (event.kind == EventKind::let_go) let_go(event);
  if (event.kind == EventKind::work) works_until_[event.worker] = event.at + event.lasts;
  befall(event);
  if (event.kind == EventKind::resumed) asleep_.erase(event.worker);
}

// Who stands still is not free, though he may hold nothing; who is to end takes nothing more.
// Nobody is all of them.
void Crew::befall(const Event& event) {
  const Fault* const fault = fault_in(event);
  if (fault == nullptr || fault->fate == Fate::goes_on) return;
  std::set<WorkerId> struck;
  if (!event.worker.empty()) struck.insert(event.worker);
  for (const auto& [worker, role] : live_)
    if (event.worker.empty()) struck.insert(worker);
  for (const WorkerId& worker : struck) {
    if (fault->fate == Fate::stands_still) {
      asleep_.insert(worker);
      continue;
    }
    live_.erase(worker);
    asleep_.erase(worker);
    if (fault->fate == Fate::ends) busy_.erase(worker);
  }
}

// Of several jobs that it holds, a worker lets go one by one, and is free after the last; not while
// it works on what its heartbeat lost.
void Crew::let_go(const Event& event) {
  std::set<JobId>& held = busy_[event.worker];
  held.erase(event.job);
  if (!held.empty()) return;
  busy_.erase(event.worker);
  const auto works = works_until_.find(event.worker);
  free_since_[event.worker] =
      works == works_until_.end() ? event.at : std::max(event.at, works->second);
}

bool Crew::leads(const WorkerId& worker) const {
  const auto held = busy_.find(worker);
  return held != busy_.end() &&
         std::all_of(held->second.begin(), held->second.end(),
                     [&](const JobId& job) { return declared_.fixed.contains(job.text); });
}

Instant Crew::freed_since() const {
  std::optional<Instant> freed;
  for (const std::string& role : roles_) {
    Instant first = Instant::max();
    bool played = false, all_lead = true;
    for (const auto& [worker, plays] : live_) {
      if (plays != role) continue;
      const auto free = free_since_.find(worker);
      if (free != free_since_.end() && !asleep_.contains(worker))
        first = std::min(first, free->second);
      played = true;
      all_lead = all_lead && leads(worker);
    }
    if (!played || !all_lead) freed = std::max(freed.value_or(first), first);
  }
  return freed.value_or(Instant::max());
}

bool Crew::believes(const WorkerId& worker, const JobId& job) const {
  const auto held = busy_.find(worker);
  return held != busy_.end() && held->second.contains(job);
}

bool Crew::anybody_believes(const JobId& job) const {
  return std::any_of(busy_.begin(), busy_.end(),
                     [&](const auto& each) { return each.second.contains(job); });
}

void Stillness::follow_holders(const Event& event) {
  if (event.kind == EventKind::fault || event.kind == EventKind::session_ended ||
      !event.sqlstate.empty())
    troubled_.insert(event.worker);
  if (event.kind == EventKind::granted) {
    troubled_.erase(event.worker);
    given_up_.erase(event.job);
  }
  if (comes_round(event) && event.operation == "release" && troubled_.contains(event.worker))
    given_up_.insert(event.job);
}

void Stillness::follow(const Event& event) {
  follow_holders(event);
  const bool ended = event.kind == EventKind::session_ended;
  if (event.kind == EventKind::changed || event.kind == EventKind::let_go || ended)
    from_ = event.at;
  const bool failed =
      event.note != "succeed" && event.note != "release" && event.note != "round over";
  if (event.kind == EventKind::let_go && failed) failed_.insert(event.job);
  if (event.kind == EventKind::statement) {
    // What fails may be said of a session that is over, or that never was.
    if (event.sqlstate.empty()) sessions_[event.session] = event.worker;
    if (event.operation == "claim") looked_.push_back(event.at);
  }
  if (ended) {
    sessions_.erase(event.session);
    left_behind_.erase(event.session);
  }
  const Fault* const fault = fault_in(event);
  if (fault == nullptr) return;
  for (const auto& [session, worker] : sessions_)
    if (fault->fate == Fate::ends ? event.worker.empty() || worker == event.worker
                                  : fault->leaves_session && session == event.session)
      left_behind_.insert(session);
}

Instant Stillness::found_by(const JobId& job, Instant since, Duration poll) const {
  constexpr int kPolls = 10;
  if (failed_.contains(job) || !left_behind_.empty()) return Instant::max();
  const Instant from = std::max(since, from_);
  const auto first = std::upper_bound(looked_.begin(), looked_.end(), from);
  const bool again = first != looked_.end() && looked_.back() >= *first + poll;
  return again ? from + std::max<Duration>(kPatience, kPolls * poll) + kGrace : Instant::max();
}

void Transactions::follow(const Event& event) {
  if (event.kind == EventKind::blocked || event.kind == EventKind::parked)
    waiting_.insert(event.session);
  if (sets_clock(event)) {
    clock_set_ = event.at;
    overtaken_ = waiting_;
  }
  if (event.kind != EventKind::statement) return;
  const auto open = open_.find(event.session);
  begun_ = open == open_.end() ? event.at - event.took : open->second;
  waiting_.erase(event.session);
  // Faults take no time, so that one which strikes while a statement waits may come as it begins.
  clock_was_set_ = overtaken_.erase(event.session) > 0 || clock_set_ > begun_;
  if (is_begin(event) && event.sqlstate.empty()) open_[event.session] = event.at;
  if (open != open_.end() && is_end_of_transaction(event)) open_.erase(open);
}

std::set<Duration> lengths_in(const Declared& declared) {
  return declared.leases.empty() ? std::set<Duration>{declared.lease} : declared.leases;
}

Duration precision_of(const Declared& declared) { return declared.within.value_or(1s); }

bool Commits::go_on(const Event& event) {
  return std::exchange(last_, event.commit) == event.commit && event.commit != 0;
}

bool breaks(const Event& event, Guarantee guarantee) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->breaks == guarantee;
}

bool fails_of_itself(const Event& event) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->reaches.name == "poisoned";
}

bool sets_clock(const Event& event) {
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->strikes == Strikes::clock &&
         fault->keys == FaultKeys::signed_lasts;
}

bool is_forgetting(const Event& event) {
  return event.fault && fault_of(*event.fault).breaks == Guarantee::commits;
}

bool observes(const History& history, const std::string& column) {
  return history.declared.columns.contains(column);
}

Verdict not_applicable(std::string why) { return {Outcome::not_applicable, {}, std::move(why)}; }

bool was_cut(const History& history) {
  return history.events.empty() || history.events.back().kind != EventKind::finished ||
         history.events.back().note == "cut";
}

// A fixed job may be held for ever: who leads, works.
std::string open_end(const History& history) {
  if (was_cut(history)) return "the run was cut";
  std::map<WorkerId, std::set<JobId>> working;
  std::set<SessionId> waiting;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::believed && !history.declared.fixed.contains(event.job.text))
      working[event.worker].insert(event.job);
    if (event.kind == EventKind::let_go) working[event.worker].erase(event.job);
    if (event.kind == EventKind::blocked || event.kind == EventKind::parked ||
        event.kind == EventKind::queued)
      waiting.insert(event.session);
    // A session has one statement at a time.
    if (event.kind == EventKind::statement || event.kind == EventKind::session_ended)
      waiting.erase(event.session);
    if (const Fault* fault = fault_in(event); fault && fault->fate == Fate::ends)
      working.erase(event.worker);
  }
  for (const auto& [worker, jobs] : working)
    if (!jobs.empty())
      return fmt::format("{} still worked on job {} at its end", worker.text, jobs.begin()->text);
  if (!waiting.empty())
    return fmt::format("a statement of {} was still under way at its end", waiting.begin()->text);
  return {};
}

bool came_into(const History& history, const std::set<JobState>& states) {
  return std::any_of(history.events.begin(), history.events.end(), [&](const Event& event) {
    return event.kind == EventKind::changed && event.after && states.contains(event.after->state) &&
           (event.before ? event.before->state != event.after->state : event.step > 0);
  });
}

std::string both_times(const Event& event) {
  if (event.server_ahead == 0us) return to_text(event.at);
  return fmt::format("{} ({} by the server's clock)", to_text(event.at),
                     to_text(server_time(event)));
}

std::string name_of(const WorkerId& worker) { return worker.empty() ? "the harness" : worker.text; }

}  // namespace fencepost
