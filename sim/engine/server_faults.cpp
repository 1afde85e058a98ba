// Faults of the server, of its clock, and of everybody at once. They are no worker's, because they
// are nobody's own misfortune; the boundary says when it was.
#include <algorithm>

#include "sim/engine/faults.hpp"
#include "sim/text/error.hpp"

namespace fencepost {

void Faults::strike_everybody(const Blow& blow) {
  const FaultKind kind = blow.rule.kind;
  SIM_CHECK(strikes_everybody(kind), "{} strikes one worker only", to_text(kind));
  Event& event = journal_.note(EventKind::fault);
  event.fault = kind;
  event.boundary = blow.where;
  event.lasts = blow.lasts;
  const Instant then = world_.clock.now() + blow.lasts;
  Windows& windows = sessions_.windows();
  switch (kind) {
    case FaultKind::fleet_pause:
      for (const auto& process : fleet_.processes())
        if (!process->dead()) process->stall(then);
      return blow.boundary.task.stand_ready();
    case FaultKind::server_restart:
      return stop_server(blow, "57P01", "the server was shut down");
    case FaultKind::server_crash:
    case FaultKind::commits_lost:
      return stop_server(blow, "", "the server crashed");
    case FaultKind::read_only:
      return windows.open(Window::read_only, then);
    case FaultKind::too_many_connections:
      return windows.open(Window::full, then);
    case FaultKind::clock_step:
      event.lasts = world_.clock.step(blow.lasts);
      return;
    case FaultKind::clock_freeze:
      world_.clock.freeze();
      return windows.open(Window::frozen, then);
    case FaultKind::roll_back:
      return roll_back(blow.lasts);
    default:
      SIM_CHECK(false, "{} does nothing to everybody", to_text(kind));
  }
}

void Faults::stop_server(const Blow& blow, const std::string& sqlstate, const std::string& why) {
  sessions_.end_all(sqlstate, why);
  sessions_.windows().open(Window::down, world_.clock.now() + blow.lasts);
  if (blow.rule.kind == FaultKind::server_restart) return;
  // The server was not done with it: the answer never left.
  if (blow.boundary.point != Point::before) blow.boundary.session.break_off();
  if (blow.rule.kind == FaultKind::server_crash) return journal_.recover();
  // How many is a choice that belongs to the fault.
  const std::int64_t lost = blow.boundary.task.process.asker.choose_part(
      world_.choices, std::string(to_text(blow.rule.kind)), "commits", blow.where,
      {{1, 2, 3}, std::nullopt});
  journal_.forget_commits(static_cast<int>(lost));
}

// All workers of either version end, and those of the other one take their place: a deployment of
// the version before this one, or of this one again.
void Faults::roll_back(Duration lasts) {
  const Protocol* const present = &world_.protocol;
  const Protocol* const previous = present->previous.get();
  for (const auto& process : fleet_.processes()) {
    if (process->dead() || !process->role->claims() || previous == nullptr) continue;
    const Protocol* const next = process->protocol == present ? previous : present;
    const auto role = std::find_if(next->roles.begin(), next->roles.end(), [&](const Role& each) {
      return each.name == process->role->name;
    });
    if (role == next->roles.end()) continue;
    Birth birth = process->successor();
    birth.at = world_.clock.now() + lasts;
    birth.protocol = next;
    birth.role = &*role;
    if (!fleet_.has_successor(*process)) fleet_.plan(birth);
    fleet_.kill(*process, Death::noticed);
  }
}

}  // namespace fencepost
