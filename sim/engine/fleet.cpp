#include "sim/engine/fleet.hpp"

#include <algorithm>
#include <utility>

#include "sim/engine/task_environment.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

/// How long a server keeps the sessions of a host that vanished, where nothing else is declared.
constexpr Duration kTcpKeepalive = 2h + 11min;
/// How many polls are aimed at a deadline that comes before them.
constexpr Chance kAimedPolls{1, 4};

}  // namespace

Fleet::Fleet(const World& world, Journal& journal, Sessions& sessions)
    : world_(world), journal_(journal), sessions_(sessions) {
  for (const Protocol* version : world.versions()) {
    auto& constants = constants_[version] = version->constants;
    for (const auto& [name, value] : world.scenario.load.constants)
      if (constants.contains(name)) constants[name] = value;
  }
}

Fleet::~Fleet() = default;

bool Fleet::is_poisoned(const JobId& job) {
  if (poisoned_.jobs.empty() || job.empty()) return false;
  auto known = std::find(worked_on_.begin(), worked_on_.end(), job);
  if (known == worked_on_.end()) known = worked_on_.insert(known, job);
  return poisoned_.jobs.contains(known - worked_on_.begin());
}

std::vector<PlannedWorker> planned_workers(const Protocol& protocol, const Load& load) {
  std::vector<PlannedWorker> all;
  const auto add = [&](const Protocol& of, const Role& role, int count, const std::string& stem) {
    for (int i = 1; i <= count; ++i) all.push_back({stem + std::to_string(i), &of, &role});
  };
  for (const Role& role : protocol.roles) {
    const auto wanted = load.roles.find(role.name);
    add(protocol, role,
        wanted != load.roles.end() ? wanted->second : role.count.value_or(load.workers),
        role.name == "worker" ? "w" : role.name);
  }
  if (load.previous == 0 || !protocol.previous) return all;
  for (const Role& role : protocol.previous->roles)
    if (!role.count) add(*protocol.previous, role, load.previous, "old");
  return all;
}

void Fleet::plan_all(const Observation& first) {
  poisoned_ = draw_poison(world_, first);
  int number = 0;
  for (const auto& [name, protocol, role] :
       planned_workers(world_.protocol, world_.scenario.load)) {
    const std::int64_t at =
        Asker(name).choose(world_.choices, "start", "start", {{0}, std::nullopt, true});
    plan({Instant{Duration{at}}, ++number, 1, protocol, role, name, false});
  }
}

void Fleet::plan(const Birth& birth) {
  SIM_CHECK(birth.role != nullptr && birth.at >= world_.clock.now(),
            "{} is to be born at {}, at {}", birth.identity, to_text(birth.at),
            to_text(world_.clock.now()));
  births_.push_back(birth);
}

void Fleet::give_birth(const Birth& birth) {
  Process& process = *processes_.emplace_back(std::make_unique<Process>(birth));
  const auto same = [&](const auto& other) {
    return other.get() != &process && !other->dead() && other->id == process.id;
  };
  SIM_CHECK(std::none_of(processes_.begin(), processes_.end(), same),
            "{} is born and lives already", process.id.text);
  process.end_round(journal_.granted());
  process.draw_clock(world_.scenario.load, world_.choices);
  process.worker =
      std::make_unique<Worker>(*spawn(process, kProgram).environment, *process.protocol,
                               *process.role, constants_.at(process.protocol));
  const auto& heartbeat = process.role->heartbeat;
  if (heartbeat && heartbeat->per == Heartbeat::Per::worker) spawn(process, kAlways);
  if (birth.restart) {
    journal_.begin_step();
    Event& event = journal_.note(EventKind::fault, process);
    event.fault = FaultKind::restart;
    if (birth.identity.find('.') == std::string::npos) event.note = kSameName;
  }
  Event& event = journal_.note(EventKind::worker_started, process);
  event.note = birth.role->name;
  event.claims = birth.role->claims();
}

Task& Fleet::spawn(Process& process, int belief) {
  SIM_CHECK(!process.dead(), "{} is dead and begins task {}", process.id.text, belief);
  Task& task = *all_tasks_.emplace_back(std::make_unique<Task>(process, belief));
  tasks_.push_back(&task);
  task.environment = make_environment(world_, journal_, *this, task);
  task.begin([this, &task] { live(task); });
  if (belief != kProgram) task.sleep_first(world_.clock.now() + process.role->heartbeat->every);
  return task;
}

// The whole life of a fiber. What went wrong in a libpq call comes first: its caller only saw that
// there is no answer.
void Fleet::live(Task& task) {
  Process& process = task.process;
  try {
    if (task.belief != kProgram) return process.worker->beat(*task.environment);
    process.worker->run();
    process.finish();
    if (process.stopping() && !process.dead()) kill(process, Death::noticed);
  } catch (const WorkerGone&) {
  } catch (...) {
    task.fail(std::current_exception());
  }
}

bool Fleet::revive() {
  // Whoever was asked to stop has not come to the end of its rounds.
  const auto claims = [](const Process& process) {
    return process.role->claims() && (!process.finished() || process.stopping());
  };
  std::set<std::string> played;
  for (const auto& process : processes_)
    if (!process->dead() && !process->stopping() && claims(*process))
      played.insert(claiming_as(world_.declared, process->role->name));
  for (const Birth& birth : births_)
    if (birth.role->claims()) played.insert(claiming_as(world_.declared, birth.role->name));
  bool planned = false;
  for (const auto& process : processes_) {
    if (!claims(*process) || has_successor(*process)) continue;
    if (!played.insert(claiming_as(world_.declared, process->role->name)).second) continue;
    Birth birth = process->successor();
    birth.at = world_.clock.now();
    plan(birth);
    planned = true;
  }
  return planned;
}

bool Fleet::has_successor(const Process& process) const {
  const auto follows = [&](int number, int life) {
    return number == process.number && life > process.life;
  };
  return std::any_of(births_.begin(), births_.end(),
                     [&](const Birth& birth) { return follows(birth.number, birth.life); }) ||
         std::any_of(processes_.begin(), processes_.end(),
                     [&](const auto& other) { return follows(other->number, other->life); });
}

void Fleet::kill(Process& process, Death death) {
  SIM_CHECK(!process.dead(), "{} is dead and killed", process.id.text);
  let_go(process, "crashed");
  process.die();
  std::optional<Duration> survival;
  if (death == Death::half_open) survival = world_.declared.freed_within.value_or(kTcpKeepalive);
  sessions_.abandon(process, survival);
}

void Fleet::abandon_all() {
  for (const auto& process : processes_)
    if (!process->dead()) process->die();
}

void Fleet::drop_workers() {
  SIM_CHECK(next_dead() == nullptr, "{} is still on its way", next_dead()->name);
  for (const auto& process : processes_) process->worker.reset();
}

Task* Fleet::next_dead() const {
  for (Task* const task : tasks_)
    if (task->process.dead() && task->state() != TaskState::done) return task;
  return nullptr;
}

Task* Fleet::next_to_run() const {
  for (Task* const task : tasks_) {
    if (task->process.stalled_until()) continue;
    const TaskState state = task->state();
    if (state == TaskState::waking || (state == TaskState::sleeping && task->is_stale()) ||
        (state == TaskState::in_flight && !sessions_.has_in_flight(*task)))
      return task;
  }
  return nullptr;
}

std::vector<Task*> Fleet::ready() const {
  std::vector<Task*> ready;
  for (Task* const task : tasks_)
    if (task->state() == TaskState::ready && !task->process.stalled_until()) ready.push_back(task);
  return ready;
}

void Fleet::wake_notified() {
  for (Task* const task : tasks_)
    if (task->process.notified() && task->sleeps_for(Sleep::poll) &&
        task->state() == TaskState::sleeping)
      task->wake();
}

std::optional<Instant> Fleet::next_due(const std::set<const Task*>& but_for) const {
  std::optional<Instant> next;
  for (Task* const task : tasks_)
    if (task->state() == TaskState::sleeping && !task->process.stalled_until() &&
        !but_for.contains(task))
      next = earlier(next, task->wake_at());
  for (const auto& process : processes_) next = earlier(next, process->stalled_until());
  for (const Birth& birth : births_) next = earlier(next, birth.at);
  return next;
}

void Fleet::wake_due() {
  const Instant now = world_.clock.now();
  std::erase_if(tasks_, [](const Task* task) { return task->state() == TaskState::done; });
  end_stalls(now);
  std::vector<Birth> due;
  for (const Birth& birth : births_)
    if (birth.at <= now) due.push_back(birth);
  std::erase_if(births_, [&](const Birth& birth) { return birth.at <= now; });
  for (const Birth& birth : due) give_birth(birth);
  for (Task* const task : tasks_)
    if (task->state() == TaskState::sleeping && task->wake_at() <= now &&
        !task->process.stalled_until())
      task->wake();
}

void Fleet::end_stalls(Instant until) {
  for (const auto& process : processes_) {
    if (!process->stalled_until() || *process->stalled_until() > until) continue;
    process->go_on();
    journal_.begin_step();
    journal_.note(EventKind::resumed, *process);
  }
}

bool Fleet::idle(const Process& process) const {
  if (process.finished()) return true;
  if (process.role->rounds || process.role->rounds_are_jobs) return false;
  if (process.believing() || process.stalled_until()) return false;
  for (Task* const task : tasks_)
    if (&task->process == &process && task->state() != TaskState::sleeping &&
        task->state() != TaskState::done)
      return false;
  return true;
}

bool Fleet::nobody_busy() const {
  return std::all_of(processes_.begin(), processes_.end(),
                     [&](const auto& process) { return at_rest(*process); });
}

bool Fleet::somebody_stalled() const {
  for (const auto& process : processes_)
    if (process->stalled_until()) return true;
  return false;
}

// Whoever waits for a lock does nothing that ends by itself; the leader of something that is there
// for ever leads for ever.
bool Fleet::somebody_works() const {
  const auto lasting = [&](const Holding& holding) {
    return world_.declared.fixed.contains(holding.job.text);
  };
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const Task* task) {
    const Process& process = task->process;
    const TaskState state = task->state();
    if (process.dead() || task->belief != kProgram || task->sleeps_for(Sleep::poll)) return false;
    if (state == TaskState::in_flight || state == TaskState::done) return false;
    if (!process.believing()) return task->sleeps_for(Sleep::work);
    return !std::all_of(process.held().begin(), process.held().end(), lasting);
  });
}

Duration Fleet::choose_length(Process& process, const std::string& kind, const std::string& where,
                              const std::vector<Length>& lengths) {
  const Instant now = world_.clock.now();
  Alternatives drawn = lengths_aimed_at(deadlines(), lengths, world_.declared, now);
  for (const Holding& held : process.held())
    if (const auto end = journal_.lease_end(held.job))
      if (const auto at = world_.clock.when_shown(*end); at && *at > now)
        drawn.expires_in =
            std::min(drawn.expires_in.value_or((*at - now).count()), (*at - now).count());
  return Duration{process.asker.choose_part(world_.choices, kind, "lasts", where, drawn)};
}

// Of leases, server timeouts, sleeps and stalls; of what others do next, only what is not at once.
std::vector<Instant> Fleet::deadlines() const {
  constexpr Duration kAtOnce = 1ms;
  const Instant soon = world_.clock.now() + kAtOnce;
  std::vector<Instant> all;
  for (const Instant end : journal_.lease_ends())
    if (const auto at = world_.clock.when_shown(end)) all.push_back(*at);
  for (const Instant timeout : sessions_.deadlines()) all.push_back(timeout);
  for (Task* const task : tasks_)
    if (task->state() == TaskState::sleeping && task->wake_at() >= soon)
      all.push_back(task->wake_at());
  for (const auto& process : processes_)
    if (const auto until = process->stalled_until(); until && *until >= soon) all.push_back(*until);
  return all;
}

Instant Fleet::next_poll(Process& process, Duration poll) {
  const Instant now = world_.clock.now();
  const Duration usual = process.by_its_clock(poll);
  std::vector<Instant> free_again;
  for (const Instant free : journal_.free_again())
    if (const auto at = world_.clock.when_shown(free)) free_again.push_back(*at);
  const Alternatives drawn{polls_aimed_at(free_again, process.idle_ticks(), usual, now),
                           kAimedPolls, true};
  process.asker.pass_by("poll");
  if (drawn.values.size() == 1) return now + usual;
  return now + Duration{process.asker.choose_part(world_.choices, "poll", "lasts", "poll", drawn)};
}

void Fleet::believe(Process& process, const std::vector<JobId>& jobs) {
  const Ledger& ledger = journal_.ledger();
  std::vector<Holding> held;
  for (const JobId& job : jobs) {
    const AttemptId attempt = ledger.newest_attempt(process.id, job);
    const bool old = attempt.number <= process.round_floor() && attempt != ledger.holder(job) &&
                     !ledger.is_given(attempt);
    held.push_back({job, old ? AttemptId{} : attempt});
  }
  process.take_up(std::move(held));
  if (process.held().empty()) return;
  process.note_acted();
  process.note_changed();
  for (const auto& [job, attempt] : process.held()) {
    Event& event = journal_.note(EventKind::believed, process);
    event.job = job;
    event.attempt = attempt;
  }
  const auto& heartbeat = process.role->heartbeat;
  if (heartbeat && heartbeat->per == Heartbeat::Per::grant) spawn(process, process.belief());
}

void Fleet::let_go(Process& process, const std::string& reason) {
  if (!process.believing()) return;
  process.let_go();
  for (const auto& [job, attempt] : process.held()) {
    Event& event = journal_.note(EventKind::let_go, process);
    event.job = job;
    event.attempt = attempt;
    event.note = reason;
  }
}

bool Fleet::let_go_of(Process& process, const JobId& job, const std::string& reason) {
  if (!process.believing()) return false;
  const std::vector<Holding>& held = process.held();
  const auto found = std::find_if(held.begin(), held.end(),
                                  [&](const Holding& holding) { return holding.job == job; });
  if (found == held.end()) return true;
  if (held.size() == 1) {
    let_go(process, reason);
    return false;
  }
  Event& event = journal_.note(EventKind::let_go, process);
  event.job = job;
  event.attempt = found->attempt;
  event.note = reason;
  process.let_go_of(job);
  return true;
}

void Fleet::end_round(Process& process) {
  let_go(process, "round over");
  const Doings did = process.doings();
  if (!did.acted) process.learn_ticks();
  process.end_round(journal_.granted());
  if (!did.changed) journal_.forgive(did.statements);
  process.idling.end_round(did.acted ? Round::acted : Round::idle, world_.clock.now(),
                           process.asker.stood());
}

// Real work never takes equally long twice: each length that is said, or three, two or one quarter
// of it. Never more, because what it takes at most is the protocol's to say.
Duration Fleet::work_time(Process& process, const std::vector<Duration>& lengths) {
  const Load& load = world_.scenario.load;
  const std::string where =
      process.held().empty() ? "work" : "work on " + process.held().front().job.text;
  const bool may_be_slow = load.slow.chance.hits > 0 && !load.slow.lasts.empty();
  if (may_be_slow &&
      process.asker.choose(world_.choices, "slow", where, {{0, 1}, load.slow.chance}) != 0)
    return choose_length(process, "slow", where, load.slow.lasts);
  Alternatives drawn{{}, Chance{1, 2}, true};
  for (int quarters = 4; quarters > 0; --quarters)
    for (const Duration length : lengths)
      if (const auto value = (length * quarters / 4).count();
          std::find(drawn.values.begin(), drawn.values.end(), value) == drawn.values.end())
        drawn.values.push_back(value);
  process.asker.pass_by("work");
  return Duration{process.asker.choose_part(world_.choices, "work", "lasts", where, drawn)};
}

}  // namespace fencepost
