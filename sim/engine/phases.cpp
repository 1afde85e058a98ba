#include "sim/engine/phases.hpp"

#include <algorithm>

#include "sim/session/world.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Longer than anything takes that is not counted in leases and polls.
constexpr Duration kSlack = 3s;

/// Of one history, polling and tries that leapt too far included: a few seconds of anybody's time.
/// A number of steps and not of seconds, because the same tape gives the same history everywhere.
constexpr int kMostSteps = 25'000;

bool passed(std::optional<Instant> at, Instant now) { return at && now > *at; }

bool all_done(const Standing& standing) {
  return !standing.jobs->empty() &&
         std::all_of(standing.jobs->begin(), standing.jobs->end(),
                     [](const auto& job) { return is_terminal(job.second); });
}

/// Whether some are left, and each of them comes round.
bool all_come_round(const Standing& standing) {
  if (standing.come_round == nullptr || standing.come_round->empty() || all_done(standing))
    return false;
  return std::all_of(standing.jobs->begin(), standing.jobs->end(), [&](const auto& job) {
    return is_terminal(job.second) || standing.come_round->contains(job.first);
  });
}

}  // namespace

std::string_view ending(Phase phase) {
  if (phase == Phase::settled) return "settled";
  if (phase == Phase::horizon) return "horizon";
  return phase == Phase::cut ? "cut" : "";
}

Phases::Phases(const Protocol& protocol, const Declared& declared, const Scenario& scenario,
               int until)
    : protocol_(protocol),
      declared_(declared),
      scenario_(scenario),
      until_(until),
      may_fail_for_ever_(scenario.load.poison > 0 && !declared.max_attempts &&
                         poisons_of(protocol) == Poisons::jobs) {
  SIM_CHECK(until >= 0, "a run is to end behind step {}", until);
}

Phase Phases::now(const Standing& standing) const {
  SIM_CHECK(standing.jobs != nullptr, "step {} has no committed state", standing.step);
  SIM_CHECK(standing.heal_began.value_or(standing.now) <= standing.now,
            "heal is to begin at {}, at {}", to_text(*standing.heal_began), to_text(standing.now));
  // Its last step is not over before the next begins: what a worker does without the server has no
  // step of its own.
  const bool still_to_come = standing.first_under_way > 0 && standing.first_under_way <= until_;
  if (until_ > 0 && standing.step > until_ && !still_to_come) return Phase::cut;
  if (failed_enough(standing)) return Phase::horizon;
  if (standing.step - standing.idle_steps >= scenario_.steps ||
      standing.all_steps >= std::max(kMostSteps, scenario_.steps))
    return Phase::cut;
  const bool done = all_done(standing) && standing.nobody_busy && !standing.births_to_come;
  if (!standing.heal_began) return done || hurt_enough(standing) ? Phase::heal_begins : Phase::hurt;
  if (passed(healed_at(standing), standing.now)) return Phase::horizon;
  const bool may_be_freed =
      standing.orphans && standing.now < *standing.heal_began + freed_within();
  return done && !may_be_freed ? Phase::settled : Phase::heal;
}

std::optional<Instant> Phases::changes(const Standing& standing) const {
  if (!standing.heal_began) return lulled_at(standing);
  const std::optional<Instant> healed = healed_at(standing);
  const Instant freed = *standing.heal_began + freed_within();
  if (!standing.orphans || freed <= standing.now) return healed;
  return std::min(freed, healed.value_or(freed));
}

std::optional<Instant> Phases::lulled_at(const Standing& standing) const {
  if (standing.births_to_come || standing.something_pending || standing.somebody_stalled) return {};
  return standing.last_activity + declared_.lease + 2 * declared_.poll + kSlack;
}

// Whose work fails for ever sends next to nothing while it holds a job, and never lets up.
bool Phases::hurt_enough(const Standing& standing) const {
  return passed(lulled_at(standing), standing.now) ||
         (may_fail_for_ever_ && passed(Instant{} + 3 * quiet_bound(standing), standing.now)) ||
         standing.busy_statements >= scenario_.hurt_steps ||
         standing.step - standing.idle_steps >= scenario_.steps / 2;
}

// What fails again and again never settles: it ends where nobody works, with enough behind it.
// Where a failed job rests for minutes that is a matter of time, because few steps lie in it.
bool Phases::failed_enough(const Standing& standing) const {
  if (!may_fail_for_ever_ || !standing.heal_began || standing.somebody_believes) return false;
  const Duration bound = quiet_bound(standing);
  return passed(*standing.heal_began + 6 * bound, standing.now) ||
         (standing.step - standing.idle_steps >= scenario_.steps / 4 * 3 &&
          passed(*standing.heal_began + 2 * bound, standing.now));
}

// Nothing but polling for longer than any bound of a property: more of it would show nothing new.
std::optional<Instant> Phases::healed_at(const Standing& standing) const {
  if (standing.births_to_come || standing.somebody_works) return {};
  Instant quiet_from = std::max(standing.last_activity, *standing.heal_began);
  // A lease that ends later than one may is waited for as if it were declared so.
  const Instant longest =
      declared_.lease > 0us ? standing.last_activity + declared_.lease : Instant::max();
  for (const auto& [job, record] : *standing.jobs) {
    if (is_terminal(record)) continue;
    if (record.lease_until && *record.lease_until < Instant::max())
      quiet_from =
          std::max(quiet_from,
                   std::min(longest, simulated_time(*record.lease_until, standing.server_ahead)));
    else if (record.lease_until)
      quiet_from = std::max(quiet_from, longest == Instant::max() ? quiet_from : longest);
    if (record.ready_at && *record.ready_at < Instant::max())
      quiet_from = std::max(quiet_from, simulated_time(*record.ready_at, standing.server_ahead));
  }
  const Duration bound = quiet_bound(standing);
  const bool endless = !protocol_.fixed_jobs.empty() || declared_.lease_kind == LeaseKind::none ||
                       all_come_round(standing);
  const Instant end = quiet_from + bound;
  return endless ? std::min(end, *standing.heal_began + 2 * bound) : end;
}

// Every bound that is declared, and three rounds of whoever takes longest. Where nothing is
// granted, the jobs take turns without a word of it.
Duration Phases::quiet_bound(const Standing& standing) const {
  Duration longest = freed_within() + 2 * declared_.poll;
  for (const Role& role : protocol_.roles) longest = std::max(longest, 3 * role.poll);
  longest = std::max(longest, declared_.ends_within.value_or(0us));
  const bool silent =
      declared_.lease_kind == LeaseKind::none || declared_.lease_kind == LeaseKind::transaction;
  const auto waiting = std::count_if(standing.jobs->begin(), standing.jobs->end(),
                                     [](const auto& job) { return !is_terminal(job.second); });
  if (silent) longest = std::max(longest, waiting * (declared_.lease + declared_.poll));
  return longest + kSlack;
}

Duration Phases::freed_within() const {
  return std::max(declared_.freed_within.value_or(declared_.lease + declared_.poll),
                  declared_.claimed_within.value_or(0us));
}

}  // namespace fencepost
