#include "sim/engine/faults.hpp"

#include <algorithm>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

std::string_view name_of(Point point) {
  constexpr std::string_view names[] = {"before", "after", "after_commit"};
  return names[static_cast<std::size_t>(point)];
}

/// Scenarios aim at statements, whichever version they are of.
std::string_view bare(std::string_view statement) {
  return statement.substr(statement.find(':') + 1);
}

/// A process that died at once is started again after this long, where the fault's own length is
/// another.
constexpr Duration kRestart = 1s;

/// How much rarer a fault strikes a worker that has nothing to lose.
constexpr std::uint32_t kRarer = 6;

/// Whether nothing is lost if this worker is struck here: it holds and has found nothing in this
/// round, and is in no transaction.
bool polls_in_vain(const Boundary& boundary) {
  const Process& process = boundary.task.process;
  return !process.believing() && !process.doings().acted && !process.doings().found &&
         !boundary.session.committed() && !boundary.session.in_transaction();
}

/// Faults of workers go mostly to those who hold something, or are about to write what they read.
Chance odds_of(const FaultRule& rule, const Alternatives& strikes) {
  if (strikes.as_given) return *rule.behind_an_answer;
  const bool certain = rule.chance.hits >= rule.chance.of;
  return certain || !strikes.in_vain ? rule.chance
                                     : Chance{rule.chance.hits, rule.chance.of * kRarer};
}

}  // namespace

bool is_lasting(const FaultRule& rule) {
  const FaultKeys keys = fault_of(rule.kind).keys;
  return keys == FaultKeys::restarts ? rule.restarts : has_lasts(keys);
}

Faults::Faults(const World& world, Journal& journal, Sessions& sessions, Fleet& fleet)
    : world_(world), journal_(journal), sessions_(sessions), fleet_(fleet) {}

void Faults::rest() {
  SIM_CHECK(!resting_, "faults rest twice, in step {}", journal_.step());
  resting_ = true;
}

// Always in the same order; which boundary it is, is counted over all boundaries of the worker, so
// that a scenario's globs do not renumber them.
void Faults::strike_at(const Boundary& boundary) {
  if (world_.scenario.faults.empty()) return;
  const Call& call = boundary.task.call();
  std::string where = call.operation;
  where.append(".").append(bare(call.statement)).append(":").append(name_of(boundary.point));
  Process& process = boundary.task.process;
  for (const FaultRule& rule : world_.scenario.faults) {
    if (!strikes(rule, boundary, where)) continue;
    ++struck_[rule.kind];
    Blow blow{rule, boundary, where, 0us};
    if (is_lasting(rule)) blow.lasts = choose_length(rule, process, where);
    journal_.begin_step();
    if (strikes_everybody(rule.kind))
      strike_everybody(blow);
    else
      strike(blow);
    if (process.dead() || boundary.session.broken()) return;
  }
}

bool Faults::strikes(const FaultRule& rule, const Boundary& boundary, std::string_view where) {
  const std::string_view kind = to_text(rule.kind);
  Asker& asker = boundary.task.process.asker;
  const bool may =
      !resting_ && struck_[rule.kind] < rule.at_most && may_strike(rule.kind, where) &&
      (rule.at.empty() || std::any_of(rule.at.begin(), rule.at.end(),
                                      [&](const auto& glob) { return glob_matches(glob, where); }));
  if (may) {
    may_strike_.in_vain = !strikes_everybody(rule.kind) && polls_in_vain(boundary);
    may_strike_.as_given =
        rule.behind_an_answer && boundary.point == Point::before && boundary.task.was_told();
    may_strike_.odds = odds_of(rule, may_strike_);
    may_strike_.begins =
        boundary.point == Point::before && boundary.task.call().statement == "begin";
    return asker.choose(world_.choices, kind, where, may_strike_) != 0;
  }
  asker.pass_by(kind);
  return false;
}

Duration Faults::choose_length(const FaultRule& rule, Process& process, const std::string& where) {
  const std::string kind(to_text(rule.kind));
  if (rule.exactly) {
    Alternatives written;
    for (const Length& length : rule.lasts)
      written.values.push_back(length.resolve(world_.declared).count());
    return Duration{process.asker.choose_part(world_.choices, kind, "lasts", where, written)};
  }
  if (rule.kind != FaultKind::clock_step)
    return fleet_.choose_length(process, kind, where, rule.lasts);
  return Duration{process.asker.choose_part(
      world_.choices, kind, "lasts", where,
      jumps_aimed_at(journal_.lease_ends(), rule.lasts, world_.declared, world_.clock.shown()))};
}

void Faults::strike(const Blow& blow) {
  const auto& [task, session, point, request] = blow.boundary;
  Process& process = task.process;
  SIM_CHECK(!process.dead(), "{} is dead and struck by {} at {}", process.id.text,
            to_text(blow.rule.kind), blow.where);
  Event& event = journal_.note(EventKind::fault, process);
  event.fault = blow.rule.kind;
  event.session = session.id;
  event.backend = session.on();
  event.operation = task.call().operation;
  event.statement = task.call().statement;
  event.boundary = blow.where;
  event.lasts = blow.lasts;
  event.committed = session.committed() && point == Point::after_commit;
  switch (blow.rule.kind) {
    case FaultKind::crash:
      plan_restart(blow.rule, process, blow.lasts);
      fleet_.kill(process, Death::noticed);
      break;
    case FaultKind::crash_half_open:
      plan_restart(blow.rule, process, blow.lasts);
      fleet_.kill(process, Death::half_open);
      break;
    case FaultKind::late_statement:
      send_later(blow);
      break;
    case FaultKind::graceful_stop:
      process.ask_to_stop();
      plan_restart(blow.rule, process, blow.lasts);
      break;
    case FaultKind::stall:
      process.stall(world_.clock.now() + blow.lasts);
      task.stand_ready();
      break;
    case FaultKind::connection_lost:
    case FaultKind::ack_lost:
      session.break_off();
      sessions_.close(session, "its connection broke");
      break;
    case FaultKind::answer_unheard:
      session.break_off();
      session.survive_until(world_.clock.now() + blow.lasts);
      break;
    case FaultKind::terminate:
      sessions_.terminate(session);
      break;
    default:
      session.fail_next(fault_of(blow.rule.kind));
  }
}

void Faults::plan_restart(const FaultRule& rule, const Process& process, Duration after) {
  if (!rule.restarts || fleet_.has_successor(process)) return;
  Birth birth = process.successor();
  birth.at = world_.clock.now() + after;
  if (rule.same_identity) birth.identity = process.identity;
  fleet_.plan(birth);
}

void Faults::send_later(const Blow& blow) {
  const auto& [task, session, point, request] = blow.boundary;
  plan_restart(blow.rule, task.process, kRestart);
  const auto [job, attempt] = task.acts_for(task.call().job);
  if (!session.ended())
    session.strand(
        {request, InFlight{0, task.call(), attempt, job, false}, world_.clock.now() + blow.lasts});
  fleet_.kill(task.process, Death::noticed);
}

}  // namespace fencepost
