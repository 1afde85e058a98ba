// How protocols fail: errors that nobody named, jobs that fail before their attempts are used up,
// claims without end.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "model/properties/judge.hpp"

namespace fencepost {
namespace {

/// A victim of a deadlock is another property's; a transaction that has failed says so of all that
/// follows; the rest is done to a statement by somebody else, or by a timeout that its role set.
bool is_nobodys_fault(const Event& failed) {
  constexpr std::array<std::string_view, 7> kNotJudged = {"40P01", "25P02", "57014", "57P01",
                                                          "57P05", "25P03", "25P04"};
  return failed.operation == kConnect || failed.sqlstate.starts_with("08") ||
         std::find(kNotJudged.begin(), kNotJudged.end(), failed.sqlstate) != kNotJudged.end();
}

/// Whether the role names this error, for this statement or for all of its own.
bool is_named(const Event& failed, const std::string& role, const Declared& declared) {
  const std::string own =
      fmt::format("{}/{}.{} {}", role, failed.operation, failed.statement, failed.sqlstate);
  return declared.expects.contains(own) ||
         declared.expects.contains(fmt::format("{}/* {}", role, failed.sqlstate));
}

std::string bound_text(const std::vector<Bound>& bound) {
  std::string text;
  for (const Bound& each : bound)
    text += fmt::format("{}:{} = {}", text.empty() ? " with " : ", ", each.parameter,
                        each.value.value_or("null"));
  return text;
}

}  // namespace

Judge no_unhandled_error;
extern const Property kNoUnhandledError = {
    .name = "no_unhandled_error",
    .must_hold = "Where nothing is done to anybody, no statement fails in a way that nobody names.",
    .definition =
        "In a history without a fault or poison, as far as the first: for each statement that "
        "fails "
        "with an SQLSTATE, its step names it under sqlstate, its transaction under retry, or its "
        "role under expects (on.error names none). Not judged: 40P01 (see no_deadlock), what "
        "follows in a transaction that has failed, attempts to connect, and what somebody else did "
        "to the statement or its session: cancelled, terminated, timed out. Whatever is done to "
        "anybody, no statement fails in its worker: nothing gave a parameter a value (07002), a "
        ":one without a row has no `empty` (02000), a wait is none (22007), a :let fails.",
    .judged_when = {"did statements run without a fault", came<EventKind::statement>},
    .judge = no_unhandled_error};
Verdict no_unhandled_error(const History& history) {
  Findings findings;
  const Roles roles(history);
  bool hurt = false;
  for (const Event& event : history.events) {
    hurt = hurt || event.kind == EventKind::fault;
    if (event.kind != EventKind::statement || event.sqlstate.empty()) continue;
    if (hurt && event.note != kInWorker) continue;
    if (is_nobodys_fault(event) || is_named(event, roles.of(event.worker), history.declared))
      continue;
    findings.add(
        event, "",
        fmt::format("{}.{} of {} failed at {} with {}{}{}, and nothing names that error",
                    event.operation, event.statement, event.worker.text, to_text(event.at),
                    event.sqlstate, event.message.empty() ? "" : " (" + event.message + ")",
                    bound_text(event.bound)));
  }
  Verdict verdict = findings.verdict();
  if (verdict.outcome == Outcome::holds && came<EventKind::fault>(history))
    return {Outcome::not_judged, {}, "a fault may be why a statement fails"};
  return verdict;
}

namespace {

bool came_to_fail(const History& history) { return came_into(history, {JobState::failed}); }

}  // namespace

Judge no_false_failure;
extern const Property kNoFalseFailure = {
    .name = "no_false_failure",
    .must_hold = "A job fails for good only when its attempts are used up, or by its holder.",
    .definition =
        "For each changed event that makes j failed: where [lease] attempts are declared, j was "
        "granted as often (or came with attempts behind it); where none are, its holder did it. "
        "Operators, operations named in [jobs] final and the loss of commits in a crash may do it "
        "at any time.",
    .judged_when = {"did a job fail for good", came_to_fail},
    .judge = no_false_failure};
Verdict no_false_failure(const History& history) {
  const Declared& declared = history.declared;
  if (declared.lease_kind == LeaseKind::none || declared.lease_kind == LeaseKind::transaction)
    return not_applicable("no grant of a job is committed");
  Findings findings;
  const Roles roles(history);
  std::map<JobId, std::int64_t> attempts;
  std::map<JobId, AttemptId> holder;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::granted || event.kind == EventKind::restored) {
      if (event.kind == EventKind::granted) ++attempts[event.job];
      holder[event.job] = event.attempt;
    }
    if (event.kind == EventKind::changed && !event.before)
      attempts[event.job] = event.after.value_or(JobRecord{}).attempts.value_or(0);
    const bool failed = event.kind == EventKind::changed && event.before && event.after &&
                        event.after->state == JobState::failed &&
                        event.before->state != JobState::failed;
    const bool may = event.fault || roles.plays(event.worker, declared.operators) ||
                     declared.final.contains(event.operation);
    if (failed && !may && declared.max_attempts && attempts[event.job] < *declared.max_attempts)
      findings.add(
          event, "",
          fmt::format("{} ran {}.{} at {} and job {} failed for good after {} of {} "
                      "attempts",
                      name_of(event.worker), event.operation, event.statement, to_text(event.at),
                      event.job.text, attempts[event.job], *declared.max_attempts));
    const bool by_holder = event.attempt && holder[event.job] == event.attempt;
    if (failed && !may && !declared.max_attempts && !by_holder)
      findings.add(
          event, "",
          fmt::format("{} ran {}.{} at {} and job {} failed for good, but {}",
                      name_of(event.worker), event.operation, event.statement, to_text(event.at),
                      event.job.text,
                      holder[event.job] ? fmt::format("grant {} held it", holder[event.job].number)
                                        : "it was nobody's"));
    if (event.kind == EventKind::released || event.kind == EventKind::revoked)
      holder.erase(event.job);
  }
  return findings.verdict();
}

namespace {

/// Claims of jobs that count as attempts: those that were let go without a failure don't.
class Claims {
 public:
  void follow(const Event& event) {
    if (event.kind == EventKind::granted) {
      std::map<AttemptId, Instant>& claims = claims_[event.job];
      claims.emplace(event.attempt, event.at);
    }
    const bool forgotten = event.kind == EventKind::revoked && event.fault;
    const bool in_peace =
        event.kind == EventKind::let_go &&
        (event.note == "release" || event.note == "round over" || event.note == "succeed");
    if (forgotten || in_peace) claims_[event.job].erase(event.attempt);
  }
  std::int64_t of(const JobId& job) const {
    const auto claims = claims_.find(job);
    return claims == claims_.end() ? 0 : static_cast<std::int64_t>(claims->second.size());
  }
  std::int64_t in_the_hour_before(const Event& event) const {
    const auto claims = claims_.find(event.job);
    if (claims == claims_.end()) return 0;
    return std::count_if(claims->second.begin(), claims->second.end(),
                         [&](const auto& each) { return each.second + 1h >= event.at; });
  }

 private:
  std::map<JobId, std::map<AttemptId, Instant>> claims_;
};

}  // namespace

Judge attempts_bounded;
extern const Property kAttemptsBounded = {
    .name = "attempts_bounded",
    .must_hold = "A job is not tried again and again without limit.",
    .definition =
        "At most the declared attempts grants of a job, else at most 25 within one simulated hour. "
        "Grants that a crash made forgotten don't count, nor those that were let go by `succeed`, "
        "`release` or the end of a round; jobs that are [jobs] fixed may be granted for ever.",
    .judged_when = {"was a job granted", came<EventKind::granted>},
    .judge = attempts_bounded};
Verdict attempts_bounded(const History& history) {
  constexpr std::int64_t kClaimsAnHour = 25;
  Findings findings;
  Claims claims;
  for (const Event& event : history.events) {
    claims.follow(event);
    if (event.kind != EventKind::granted || history.declared.fixed.contains(event.job.text))
      continue;
    const std::int64_t count = claims.of(event.job), lately = claims.in_the_hour_before(event);
    const auto limit = history.declared.max_attempts;
    if (limit && count > *limit)
      findings.add(
          event, "",
          fmt::format(
              "{} claimed job {} at {}: that is claim number {}, but {} attempts are declared",
              event.worker.text, event.job.text, to_text(event.at), count, *limit));
    if (!limit && lately > kClaimsAnHour)
      findings.add(
          event, "",
          fmt::format("job {} was claimed {} times within an hour, the last time by {} at {}",
                      event.job.text, lately, event.worker.text, to_text(event.at)));
  }
  return findings.verdict();
}

}  // namespace fencepost
