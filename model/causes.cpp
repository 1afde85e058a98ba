#include "model/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace fencepost {
namespace {

std::string named(const Event& event) { return event.operation + "." + event.statement; }

/// Which events a story goes over: up to the violated step.
std::span<const Event> told_events(const History& history, const Violation& violation) {
  const auto end = std::find_if(history.events.begin(), history.events.end(),
                                [&](const Event& event) { return event.step > violation.step; });
  return {history.events.begin(), end};
}

/// The statement that did it, with the transaction that it was in; nullptrs: time alone did, or
/// there was none.
struct Deed {
  const Event* statement = nullptr;
  const Event* begin = nullptr;
};

Deed deed_in(std::span<const Event> events, const Violation& violation) {
  std::map<SessionId, const Event*> open;
  Deed deed;
  for (const Event& event : events) {
    if (event.kind == EventKind::session_ended) open.erase(event.session);
    if (event.kind != EventKind::statement) continue;
    if (event.step == violation.step) {
      const auto transaction = open.find(event.session);
      deed = {&event, transaction == open.end() ? nullptr : transaction->second};
    }
    if (is_begin(event))
      open[event.session] = &event;
    else if (is_end_of_transaction(event))
      open.erase(event.session);
  }
  return deed;
}

/// Whether another worker's commit changed that job between two steps.
bool changed_by_others(std::span<const Event> events, const JobId& job, const WorkerId& worker,
                       int from, int to) {
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    return event.kind == EventKind::changed && event.job == job && event.worker != worker &&
           event.step > from && event.step < to;
  });
}

void add_old_transaction(std::span<const Event> events, const Violation& violation,
                         const Deed& deed, std::vector<Sentence>& out) {
  if (deed.begin == nullptr || deed.statement->at - deed.begin->at < 1s) return;
  if (!changed_by_others(events, violation.job, deed.statement->worker, deed.begin->step,
                         violation.step))
    return;
  out.push_back({deed.begin->step,
                 fmt::format("{} began its transaction at {}, with {}.", deed.begin->worker.text,
                             to_text(deed.begin->at), named(*deed.begin))});
}

/// Where its transaction, or the statement itself, waited, and where its commit came late.
void add_waits(std::span<const Event> events, const Deed& deed, std::vector<Sentence>& out) {
  if (deed.statement == nullptr) return;
  const Event* waits = nullptr;
  for (const Event& event : events) {
    if (event.session != deed.statement->session) continue;
    if (event.kind == EventKind::session_ended) waits = nullptr;
    if (event.kind == EventKind::blocked || event.kind == EventKind::parked) {
      waits = &event;
    } else if (event.kind == EventKind::statement && waits != nullptr) {
      const bool of_deed =
          deed.begin == nullptr ? &event == deed.statement : waits->step > deed.begin->step;
      if (of_deed && waits->kind == EventKind::blocked)
        out.push_back(
            {waits->step,
             fmt::format("{} waited in {} from {} to {} for a lock, with its snapshot from before.",
                         event.worker.text, named(event), to_text(waits->at), to_text(event.at))});
      else if (of_deed && event.step > waits->step + 1)
        out.push_back(
            {waits->step,
             fmt::format("What {} did in {} at {} was committed, and seen by others, only at {}.",
                         event.worker.text, named(event), to_text(waits->at), to_text(event.at))});
      waits = nullptr;
    }
  }
}

bool reads(const Event& event) {
  return event.kind == EventKind::statement && event.sqlstate.empty() && !event.committed &&
         !is_transaction_control(event) && !event.result.empty() && event.result.front() >= '1' &&
         event.result.front() <= '9' && event.result.find("row") != std::string::npos &&
         event.result.find("changed") == std::string::npos;
}

/// Whether the violated sentence is about somebody else: it begins with another worker's name.
bool is_of_another(std::span<const Event> events, const Violation& violation, const WorkerId& who) {
  return std::any_of(events.begin(), events.end(), [&](const Event& event) {
    return !event.worker.empty() && event.worker != who &&
           violation.sentence.starts_with(event.worker.text + " ");
  });
}

/// What whoever did it had read without holding the job, before another's commit changed that.
void add_stale_read(std::span<const Event> events, const Violation& violation, const Deed& deed,
                    std::vector<Sentence>& out) {
  if (deed.statement == nullptr || is_of_another(events, violation, deed.statement->worker)) return;
  const WorkerId& who = deed.statement->worker;
  const Event* read = nullptr;
  const Event* change = nullptr;
  bool held = false;
  for (const Event& event : events) {
    if (event.step >= violation.step) break;
    const bool about_it = event.job == violation.job;
    if (event.kind == EventKind::granted && about_it && event.worker == who) held = true;
    if ((event.kind == EventKind::let_go || event.kind == EventKind::worker_started) &&
        event.worker == who)
      held = false;
    if (event.worker == who && reads(event)) {
      read = held || event.operation != deed.statement->operation ? nullptr : &event;
      change = nullptr;
    }
    if (event.kind == EventKind::changed && about_it && event.worker != who &&
        !event.worker.empty())
      change = &event;
  }
  if (read == nullptr || change == nullptr) return;
  out.push_back(
      {read->step,
       fmt::format("{} read with {} at {}, before {} changed job {} at {}.", who.text, named(*read),
                   to_text(read->at), change->worker.text, change->job.text, to_text(change->at))});
}

/// "made job 1 ready": what changed that a lease is about; empty: nothing.
std::string change_of_lease(const JobId& job, const JobRecord& before, const JobRecord& after) {
  if (before.state != after.state)
    return fmt::format("made job {} {}", job.text, to_text(after.state));
  if (before.token != after.token) return fmt::format("changed the token of job {}", job.text);
  return before.ready_at == after.ready_at
             ? ""
             : fmt::format("moved when job {} may be claimed", job.text);
}

/// The last two changes by somebody who was granted nothing: a reaper's, an operator's.
void add_deeds_of_others(std::span<const Event> events, const Violation& violation, int from,
                         std::vector<Sentence>& out) {
  std::vector<Sentence> deeds;
  for (const Event& event : events) {
    const bool of_another = event.kind == EventKind::changed && event.job == violation.job &&
                            event.step > from && event.step < violation.step && !event.attempt &&
                            !event.worker.empty() && !event.fault && event.before && event.after;
    if (!of_another || event.after->state == JobState::owned) continue;
    const std::string change = change_of_lease(event.job, *event.before, *event.after);
    if (!change.empty())
      deeds.push_back({event.step, fmt::format("{} {} at {}, with {}.", event.worker.text, change,
                                               to_text(event.at), named(event))});
  }
  const std::size_t most = 2;
  out.insert(out.end(), deeds.end() - static_cast<std::ptrdiff_t>(std::min(most, deeds.size())),
             deeds.end());
}

/// Work of the job's last holders that was not done when its lease ended or the violation came.
void add_long_work(std::span<const Event> events, const Violation& violation, int from,
                   std::vector<Sentence>& out) {
  std::map<WorkerId, const Event*> grants, works;
  for (const Event& event : events) {
    if (event.job != violation.job || event.step < from) continue;
    if (event.kind == EventKind::work) works[event.worker] = &event;
    if (event.kind != EventKind::granted && event.kind != EventKind::renewed) continue;
    if (event.kind == EventKind::granted)
      for (const auto& [worker, work] : works) {
        const auto held = grants.find(worker);
        if (worker == event.worker || held == grants.end() || !held->second->after ||
            !held->second->after->lease_until)
          continue;
        const Instant ends =
            simulated_time(*held->second->after->lease_until, held->second->server_ahead);
        if (work->at + work->lasts > ends && work->at <= ends && event.at >= ends &&
            event.at <= work->at + work->lasts)
          out.push_back(
              {work->step,
               fmt::format("{} began work of {} at {}, and its lease ended at {}.", worker.text,
                           to_text(work->lasts), to_text(work->at), to_text(ends))});
      }
    grants[event.worker] = &event;
    works.erase(event.worker);
  }
}

/// Sessions that are left open in the middle of a transaction, where nobody did what was violated.
void add_left_open(std::span<const Event> events, const Deed& deed, std::vector<Sentence>& out) {
  std::map<SessionId, const Event*> open;
  std::map<WorkerId, const Event*> gone;
  for (const Event& event : events) {
    if (event.kind == EventKind::session_ended) open.erase(event.session);
    if (event.kind == EventKind::statement && is_begin(event)) open[event.session] = &event;
    if (event.kind == EventKind::statement && is_end_of_transaction(event))
      open.erase(event.session);
    const Fault* const fault = fault_in(event);
    if (fault != nullptr && (fault->leaves_session || fault->fate == Fate::ends))
      gone[event.worker] = &event;
  }
  for (const auto& [session, begin] : open) {
    const auto left = gone.find(begin->worker);
    const bool own = deed.statement != nullptr && deed.statement->session == session;
    if (left != gone.end() && left->second->step >= begin->step && !own)
      out.push_back(
          {left->second->step,
           fmt::format(
               "The transaction that {} began at {} is still open on the server, with its locks.",
               begin->worker.text, to_text(begin->at))});
  }
}

/// The last two commits before a `:never` statement returned rows.
void add_last_writers(std::span<const Event> events, const Violation& violation,
                      std::vector<Sentence>& out) {
  std::vector<const Event*> commits;
  bool forbidden = false;
  for (const Event& event : events) {
    if (event.kind == EventKind::statement && event.committed) commits.push_back(&event);
    forbidden = forbidden || (event.kind == EventKind::forbidden && event.step == violation.step &&
                              event.note != kUnanswered);
  }
  if (!forbidden) return;
  const std::size_t most = 2;
  for (std::size_t i = commits.size() - std::min(most, commits.size()); i < commits.size(); ++i)
    out.push_back({commits[i]->step, fmt::format("{} committed {} at {}.", commits[i]->worker.text,
                                                 named(*commits[i]), to_text(commits[i]->at))});
}

/// Who wrote what is wrong, where that was another step.
void add_writer(std::span<const Event> events, const Violation& violation,
                std::vector<Sentence>& out) {
  if (violation.written_at == 0) return;
  for (const Event& event : events)
    if (event.kind == EventKind::changed && event.job == violation.job &&
        event.step == violation.written_at && !event.worker.empty())
      out.push_back({event.step, fmt::format("{} wrote that last, with {} at {}.",
                                             event.worker.text, named(event), to_text(event.at))});
}

}  // namespace

std::vector<Sentence> causes_of(const History& history, const Violation& violation, int from_step) {
  const std::span<const Event> events = told_events(history, violation);
  const Deed deed = deed_in(events, violation);
  std::vector<Sentence> causes;
  add_deeds_of_others(events, violation, from_step, causes);
  add_long_work(events, violation, from_step, causes);
  add_left_open(events, deed, causes);
  add_old_transaction(events, violation, deed, causes);
  add_waits(events, deed, causes);
  add_stale_read(events, violation, deed, causes);
  add_last_writers(events, violation, causes);
  add_writer(events, violation, causes);
  return causes;
}

std::string beside_its_lease(const Event& granted) {
  const std::optional<JobRecord>& before = granted.before;
  if (!before || before->state != JobState::owned || !before->lease_until ||
      *before->lease_until == Instant::max())
    return "";
  const Duration after = server_time(granted) - *before->lease_until;
  const std::string_view clock = granted.server_ahead == 0us ? "" : " by the server's clock";
  // Statements take microseconds.
  if (after > -1ms && after < 1ms) return fmt::format(", as its lease ended{}", clock);
  return after > 0us ? fmt::format(", {} after its lease had ended{}", to_text(after), clock)
                     : fmt::format(", {} before its lease ended{}", to_text(-after), clock);
}

}  // namespace fencepost
