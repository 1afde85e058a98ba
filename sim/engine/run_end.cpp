// The part of a run that is about its end: when hurt becomes heal, when heal is over, and how
// everything is put back.
#include <algorithm>
#include <csignal>

#include "sim/engine/run.hpp"
#include "sim/text/error.hpp"

namespace fencepost {
namespace {

bool terminal(const JobRecord& record) {
  return record.state == JobState::succeeded || record.state == JobState::failed;
}

}  // namespace

bool Run::over() {
  // Its last step is not over before the next begins: what a worker does without the server has no
  // step of its own.
  if (parts_.until.step > 0 && step_ > parts_.until.step) {
    finish_note_ = "cut";
    return true;
  }
  if (step_ >= parts_.scenario.steps) {
    finish_note_ = "cut";
    return true;
  }
  const auto& jobs = ledger_.observed().jobs;
  const bool all_done =
      std::all_of(jobs.begin(), jobs.end(), [](const auto& job) { return terminal(job.second); });
  const bool nobody_busy =
      std::all_of(processes_.begin(), processes_.end(),
                  [&](const auto& process) { return process->dead || idle(*process); }) &&
      births_.empty();
  if (!heal_began_) {
    const Duration lull = parts_.declared.lease + 2 * parts_.declared.poll + 3s;
    const bool lulled =
        parts_.clock.now() > last_activity_ + lull && births_.empty() && !something_pending() &&
        std::none_of(processes_.begin(), processes_.end(),
                     [](const auto& process) { return process->stalled_until.has_value(); });
    const bool used_up =
        lulled || busy_steps_ >= parts_.scenario.hurt_steps || step_ >= parts_.scenario.steps / 2;
    if (used_up || (all_done && nobody_busy && !jobs.empty())) begin_heal();
    return false;
  }
  if (heal_is_over()) {
    finish_note_ = "horizon";
    return true;
  }
  if (!all_done || !nobody_busy || jobs.empty()) return false;
  const bool orphans = std::any_of(sessions_.begin(), sessions_.end(), [](const auto& session) {
    return !session->ended && session->process->dead;
  });
  const Duration bound =
      parts_.declared.freed_within.value_or(parts_.declared.lease + parts_.declared.poll);
  if (orphans && parts_.clock.now() < *heal_began_ + bound) return false;
  finish_note_ = "settled";
  return true;
}

// Nothing but polling for longer than any bound of a property: more of it would show nothing new.
bool Run::heal_is_over() const {
  if (!births_.empty()) return false;
  const Declared& declared = parts_.declared;
  const Duration bound = declared.freed_within.value_or(declared.lease + declared.poll);
  Instant quiet_from = std::max(last_activity_, *heal_began_);
  for (const auto& [job, record] : ledger_.observed().jobs) {
    if (terminal(record)) continue;
    for (const auto& instant : {record.lease_until, record.ready_at})
      if (instant && *instant < Instant::max())
        quiet_from = std::max(quiet_from, simulated_time(*instant, parts_.clock.ahead()));
  }
  const Duration patience = bound + 2 * declared.poll + 3s;
  if (parts_.clock.now() > quiet_from + patience) return true;
  const bool endless =
      !parts_.protocol.fixed_jobs.empty() || declared.lease_kind == LeaseKind::none;
  return endless && parts_.clock.now() > *heal_began_ + 2 * patience;
}

// No new faults; everyone is resumed; at least one worker lives.
void Run::begin_heal() {
  heal_began_ = parts_.clock.now();
  ++step_;
  note(EventKind::heal_started);
  end_windows(Instant::max());
  for (const auto& session : sessions_)
    if (session->late) session->late->at = *heal_began_;
  last_activity_ = *heal_began_;
  for (const auto& process : processes_) {
    if (process->dead || !process->stalled_until) continue;
    process->stalled_until.reset();
    ++step_;
    note(EventKind::resumed, *process);
  }
  const bool any_lives =
      std::any_of(processes_.begin(), processes_.end(),
                  [&](const auto& process) { return !process->dead && claims(*process); });
  const bool any_comes = std::any_of(births_.begin(), births_.end(),
                                     [](const Birth& birth) { return birth.role->claims(); });
  if (any_lives || any_comes) return;
  for (const auto& process : processes_) {
    if (!process->dead || !claims(*process)) continue;
    const int life = process->incarnation + 1;
    births_.push_back(
        {*heal_began_, process->number, life, process->protocol, process->role,
         process->identity.substr(0, process->identity.find('.')) + "." + std::to_string(life),
         true});
    wake_what_is_due();
    return;
  }
}

void Run::end() {
  if (finish_note_.empty()) finish_note_ = heal_began_ ? "settled" : "horizon";
  if (finish_note_ != "cut") note_locks();
  if (parts_.until.step > 0) {
    std::erase_if(history_.events,
                  [&](const Event& event) { return event.step > parts_.until.step; });
    step_ = std::min(step_, parts_.until.step);
  }
  ++step_;
  note(EventKind::finished).note = finish_note_;
}

// Fibers end without another event; backends go back to the pool with nothing under way.
void Run::release_everything() {
  const std::size_t events = history_.events.size();
  ending_ = true;
  for (const auto& process : processes_) process->dead = true;
  running_ = nullptr;
  reap();
  {
    // Closing a dead worker's connections must not reach the real ones.
    const PortScope scope(this);
    for (const auto& process : processes_) process->worker.reset();
  }
  for (int round = 0; round < 1000; ++round) {
    bool busy = false;
    for (const auto& session : sessions_) {
      if (session->ended && session->backend == nullptr) continue;
      const Slot slot = session->backend->slot;
      parts_.clock.open_barrier(slot);
      Activity activity = parts_.clock.activity(slot);
      if (activity == Activity::held) parts_.clock.release(slot);
      parts_.clock.settle(&slot, 1);
      activity = parts_.clock.activity(slot);
      if (activity == Activity::gone) continue;
      if (activity != Activity::idle) {
        parts_.clock.signal(slot, SIGINT);
        parts_.clock.settle(&slot, 1);
        busy = true;
        continue;
      }
      PGconn* connection = session->backend->connection;
      PQconsumeInput(connection);
      while (PGresult* left = PQgetResult(connection)) PQclear(left);
      if (PQtransactionStatus(connection) == PQTRANS_IDLE) continue;
      parts_.clock.about_to_send(slot);
      raw_query(connection, "ROLLBACK");
      parts_.clock.settle(&slot, 1);
    }
    if (!busy) break;
  }
  for (const auto& session : sessions_)
    if (session->backend != nullptr) parts_.pool.give_back(*session->backend);
  sessions_.clear();
  history_.events.resize(events);
}

}  // namespace fencepost
