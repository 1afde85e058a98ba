#include "sim/engine/gallop.hpp"

#include <algorithm>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// So many equal rounds of each come before a leap over his polls.
constexpr int kRounds = 16;

}  // namespace

std::int64_t Tries::choose(const ChoicePoint& point, const Alternatives& alternatives) {
  return landing_ ? alternatives.values.front() : inner_.choose(point, alternatives);
}

void Tries::rewind() {
  inner_.rewind();
  next_ = 0;
  landing_ = too_far_ = false;
}

Instant Tries::target(Instant now, Instant wanted) {
  if (next_ == targets_.size()) {
    if (too_late_ && *too_late_ > now) wanted = std::min(wanted, now + (*too_late_ - now) / 2);
    targets_.push_back(wanted);
  }
  return targets_[next_++];
}

void Tries::leapt() {
  SIM_CHECK(!landing_ && next_ > 0, "a leap behind {} others, landing: {}", next_, landing_);
  landing_ = true;
}

void Tries::landed() {
  SIM_CHECK(landing_, "a leap that nobody made was right, behind {} others", next_);
  landing_ = false;
}

void Tries::went_too_far() {
  SIM_CHECK(landing_, "a leap that nobody made went too far, behind {} others", next_);
  too_far_ = true;
}

bool Tries::again(int steps) {
  steps_ += steps;
  if (!too_far_) return false;
  SIM_CHECK(next_ > 0, "a leap went too far, but none was thought of in {} steps", steps);
  too_late_ = targets_[next_ - 1];
  targets_.resize(next_ - 1);
  rewind();
  return true;
}

Gallop::Gallop(const World& world, Tries& tries, Journal& journal, Fleet& fleet)
    : world_(world), tries_(tries), journal_(journal), fleet_(fleet) {}

// It waits for its next round, or, where it waits within the round, has done all of it.
bool Gallop::polls(const Task& task) const {
  const Process& process = task.process;
  const Role& role = *process.role;
  if (task.state() != TaskState::sleeping || task.belief != kProgram ||
      task.sleeps_for(Sleep::work))
    return false;
  if (process.dead() || process.stalled_until() || process.stopping() || process.doings().acted)
    return false;
  if (!role.skip || role.poll_from || role.rounds || role.rounds_are_jobs) return false;
  return task.sleeps_for(Sleep::poll) ? process.idling.at_beginning() : process.idling.at_end();
}

// Whoever is not there yet, or has not polled since the last thing that came, is waited for: his
// next poll is one of those that are known to come.
std::set<const Task*> Gallop::pollers() {
  std::set<const Task*> pollers;
  if (tries_.landing()) return pollers;
  if (coming_ && *coming_ <= world_.clock.now()) stopped_ = *coming_;
  for (Task* const task : fleet_.tasks()) {
    if (!polls(*task)) continue;
    const Idling& idling = task->process.idling;
    if (idling.rounds() >= kRounds && idling.latest() > stopped_) pollers.insert(task);
  }
  return pollers;
}

// What the committed state says will come, by the server's clock.
std::optional<Instant> Gallop::next_shown() const {
  std::optional<Instant> next;
  for (const auto& [job, record] : journal_.ledger().observed().jobs)
    for (const auto& each : {record.lease_until, record.ready_at}) {
      if (!each || *each == Instant::max()) continue;
      const std::optional<Instant> at = world_.clock.when_shown(*each);
      if (at && *at > world_.clock.now()) next = earlier(next, at);
    }
  return next;
}

// The last poll of each before what comes is played: while it waits for its next one it may aim.
// A leap is at most as long as nothing has been found until then, so that what can be found for a
// while only is seldom leapt over.
void Gallop::leap(const std::set<const Task*>& pollers, std::optional<Instant> next) {
  const Instant now = world_.clock.now();
  SIM_CHECK(!pollers.empty(), "a leap over nobody's polls at {}", to_text(now));
  next = earlier(earlier(next, next_shown()), fleet_.next_due(pollers));
  coming_ = next;
  Instant since{};
  for (const Task* task : pollers) since = std::max(since, task->process.idling.since());
  const Instant farthest = now + (now - since);
  const Instant to = tries_.target(now, std::min(next.value_or(farthest), farthest));
  std::vector<Probe> probes;
  bool skips = false;
  for (Task* const task : fleet_.tasks()) {
    if (!pollers.contains(task)) continue;
    Process& process = task->process;
    const Duration period = process.idling.period();
    SIM_CHECK(period > 0us, "the rounds of {} are alike, and each takes {}", process.id.text,
              to_text(period));
    const std::int64_t rounds =
        std::max<std::int64_t>(0, (to - 1us - task->wake_at()).count() / period.count() - 1);
    if (rounds > 0) {
      task->sleep_on(task->wake_at() + rounds * period);
      process.asker.pass_by(process.idling.stood_in_round(), rounds);
      process.idling.skip(rounds);
      process.worker->skip(rounds);
    }
    skips = skips || rounds > 0;
    probes.push_back({task, task->wake_at(), process.idling.rounds(), rounds > 0});
  }
  if (!skips) return;
  probes_ = std::move(probes);
  tries_.leapt();
}

void Gallop::look() {
  if (!tries_.landing()) return;
  bool proved = true;
  for (const auto& [task, wakes, rounds, needed] : probes_) {
    const Process& process = task->process;
    if (process.dead()) continue;
    if (process.doings().acted || process.idling.strays() || process.idling.rounds() < rounds)
      return tries_.went_too_far();
    const bool probed = polls(*task) && task->wake_at() > wakes;
    proved = proved && (probed || !needed);
  }
  if (proved) tries_.landed();
}

}  // namespace fencepost
