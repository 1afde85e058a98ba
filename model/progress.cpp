#include <fmt/format.h>

#include <map>
#include <set>

#include "model/judges.hpp"

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
