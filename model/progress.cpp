// What becomes of the work: it goes forward, adds up, and what was done stays done.
#include <fmt/format.h>

#include <map>
#include <set>

#include "model/judge.hpp"

namespace fencepost {
namespace {

/// Workers that stand for people, who may do anything.
std::set<WorkerId> operators_in(const History& history) {
  std::set<WorkerId> people;
  for (const Event& event : history.events)
    if (event.kind == EventKind::worker_started && history.declared.operators.contains(event.note))
      people.insert(event.worker);
  return people;
}

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
    .judge = progress_accounts};
Verdict progress_accounts(const History& history) {
  if (!observes(history, "progress") || !observes(history, "cursor"))
    return not_applicable("observe lacks progress or cursor");
  Findings findings;
  std::map<JobId, JobRecord> jobs;
  const auto judge = [&](const Event& event, const JobId& job, const JobRecord& record,
                         const std::string& when) {
    const std::int64_t progress = record.progress.value_or(0), cursor = record.cursor.value_or(0);
    if (progress == cursor) return;
    findings.add(event, "",
                 fmt::format("job {} counts {} items as done, but its cursor stands behind {} {}",
                             job.text, progress, cursor, when));
    // The violation is about this job, whoever the event is about.
  };
  for (const Event& event : history.events) {
    if (event.kind == EventKind::changed) {
      if (!event.after) {
        jobs.erase(event.job);
        continue;
      }
      jobs[event.job] = *event.after;
      if (is_terminal(*event.after) && (!event.before || !is_terminal(*event.before)))
        judge(event, event.job, *event.after,
              fmt::format("when it became {}", to_text(event.after->state)));
    }
    if (event.kind == EventKind::granted && event.after)
      judge(event, event.job, *event.after, fmt::format("when {} claimed it", event.worker.text));
    if (event.kind == EventKind::finished && !was_cut(history)) {
      for (const auto& [job, record] : jobs) {
        Event about = event;
        about.job = job;
        if (record.state != JobState::owned) judge(about, job, record, "at the end");
      }
    }
  }
  return findings.verdict();
}

Judge work_applied;
extern const Property kWorkApplied = {
    .name = "work_applied",
    .must_hold = "A job that succeeded has every item in scope applied.",
    .definition =
        "At each commit after which j is succeeded for the first time: every item that applied "
        "lists for j has a count of at least 1.",
    .judge = work_applied};
Verdict work_applied(const History& history) {
  if (!history.declared.observes_applied) return not_applicable("there is no applied query");
  Findings findings;
  std::map<std::pair<JobId, ItemId>, std::int64_t> applied;
  std::map<JobId, Event> done;
  const auto judge = [&](const JobId& job, const Event& event) {
    for (auto item = applied.lower_bound({job, ItemId{}});
         item != applied.end() && item->first.first == job; ++item) {
      if (item->second > 0) continue;
      findings.add(event, "",
                   fmt::format("job {} became succeeded at {}, but item {} was never applied",
                               job.text, to_text(event.at), item->first.second.text));
      return;
    }
  };
  // A commit's changes come before what it applied, so a job is judged when its commit is over.
  int step = 0;
  const auto close = [&] {
    for (const auto& [job, event] : done) judge(job, event);
    done.clear();
  };
  for (const Event& event : history.events) {
    if (event.step != step) close();
    step = event.step;
    if (event.kind == EventKind::applied) applied[{event.job, event.item}] = event.count_after;
    if (event.kind == EventKind::changed && event.after &&
        event.after->state == JobState::succeeded &&
        (!event.before || event.before->state != JobState::succeeded))
      done.emplace(event.job, event);
  }
  close();
  return findings.verdict();
}

Judge applied_once;
extern const Property kAppliedOnce = {
    .name = "applied_once",
    .must_hold = "Where it is declared, no item is applied twice.",
    .definition = "For [jobs] applied = \"once\": no applied event has a count above 1.",
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
  return findings.verdict();
}

Judge ack_is_durable;
extern const Property kAckIsDurable = {
    .name = "ack_is_durable",
    .must_hold = "What a worker was told is done is in every later state.",
    .definition =
        "For each let_go(j) for the reason succeed: j is succeeded then, and no later changed "
        "event leads elsewhere, unless an operator did it. A crash that loses acknowledged commits "
        "excuses it.",
    .rests_on = Guarantee::commits,
    .judge = ack_is_durable};
Verdict ack_is_durable(const History& history) {
  Findings findings;
  const std::set<WorkerId> people = operators_in(history);
  std::map<JobId, std::string> told;
  std::map<JobId, JobState> states;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::let_go && event.note == "succeed") {
      const auto state = states.find(event.job);
      if (state != states.end() && state->second == JobState::succeeded)
        told[event.job] = event.worker.text;
      else
        findings.add(event, "",
                     fmt::format("{} was told at {} that job {} is done, but it is {}",
                                 event.worker.text, to_text(event.at), event.job.text,
                                 state == states.end() ? "gone" : to_text(state->second)));
    }
    if (event.kind != EventKind::changed) continue;
    if (event.after)
      states[event.job] = event.after->state;
    else
      states.erase(event.job);
    const bool undone = !event.after || event.after->state != JobState::succeeded;
    if (!undone || !told.contains(event.job)) continue;
    if (!people.contains(event.worker))
      findings.add(
          event, "",
          fmt::format("{} had been told that job {} is done, but at {} {} made it {}",
                      told[event.job], event.job.text, to_text(event.at), name_of(event.worker),
                      event.after ? to_text(event.after->state) : "disappear"));
    told.erase(event.job);
  }
  return findings.verdict();
}

Judge terminal_sticks;
extern const Property kTerminalSticks = {
    .name = "terminal_sticks",
    .must_hold = "A job that succeeded or failed stays that way, unless an operator acts.",
    .definition =
        "No changed event leads from succeeded or failed to another state, but for those of "
        "operator roles and the loss of commits in a crash.",
    .judge = terminal_sticks};
Verdict terminal_sticks(const History& history) {
  Findings findings;
  const std::set<WorkerId> people = operators_in(history);
  for (const Event& event : history.events) {
    if (event.kind != EventKind::changed || !event.before || !event.after) continue;
    if (is_forgetting(event)) continue;
    if (!is_terminal(*event.before) || event.after->state == event.before->state) continue;
    if (people.contains(event.worker)) continue;
    findings.add(
        event, "",
        fmt::format("job {} was {} and became {} when {} ran {}.{} at {}", event.job.text,
                    to_text(event.before->state), to_text(event.after->state),
                    name_of(event.worker), event.operation, event.statement, to_text(event.at)));
  }
  return findings.verdict();
}

Judge job_not_lost;
extern const Property kJobNotLost = {
    .name = "job_not_lost",
    .must_hold = "An inserted job, or its terminal record, is in every later state.",
    .definition =
        "No changed event, other than the loss of commits in a crash, has a state before and none "
        "after, where [jobs] absent says what else absence means.",
    .judge = job_not_lost};
Verdict job_not_lost(const History& history) {
  Findings findings;
  for (const Event& event : history.events) {
    if (event.kind != EventKind::changed || event.after) continue;
    if (is_forgetting(event)) continue;
    findings.add(
        event, "",
        fmt::format("job {} disappeared when {} ran {}.{} at {}", event.job.text,
                    name_of(event.worker), event.operation, event.statement, to_text(event.at)));
  }
  return findings.verdict();
}

}  // namespace fencepost
