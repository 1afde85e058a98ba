#include "model/situation.hpp"

#include <algorithm>
#include <functional>
#include <map>
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
  const Fault* const fault = fault_in(event);
  return fault != nullptr && fault->fate == Fate::ends;
}

int takeover(const History& history) {
  std::set<JobId> held;
  int count = 0;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted) count += held.insert(event.job).second ? 0 : 1;
    const bool forgotten = event.kind == EventKind::revoked && event.fault;
    if (event.kind == EventKind::released || forgotten) held.erase(event.job);
  }
  return count;
}

/// Which attempt each worker was granted last and still has: also before it knows.
class Holders {
 public:
  void follow(const Event& event) {
    switch (event.kind) {
      case EventKind::granted:
      case EventKind::restored:
        holders_[event.job] = {event.worker, event.attempt};
        break;
      case EventKind::released:
      case EventKind::revoked:
        if (const auto holder = holders_.find(event.job);
            holder != holders_.end() && holder->second.second == event.attempt)
          holders_.erase(holder);
        break;
      default:
        break;
    }
  }
  /// What the worker of an event of its own held then; nothing where it held nothing.
  std::optional<std::pair<JobId, AttemptId>> held_at(const Event& event) const {
    if (event.attempt) return std::pair(event.job, event.attempt);
    for (const auto& [job, holder] : holders_)
      if (holder.first == event.worker) return std::pair(job, holder.second);
    return std::nullopt;
  }

 private:
  std::map<JobId, std::pair<WorkerId, AttemptId>> holders_;
};

/// Faults of such a kind that struck who held a job.
int struck_holders(const History& history, const std::function<bool(const Event&)>& is_such) {
  Holders holders;
  int count = 0;
  for (const Event& event : history.events) {
    count += is_such(event) && holders.held_at(event) ? 1 : 0;
    holders.follow(event);
  }
  return count;
}

int stale_owner_resumed(const History& history) {
  Holders holders;
  std::map<WorkerId, std::pair<JobId, AttemptId>> stalled;
  std::map<JobId, AttemptId> current;
  int count = 0;
  for (const Event& event : history.events) {
    holders.follow(event);
    if (event.kind == EventKind::granted) current[event.job] = event.attempt;
    if (is_fault(event, FaultKind::stall))
      if (const auto held = holders.held_at(event)) stalled[event.worker] = *held;
    if (event.kind != EventKind::resumed || !stalled.contains(event.worker)) continue;
    const auto [job, attempt] = stalled[event.worker];
    count += attempt < current[job] ? 1 : 0;
    stalled.erase(event.worker);
  }
  return count;
}

int state_reached(const History& history, JobState state) {
  return count_if(history, [&](const Event& event) {
    const bool is = event.kind == EventKind::changed && event.after && event.after->state == state;
    return is && (event.before ? event.before->state != state : event.step > 0);
  });
}

int ended_with(const History& history, std::string_view sqlstate) {
  return count_if(history, [&](const Event& event) {
    return event.kind == EventKind::statement && event.sqlstate == sqlstate;
  });
}

/// Faults of a kind that struck while somebody held a job.
int struck_while_held(const History& history, std::set<FaultKind> kinds) {
  std::set<JobId> held;
  int count = 0;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted || event.kind == EventKind::restored)
      held.insert(event.job);
    const bool unowned = !event.after || event.after->state != JobState::owned;
    if (event.kind == EventKind::released || (event.kind == EventKind::revoked && unowned))
      held.erase(event.job);
    if (event.kind == EventKind::fault && event.fault && kinds.contains(*event.fault))
      count += held.empty() ? 0 : 1;
  }
  return count;
}

int late_statement_ran(const History& history) {
  std::set<SessionId> dead;
  int count = 0;
  for (const Event& event : history.events) {
    if (is_fault(event, FaultKind::late_statement)) dead.insert(event.session);
    if (event.kind == EventKind::statement && event.sqlstate.empty() &&
        dead.contains(event.session))
      ++count;
  }
  return count;
}

/// Leases of owned jobs that the server's clock passed in a jump, ahead or back.
int leases_jumped(const History& history, Duration direction) {
  std::map<JobId, Instant> until;
  int count = 0;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::changed) {
      until.erase(event.job);
      if (event.after && event.after->state == JobState::owned && event.after->lease_until)
        until[event.job] = *event.after->lease_until;
    }
    if (!is_fault(event, FaultKind::clock_step)) continue;
    const Instant from = server_time(event), to = from + event.lasts;
    for (const auto& [job, end] : until) {
      const bool ended = direction > 0us && from < end && end <= to;
      const bool prolonged = direction < 0us && to < from && from < end;
      count += ended || prolonged ? 1 : 0;
    }
  }
  return count;
}

/// Statements that ran while the server's clock showed the same as before.
int ran_while_frozen(const History& history) {
  std::optional<Instant> stands_at;
  int count = 0;
  for (const Event& event : history.events) {
    if (is_fault(event, FaultKind::clock_freeze)) stands_at = server_time(event);
    if (stands_at && server_time(event) != *stands_at) stands_at.reset();
    if (stands_at && event.kind == EventKind::statement && event.sqlstate.empty()) ++count;
  }
  return count;
}

/// Whether this is an attempt to connect that the server turned away with this code.
int connects_turned_away(const History& history, std::string_view sqlstate) {
  return count_if(history, [&](const Event& event) {
    return event.kind == EventKind::statement && event.operation == kConnect &&
           event.sqlstate == sqlstate;
  });
}

/// How often a fault brought about what its row says.
int came_of(const Fault& fault, const History& history) {
  if (!fault.sqlstate.empty()) return ended_with(history, fault.sqlstate);
  const auto struck = [&](const Event& event) { return is_fault(event, fault.kind); };
  if (!fault.reaches.while_held) return count_if(history, struck);
  return strikes_everybody(fault.kind) ? struck_while_held(history, {fault.kind})
                                       : struck_holders(history, struck);
}

constexpr Situation kSituations[] = {
    {"takeover", "A job was granted while an earlier grant of it had not been let go.", takeover,
     Needs::grant},
    {"fenced_write_refused",
     "A fenced statement found no row, and its worker learned that it lost the lease.",
     [](const History& h) {
       return count_if(h, [](const Event& e) { return e.kind == EventKind::refused; });
     },
     Needs::grant},
    {"ack_lost_applied", "A statement committed, and its worker never got the answer.",
     [](const History& h) {
       return count_if(
           h, [](const Event& e) { return is_fault(e, FaultKind::ack_lost) && e.committed; });
     }},
    {"blocked", "A statement waited for a lock.",
     [](const History& h) {
       return count_if(h, [](const Event& e) { return e.kind == EventKind::blocked; });
     }},
    {"deadlock", "The server broke a deadlock (40P01).",
     [](const History& h) { return ended_with(h, "40P01"); }},
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
                *e.after->lease_until <= server_time(e);
       });
     },
     Needs::lease_end},
    {"owner_crashed", "A worker that held a job crashed.",
     [](const History& h) { return struck_holders(h, kills); }, Needs::grant},
    {"stale_owner_resumed", "A stalled worker went on after its job had been granted to another.",
     stale_owner_resumed, Needs::grant},
    {"succeeded", "A job succeeded.",
     [](const History& h) { return state_reached(h, JobState::succeeded); }, Needs::end},
    {"failed_for_good", "A job failed for good.",
     [](const History& h) { return state_reached(h, JobState::failed); }},
    {"forbidden_rows", "A :never statement returned rows.",
     [](const History& h) {
       return count_if(
           h, [](const Event& e) { return e.kind == EventKind::forbidden && e.note.empty(); });
     }},
    {"restarted_as_itself", "A crashed worker came back under the same name.",
     [](const History& h) {
       return count_if(h, [](const Event& e) {
         return is_fault(e, FaultKind::restart) && e.note == kSameName;
       });
     }},
    {"late_statement_ran", "The server executed a statement whose worker was dead by then.",
     late_statement_ran},
    {"server_crashed", "The server crashed and recovered while a job was held.",
     [](const History& h) {
       return struck_while_held(h, {FaultKind::server_crash, FaultKind::commits_lost});
     },
     Needs::grant},
    {"connection_refused", "A worker could not connect, because the server was down.",
     [](const History& h) { return connects_turned_away(h, "08006"); }},
    {"connections_ran_out", "A worker could not connect, because there were too many (53300).",
     [](const History& h) { return connects_turned_away(h, "53300"); }},
    {"commits_forgotten", "A crash of the server took back something that it had acknowledged.",
     [](const History& h) {
       return count_if(h, [](const Event& e) {
         return e.kind == EventKind::changed && e.fault == FaultKind::commits_lost;
       });
     }},
    {"grant_forgotten", "A crash of the server took back a claim that it had acknowledged.",
     [](const History& h) {
       return count_if(h, [](const Event& e) {
         return e.kind == EventKind::revoked && e.fault == FaultKind::commits_lost;
       });
     },
     Needs::grant},
    {"lease_ended_by_jump", "The server's clock jumped past the end of a lease that was held.",
     [](const History& h) { return leases_jumped(h, 1us); }, Needs::lease_end},
    {"lease_prolonged_by_jump", "The server's clock jumped back while a lease was held.",
     [](const History& h) { return leases_jumped(h, -1us); }, Needs::lease_end},
    {"ran_while_frozen", "A statement ran while the server's clock stood still.", ran_while_frozen},
};

}  // namespace

const std::vector<Situation>& situations() {
  static const std::vector<Situation> all = [] {
    std::vector<Situation> rows(std::begin(kSituations), std::end(kSituations));
    for (const Fault& fault : faults()) {
      const auto& [name, meaning, while_held] = fault.reaches;
      if (!name.empty())
        rows.push_back(
            {name, meaning, nullptr, while_held ? Needs::grant : Needs::nothing, &fault});
    }
    return rows;
  }();
  return all;
}

const Situation* find_situation(std::string_view name) {
  for (const Situation& situation : situations())
    if (situation.name == name) return &situation;
  return nullptr;
}

int count_of(const Situation& situation, const History& history) {
  return situation.fault != nullptr ? came_of(*situation.fault, history) : situation.count(history);
}

bool can_come_about(const Situation& situation, const Declared& declared) {
  const bool granted =
      declared.lease_kind == LeaseKind::row || declared.lease_kind == LeaseKind::session;
  switch (situation.needs) {
    case Needs::nothing:
      return true;
    case Needs::grant:
      return granted;
    case Needs::end:
      return declared.fixed.empty();
    case Needs::lease_end:
      return granted && declared.columns.contains("lease_until");
  }
  return true;
}

std::map<std::string, int> reached(const History& history) {
  std::map<std::string, int> counts;
  for (const Situation& situation : situations())
    counts[std::string(situation.name)] = count_of(situation, history);
  return counts;
}

}  // namespace fencepost
