// Who owns a job: two owners, and writes of those who lost it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/ledger.hpp"
#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

/// A claim that is held, as far as the database says.
struct Holding {
  AttemptId attempt;
  WorkerId worker;
  std::optional<Instant> lease_until;
  std::optional<Instant> declared_end;  ///< the earliest, where no column shows it
  bool over = false;  ///< the server's clock has been there before it was put back

  /// By the server's clock; nullopt: never.
  std::optional<Instant> end() const { return lease_until ? lease_until : declared_end; }
};

/// What an attempt changed of a job, by part of fenced_writes.
std::vector<std::string> changed_parts(const Event& event) {
  const JobRecord before = event.before.value_or(JobRecord{});
  const JobRecord after = event.after.value_or(JobRecord{});
  std::vector<std::string> parts;
  JobRecord row_before = before, row_after = after;
  row_before.progress = row_after.progress = std::nullopt;
  row_before.cursor = row_after.cursor = std::nullopt;
  if (!(row_before == row_after) || event.before.has_value() != event.after.has_value())
    parts.emplace_back("job");
  if (before.progress != after.progress) parts.emplace_back("progress");
  if (before.cursor != after.cursor) parts.emplace_back("cursor");
  return parts;
}

std::string difference(const Event& event, const std::string& part) {
  const auto number = [](const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : std::string("nothing");
  };
  if (!event.before || !event.after) return fmt::format("job {} itself", event.job.text);
  if (part == "progress")
    return fmt::format("the progress of job {} from {} to {}", event.job.text,
                       number(event.before->progress), number(event.after->progress));
  if (part == "cursor")
    return fmt::format("the cursor of job {} from {} to {}", event.job.text,
                       number(event.before->cursor), number(event.after->cursor));
  if (event.before->state != event.after->state)
    return fmt::format("the state of job {} from {} to {}", event.job.text,
                       to_text(event.before->state), to_text(event.after->state));
  return fmt::format("the lease of job {}", event.job.text);
}

std::string taken_away(const Event& event, const Holding& from) {
  return fmt::format(
      "{} ran {}.{} at {} and made job {} {}, but the lease of {} (grant {}) runs "
      "until {}",
      name_of(event.worker), event.operation, event.statement, both_times(event), event.job.text,
      event.after ? to_text(event.after->state) : "disappear", from.worker.text,
      from.attempt.number, to_text(*from.lease_until));
}

/// Whether somebody whose attempt was revoked ran a statement for it afterwards.
bool acted_after_losing(const History& history) {
  std::set<AttemptId> lost;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::revoked) lost.insert(event.attempt);
    if (event.kind == EventKind::restored) lost.erase(event.attempt);
    if (event.kind == EventKind::statement && lost.contains(event.attempt)) return true;
  }
  return false;
}

/// Whether this holding still stands for the server's clock at this event; one without an end does.
bool still_holds(const Holding& holding, const Event& event) {
  const std::optional<Instant> end = holding.end();
  return !end || (server_time(event) < *end && !holding.over);
}
/// The same of one that shows its end.
bool runs(const Holding& holding, const Event& event) {
  return holding.lease_until && still_holds(holding, event);
}
/// Where observe does not show when leases end, a claim of that transaction lasts as long as is
/// declared, at least; it may have been renewed since.
std::optional<Instant> declared_end(const Event& granted, const Transactions& transactions,
                                    const Declared& declared) {
  if (declared.columns.contains("lease_until") || declared.lease == 0us) return std::nullopt;
  if (declared.lease_kind != LeaseKind::row) return std::nullopt;
  if (declared.workers_clock || transactions.clock_was_set()) return Instant::min();
  return transactions.began() + granted.server_ahead + *lengths_in(declared).begin() -
         precision_of(declared);
}

/// Whose processes have ended, whatever becomes of their claims: a late one commits afterwards, and
/// a crash of the server gives one back.
class Dead {
 public:
  explicit Dead(const Declared& declared) : crew_(declared) {}

  void follow(const Event& event) {
    crew_.follow(event);
    const Fault* const fault = fault_in(event);
    if (fault != nullptr && fault->fate == Fate::finishes) finishing_.insert(event.worker);
    if (event.kind == EventKind::session_ended && finishing_.contains(event.worker) &&
        !crew_.is_busy(event.worker))
      dead_.insert(event.worker);
    if (fault != nullptr && fault->fate == Fate::ends) {
      if (event.worker.empty())
        dead_ = seen_;
      else
        dead_.insert(event.worker);
    }
    seen_.insert(event.worker);
    if (event.kind != EventKind::worker_started) return;
    finishing_.erase(event.worker);
    dead_.erase(event.worker);
  }
  /// Whether a grant goes to who took the place of a dead holder, under the same name: it knows
  /// that the other one is dead.
  bool is_replaced(const WorkerId& holder, const Event& granted) const {
    return dead_.contains(holder) && granted.before && granted.before->owner && granted.after &&
           granted.before->owner == granted.after->owner;
  }

 private:
  Crew crew_;
  std::set<WorkerId> seen_, finishing_, dead_;
};

/// Who was granted what another holds.
std::string granted_beside(const Event& event, const Holding& old) {
  if (!old.lease_until)
    return fmt::format(
        "{} was granted job {} at {}, but {} (grant {}) holds it {}", event.worker.text,
        event.job.text, both_times(event), old.worker.text, old.attempt.number,
        old.declared_end
            ? fmt::format("until {} at least, as [lease] lasts says", to_text(*old.declared_end))
            : "without an end");
  return fmt::format("{} was granted job {} at {}, but the lease of {} (grant {}) runs until {}",
                     event.worker.text, event.job.text, both_times(event), old.worker.text,
                     old.attempt.number, to_text(*old.lease_until));
}

}  // namespace

Judge single_owner;
extern const Property kSingleOwner = {
    .name = "single_owner",
    .must_hold = "A claim is granted only when no other grant holds the job.",
    .definition =
        "For each granted(k', j, t): if a grant k holds j (granted, and since then neither "
        "released nor ended by a commit that left j unowned), then lease_until(k) as committed "
        "before t, renewals counted, has been reached by the server's clock at or before t. A "
        "grant without lease_until holds for ever; where observe has no such column, from the "
        "start of its transaction for the shortest length that [lease] lasts declares, less "
        "[lease] within. A process that took the place of k's, which is dead, and claims under the "
        "same owner may come sooner. Nor does a worker believe in a job that was never granted to "
        "it while another one holds it. What is revoked counts like what is granted: no commit of "
        "another makes an owned job ready, failed or absent while its lease_until has not been "
        "reached, unless by an operator, by a role that preempts, or by the end of the session "
        "that held it. Where [lease] is strict: no two awake workers believe in j for longer than "
        "notices_within after the one of them lost it.",
    .judged_when = {"was a job granted", came<EventKind::granted>},
    .judge = single_owner};
Verdict single_owner(const History& history) {
  Findings findings;
  const Roles roles(history);
  std::map<JobId, Holding> holding;
  Dead dead(history.declared);
  Transactions transactions;
  std::map<AttemptId, std::optional<Instant>> ends;  ///< as declared, of all grants
  // Of a grant that a crash gives back the claim was long ago.
  const auto held_from = [&](const Event& event) {
    const auto end = declared_end(event, transactions, history.declared);
    return Holding{event.attempt, event.worker,
                   event.after ? event.after->lease_until : std::nullopt,
                   ends.try_emplace(event.attempt, end).first->second};
  };
  std::map<JobId, std::set<WorkerId>> ungranted;  ///< who believes without a grant
  for (const Event& event : history.events) {
    const auto held = holding.find(event.job);
    const bool by_holder = held != holding.end() && held->second.attempt == event.attempt;
    dead.follow(event);
    transactions.follow(event);
    if (event.kind == EventKind::changed && held != holding.end() && event.after &&
        (by_holder || event.fault)) {
      if (held->second.lease_until != event.after->lease_until) held->second.over = false;
      held->second.lease_until = event.after->lease_until;
    }
    if (sets_clock(event))
      for (auto& [job, each] : holding)
        each.over = each.over || (each.end() && *each.end() <= server_time(event));
    if (event.kind == EventKind::revoked && by_holder && event.fault) holding.erase(held);
    if (event.kind == EventKind::restored) holding[event.job] = held_from(event);
    if (event.kind == EventKind::released && by_holder) holding.erase(held);
    // A revocation that is not itself the next grant: the job was re-queued or ended by another.
    if (event.kind == EventKind::revoked && by_holder && !event.fault &&
        (!event.after || event.after->state != JobState::owned)) {
      if (runs(held->second, event) && takes_away(event, held->second.worker, roles))
        findings.add(event, "", taken_away(event, held->second));
      holding.erase(held);
    }
    if (event.kind == EventKind::believed && !event.attempt && held != holding.end() &&
        held->second.worker != event.worker && still_holds(held->second, event))
      findings.add(
          event, "",
          fmt::format("{} believes since {} that it holds job {}, but it was never granted "
                      "to it, and {} (grant {}) holds it",
                      event.worker.text, to_text(event.at), event.job.text,
                      held->second.worker.text, held->second.attempt.number));
    if (event.kind == EventKind::believed && !event.attempt)
      ungranted[event.job].insert(event.worker);
    if (event.kind == EventKind::let_go) ungranted[event.job].erase(event.worker);
    if (event.kind != EventKind::granted) continue;
    ungranted[event.job].erase(event.worker);
    if (held == holding.end() && !ungranted[event.job].empty())
      findings.add(
          event, "",
          fmt::format("{} was granted job {} at {}, and {} believes that it holds it, though "
                      "it was never granted to it",
                      event.worker.text, event.job.text, to_text(event.at),
                      ungranted[event.job].begin()->text));
    if (held != holding.end() && held->second.worker != event.worker &&
        still_holds(held->second, event) && !dead.is_replaced(held->second.worker, event) &&
        !roles.may_take(committer(event)))
      findings.add(event, "", granted_beside(event, held->second));
    holding[event.job] = held_from(event);
  }
  find_two_believers(history, findings);
  return findings.verdict();
}

Judge fenced_writes;
constexpr std::string_view kFencedWritesParts[] = {"job", "progress", "cursor", "applied"};
extern const Property kFencedWrites = {
    .name = "fenced_writes",
    .must_hold =
        "Once a grant is revoked, nothing that it does changes the job, its cursor or its applied "
        "work.",
    .definition =
        "For each changed or applied event of grant k on job j: no revoked(k) and no granted(k', "
        "j) with k' > k lies before it. Parts: job (its state, token, owner, lease and attempts), "
        "progress, cursor, applied.",
    .parts = kFencedWritesParts,
    .judged_when = {"did anybody go on whose job was taken over", acted_after_losing},
    .judge = fenced_writes};
Verdict fenced_writes(const History& history) {
  Findings findings;
  std::map<JobId, AttemptId> current;
  std::map<AttemptId, std::string> revoked;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted || event.kind == EventKind::restored) {
      current[event.job] = event.attempt;
      revoked.erase(event.attempt);
      continue;
    }
    if (event.kind == EventKind::revoked) {
      revoked.emplace(
          event.attempt,
          fmt::format("{} at {}", event.fault ? "a crash of the server" : name_of(event.worker),
                      to_text(event.at)));
      continue;
    }
    if (!event.attempt) continue;
    // The change that is itself a grant carries the new attempt, which is later than the current
    // one.
    const auto now = current.find(event.job);
    const bool superseded = now != current.end() && event.attempt < now->second;
    if (!superseded && !revoked.contains(event.attempt)) continue;
    const std::string by = revoked.contains(event.attempt)
                               ? "revoked by " + revoked[event.attempt]
                               : fmt::format("followed by grant {}", now->second.number);
    const auto tell = [&](const std::string& what) {
      return fmt::format("{} changed {} at {} under grant {}, which was {}", event.worker.text,
                         what, to_text(event.at), event.attempt.number, by);
    };
    if (event.kind == EventKind::changed)
      for (const std::string& part : changed_parts(event))
        findings.add(event, part, tell(difference(event, part)));
    if (event.kind == EventKind::applied && event.note != kWithItsJob)
      findings.add(event, "applied", tell("item " + event.item.text + " of job " + event.job.text));
  }
  return findings.verdict();
}

}  // namespace fencepost
