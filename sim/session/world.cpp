#include "sim/session/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "sim/text/error.hpp"

namespace fencepost {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

/// Lives beyond these have numbers far above all others.
constexpr int kLivesOfProcess = 50;

// Priorities are drawn of this number: another one is another history of the same seed.
std::int64_t number_of(const Process& process, int belief) {
  const std::int64_t beyond = process.life / kLivesOfProcess;
  return beyond * 10 * kMillion + process.number * 2 * kLivesOfProcess +
         process.life % kLivesOfProcess * 2 + (belief != kProgram ? 1 : 0);
}

WorkerId name_of(const Birth& birth) {
  const std::string base = birth.identity.substr(0, birth.identity.find('.'));
  return {birth.life == 1 ? base : base + "." + std::to_string(birth.life)};
}

}  // namespace

std::vector<const Protocol*> World::versions() const {
  std::vector<const Protocol*> all = {&protocol};
  if (protocol.previous) all.push_back(protocol.previous.get());
  return all;
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  return !a || (b && *b < *a) ? b : a;
}

Process::Process(const Birth& birth)
    : id(name_of(birth)),
      identity(birth.identity),
      number(birth.number),
      life(birth.life),
      rounds_before(birth.rounds_before),
      protocol(birth.protocol),
      role(birth.role),
      asker(id.text) {}

void Process::draw_clock(const Load& load, Choices& choices) {
  Alternatives offsets, drifts;
  for (const Duration offset : load.clock_offsets) offsets.values.push_back(offset.count());
  for (const Drift drift : load.clock_drifts) drifts.values.push_back(drift.millionths);
  if (!offsets.values.empty())
    clock_offset_ = Duration{asker.choose(choices, "clock", "start", offsets)};
  if (!drifts.values.empty()) clock_drift_ = {asker.choose(choices, "drift", "start", drifts)};
}

Instant Process::clock_at(Instant now) const {
  const std::int64_t since = now.time_since_epoch().count();
  const std::int64_t drifted = since / kMillion * clock_drift_.millionths +
                               since % kMillion * clock_drift_.millionths / kMillion;
  return now + clock_offset_ + Duration{drifted};
}

Duration Process::by_its_clock(Duration lasts) const {
  const std::int64_t speed = kMillion + clock_drift_.millionths, length = lasts.count();
  return Duration{length / speed * kMillion + length % speed * kMillion / speed};
}

// Workers of a role are numbered from 1.
std::vector<std::string> Process::names() const {
  if (role->per_host != 0) return {identity};
  return {identity, host()};
}

std::string Process::host() const {
  if (role->per_host == 0) return "host-" + identity;
  const std::string base = base_name();
  const std::size_t digits = base.find_last_not_of("0123456789") + 1;
  const int nth = std::atoi(base.c_str() + digits);
  const int first = (nth - 1) / role->per_host * role->per_host + 1;
  return "host-" + base.substr(0, digits) + std::to_string(first);
}

std::string Process::base_name() const { return identity.substr(0, identity.find('.')); }

Birth Process::successor() const {
  const std::string name = base_name() + "." + std::to_string(life + 1);
  const int began = rounds_before + (worker ? worker->rounds() : 0);
  return {Instant{}, number, life + 1, protocol, role, name, true, began};
}

void Process::die() {
  SIM_CHECK(!dead_, "{} dies twice", id.text);
  dead_ = true;
  stalled_until_.reset();
}

void Process::finish() {
  SIM_CHECK(!dead_ && !finished_, "{} finishes, dead: {}, finished: {}", id.text, dead_, finished_);
  finished_ = true;
}

void Process::stall(Instant until) {
  SIM_CHECK(!dead_, "{} is dead and stalls until {}", id.text, to_text(until));
  stalled_until_ = std::max(stalled_until_.value_or(Instant::min()), until);
}

void Process::go_on() {
  SIM_CHECK(!dead_ && stalled_until_, "{} goes on, dead: {}, but does not stand still", id.text,
            dead_);
  stalled_until_.reset();
}

void Process::ask_to_stop() {
  SIM_CHECK(!dead_, "{} is dead and is to stop, asked before: {}", id.text, stopping_);
  stopping_ = true;
}

void Process::notify() {
  SIM_CHECK(!dead_, "{} is dead and is notified, and was before: {}", id.text, notified_);
  notified_ = true;
}

void Process::lose_lease() {
  SIM_CHECK(!dead_, "{} is dead and its heartbeat finds out about belief {}", id.text, belief_);
  lease_lost_ = true;
}

int Process::open_session(const std::string& name) {
  SIM_CHECK(!dead_, "{} is dead and opens {}, after {}", id.text, name, opened_[name]);
  return ++opened_[name];
}

void Process::count_statement() {
  SIM_CHECK(!dead_, "{} is dead and sends statement {} of a round", id.text, doings_.statements);
  ++doings_.statements;
}

void Process::note_found() {
  SIM_CHECK(!dead_, "{} is dead and finds something with statement {}", id.text,
            doings_.statements);
  doings_.found = true;
}

void Process::note_acted() {
  SIM_CHECK(!dead_, "{} is dead and acts with statement {}", id.text, doings_.statements);
  doings_.acted = true;
}

void Process::note_changed() {
  SIM_CHECK(!dead_, "{} is dead and changes a job with statement {}", id.text, doings_.statements);
  doings_.changed = true;
}

void Process::sends(Instant now) {
  constexpr std::size_t most = 4;
  constexpr Duration longest = 1ms;
  if (ticks_.size() < most && now - woke_ < longest) ticks_.push_back(now - woke_);
}

void Process::learn_ticks() {
  if (!ticks_.empty()) idle_ticks_ = ticks_;
}

void Process::take_up(std::vector<Holding> held) {
  SIM_CHECK(!dead_, "{} is dead and believes in {} jobs", id.text, held.size());
  held_ = std::move(held);
  if (held_.empty()) return;
  attempt_ = held_.back().attempt;
  believing_ = true;
  ++belief_;
}

void Process::let_go() {
  SIM_CHECK(believing_, "{} lets go of its belief {}, which is over", id.text, belief_);
  believing_ = false;
}

void Process::let_go_of(const JobId& job) {
  SIM_CHECK(believing_ && held_.size() > 1, "{} lets go of job {}, believing: {}, of {} held",
            id.text, job.text, believing_, held_.size());
  const auto gone = std::find_if(held_.begin(), held_.end(),
                                 [&](const Holding& holding) { return holding.job == job; });
  SIM_CHECK(gone != held_.end(), "{} lets go of job {}, which it does not hold", id.text, job.text);
  held_.erase(gone);
}

void Process::end_round(int granted) {
  SIM_CHECK(!believing_, "{} ends its round, but not its belief {}", id.text, belief_);
  SIM_CHECK(granted >= round_floor_, "{} has ended a round at attempt {}, and now at {}", id.text,
            round_floor_, granted);
  held_.clear();
  attempt_ = {};
  doings_ = {};
  ticks_.clear();
  round_floor_ = granted;
}

std::string_view to_text(TaskState state) {
  constexpr std::array<std::string_view, 6> names = {"waking",    "running",  "ready",
                                                     "in flight", "sleeping", "done"};
  return names[static_cast<std::size_t>(state)];
}

Task::Task(Process& its_process, int its_belief)
    : number(number_of(its_process, its_belief)),
      name(its_process.id.text + (its_belief != kProgram ? "/beat" : "")),
      process(its_process),
      belief(its_belief),
      about_(its_belief > 0 ? its_process.held().front() : Holding{}) {}

void Task::begin(std::function<void()> body) {
  SIM_CHECK(!fiber_, "{} begins twice", name);
  fiber_ = std::make_unique<Fiber>(std::move(body));
}

bool Task::is_stale() const {
  return belief > 0 && (!process.believing() || process.belief() != belief);
}

Holding Task::acts_for(const JobId& job) const {
  if (belief > 0) return about_;
  const std::vector<Holding>& held = process.held();
  for (const Holding& holding : held)
    if (holding.job == job && !job.empty()) return holding;
  return {held.empty() ? JobId{} : held.front().job, process.attempt()};
}

void Task::run() {
  SIM_CHECK(fiber_ && state_ != TaskState::running, "{} is resumed, but is {}", name,
            to_text(state_));
  state_ = TaskState::running;
  fiber_->resume();
  if (fiber_->finished()) {
    state_ = TaskState::done;
    fiber_.reset();
  }
  SIM_CHECK(state_ != TaskState::running, "{} stopped, and waits for nothing", name);
}

void Task::sleep_first(Instant until) {
  SIM_CHECK(state_ == TaskState::waking, "{} is to begin with a sleep, but is {}", name,
            to_text(state_));
  state_ = TaskState::sleeping;
  wake_at_ = until;
}

void Task::wake() {
  SIM_CHECK(state_ == TaskState::sleeping, "{} is woken, but is {}", name, to_text(state_));
  state_ = TaskState::waking;
}

void Task::sleep_on(Instant until) {
  SIM_CHECK(state_ == TaskState::sleeping && until > wake_at_,
            "{} is {} until {}, and not until {}", name, to_text(state_), to_text(wake_at_),
            to_text(until));
  wake_at_ = until;
}

void Task::leave_as(TaskState state) {
  SIM_CHECK(state_ == TaskState::running, "{} wants to be {}, but is {}", name, to_text(state),
            to_text(state_));
  state_ = state;
  fiber_->suspend();
}

void Task::stand_ready() { leave_as(TaskState::ready); }

void Task::await_answer() { leave_as(TaskState::in_flight); }

void Task::sleep_until(Instant instant, Sleep why) {
  wake_at_ = instant;
  sleep_ = why;
  leave_as(TaskState::sleeping);
  sleep_ = Sleep::pause;
}

void Task::announce(const Call& call) {
  SIM_CHECK(state_ == TaskState::running, "{} announces {}.{}, but is {}", name, call.operation,
            call.statement, to_text(state_));
  call_ = call;
}

void Task::learn(Answer answer) {
  SIM_CHECK(state_ == TaskState::running, "{} learns of {}.{}, but is {}", name, call_.operation,
            call_.statement, to_text(state_));
  if (answer != Answer::nothing) was_told_ = answer == Answer::telling;
}

void Task::open(const std::string& session) {
  SIM_CHECK(state_ == TaskState::running, "{} opens {}, but is {}", name, session, to_text(state_));
  opening_ = session;
}

void Task::fail(std::exception_ptr failure) {
  SIM_CHECK(failure != nullptr, "{} fails with nothing, and is {}", name, to_text(state_));
  if (!failure_) failure_ = std::move(failure);
}

void Task::throw_failure() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

Poisons poisons_of(const Protocol& protocol) {
  const auto has = [&](auto is_such) { return any_step(protocol, is_such); };
  const bool one_by_one =
      has([](const Step& step) { return std::holds_alternative<EachStep>(step.what); });
  if (protocol.find("applied") != nullptr && one_by_one) return Poisons::items;
  return has([](const Step& step) { return std::holds_alternative<WorkStep>(step.what); })
             ? Poisons::jobs
             : Poisons::nothing;
}

Poisoned draw_poison(const World& world, const Observation& first) {
  Poisoned poisoned;
  std::vector<ItemId> items;
  Alternatives all;
  const Poisons kind = poisons_of(world.protocol);
  if (kind == Poisons::items)
    for (const auto& [key, times] : first.applied)
      if (std::find(items.begin(), items.end(), key.second) == items.end())
        items.push_back(key.second);
  const std::int64_t count = kind == Poisons::items  ? static_cast<std::int64_t>(items.size())
                             : kind == Poisons::jobs ? world.scenario.load.jobs
                                                     : 0;
  for (std::int64_t k = 0; k < count; ++k) all.values.push_back(k);
  std::vector<std::int64_t> left = all.values;
  Asker asker("load");
  for (int i = 0; i < world.scenario.load.poison && !left.empty(); ++i) {
    const std::int64_t last = static_cast<std::int64_t>(left.size()) - 1;
    const std::int64_t drawn = asker.choose(world.choices, "poison", "load", all);
    const auto chosen = left.begin() + std::min(drawn, last);
    if (kind == Poisons::jobs)
      poisoned.jobs.insert(*chosen);
    else
      poisoned.items.push_back(items[static_cast<std::size_t>(*chosen)]);
    left.erase(chosen);
    all.values.pop_back();
  }
  return poisoned;
}

const std::optional<Instant>& Windows::end_of(Window window) const {
  return ends_[static_cast<std::size_t>(window)];
}

void Windows::open(Window window, Instant until) {
  std::optional<Instant>& end = ends_[static_cast<std::size_t>(window)];
  end = std::max(end.value_or(Instant::min()), until);
}

std::optional<Instant> Windows::next_end() const {
  std::optional<Instant> next;
  for (const auto& end : ends_) next = earlier(next, end);
  return next;
}

std::vector<Window> Windows::end(Instant now) {
  std::vector<Window> ended;
  for (const Window window : {Window::down, Window::full, Window::read_only, Window::frozen}) {
    std::optional<Instant>& end = ends_[static_cast<std::size_t>(window)];
    if (!end || *end > now) continue;
    end.reset();
    ended.push_back(window);
  }
  return ended;
}

}  // namespace fencepost
