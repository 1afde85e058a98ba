// The part of a run that hurts: which faults may strike at a boundary, how long they last, and what
// each does.
#include <algorithm>
#include <csignal>

#include "sim/error.hpp"
#include "sim/run.hpp"

namespace fencepost {
namespace {

std::string_view point_name(int point) {
  constexpr std::string_view names[] = {"before", "after", "after_commit"};
  return names[point];
}

/// Scenarios aim at statements, whichever version they are of.
std::string_view bare(std::string_view statement) {
  return statement.substr(statement.find(':') + 1);
}

}  // namespace

// Every fault of the scenario has its say at every boundary it names, in the same order; which
// boundary it is, is counted over all boundaries of the worker, so that a scenario's globs do not
// renumber them.
void Run::boundary(Task& task, Session& session, Point point) {
  Process& process = *task.process;
  const std::string where = fmt::format("{}.{}:{}", task.call.operation, bare(task.call.statement),
                                        point_name(static_cast<int>(point)));
  for (const FaultRule& rule : parts_.scenario.faults) {
    const std::string kind(to_text(rule.kind));
    const bool point_fits = rule.kind == FaultKind::connection_lost ? point == Point::before
                            : rule.kind == FaultKind::ack_lost      ? point != Point::before
                                                                    : true;
    const bool named =
        rule.at.empty() || std::any_of(rule.at.begin(), rule.at.end(),
                                       [&](const auto& glob) { return glob_matches(glob, where); });
    if (heal_began_ || !point_fits || !named || struck_[rule.kind] >= rule.at_most) {
      ++process.ordinals[kind];
      continue;
    }
    if (choose(kind, process, where, {{0, 1}, rule.chance}) == 0) continue;
    ++struck_[rule.kind];
    strike(rule, task, session, where);
    if (process.dead || session.broken) return;
  }
}

void Run::strike(const FaultRule& rule, Task& task, Session& session, const std::string& where) {
  Process& process = *task.process;
  const std::string kind(to_text(rule.kind));
  const bool lasting =
      rule.kind == FaultKind::stall ||
      ((rule.kind == FaultKind::crash || rule.kind == FaultKind::crash_half_open) && rule.restarts);
  const Duration lasts = lasting ? choose_duration(kind, process, where, rule.lasts) : 0us;
  ++step_;
  {
    Event& event = note(EventKind::fault, process);
    event.fault = rule.kind;
    event.session = session.id;
    event.operation = task.call.operation;
    event.statement = task.call.statement;
    event.boundary = where;
    event.lasts = lasts;
    event.committed = session.committed && where.ends_with(":after_commit");
  }
  switch (rule.kind) {
    case FaultKind::crash:
    case FaultKind::crash_half_open:
      if (rule.restarts) {
        const int life = process.incarnation + 1;
        const std::string base = process.identity.substr(0, process.identity.find('.'));
        births_.push_back(
            {parts_.clock.now() + lasts, process.number, life, process.protocol, process.role,
             rule.same_identity ? process.identity : base + "." + std::to_string(life), true});
      }
      kill(process, rule.kind == FaultKind::crash_half_open);
      break;
    case FaultKind::stall:
      process.stalled_until = parts_.clock.now() + lasts;
      task.state = TaskState::ready;
      task.fiber->suspend();
      break;
    case FaultKind::connection_lost:
    case FaultKind::ack_lost:
      session.broken = true;
      close(session, "its connection broke");
      break;
    case FaultKind::terminate:
      if (session.ended) break;
      parts_.clock.signal(session.backend->slot, SIGTERM);
      parts_.clock.settle(&session.backend->slot, 1);
      break;
    default:
      break;
  }
}

// The scenario's own lengths, and just before, at and just after every deadline that is known now:
// leases, server timeouts, sleeps, other stalls. Expiry bugs live at those boundaries.
std::vector<std::int64_t> Run::durations(const std::vector<Length>& lengths) const {
  std::vector<std::int64_t> values;
  const auto add = [&](std::int64_t value) {
    if (value >= 0 && std::find(values.begin(), values.end(), value) == values.end())
      values.push_back(value);
  };
  for (const Length& length : lengths) add(length.resolve(parts_.declared).count());
  const Instant now = parts_.clock.now();
  std::vector<Instant> deadlines;
  for (const auto& [job, record] : ledger_.observed().jobs)
    if (record.lease_until && record.state == JobState::owned)
      deadlines.push_back(*record.lease_until);
  for (const auto& session : sessions_)
    if (!session->ended)
      if (const auto due = parts_.clock.due(session->backend->slot)) deadlines.push_back(*due);
  for (const auto& task : tasks_)
    if (task->state == TaskState::sleeping) deadlines.push_back(task->wake_at);
  for (const auto& process : processes_)
    if (process->stalled_until) deadlines.push_back(*process->stalled_until);
  if (parts_.declared.lease > 0us) deadlines.push_back(now + parts_.declared.lease);
  for (const Instant deadline : deadlines)
    if (deadline > now && deadline < Instant::max())
      for (const std::int64_t off : {-1, 0, 1}) add((deadline - now).count() + off);
  if (parts_.declared.lease > 0us) add(parts_.declared.lease.count() / 3);
  if (values.empty()) values.push_back(0);
  return values;
}

Duration Run::choose_duration(const std::string& kind, Process& process, const std::string& where,
                              const std::vector<Length>& lengths) {
  // The same ordinal as the choice that it belongs to, so that taking out another one does not
  // renumber it.
  return Duration{
      parts_.choices.choose({kind + ".lasts", process.id.text, process.ordinals[kind] - 1, where},
                            {durations(lengths), std::nullopt, true})};
}

std::int64_t Run::choose(const std::string& kind, Process& process, const std::string& where,
                         const Alternatives& alternatives) {
  return parts_.choices.choose({kind, process.id.text, process.ordinals[kind]++, where},
                               alternatives);
}

}  // namespace fencepost
