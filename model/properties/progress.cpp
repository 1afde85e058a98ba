// What becomes of the work: it goes forward, adds up, and what was done stays done.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/ledger.hpp"
#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

bool observed_progress(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
    return event.kind == EventKind::changed && event.before && event.after &&
           (event.before->progress != event.after->progress ||
            event.before->cursor != event.after->cursor);
  });
}

bool came_to_account(const History& history) {
  return came<EventKind::granted>(history) ||
         came_into(history, {JobState::succeeded, JobState::failed});
}

bool item_applied(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
    return event.kind == EventKind::applied && event.count_after > 0;
  });
}

bool came_to_succeed(const History& history) { return came_into(history, {JobState::succeeded}); }

/// What holds of work that nothing shows is not known.
Verdict as_far_as_listed(const Findings& findings, const History& history) {
  if (!came<EventKind::applied>(history) && came_to_succeed(history))
    return {Outcome::open, {}, std::string(kNothingListed)};
  return findings.verdict();
}

/// Items that were applied when their job succeeded, as long as it stays so.
class Done {
 public:
  /// The items in scope of a job that succeeded with this commit.
  void succeeded(const JobId& job, std::map<ItemId, std::int64_t> counts) {
    items_[job] = std::move(counts);
  }
  void left(const JobId& job) { items_.erase(job); }
  /// Whether that item was in scope when its job succeeded, and now does not count; one that did
  /// not count then is found already.
  bool undone_by(const Event& event) const {
    const auto job = items_.find(event.job);
    if (job == items_.end()) return false;
    const auto item = job->second.find(event.item);
    return item != job->second.end() && event.count_after == 0;
  }

 private:
  std::map<JobId, std::map<ItemId, std::int64_t>> items_;
};

}  // namespace

Judge progress_monotone;
constexpr std::string_view kProgressMonotoneParts[] = {"progress", "cursor"};
extern const Property kProgressMonotone = {
    .name = "progress_monotone",
    .must_hold = "The progress and the cursor of a job never fall.",
    .definition =
        "For each changed event with a value before, other than the loss of commits in a crash: "
        "the value after is at least that. Parts: progress, cursor.",
    .parts = kProgressMonotoneParts,
    .judged_when = {"did the progress of a job change", observed_progress},
    .judge = progress_monotone};
Verdict progress_monotone(const History& history) {
  if (!observes(history, "progress") && !observes(history, "cursor"))
    return not_applicable("observe has neither progress nor cursor");
  Findings findings;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::changed || !event.before || !event.after) continue;
    if (is_forgetting(event)) continue;
    const auto falls = [&](const std::string& part, std::optional<std::int64_t> before,
                           std::optional<std::int64_t> after) {
      if (!before || after.value_or(0) >= *before) return;
      findings.add(event, part,
                   fmt::format("the {} of job {} fell from {} to {} when {} ran {}.{} at {}", part,
                               event.job.text, *before, after.value_or(0), name_of(event.worker),
                               event.operation, event.statement, to_text(event.at)));
    };
    falls("progress", event.before->progress, event.after->progress);
    falls("cursor", event.before->cursor, event.after->cursor);
  }
  return findings.verdict();
}

Judge progress_accounts;
extern const Property kProgressAccounts = {
    .name = "progress_accounts",
    .must_hold = "The progress of a job equals the number of items at or before its cursor.",
    .definition =
        "At each granted event, each change into a terminal state, and at the end of heal for jobs "
        "that nobody holds: progress = cursor, null being 0.",
    .judged_when = {"was a job granted or ended", came_to_account},
    .judge = progress_accounts};
Verdict progress_accounts(const History& history) {
  if (!observes(history, "progress") || !observes(history, "cursor"))
    return not_applicable("observe lacks progress or cursor");
  Findings findings;
  std::map<JobId, JobRecord> jobs;
  std::map<JobId, int> written;
  const auto judge = [&](const Event& event, const JobRecord& record, const std::string& when) {
    const std::int64_t progress = record.progress.value_or(0), cursor = record.cursor.value_or(0);
    if (progress == cursor) return;
    findings.add(event, "",
                 fmt::format("job {} counts {} items as done, but its cursor stands behind {} {}",
                             event.job.text, progress, cursor, when),
                 written[event.job]);
  };
  for (const Event& event : history.events) {
    if (event.kind == EventKind::changed) {
      if (!event.after) {
        jobs.erase(event.job);
        continue;
      }
      jobs[event.job] = *event.after;
      if (!event.before || event.before->progress != event.after->progress ||
          event.before->cursor != event.after->cursor)
        written[event.job] = event.step;
      if (is_terminal(*event.after) && (!event.before || !is_terminal(*event.before)))
        judge(event, *event.after, fmt::format("when it became {}", to_text(event.after->state)));
    }
    if (event.kind == EventKind::granted && event.after)
      judge(event, *event.after, fmt::format("when {} claimed it", event.worker.text));
    if (event.kind == EventKind::finished && !was_cut(history)) {
      for (const auto& [job, record] : jobs) {
        Event about = event;
        about.job = job;
        if (record.state != JobState::owned) judge(about, record, "at the end");
      }
    }
  }
  return findings.verdict();
}

Judge work_applied;
extern const Property kWorkApplied = {
    .name = "work_applied",
    .must_hold = "A job that succeeded has every item in scope applied, and keeps it applied.",
    .definition =
        "At each commit after which j is succeeded for the first time: every item that applied "
        "lists for j has a count of at least 1; and as long as j stays succeeded, none of these "
        "counts falls to 0 (an item that is no longer listed counts 0, unless its job went with "
        "it). Operators, roles that declare retention, and the loss of commits in a crash may take "
        "work back. Where a job succeeds and applied lists no item at all, it is left open.",
    .judged_when = {"did a job succeed", came_to_succeed},
    .judge = work_applied};
Verdict work_applied(const History& history) {
  if (!history.declared.observes_applied) return not_applicable("there is no applied query");
  Findings findings;
  const Roles roles(history);
  std::map<JobId, std::map<ItemId, std::int64_t>> applied;
  std::map<JobId, Event> succeeding;
  Done done;
  // A commit's changes come before what it applied, so a job is judged when its commit is over.
  const auto close = [&] {
    for (const auto& [job, event] : succeeding) {
      for (const auto& [item, count] : applied[job]) {
        if (count > 0) continue;
        findings.add(event, "",
                     fmt::format("job {} became succeeded at {}, but item {} was never applied",
                                 job.text, to_text(event.at), item.text));
        break;
      }
      done.succeeded(job, applied[job]);
    }
    succeeding.clear();
  };
  Commits commits;
  for (const Event& event : history.events) {
    if (!commits.go_on(event)) close();
    if (event.note == kWithItsJob)
      applied[event.job].erase(event.item);
    else if (event.kind == EventKind::applied) {
      const bool may = is_forgetting(event) ||
                       roles.plays(event.worker, history.declared.operators) ||
                       roles.plays(event.worker, history.declared.retention);
      if (!may && done.undone_by(event))
        findings.add(event, "",
                     fmt::format("item {} of job {} was applied when the job succeeded, but at {} "
                                 "{} ran {}.{} and took it back",
                                 event.item.text, event.job.text, to_text(event.at),
                                 name_of(event.worker), event.operation, event.statement));
      applied[event.job][event.item] = event.count_after;
    }
    if (event.kind != EventKind::changed) continue;
    const bool now = event.after && event.after->state == JobState::succeeded;
    const bool before = event.before && event.before->state == JobState::succeeded;
    if (now && !before) succeeding.emplace(event.job, event);
    if (!now) done.left(event.job);
  }
  close();
  return as_far_as_listed(findings, history);
}

Judge applied_once;
extern const Property kAppliedOnce = {
    .name = "applied_once",
    .must_hold = "Where it is declared, no item is applied twice.",
    .definition =
        "For [jobs] applied = \"once\": no applied event has a count above 1. Where a job succeeds "
        "and "
        "applied lists no item at all, it is left open.",
    .judged_when = {"was an item applied", item_applied},
    .judge = applied_once};
Verdict applied_once(const History& history) {
  if (!history.declared.observes_applied) return not_applicable("there is no applied query");
  if (!history.declared.applied_once) return not_applicable("[jobs] does not say applied = once");
  Findings findings;
  for (const Event& event : history.events)
    if (event.kind == EventKind::applied && event.count_after > 1)
      findings.add(event, "",
                   fmt::format("item {} of job {} was applied {} times by {}, the last time by {}",
                               event.item.text, event.job.text, event.count_after,
                               to_text(event.at), name_of(event.worker)));
  return as_far_as_listed(findings, history);
}

}  // namespace fencepost
