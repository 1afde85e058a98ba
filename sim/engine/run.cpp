#include "sim/engine/run.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/database/observer.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// Sessions at the barrier are drawn by numbers from here on, which no task has.
constexpr std::int64_t kBarrier = 1'000'000;

/// Who ran last, where that was a session at its barrier. The word is in saved tapes, and seeds
/// hang on it.
constexpr const char* kAtBarrier = "gate";

}  // namespace

Run::Run(const World& world, Tries& tries)
    : world_(world),
      tries_(tries),
      journal_(world_),
      sessions_(world_, journal_),
      calls_(world_, journal_, sessions_,
             [this](const Boundary& each) { faults_.strike_at(each); }),
      timers_(world_, journal_, sessions_),
      fleet_(world_, journal_, sessions_),
      faults_(world_, journal_, sessions_, fleet_),
      gallop_(world_, tries_, journal_, fleet_),
      phases_(world_.protocol, world_.declared, world_.scenario, world_.until.step) {}

History Run::play() {
  begin();
  for (;;) {
    deliver();
    gallop_.look();
    if (tries_.too_far()) return {};
    // Where a gallop is to land nothing ends, though nobody has anything to do just then.
    const Phase phase = tries_.landing() ? Phase::hurt : phases_.now(standing());
    if (!ending(phase).empty()) return end(phase);
    if (phase == Phase::heal_begins) heal();
    if (!pick() && !advance()) return end(heal_began_ ? Phase::settled : Phase::horizon);
    work_off();
    go_on();
  }
}

History Run::execute() {
  SIM_CHECK(journal_.step() == 0, "a run that had {} steps begins again", journal_.step());
  History history;
  try {
    history = play();
  } catch (const Unanswered& unanswered) {
    release_everything();
    if (journal_.step() == 0) throw;
    // In a leap that went too far, anything may be.
    if (tries_.landing()) tries_.went_too_far();
    if (tries_.too_far()) return {};
    journal_.note_unanswered(unanswered.statement, unanswered.what());
    return journal_.take();
  } catch (...) {
    release_everything();
    throw;
  }
  release_everything();
  return history;
}

int Run::steps() const { return journal_.step(); }

void Run::begin() {
  world_.backends.start(world_.database.reset(world_.scenario.load));
  world_.clock.coarsen(world_.scenario.load.clock_tick);
  for (const FaultRule& rule : world_.scenario.faults)
    if (rule.kind == FaultKind::commits_lost || rule.kind == FaultKind::server_crash)
      world_.database.tables().checkpoint();
  fleet_.plan_all(journal_.begin());
  fleet_.wake_due();
  if (world_.scenario.faults.empty()) heal();
}

// Whatever is done on the server is recorded, and whoever waited for it goes on to its next
// scheduling point; until everything is still: done, blocked, or held at the barrier. Only play and
// work_off call it, never what a fiber calls: what wakes somebody leaves him to the next round. Who
// commits inside of a statement is never still until that is done, which may be never.
void Run::deliver() {
  SIM_CHECK(!std::exchange(delivering_, true), "delivered from below, in step {}", journal_.step());
  const int enough = journal_.step() + world_.scenario.steps;
  for (bool moved = true; moved && journal_.step() < enough;) {
    while (Task* const dead = fleet_.next_dead()) resume(*dead);
    sessions_.settle();
    moved = sessions_.deliver_next();
    sessions_.take_notifications();
    fleet_.wake_notified();
    Task* const next = moved ? nullptr : fleet_.next_to_run();
    if (next == nullptr) continue;
    resume(*next);
    moved = true;
  }
  delivering_ = false;
}

Standing Run::standing() const {
  Standing now;
  now.step = journal_.step();
  now.idle_steps = journal_.idle_steps();
  now.all_steps = tries_.steps() + journal_.step() + vain_moves_;
  now.first_under_way = sessions_.first_under_way();
  now.busy_statements = calls_.busy_statements();
  now.now = world_.clock.now();
  now.server_ahead = world_.clock.ahead();
  now.last_activity = journal_.last_activity();
  now.heal_began = heal_began_;
  now.jobs = &journal_.ledger().observed().jobs;
  now.come_round = &journal_.come_round();
  now.somebody_works = sessions_.something_computes() || fleet_.somebody_works();
  now.nobody_busy = fleet_.nobody_busy();
  now.somebody_believes =
      std::any_of(fleet_.processes().begin(), fleet_.processes().end(),
                  [](const auto& process) { return !process->dead() && process->believing(); });
  now.births_to_come = fleet_.births_to_come();
  now.somebody_stalled = fleet_.somebody_stalled();
  now.something_pending = timers_.something_pending();
  now.orphans = sessions_.orphans();
  return now;
}

// No new faults; everyone is resumed; of each role that claims at least one worker lives.
void Run::heal() {
  SIM_CHECK(!heal_began_, "heal begins again in step {}", journal_.step());
  heal_began_ = world_.clock.now();
  faults_.rest();
  journal_.begin_step();
  journal_.note(EventKind::heal_started);
  timers_.end_windows(Instant::max());
  timers_.hurry_late(*heal_began_);
  fleet_.end_stalls(Instant::max());
  // Whoever is born for this begins at once, and what is due by now comes before.
  if (!fleet_.revive()) return;
  time_moved_ = true;
  work_off();
}

// 0 deviations: whoever ran last goes on, else the lowest number.
std::vector<Run::Turn> Run::turns() const {
  std::vector<Turn> turns;
  for (Task* const task : fleet_.ready()) turns.push_back({task->number, task, nullptr});
  for (Session* const session : sessions_.at_barrier())
    turns.push_back({kBarrier + session->number, nullptr, session});
  std::sort(turns.begin(), turns.end(), [&](const Turn& a, const Turn& b) {
    const auto rank = [&](const Turn& turn) {
      return std::tuple(turn.at_barrier != nullptr, turn.task != last_task_, turn.number);
    };
    return rank(a) < rank(b);
  });
  return turns;
}

const Run::Turn& Run::choose(const std::vector<Turn>& turns) {
  if (turns.size() == 1 || tries_.landing()) return turns.front();
  Alternatives alternatives;
  for (const Turn& turn : turns) {
    alternatives.values.push_back(turn.number);
    alternatives.names.push_back(turn.at_barrier != nullptr
                                     ? turn.at_barrier->id.text + " at the barrier"
                                     : turn.task->name);
  }
  const std::string where = last_task_ != nullptr
                                ? last_task_->call().operation + "." + last_task_->call().statement
                                : last_ran_;
  Asker& asker = askers_.try_emplace(last_ran_, last_ran_).first->second;
  const std::int64_t chosen = asker.choose(world_.choices, "next", where, alternatives);
  const auto found = std::find_if(turns.begin(), turns.end(),
                                  [&](const Turn& turn) { return turn.number == chosen; });
  SIM_CHECK(found != turns.end(), "{} is chosen, which is none of {} after {}", chosen,
            turns.size(), last_ran_);
  return *found;
}

// The clock ticks between two statements; a server timeout that falls due with the tick strikes
// first.
bool Run::pick() {
  const std::vector<Turn> turns = this->turns();
  if (turns.empty()) return false;
  const Turn& turn = choose(turns);
  if (turn.at_barrier != nullptr) {
    last_ran_ = kAtBarrier;
    last_task_ = nullptr;
    if (!turn.at_barrier->waits_for_turn()) {
      sessions_.pass_barrier(*turn.at_barrier);
      return true;
    }
    passing_ = turn.at_barrier;
    move_time(world_.clock.now() + 1us);
    return true;
  }
  last_ran_ = turn.task->name;
  last_task_ = picked_ = turn.task;
  move_time(world_.clock.now() + 1us);
  return true;
}

bool Run::advance() {
  leap();
  const std::optional<Instant> due = earlier(timers_.next_due(), fleet_.next_due());
  if (!due) return false;
  if (std::exchange(moved_in_step_, journal_.step()) == journal_.step()) ++vain_moves_;
  last_ran_ = "time";
  last_task_ = nullptr;
  move_time(std::max(*due, world_.clock.now()));
  return true;
}

void Run::leap() {
  const std::set<const Task*> pollers = gallop_.pollers();
  if (!pollers.empty())
    gallop_.leap(pollers, earlier(timers_.next_due(), phases_.changes(standing())));
}

void Run::move_time(Instant to) {
  SIM_CHECK(to >= world_.clock.now(), "time goes back from {} to {}", to_text(world_.clock.now()),
            to_text(to));
  world_.clock.set(to);
  time_moved_ = true;
}

// Server timeouts first, one session after the other and each delivered before the next, then
// stalls' ends, births and sleepers; so who is a deadlock's victim, and what a sleeper finds, does
// not depend on anything but the history.
void Run::work_off() {
  if (!std::exchange(time_moved_, false)) return;
  timers_.end_windows(world_.clock.now());
  // By number, because delivering opens sessions, which have their turn, too.
  for (int number = 1; number <= sessions_.count(); ++number)
    if (timers_.fire(number)) deliver();
  timers_.fire_idle();
  fleet_.wake_due();
}

// Unless what was due meanwhile has ended it, or holds it up.
void Run::go_on() {
  Session* const passing = std::exchange(passing_, nullptr);
  if (passing != nullptr && passing->waits_for_turn()) sessions_.pass_barrier(*passing);
  Task* const task = std::exchange(picked_, nullptr);
  if (task != nullptr && task->state() == TaskState::ready && !task->process.stalled_until())
    resume(*task);
}

void Run::resume(Task& task) {
  calls_.run(task);
  task.throw_failure();
}

History Run::end(Phase phase) {
  SIM_CHECK(!ending(phase).empty(), "a run ends in phase {}, in step {}", static_cast<int>(phase),
            journal_.step());
  if (phase != Phase::cut)
    sessions_.note_locks([this](const Process& each) { return fleet_.at_rest(each); });
  if (world_.until.step > 0) journal_.cut(world_.until.step);
  journal_.finish(std::string(ending(phase)));
  return journal_.take();
}

// Fibers end, whatever they still throw; backends are given back with nothing under way.
void Run::release_everything() {
  fleet_.abandon_all();
  while (Task* const dead = fleet_.next_dead()) calls_.run(*dead);
  {
    // Closing a dead worker's connections must not reach the real ones.
    const PortScope scope(&calls_);
    fleet_.drop_workers();
  }
  sessions_.give_back();
  calls_.end();
}

}  // namespace fencepost
