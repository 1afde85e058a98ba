// What a lease and its token are worth: tokens that prove something, ends that are as declared,
// and the rest that a job is given after a failure.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/properties/judge.hpp"
#include "model/token.hpp"

namespace fencepost {
namespace {

bool granted_twice(const History& history) {
  std::set<JobId> granted;
  return std::any_of(history.events.begin(), history.events.end(), [&](const Event& event) {
    return event.kind == EventKind::granted && !granted.insert(event.job).second;
  });
}

bool granted_with_end(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
    return event.kind == EventKind::granted && event.after && event.after->lease_until;
  });
}

std::string lengths_text(const std::set<Duration>& lengths) {
  std::string text;
  for (const Duration length : lengths) text += (text.empty() ? "" : " or ") + to_text(length);
  return text;
}

std::string until_text(Instant end) { return end == Instant::max() ? "for ever" : to_text(end); }

/// What is renewed or claimed with a new end.
bool sets_end(const Event& event) {
  if (event.kind != EventKind::granted && event.kind != EventKind::renewed) return false;
  if (!event.after || !event.after->lease_until || event.fault) return false;
  return !event.before || event.before->lease_until != event.after->lease_until;
}

/// Whether a holder lets go, and says an end all the same, so that nobody comes too soon behind a
/// short job: it may be one that comes soon, also where the lease is over already.
bool may_end_soon(const Event& event) {
  const bool lets_go = event.operation == "release" || event.operation == "succeed";
  return lets_go && event.kind == EventKind::renewed && event.before && event.before->lease_until;
}

bool set_an_end(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), sets_end);
}

}  // namespace

Judge token_order;
extern const Property kTokenOrder = {
    .name = "token_order",
    .must_hold = "The tokens of a job are unique, and increase where that is declared.",
    .definition =
        "For any two granted events of j: their tokens differ; with order = increasing, each token "
        "is greater than the one before (numbers by value, timestamps by time, else by text). A "
        "grant that a crash made forgotten does not count.",
    .judged_when = {"was a job granted twice", granted_twice},
    .judge = token_order};
Verdict token_order(const History& history) {
  if (!observes(history, "token")) return not_applicable("observe has no column token");
  Findings findings;
  std::map<JobId, std::vector<std::string>> tokens;
  std::map<AttemptId, std::string> token_of;
  for (const Event& event : history.events) {
    // The database forgot the grant, so it may give the token again.
    if (event.kind == EventKind::revoked && event.fault)
      std::erase(tokens[event.job], token_of[event.attempt]);
    if (event.kind != EventKind::granted || !event.after || !event.after->token) continue;
    const std::string& token = *event.after->token;
    std::vector<std::string>& earlier = tokens[event.job];
    if (std::find(earlier.begin(), earlier.end(), token) != earlier.end())
      findings.add(
          event, "",
          fmt::format("{} was granted job {} at {} with token {}, which an earlier grant had",
                      event.worker.text, event.job.text, to_text(event.at), token));
    else if (history.declared.token_order == TokenOrder::increasing && !earlier.empty() &&
             !token_less(earlier.back(), token))
      findings.add(
          event, "",
          fmt::format(
              "{} was granted job {} at {} with token {}, which is not after {}, the one before",
              event.worker.text, event.job.text, to_text(event.at), token, earlier.back()));
    earlier.push_back(token);
    token_of[event.attempt] = token;
  }
  return findings.verdict();
}

Judge lease_not_born_expired;
extern const Property kLeaseNotBornExpired = {
    .name = "lease_not_born_expired",
    .must_hold = "When a claim is granted, its lease still runs.",
    .definition =
        "For each granted event at t by the server's clock with a lease_until: lease_until > t. "
        "Excused: where that clock was set while the claim was under way.",
    .judged_when = {"was a job granted with an end of its lease", granted_with_end},
    .judge = lease_not_born_expired};
Verdict lease_not_born_expired(const History& history) {
  if (!observes(history, "lease_until")) return not_applicable("observe has no column lease_until");
  Findings findings;
  Transactions transactions;
  for (const Event& event : history.events) {
    transactions.follow(event);
    if (event.kind != EventKind::granted || !event.after || !event.after->lease_until) continue;
    if (*event.after->lease_until > server_time(event)) continue;
    if (transactions.clock_was_set()) continue;
    findings.add(event, "",
                 fmt::format("{} was granted job {} at {} with a lease that had ended at {}",
                             event.worker.text, event.job.text, both_times(event),
                             to_text(*event.after->lease_until)));
  }
  return findings.verdict();
}

Judge lease_as_declared;
extern const Property kLeaseAsDeclared = {
    .name = "lease_as_declared",
    .must_hold = "A claim or a renewal holds for as long as is declared.",
    .definition =
        "For each granted or renewed event that sets a lease_until: with some declared length L, "
        "start of its transaction + L - e <= lease_until <= commit + L + e by the server's clock, "
        "where e is [lease] within, 1 s unless declared. Excused: an end that was kept as it was, "
        "one that is not after the commit, one that comes sooner where a holder's `release` or "
        "`succeed` says it, and changes of the server's clock.",
    .judged_when = {"did a claim or a renewal set the end of a lease", set_an_end},
    .rests_on = Guarantee::clock,
    .judge = lease_as_declared};
Verdict lease_as_declared(const History& history) {
  const Declared& declared = history.declared;
  if (declared.lease == 0us) return not_applicable("[lease] declares no lasts");
  if (!observes(history, "lease_until")) return not_applicable("observe has no column lease_until");
  if (declared.workers_clock) return not_applicable("leases end by the workers' own clocks");
  const std::set<Duration> lengths = lengths_in(declared);
  const Duration within = precision_of(declared);
  Findings findings;
  Transactions transactions;
  for (const Event& event : history.events) {
    transactions.follow(event);
    if (!sets_end(event)) continue;
    const Instant end = *event.after->lease_until;
    if (end <= server_time(event)) continue;
    const Instant began = transactions.began() + event.server_ahead;
    const bool fits = std::any_of(lengths.begin(), lengths.end(), [&](Duration length) {
      return (may_end_soon(event) || began + length - within <= end) &&
             end <= server_time(event) + length + within;
    });
    if (fits) continue;
    findings.add(
        event, "",
        fmt::format("{} {} job {} at {} until {}, but a lease is declared to last {}",
                    event.worker.text, event.kind == EventKind::granted ? "was granted" : "renewed",
                    event.job.text, both_times(event), until_text(end), lengths_text(lengths)));
  }
  return findings.verdict();
}

namespace {

/// What jobs wait for before they may be granted again.
class Rests {
 public:
  explicit Rests(const Declared& declared) : declared_(declared) {}

  void follow(const Event& event) {
    if (event.after && event.after->ready_at) ready_at_[event.job] = *event.after->ready_at;
    // What the server's clock has shown once was reached, also when it is put back.
    if (sets_clock(event)) {
      for (const auto& [job, at] : ready_at_)
        if (at <= server_time(event)) reached_.insert({job, at});
      failed_at_.clear();
    }
    const bool failed = event.kind == EventKind::let_go && event.note == "fail";
    if (failed && released_at_.contains(event.attempt))
      failed_at_[event.job] = released_at_[event.attempt];
    if (event.kind == EventKind::released && event.after && event.after->state == JobState::ready)
      released_at_[event.attempt] = event.at;
    if (event.kind == EventKind::granted) failed_at_.erase(event.job);
  }
  /// Until when the job that is granted was to rest, if it is granted too early.
  std::optional<Instant> broken_by(const Event& granted) const {
    const auto& before = granted.before;
    if (before && before->state == JobState::ready && before->ready_at &&
        server_time(granted) < *before->ready_at &&
        !reached_.contains({granted.job, *before->ready_at}))
      return *before->ready_at;
    const auto failed = failed_at_.find(granted.job);
    if (!declared_.backoff || failed == failed_at_.end()) return std::nullopt;
    const Instant until = failed->second + *declared_.backoff;
    if (granted.at + precision_of(declared_) >= until) return std::nullopt;
    return until;
  }

 private:
  const Declared& declared_;
  std::map<JobId, Instant> ready_at_, failed_at_;
  std::map<AttemptId, Instant> released_at_;
  std::set<std::pair<JobId, Instant>> reached_;
};

bool granted_after_rest(const History& history) {
  std::set<JobId> failed;
  for (const Event& event : history.events) {
    if (event.kind == EventKind::let_go && event.note == "fail") failed.insert(event.job);
    if (event.kind != EventKind::granted) continue;
    if (failed.contains(event.job) || (event.before && event.before->ready_at)) return true;
  }
  return false;
}

}  // namespace

Judge backoff_respected;
extern const Property kBackoffRespected = {
    .name = "backoff_respected",
    .must_hold = "A job that is to rest is not granted before its rest is over.",
    .definition =
        "No grant of a ready job before the server's clock has reached the ready_at that it has; "
        "and, where [lease] backoff is declared, none before that time has passed since the commit "
        "with which a holder's `fail` made the job ready again (give or take [lease] within).",
    .judged_when = {"was a job granted that had a rest behind it", granted_after_rest},
    .judge = backoff_respected};
Verdict backoff_respected(const History& history) {
  if (!observes(history, "ready_at") && !history.declared.backoff)
    return not_applicable("observe has no column ready_at, and [lease] declares no backoff");
  Findings findings;
  const Roles roles(history);
  Rests rests(history.declared);
  for (const Event& event : history.events) {
    const bool granted =
        event.kind == EventKind::granted && !roles.plays(event.worker, history.declared.operators);
    if (const auto until = granted ? rests.broken_by(event) : std::nullopt)
      findings.add(
          event, "",
          fmt::format("{} claimed job {} at {}, before its backoff ended at {}", event.worker.text,
                      event.job.text, to_text(event.at), to_text(*until)));
    rests.follow(event);
  }
  return findings.verdict();
}

}  // namespace fencepost
