// The part of a run that hurts: which faults may strike at a boundary, how long they last, and what
// each does.
#include <algorithm>
#include <csignal>
#include <utility>

#include "sim/engine/run.hpp"
#include "sim/text/error.hpp"

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

/// A process that died at once is started again after this long, where the fault's own length is
/// another.
constexpr Duration kRestart = 1s;

/// Whether it makes sense there at all; `before` the statement is sent, or when it is done.
bool fits(FaultKind kind, bool before, const std::string& statement) {
  const bool begins = statement == "begin", ends = statement == "commit" || statement == "rollback";
  switch (kind) {
    case FaultKind::connection_lost:
    case FaultKind::late_statement:
      return before;
    case FaultKind::ack_lost:
      return !before;
    case FaultKind::serialization_failure:
      return before && !begins && statement != "rollback";
    case FaultKind::lock_timeout:
      return before && !begins && !ends;
    default:
      return true;
  }
}

/// Whether it lasts for a drawn time.
bool is_lasting(const FaultRule& rule) {
  switch (rule.kind) {
    case FaultKind::crash:
    case FaultKind::crash_half_open:
    case FaultKind::graceful_stop:
      return rule.restarts;
    case FaultKind::stall:
    case FaultKind::late_statement:
      return true;
    default:
      return strikes_everybody(rule.kind);
  }
}

}  // namespace

// Every fault of the scenario has its say at every boundary it names, in the same order; which
// boundary it is, is counted over all boundaries of the worker, so that a scenario's globs do not
// renumber them.
void Run::boundary(Task& task, Session& session, Point point, const Request& request) {
  Process& process = *task.process;
  const std::string where = fmt::format("{}.{}:{}", task.call.operation, bare(task.call.statement),
                                        point_name(static_cast<int>(point)));
  for (const FaultRule& rule : parts_.scenario.faults) {
    const std::string kind(to_text(rule.kind));
    const bool point_fits = fits(rule.kind, point == Point::before, task.call.statement);
    const bool named =
        rule.at.empty() || std::any_of(rule.at.begin(), rule.at.end(),
                                       [&](const auto& glob) { return glob_matches(glob, where); });
    if (heal_began_ || !point_fits || !named || struck_[rule.kind] >= rule.at_most) {
      ++process.ordinals[kind];
      continue;
    }
    if (choose(kind, process, where, {{0, 1}, rule.chance}) == 0) continue;
    ++struck_[rule.kind];
    strike(rule, task, session, where, request);
    if (process.dead || session.broken) return;
  }
}

void Run::strike(const FaultRule& rule, Task& task, Session& session, const std::string& where,
                 const Request& request) {
  Process& process = *task.process;
  const Duration lasts = is_lasting(rule) ? choose_duration(std::string(to_text(rule.kind)),
                                                            process, where, rule.lasts)
                                          : 0us;
  ++step_;
  if (strikes_everybody(rule.kind)) return strike_everybody(rule, task, session, where, lasts);
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
      plan_restart(rule, process, lasts);
      kill(process, rule.kind == FaultKind::crash_half_open);
      break;
    case FaultKind::late_statement: {
      plan_restart(rule, process, kRestart);
      const auto [job, attempt] = acts_for(task, task.call);
      if (!session.ended)
        session.late = LateStatement{request, InFlight{0, task.call, attempt, job, false},
                                     parts_.clock.now() + lasts};
      kill(process, false);
      break;
    }
    case FaultKind::graceful_stop:
      if (!std::exchange(process.stopping, true)) plan_restart(rule, process, lasts);
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
    case FaultKind::serialization_failure:
      session.fails_with = "40001";
      break;
    case FaultKind::lock_timeout:
      session.fails_with = "55P03";
      break;
    default:
      break;
  }
}

void Run::plan_restart(const FaultRule& rule, const Process& process, Duration after) {
  if (!rule.restarts) return;
  const int life = process.incarnation + 1;
  const std::string base = process.identity.substr(0, process.identity.find('.'));
  births_.push_back(
      {parts_.clock.now() + after, process.number, life, process.protocol, process.role,
       rule.same_identity ? process.identity : base + "." + std::to_string(life), true});
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
    if (record.lease_until && record.state == JobState::owned &&
        *record.lease_until < Instant::max())
      if (const auto at = parts_.clock.when_shown(*record.lease_until)) deadlines.push_back(*at);
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

// The scenario's own lengths, and jumps to where a lease ends.
std::vector<std::int64_t> Run::steps_of_clock(const std::vector<Length>& lengths) const {
  std::vector<std::int64_t> values;
  for (const Length& length : lengths) values.push_back(length.resolve(parts_.declared).count());
  const Instant shown = parts_.clock.shown();
  for (const auto& [job, record] : ledger_.observed().jobs)
    if (record.lease_until && record.state == JobState::owned && *record.lease_until > shown &&
        *record.lease_until < Instant::max())
      for (const std::int64_t off : {-1, 0, 1})
        values.push_back((*record.lease_until - shown).count() + off);
  return values;
}

Duration Run::choose_duration(const std::string& kind, Process& process, const std::string& where,
                              const std::vector<Length>& lengths) {
  // The same ordinal as the choice that it belongs to, so that taking out another one does not
  // renumber it.
  return Duration{parts_.choices.choose(
      {kind + ".lasts", process.id.text, process.ordinals[kind] - 1, where},
      {kind == to_text(FaultKind::clock_step) ? steps_of_clock(lengths) : durations(lengths),
       std::nullopt, true})};
}

std::int64_t Run::choose(const std::string& kind, Process& process, const std::string& where,
                         const Alternatives& alternatives) {
  return parts_.choices.choose({kind, process.id.text, process.ordinals[kind]++, where},
                               alternatives);
}

}  // namespace fencepost
