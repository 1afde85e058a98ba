// What a worker was told stays true: what is done is done, and nothing disappears.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

bool came_to_an_end(const History& history) {
  return came_into(history, {JobState::succeeded, JobState::failed});
}

/// "0 rows", "UPDATE 0": what a statement that found nothing comes back with.
bool is_empty(const std::string& result) {
  return result.starts_with("0 row") || result.ends_with(" 0");
}

/// Workers that said of a job that it is done, and were answered so: with a statement of `succeed`
/// that found something. Inside a transaction the answer is that of its commit.
class Announcements {
 public:
  /// What stands from this event on: what its worker said in a transaction that committed.
  std::vector<Event> follow(const Event& event) {
    std::vector<Event> standing;
    if (event.kind == EventKind::session_ended || event.kind == EventKind::fault)
      said_.erase(event.worker);
    if (event.kind != EventKind::statement) return standing;
    if (is_begin(event)) open_.insert(event.session);
    if (!is_transaction_control(event) && event.operation == "succeed")
      found_[event.worker] |= event.sqlstate.empty() && !is_empty(event.result);
    if (!is_end_of_transaction(event)) return standing;
    open_.erase(event.session);
    if (event.statement == "commit" && event.sqlstate.empty())
      standing = std::move(said_[event.worker]);
    said_.erase(event.worker);
    return standing;
  }
  /// That it is done, by its worker; nullopt while its transaction is open, or where the answer was
  /// that there is no such row.
  std::optional<Event> say(const Event& let_go) {
    const auto found = found_.find(let_go.worker);
    const bool empty = found != found_.end() && !found->second;
    if (found != found_.end()) found_.erase(found);
    if (empty) return std::nullopt;
    const bool open = std::any_of(open_.begin(), open_.end(), [&](const SessionId& session) {
      return session.text.starts_with(let_go.worker.text + "/");
    });
    if (!open) return let_go;
    said_[let_go.worker].push_back(let_go);
    return std::nullopt;
  }

 private:
  std::set<SessionId> open_;
  std::map<WorkerId, bool> found_;
  std::map<WorkerId, std::vector<Event>> said_;
};

bool was_told(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
    return event.kind == EventKind::let_go && event.note == "succeed";
  });
}

}  // namespace

Judge ack_is_durable;
extern const Property kAckIsDurable = {
    .name = "ack_is_durable",
    .must_hold = "What a worker was told is done is in every later state.",
    .definition =
        "For each let_go(j) for the reason succeed, behind a statement of `succeed` that found a "
        "row: j is succeeded then, or made ready again by that commit itself (in a transaction: "
        "when it has committed), or an operator undid it before the answer was heard; and if it "
        "is, no later changed event leads elsewhere, unless an operator did it. A crash that loses "
        "acknowledged commits excuses it; a [jobs] fixed one is never done, and may be held on for "
        "a "
        "while.",
    .judged_when = {"was a worker told that a job is done", was_told},
    .rests_on = Guarantee::commits,
    .judge = ack_is_durable};
Verdict ack_is_durable(const History& history) {
  Findings findings;
  const Roles roles(history);
  Announcements answers;
  std::vector<Event> in_commit;  ///< told by a commit whose changes are still to be read
  std::map<JobId, std::string> told;
  std::map<JobId, JobState> states;
  std::map<JobId, WorkerId> done_by;  ///< what it is, or was until an operator undid it
  std::set<JobId> asked_again;  ///< made ready by its `succeed`, as where it was changed meanwhile
  const auto judge = [&](const Event& event) {
    if (asked_again.contains(event.job) || history.declared.fixed.contains(event.job.text)) return;
    const auto state = states.find(event.job);
    if (state != states.end() && state->second == JobState::succeeded)
      told[event.job] = event.worker.text;
    else if (const auto done = done_by.find(event.job);
             done == done_by.end() || done->second != event.worker)
      findings.add(event, "",
                   fmt::format("{} was told at {} that job {} is done, but it is {}",
                               event.worker.text, to_text(event.at), event.job.text,
                               state == states.end() ? "gone" : to_text(state->second)));
  };
  Commits commits;
  for (const Event& event : history.events) {
    if (!commits.go_on(event))
      for (const Event& each : std::exchange(in_commit, {})) judge(each);
    for (Event& each : answers.follow(event)) {
      each.step = event.step;
      each.at = event.at;
      in_commit.push_back(std::move(each));
    }
    if (event.kind == EventKind::let_go && event.note == "succeed")
      if (const auto said = answers.say(event)) judge(*said);
    // What it is told of from here on is another success.
    if (event.kind == EventKind::granted)
      std::erase_if(done_by, [&](const auto& done) {
        return done.first == event.job && done.second == event.worker;
      });
    if (event.kind != EventKind::changed) continue;
    if (event.after)
      states[event.job] = event.after->state;
    else
      states.erase(event.job);
    asked_again.erase(event.job);
    if (event.operation == "succeed" && event.after && event.after->state == JobState::ready)
      asked_again.insert(event.job);
    const bool undone = !event.after || event.after->state != JobState::succeeded;
    const bool by_operator = roles.plays(event.worker, history.declared.operators);
    const bool was_done = event.before && event.before->state == JobState::succeeded;
    if (!undone && !was_done) done_by[event.job] = event.worker;
    if (undone && was_done && !by_operator) done_by.erase(event.job);
    if (!undone || !told.contains(event.job)) continue;
    if (!by_operator)
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
    .judged_when = {"did a job succeed or fail", came_to_an_end},
    .judge = terminal_sticks};
Verdict terminal_sticks(const History& history) {
  Findings findings;
  const Roles roles(history);
  for (const Event& event : history.events) {
    if (event.kind != EventKind::changed || !event.before || !event.after) continue;
    if (is_forgetting(event)) continue;
    if (!is_terminal(*event.before) || event.after->state == event.before->state) continue;
    if (roles.plays(event.worker, history.declared.operators)) continue;
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
    .judged_when = {"was there a job", came<EventKind::changed>},
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
