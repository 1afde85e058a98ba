#include "sim/engine/run.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
Run::Run(const Parts& parts) : parts_(parts), ledger_(parts.declared) {
  for (const Protocol* version : {&parts.protocol, parts.protocol.previous.get()}) {
    if (version == nullptr) continue;
    auto& constants = constants_[version] = version->constants;
    for (const auto& [name, value] : parts.scenario.load.constants)
      if (constants.contains(name)) constants[name] = value;
    for (const auto& [name, statement] : version->statements)
      names_sessions_ =
          names_sessions_ || statement.sql.find("fencepost.sessions") != std::string::npos;
  }
  observes_always_ = parts.declared.lease_kind == LeaseKind::session;
}

Run::~Run() = default;

History Run::execute_history() {
  start();
  try {
    for (;;) {
      deliver();
      if (over()) break;
      if (!pick() && !advance()) break;
    }
    end();
  } catch (...) {
    release_everything();
    throw;
  }
  release_everything();
  return std::move(history_);
}

void Run::start() {
  history_.declared = parts_.declared;
  history_.declared.anyway = parts_.scenario.anyway;
  parts_.database.reset(parts_.scenario.load);
  parts_.clock.coarsen(parts_.scenario.load.clock_tick);
  for (const FaultRule& rule : parts_.scenario.faults) {
    keeps_commits_ = keeps_commits_ || rule.kind == FaultKind::commits_lost;
    if (rule.kind == FaultKind::commits_lost || rule.kind == FaultKind::server_crash)
      parts_.database.tables().checkpoint();
  }
  const Observation first = parts_.database.observe();
  for (Event& event : ledger_.start(first)) history_.events.push_back(std::move(event));
  keep_commit();
  std::vector<ItemId> items;
  for (const auto& [key, count] : first.applied)
    if (std::find(items.begin(), items.end(), key.second) == items.end())
      items.push_back(key.second);
  Process load;
  load.id = {"load"};
  for (int i = 0; i < parts_.scenario.load.poison && !items.empty(); ++i) {
    Alternatives all;
    for (std::size_t k = 0; k < items.size(); ++k)
      all.values.push_back(static_cast<std::int64_t>(k));
    const auto chosen = static_cast<std::size_t>(choose("poison", load, "load", all));
    poisoned_.push_back(items[std::min(chosen, items.size() - 1)]);
    items.erase(items.begin() + static_cast<long>(std::min(chosen, items.size() - 1)));
  }
  plan_births();
  if (parts_.scenario.faults.empty()) begin_heal();
}

// Whatever is done on the server is recorded, and whoever waited for it goes on to its next
// scheduling point; until everything is still: done, blocked, or held at the gate.
void Run::deliver() {
  for (bool moved = true; moved;) {
    moved = false;
    reap();
    std::vector<Slot> slots;
    for (const auto& session : sessions_)
      if (!session->ended) slots.push_back(session->backend->slot);
    parts_.clock.settle(slots.data(), static_cast<int>(slots.size()));
    for (std::size_t i = 0; i < sessions_.size() && !moved; ++i) {
      Session& session = *sessions_[i];
      if (session.ended) continue;
      const Activity activity = parts_.clock.activity(session.backend->slot);
      if (activity == Activity::gone) {
        server_ended(session);
        moved = true;
      } else if (activity == Activity::idle && session.in_flight) {
        complete(session);
        moved = true;
      } else if (session.in_flight && !session.in_flight->blocked &&
                 (activity == Activity::lock || activity == Activity::held)) {
        session.in_flight->blocked = true;
        Event& event = note(EventKind::blocked);
        event.step = session.in_flight->step;
        event.worker = session.process->id;
        event.session = session.id;
        event.operation = session.in_flight->call.operation;
        event.statement = session.in_flight->call.statement;
        event.attempt = session.in_flight->attempt;
        event.job = session.in_flight->job;
      }
    }
    take_notifications();
    for (std::size_t i = 0; i < tasks_.size() && !moved; ++i) {
      Task& task = *tasks_[i];
      const bool stale_beat = task.belief > 0 && task.state == TaskState::sleeping &&
                              (!task.process->believing || task.process->belief != task.belief);
      const bool delivered = task.state == TaskState::in_flight && !task.process->stalled_until &&
                             std::none_of(sessions_.begin(), sessions_.end(), [&](const auto& s) {
                               return s->task == &task && s->in_flight;
                             });
      const bool wakes =
          (task.state == TaskState::waking || stale_beat) && !task.process->stalled_until;
      if (!wakes && !delivered) continue;
      resume(task);
      moved = true;
    }
  }
}

// The ready tasks and the backends at the gate; 0 deviations: whoever ran last goes on, else the
// lowest number.
bool Run::pick() {
  std::vector<std::pair<std::int64_t, Task*>> ready;
  std::map<std::int64_t, Session*> gates;
  for (const auto& task : tasks_)
    if (task->state == TaskState::ready && !task->process->stalled_until)
      ready.emplace_back(task->number, task.get());
  for (const auto& session : sessions_) {
    if (session->ended || parts_.clock.activity(session->backend->slot) != Activity::held) continue;
    gates.emplace(1'000'000 + session->number, session.get());
  }
  if (ready.empty() && gates.empty()) return false;
  std::sort(ready.begin(), ready.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.second != last_task_, a.first) < std::pair(b.second != last_task_, b.first);
  });
  Alternatives alternatives;
  for (const auto& [number, task] : ready) alternatives.values.push_back(number);
  for (const auto& [number, session] : gates) alternatives.values.push_back(number);
  std::int64_t chosen = alternatives.values.front();
  if (alternatives.values.size() > 1) {
    const std::string where = last_task_ != nullptr
                                  ? last_task_->call.operation + "." + last_task_->call.statement
                                  : last_ran_;
    chosen = parts_.choices.choose({"next", last_ran_, next_ordinals_[last_ran_]++, where},
                                   alternatives);
  }
  if (const auto gate = gates.find(chosen); gate != gates.end()) {
    last_ran_ = "gate";
    last_task_ = nullptr;
    parts_.clock.release(gate->second->backend->slot);
    return true;
  }
  for (const auto& [number, task] : ready) {
    if (number != chosen) continue;
    last_ran_ = task->name;
    last_task_ = task;
    tick();
    if (task->state == TaskState::ready && !task->process->stalled_until) resume(*task);
  }
  return true;
}

// The clock ticks between two statements; a server timeout that falls due with the tick strikes
// first.
void Run::tick() {
  parts_.clock.set(parts_.clock.now() + 1us);
  wake_what_is_due();
}

std::optional<Instant> Run::next_due() const {
  std::optional<Instant> due;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!due || *at < *due)) due = at;
  };
  for (const auto& task : tasks_)
    if (task->state == TaskState::sleeping && !task->process->stalled_until)
      consider(task->wake_at);
  for (const auto& process : processes_)
    if (!process->dead) consider(process->stalled_until);
  for (const Birth& birth : births_) consider(birth.at);
  for (const auto& session : sessions_) {
    if (session->ended) continue;
    consider(parts_.clock.due(session->backend->slot));
    consider(session->survives_until);
    if (session->late) consider(session->late->at);
  }
  consider(next_end_of_window());
  return due;
}

bool Run::advance() {
  const std::optional<Instant> due = next_due();
  if (!due) return false;
  if (*due > parts_.clock.now()) parts_.clock.set(*due);
  last_ran_ = "time";
  last_task_ = nullptr;
  wake_what_is_due();
  return true;
}

// Server timeouts first, one session after the other, then stalls' ends, births and sleepers; so
// who is a deadlock's victim, and what a sleeper finds, does not depend on anything but the
// history.
void Run::wake_what_is_due() {
  const Instant now = parts_.clock.now();
  end_windows(now);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = *sessions_[i];
    if (session.ended) continue;
    if (session.late && session.late->at <= now) {
      send_late(session);
    } else if (session.survives_until && *session.survives_until <= now) {
      session.survives_until.reset();
      close(session, "the server gave up on its dead client");
    } else if (parts_.clock.fire(session.backend->slot)) {
      parts_.clock.settle(&session.backend->slot, 1);
      deliver();
    }
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = *processes_[i];
    if (process.dead || !process.stalled_until || *process.stalled_until > now) continue;
    process.stalled_until.reset();
    ++step_;
    note(EventKind::resumed, process);
  }
  for (std::size_t i = 0; i < births_.size();) {
    if (births_[i].at > now) {
      ++i;
      continue;
    }
    const Birth birth = births_[i];
    births_.erase(births_.begin() + static_cast<long>(i));
    give_birth(birth);
  }
  for (const auto& task : tasks_)
    if (task->state == TaskState::sleeping && task->wake_at <= now && !task->process->stalled_until)
      task->state = TaskState::waking;
}

void Run::resume(Task& task) {
  Task* const outer = running_;
  running_ = &task;
  {
    const PortScope scope(this);
    task.fiber->resume();
  }
  running_ = outer;
  if (task.fiber->finished()) task.state = TaskState::done;
  if (failure_ && !ending_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

// The fibers of dead processes run to their end: their libpq calls only fail, everything else
// throws WorkerGone.
void Run::reap() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    Task& task = *tasks_[i];
    while (&task != running_ && task.process->dead && task.state != TaskState::done) resume(task);
  }
}

Event& Run::note(EventKind kind) {
  Event event;
  event.kind = kind;
  event.step = step_;
  event.at = parts_.clock.now();
  event.server_ahead = parts_.clock.ahead();
  if (kind != EventKind::statement && kind != EventKind::blocked) last_activity_ = event.at;
  return history_.events.emplace_back(std::move(event));
}

Event& Run::note(EventKind kind, const Process& process) {
  Event& event = note(kind);
  event.worker = process.id;
  event.attempt = process.attempt;
  if (!process.held.empty()) event.job = process.held.front().first;
  return event;
}

}  // namespace fencepost
