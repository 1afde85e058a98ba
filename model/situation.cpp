#include "model/situation.hpp"

#include <algorithm>
#include <set>

namespace fencepost {
namespace {

template <typename Predicate>
int count_if(const History& history, Predicate predicate) {
  return static_cast<int>(std::count_if(history.events.begin(), history.events.end(), predicate));
}

bool is_fault(const Event& event, FaultKind kind) {
  return event.kind == EventKind::fault && event.fault == kind;
}

bool kills(const Event& event) {
  return is_fault(event, FaultKind::crash) || is_fault(event, FaultKind::crash_half_open);
}

int takeover(const History& history) {
  std::set<JobId> held;
  int count = 0;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted) count += held.insert(event.job).second ? 0 : 1;
    const bool unowned = !event.after || event.after->state != JobState::owned;
    if (event.kind == EventKind::released || (event.kind == EventKind::revoked && unowned))
      held.erase(event.job);
  }
  return count;
}

int stale_owner_resumed(const History& history) {
  std::map<WorkerId, std::pair<JobId, AttemptId>> stalled;
  std::map<JobId, AttemptId> current;
  int count = 0;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted) current[event.job] = event.attempt;
    if (is_fault(event, FaultKind::stall) && event.attempt)
      stalled[event.worker] = {event.job, event.attempt};
    if (event.kind != EventKind::resumed || !stalled.contains(event.worker)) continue;
    const auto [job, attempt] = stalled[event.worker];
    count += attempt < current[job] ? 1 : 0;
    stalled.erase(event.worker);
  }
  return count;
}

int state_reached(const History& history, JobState state) {
  return count_if(history, [&](const Event& event) {
    return event.kind == EventKind::changed && event.after && event.after->state == state &&
           event.before && event.before->state != state;
  });
}

int ended_with(const History& history, std::string_view sqlstate) {
  return count_if(history, [&](const Event& event) {
    return event.kind == EventKind::statement && event.sqlstate == sqlstate;
  });
}

}  // namespace

const std::vector<Situation>& situations() {
  static const std::vector<Situation> table = {
      {"takeover", "A job was granted while an earlier attempt had not let go of it.", takeover},
      {"fenced_write_refused",
       "A fenced statement found no row, and its worker learned that it lost the lease.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return e.kind == EventKind::refused; });
       }},
      {"ack_lost_applied", "A statement committed, and its worker never got the answer.",
       [](const History& h) {
         return count_if(
             h, [](const Event& e) { return is_fault(e, FaultKind::ack_lost) && e.committed; });
       }},
      {"connection_broken", "A connection broke before a statement was sent.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return is_fault(e, FaultKind::connection_lost); });
       }},
      {"backend_terminated", "The server ended a session by an administrator's command.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return is_fault(e, FaultKind::terminate); });
       }},
      {"blocked", "A statement waited for a lock.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return e.kind == EventKind::blocked; });
       }},
      {"deadlock", "The server broke a deadlock (40P01).",
       [](const History& h) { return ended_with(h, "40P01"); }},
      {"lock_timeout", "A statement gave up waiting for a lock (55P03).",
       [](const History& h) { return ended_with(h, "55P03"); }},
      {"session_ended_by_timeout",
       "The server ended a session that stood idle in a transaction for too long.",
       [](const History& h) {
         return count_if(h, [](const Event& e) {
           return e.kind == EventKind::session_ended && e.sqlstate == "25P03";
         });
       }},
      {"born_expired", "A claim was granted with a lease that had already ended.",
       [](const History& h) {
         return count_if(h, [](const Event& e) {
           return e.kind == EventKind::granted && e.after && e.after->lease_until &&
                  *e.after->lease_until <= e.at;
         });
       }},
      {"owner_crashed", "A worker that held a job crashed.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return kills(e) && e.attempt; });
       }},
      {"owner_stalled", "A worker that held a job stood still for a while.",
       [](const History& h) {
         return count_if(h,
                         [](const Event& e) { return is_fault(e, FaultKind::stall) && e.attempt; });
       }},
      {"stale_owner_resumed", "A stalled worker went on after its job had been granted to another.",
       stale_owner_resumed},
      {"poisoned", "A worker met an item that can't be processed.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return is_fault(e, FaultKind::poison); });
       }},
      {"succeeded", "A job succeeded.",
       [](const History& h) { return state_reached(h, JobState::succeeded); }},
      {"failed_for_good", "A job failed for good.",
       [](const History& h) { return state_reached(h, JobState::failed); }},
      {"restarted", "A new worker process took the place of a crashed one.",
       [](const History& h) {
         return count_if(h, [](const Event& e) { return is_fault(e, FaultKind::restart); });
       }},
  };
  return table;
}

const Situation* find_situation(std::string_view name) {
  for (const Situation& situation : situations())
    if (situation.name == name) return &situation;
  return nullptr;
}

std::map<std::string, int> reached(const History& history) {
  std::map<std::string, int> counts;
  for (const Situation& situation : situations())
    counts[std::string(situation.name)] = situation.count(history);
  return counts;
}

}  // namespace fencepost
