#include "model/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fencepost {
namespace {

bool owned(const std::optional<JobRecord>& record) {
  return record && record->state == JobState::owned;
}

/// Whether a job that is still called owned lost the name of its owner, or its token.
bool emptied(const std::optional<JobRecord>& before, const std::optional<JobRecord>& after) {
  return owned(before) && owned(after) &&
         ((before->owner && !after->owner) || (before->token && !after->token));
}

/// Who changed a job.
enum class By { holder, another };
/// Whether a commit that left a job so granted it anew. A holder that goes on holding under its own
/// name renews, whatever becomes of the token; by claiming again it does so only with the same one.
bool grants(const std::optional<JobRecord>& before, const std::optional<JobRecord>& after,
            const Commit& commit, By by) {
  if (!owned(after) || emptied(before, after)) return false;
  if (!owned(before)) return true;
  if (by == By::holder && before->owner == after->owner)
    return commit.operation == "claim" && before->token != after->token;
  if (before->token != after->token || before->owner != after->owner) return true;
  return commit.operation == "claim" && before->lease_until != after->lease_until;
}

Event event_of(const Commit& commit, EventKind kind, const JobId& job) {
  Event event;
  event.kind = kind;
  event.step = commit.step;
  event.commit = commit.number;
  event.at = commit.at;
  event.server_ahead = commit.server_ahead;
  event.worker = commit.worker;
  event.session = commit.session;
  event.operation = commit.operation;
  event.statement = commit.statement;
  event.job = job;
  event.fault = commit.fault;
  return event;
}

bool contains(const std::vector<WorkerId>& workers, const WorkerId& one) {
  return std::find(workers.begin(), workers.end(), one) != workers.end();
}

template <typename Key>
void sort_once(std::vector<Key>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

template <typename Map>
std::optional<typename Map::mapped_type> value_in(const Map& map,
                                                  const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Touched touched_by(const Observation& before, const Observation& now) {
  Touched all;
  for (const Observation* each : {&before, &now}) {
    for (const auto& [job, record] : each->jobs) all.jobs.push_back(job);
    for (const auto& [item, count] : each->applied) all.items.push_back(item);
  }
  return all;
}

bool comes_round(const Event& event) {
  return event.kind == EventKind::released && event.after &&
         event.after->state == JobState::ready && event.operation != "fail";
}

Ledger::Ledger(Declared declared) : declared_(std::move(declared)) {}

AttemptId Ledger::holder(const JobId& job) const {
  const auto found = holder_.find(job);
  return found == holder_.end() ? AttemptId{} : found->second;
}

AttemptId Ledger::newest_attempt(const WorkerId& worker, const JobId& job) const {
  for (auto attempt = attempts_.rbegin(); attempt != attempts_.rend(); ++attempt)
    if (attempt->second.first == worker && attempt->second.second == job &&
        !forgotten_.contains(attempt->first))
      return attempt->first;
  return {};
}

// Only what is in a row can be given to another.
void Ledger::name(const WorkerId& worker, const std::vector<std::string>& names) {
  if (declared_.lease_kind != LeaseKind::row) return;
  for (const std::string& each : names) bearers_[each].push_back(worker);
  for (const auto& [job, held] : holder_) {
    const std::vector<WorkerId> named = bearers(observed_.jobs.at(job).owner);
    if (!contains(named, worker) || !contains(named, attempts_.at(held).first)) continue;
    attempts_.at(held).first = worker;
    inherited_.insert(held);
  }
}

std::vector<Event> Ledger::start(const Observation& observation) {
  std::vector<Event> events;
  for (const auto& [job, record] : observation.jobs) {
    Event event;
    event.kind = EventKind::changed;
    event.commit = kLoad;
    event.job = job;
    event.after = record;
    events.push_back(event);
  }
  for (const auto& [key, count] : observation.applied) {
    Event event;
    event.kind = EventKind::applied;
    event.commit = kLoad;
    event.job = key.first;
    event.item = key.second;
    event.count_after = count;
    events.push_back(event);
  }
  observed_ = observation;
  return events;
}

// In the order of their births.
std::vector<WorkerId> Ledger::bearers(const std::optional<std::string>& name) const {
  return name ? value_in(bearers_, *name).value_or(std::vector<WorkerId>{})
              : std::vector<WorkerId>{};
}

WorkerId Ledger::grantee(const Commit& commit, const JobRecord& after) const {
  const std::vector<WorkerId> named = bearers(after.owner);
  return named.empty() || contains(named, commit.worker) ? commit.worker : named.back();
}

// The attempt that a commit's deed on this job is of: the one that the worker acted for, else the
// newest of this round, or what another gave it and it still has.
AttemptId Ledger::attributed(const Commit& commit, const JobId& job) const {
  const auto acted = attempts_.find(commit.attempt);
  if (acted != attempts_.end() && acted->second.second == job) return commit.attempt;
  const AttemptId newest = newest_attempt(commit.worker, job);
  const bool given = given_.contains(newest) && newest == holder(job);
  return newest > commit.since || given ? newest : AttemptId{};
}

// What a job's absence means; nullopt where it is lost.
std::optional<JobRecord> Ledger::when_absent(const Commit& commit, const JobRecord& before) const {
  JobRecord gone = before;
  gone.token.reset();
  gone.owner.reset();
  gone.lease_until.reset();
  const bool without_owner =
      declared_.lease_kind == LeaseKind::transaction || declared_.lease_kind == LeaseKind::none;
  const bool done_by_owner =
      commit.operation == "succeed" || commit.operation == "claim" || without_owner;
  const bool done = done_by_owner || before.state == JobState::succeeded;
  if (declared_.absent == AbsentMeans::ready)
    gone.state = JobState::ready;
  else if (declared_.absent == AbsentMeans::succeeded && done)
    gone.state = JobState::succeeded;
  else
    return std::nullopt;
  return gone;
}

// By job.
std::vector<Ledger::Change> Ledger::changes_to(const Observed& observed,
                                               const Commit& commit) const {
  std::vector<JobId> jobs = observed.touched.jobs;
  sort_once(jobs);
  std::vector<Change> changes;
  for (const JobId& job : jobs) {
    const std::optional<JobRecord> before = value_in(observed_.jobs, job);
    std::optional<JobRecord> after = value_in(observed.now.jobs, job);
    if (!after && before) after = when_absent(commit, *before);
    if (after != before) changes.push_back({job, before, after});
  }
  return changes;
}

// One change, and what it meant for whoever held the job.
void Ledger::tell(const Change& change, const Commit& commit, std::vector<Event>& events) {
  const AttemptId held_by = holder(change.job);
  AttemptId attempt = attributed(commit, change.job);
  const bool granted = grants(change.before, change.after, commit,
                              held_by && held_by == attempt ? By::holder : By::another);
  if (granted) {
    attempt = AttemptId{static_cast<int>(attempts_.size()) + 1};
    attempts_.emplace(attempt, std::pair(grantee(commit, *change.after), change.job));
    if (attempts_.at(attempt).first != commit.worker) given_.insert(attempt);
  }
  const auto mark = [&](EventKind kind, AttemptId whose) {
    Event event = event_of(commit, kind, change.job);
    event.attempt = whose;
    event.before = change.before;
    event.after = change.after;
    if (kind == EventKind::granted && given_.contains(whose))
      event.giver = std::exchange(event.worker, attempts_.at(whose).first);
    events.push_back(std::move(event));
  };
  mark(EventKind::changed, attempt);
  if (granted) {
    if (held_by) mark(EventKind::revoked, held_by);
    mark(EventKind::granted, attempt);
    holder_[change.job] = attempt;
  } else if (!owned(change.after) || emptied(change.before, change.after)) {
    const bool let_go =
        held_by == attempt && !is_end_of_session(commit.operation, commit.statement);
    if (held_by) mark(let_go ? EventKind::released : EventKind::revoked, held_by);
    holder_.erase(change.job);
  } else if (held_by && held_by == attempt &&
             change.before->lease_until != change.after->lease_until) {
    mark(EventKind::renewed, attempt);
  }
}

std::vector<Event> Ledger::commit(const Commit& commit, const Observation& observation) {
  return this->commit(commit, {observation, touched_by(observed_, observation)});
}

// Absent jobs that are not lost stay in what was observed.
std::vector<Event> Ledger::commit(const Commit& commit, Observed observed) {
  std::vector<Event> events;
  for (const Change& change : changes_to(observed, commit)) {
    tell(change, commit, events);
    if (change.after)
      observed_.jobs.insert_or_assign(change.job, *change.after);
    else
      observed_.jobs.erase(change.job);
  }
  for (Event& event : apply(commit, observed)) {
    event.attempt = attributed(commit, event.job);
    events.push_back(std::move(event));
  }
  return events;
}

// Those that are still listed come first.
std::vector<Event> Ledger::apply(const Commit& commit, Observed observed) {
  std::vector<std::pair<JobId, ItemId>> items = observed.touched.items;
  sort_once(items);
  std::vector<Event> events, gone;
  for (const auto& key : items) {
    const std::optional<std::int64_t> before = value_in(observed_.applied, key);
    const std::optional<std::int64_t> after = value_in(observed.now.applied, key);
    if (after == before) continue;
    const auto job = observed_.jobs.find(key.first);
    const bool done = job != observed_.jobs.end() && job->second.state == JobState::succeeded;
    const bool with_its_job = !after && done && !observed.now.jobs.contains(key.first);
    if (after || (done && *before != 0) || with_its_job) {
      Event event = event_of(commit, EventKind::applied, key.first);
      event.item = key.second;
      event.count_before = before;
      event.count_after = after.value_or(0);
      if (with_its_job) event.note = kWithItsJob;
      (after ? events : gone).push_back(std::move(event));
    }
    if (after)
      observed_.applied.insert_or_assign(key, *after);
    else
      observed_.applied.erase(key);
  }
  std::move(gone.begin(), gone.end(), std::back_inserter(events));
  return events;
}

Ledger::Point Ledger::point() const { return {observed_, holder_, attempts_.size()}; }

// A job that the point saw as ready or succeeded although it was absent is still that.
std::vector<Event> Ledger::forget(const Commit& commit, const Observation& observation,
                                  const Point& point) {
  Observation next = observation;
  for (const auto& [job, record] : point.observed.jobs) next.jobs.emplace(job, record);
  std::set<JobId> jobs;
  for (const auto& [job, record] : observed_.jobs) jobs.insert(job);
  for (const auto& [job, record] : next.jobs) jobs.insert(job);
  std::vector<Event> events;
  for (const JobId& job : jobs) {
    Event event = event_of(commit, EventKind::changed, job);
    event.before = value_in(observed_.jobs, job);
    event.after = value_in(next.jobs, job);
    if (event.before != event.after) events.push_back(event);
    event.kind = EventKind::revoked;
    for (auto lost = attempts_.rbegin(); lost != attempts_.rend(); ++lost) {
      if (lost->first.number <= static_cast<int>(point.grants)) break;
      if (lost->second.second != job || !forgotten_.insert(lost->first).second) continue;
      event.attempt = lost->first;
      events.push_back(event);
    }
    const auto held = point.holder.find(job);
    if (held == point.holder.end() || holder(job) == held->second || !owned(event.after)) continue;
    event.kind = EventKind::restored;
    event.attempt = held->second;
    event.worker = attempts_.at(held->second).first;
    events.push_back(event);
  }
  observed_.jobs = next.jobs;
  for (Event& event : apply(commit, {next, touched_by(observed_, next)}))
    events.push_back(std::move(event));
  // A lock of a session that the crash ended does not come back with what was committed.
  holder_ = point.holder;
  std::erase_if(holder_, [&](const auto& each) { return !owned(value_in(next.jobs, each.first)); });
  return events;
}

}  // namespace fencepost
