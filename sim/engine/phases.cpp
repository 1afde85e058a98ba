#include "sim/engine/phases.hpp"

#include <algorithm>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Longer than anything takes that is not counted in leases and polls.
constexpr Duration kSlack = 3s;

bool all_done(const Standing& standing) {
  return !standing.jobs->empty() &&
         std::all_of(standing.jobs->begin(), standing.jobs->end(),
                     [](const auto& job) { return is_terminal(job.second); });
}

}  // namespace

std::string_view ending(Phase phase) {
  if (phase == Phase::settled) return "settled";
  if (phase == Phase::horizon) return "horizon";
  return phase == Phase::cut ? "cut" : "";
}

Phases::Phases(const Protocol& protocol, const Declared& declared, const Scenario& scenario,
               int until)
    : protocol_(protocol), declared_(declared), scenario_(scenario), until_(until) {
  SIM_CHECK(until >= 0, "a run is to end behind step {}", until);
}

Phase Phases::now(const Standing& standing) const {
  SIM_CHECK(standing.jobs != nullptr, "step {} has no committed state", standing.step);
  // Its last step is not over before the next begins: what a worker does without the server has no
  // step of its own.
  if (until_ > 0 && standing.step > until_) return Phase::cut;
  if (standing.step >= scenario_.steps) return Phase::cut;
  const bool done = all_done(standing) && standing.nobody_busy && !standing.births_to_come;
  if (!standing.heal_began) return done || hurt_enough(standing) ? Phase::heal_begins : Phase::hurt;
  if (healed_enough(standing)) return Phase::horizon;
  const bool may_be_freed =
      standing.orphans && standing.now < *standing.heal_began + freed_within();
  return done && !may_be_freed ? Phase::settled : Phase::heal;
}

bool Phases::hurt_enough(const Standing& standing) const {
  const Duration lull = declared_.lease + 2 * declared_.poll + kSlack;
  const bool lulled = standing.now > standing.last_activity + lull && !standing.births_to_come &&
                      !standing.something_pending && !standing.somebody_stalled;
  return lulled || standing.busy_statements >= scenario_.hurt_steps ||
         standing.step >= scenario_.steps / 2;
}

// Nothing but polling for longer than any bound of a property: more of it would show nothing new.
bool Phases::healed_enough(const Standing& standing) const {
  if (standing.births_to_come) return false;
  Instant quiet_from = std::max(standing.last_activity, *standing.heal_began);
  for (const auto& [job, record] : *standing.jobs) {
    if (is_terminal(record)) continue;
    for (const auto& instant : {record.lease_until, record.ready_at})
      if (instant && *instant < Instant::max())
        quiet_from = std::max(quiet_from, simulated_time(*instant, standing.server_ahead));
  }
  const Duration patience = freed_within() + 2 * declared_.poll + kSlack;
  if (standing.now > quiet_from + patience) return true;
  const bool endless = !protocol_.fixed_jobs.empty() || declared_.lease_kind == LeaseKind::none;
  return endless && standing.now > *standing.heal_began + 2 * patience;
}

Duration Phases::freed_within() const {
  return declared_.freed_within.value_or(declared_.lease + declared_.poll);
}

}  // namespace fencepost
