// Clauses of the judges of beliefs, ends, failures, and of what is open or taken away.
#include "tests/fixtures/judged_case.hpp"

namespace fencepost {
namespace {

/// The same with a strict lease; and w2 took it over at 31 s, and knows it.
Telling lost() {
  Telling telling;
  telling.declared().strict = true;
  telling.declared().notices_within = 10s;
  telling.job("1").granted("w1", 1, 1s, 31s).believed("w1", 1, 1s);
  return telling.granted("w2", 2, 31s, 61s).believed("w2", 2, 31s);
}
Telling noticing(Telling telling) {
  telling.declared().notices_within = 10s;
  return telling;
}
/// One job is there from 10 s on, nothing is granted, and it is only to end: within 36 s.
Telling waits_for_its_end() {
  Telling telling = Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 10s);
  telling.declared().lease_kind = LeaseKind::none;
  return telling;
}
History of_kind(Telling telling, LeaseKind kind) {
  telling.declared().lease_kind = kind;
  return telling.finished(100s);
}
TEST_CASE("clauses: of beliefs", "[model]") {
  check_judged({
      {"another attempt was revoked", "belief_ends", Outcome::not_reached,
       noticing(owned()).then(EventKind::revoked, "w2", 7, 2s).finished(1h)},
      {"it counts from when it was lost first", "belief_ends", kViolated,
       lost()
           .then(EventKind::revoked, "w2", 1, 40s)
           .then(EventKind::let_go, "w1", 1, 43s, "lost")
           .finished(1h)},
      {"who lost its connection is awake", "belief_ends", kViolated,
       lost()
           .fault(FaultKind::terminate, "w1", 32s)
           .then(EventKind::let_go, "w1", 1, 50s, "lost")
           .finished(1h)},
      {"a pause of the fleet puts all to sleep", "belief_ends", kHolds,
       lost()
           .fault(FaultKind::fleet_pause, "", 32s)
           .then(EventKind::let_go, "w1", 1, 50s, "lost")
           .finished(1h)},
      {"the other one sleeps", "single_owner", kHolds,
       lost()
           .fault(FaultKind::stall, "w2", 32s)
           .then(EventKind::let_go, "w1", 1, 50s, "lost")
           .finished(1h)},
      {"the other one lost it, too", "single_owner", kHolds,
       lost()
           .then(EventKind::revoked, "w2", 2, 32s)
           .then(EventKind::let_go, "w1", 1, 50s, "lost")
           .then(EventKind::let_go, "w2", 2, 50s, "lost")
           .finished(1h)},
      {"nothing is leased", "belief_granted", kNotApplicable, of_kind(owned(), LeaseKind::none)},
      {"a transaction is the lease", "belief_granted", kNotApplicable,
       of_kind(owned(), LeaseKind::transaction)},
      {"another one holds it", "belief_granted", kViolated,
       owned().believed("w2", 0, 2s).finished(1h)},
      {"it was let go before", "belief_granted", kViolated,
       owned().released("w1", 1, 2s, JobState::ready).believed("w1", 0, 3s).finished(1h)},
  });
}

TEST_CASE("clauses: of ends", "[model]") {
  History bound = waits_for_its_end().sql("w1", "program", "send", "", 11s).finished(100s);
  bound = edited(bound, EventKind::statement, [](Event& event) { event.bound = {{"id", "1"}}; });
  History in_transaction = bound;
  in_transaction.declared.lease_kind = LeaseKind::transaction;
  check_judged({
      {"a poison is no disturbance", "job_ends", kViolated,
       waits_for_its_end().fault(FaultKind::poison, "w1", 40s).finished(70s)},
      {"a poison of its own fails its round", "job_ends", kHolds,
       waits_for_its_end()
           .fault(FaultKind::poison, "w1", 40s)
           .with([](Event& event) { event.job = {"1"}; })
           .finished(70s)},
      {"another fault is one", "job_ends", kOpen,
       waits_for_its_end().fault(FaultKind::terminate, "w1", 40s).finished(70s)},
      {"who goes on again has its time", "job_ends", kOpen,
       waits_for_its_end().then(EventKind::resumed, "w1", 0, 40s).finished(70s)},
      {"somebody works on it", "job_ends", kOpen,
       waits_for_its_end().believed("w1", 1, 11s).finished(100s)},
      {"its own round was lost", "job_ends", kHolds,
       waits_for_its_end().believed("w1", 1, 11s).let_go("w1", 1, 12s, "1", "lost").finished(100s)},
      {"its round was over", "job_ends", kViolated,
       waits_for_its_end()
           .believed("w1", 1, 11s)
           .let_go("w1", 1, 12s, "1", "round over")
           .finished(100s)},
      {"its round succeeded", "job_ends", kViolated,
       waits_for_its_end()
           .believed("w1", 1, 11s)
           .let_go("w1", 1, 12s, "1", "succeed")
           .finished(100s)},
      {"it was tried", "job_ends", kHolds, bound},
      {"it was tried in a transaction", "job_ends", kHolds, in_transaction},
      {"its holder makes it ready again", "job_ends", kHolds,
       waits_for_its_end().released("w1", 1, 11s, JobState::ready).finished(100s)},
      {"it rests", "job_ends", kOpen,
       waits_for_its_end()
           .change("x", 0, 11s, "1", [](JobRecord& job) { job.ready_at = Instant{90s}; })
           .finished(100s)},
      {"it is gone", "job_ends", kHolds, waits_for_its_end().gone("x", 11s).finished(100s)},
      {"before heal nothing is demanded", "job_ends", Outcome::not_reached,
       of_kind(Telling().job("1").worker("w1"), LeaseKind::none)},
  });
}

Telling failed_by(const std::string& who, int attempt, Telling before) {
  return before.change(who, attempt, 3s, "1", [](JobRecord& job) { job.state = JobState::failed; });
}
History claimed_often(const std::string& note) {
  Telling telling;
  telling.job("1");
  for (int i = 1; i <= 30; ++i) {
    telling.granted("w1", i, i * 10s, i * 10s + 1s);
    telling.released("w1", i, i * 10s + 1s, JobState::ready)
        .let_go("w1", i, i * 10s + 1s, "1", note);
  }
  return telling.finished(1h);
}

TEST_CASE("clauses: of failures", "[model]") {
  Telling connecting = Telling().job("1").role("w1", "worker");
  connecting.sql("w1", "connect", "main", "53300", 1s).sql("w1", "claim", "take", "", 2s);
  check_judged({
      {"attempts to connect", "no_unhandled_error", kHolds, connecting.finished(3s)},
      {"who holds it again may give up", "no_false_failure", kHolds,
       failed_by("w1", 1, Telling().job("1").then(EventKind::restored, "w1", 1, 2s)).finished(9s)},
      {"who let it go may not", "no_false_failure", kViolated,
       failed_by("w1", 1, owned().released("w1", 1, 2s, JobState::ready)).finished(9s)},
      {"who lost it may not", "no_false_failure", kViolated,
       failed_by("w1", 1, owned().then(EventKind::revoked, "x", 1, 2s)).finished(9s)},
      {"a crash did it", "no_false_failure", kHolds,
       edited(failed_by("x", 0, owned()).finished(9s), EventKind::changed,
              by_fault(FaultKind::commits_lost))},
      {"it had failed before", "no_false_failure", kHolds,
       failed_by("w1", 1, owned())
           .change("x", 0, 4s, "1", [](JobRecord& job) { job.owner = "x"; })
           .finished(9s)},
      {"it was let go in peace", "attempts_bounded", kHolds, claimed_often("release")},
      {"its round was over", "attempts_bounded", kHolds, claimed_often("round over")},
      {"it had succeeded", "attempts_bounded", kHolds, claimed_often("succeed")},
      {"it was lost", "attempts_bounded", kViolated, claimed_often("lost")},
  });
}

/// w1 held job 1, and x's commit left it so.
History taken(
    JobState state, const std::function<void(Event&)>& edit = [](Event&) {}) {
  return edited(owned().then(EventKind::revoked, "x", 1, 2s).finished(9s), EventKind::revoked,
                [&](Event& event) {
                  event.after = JobRecord{};
                  event.after->state = state;
                  edit(event);
                });
}

TEST_CASE("clauses: of what is taken away", "[model]") {
  for (const char* property : {"single_owner", "healthy_keeps_lease"})
    check_judged({
        {"made ready", property, kViolated, taken(JobState::ready)},
        {"failed", property, kViolated, taken(JobState::failed)},
        {"done", property, kHolds, taken(JobState::succeeded)},
        {"its session ended", property, kHolds,
         taken(JobState::ready,
               [](Event& event) {
                 event.operation = "session";
                 event.statement = "ended";
               })},
        {"its session was closed by its worker", property, kViolated,
         taken(JobState::ready,
               [](Event& event) {
                 event.operation = "session";
                 event.statement = "closed";
               })},
        {"a statement that is called ended", property, kViolated,
         taken(JobState::ready, [](Event& event) { event.statement = "ended"; })},
        {"it did so itself", property, kHolds,
         taken(JobState::ready, [](Event& event) { event.worker = {"w1"}; })},
        {"a crash did it", property, kHolds,
         taken(JobState::ready, by_fault(FaultKind::commits_lost))},
    });
}

TEST_CASE("clauses: of the end of a history", "[model]") {
  const auto healed = [] {
    return Telling().job("1").worker("w1").then(EventKind::heal_started, "", 0, 1s);
  };
  const auto done = [](Telling telling) {
    return telling.change("x", 0, 2s, "1", [](JobRecord& job) { job.state = JobState::succeeded; });
  };
  check_judged({
      {"nobody is under way", "locks_released", kHolds, done(healed()).finished(9s)},
      {"a statement waits", "locks_released", kOpen,
       done(healed()).then(EventKind::blocked, "w1", 0, 3s).finished(9s)},
      {"a statement stands before its commit", "locks_released", kOpen,
       done(healed()).then(EventKind::parked, "w1", 0, 3s).finished(9s)},
      {"a statement waits for the pooler", "locks_released", kOpen,
       done(healed()).then(EventKind::queued, "w1", 0, 3s).finished(9s)},
      {"it waited, and is done", "locks_released", kHolds,
       done(healed())
           .then(EventKind::blocked, "w1", 0, 3s)
           .sql("w1", "claim", "take", "", 4s)
           .finished(9s)},
      {"it waited, and its session ended", "locks_released", kHolds,
       done(healed())
           .then(EventKind::blocked, "w1", 0, 3s)
           .then(EventKind::session_ended, "w1", 0, 4s)
           .finished(9s)},
      {"somebody works", "locks_released", kOpen,
       done(healed()).believed("w1", 1, 3s).finished(9s)},
      {"who worked is dead", "locks_released", kHolds,
       done(healed()).believed("w1", 1, 3s).fault(FaultKind::crash, "w1", 4s).finished(9s)},
      {"who worked stands still", "locks_released", kOpen,
       done(healed()).believed("w1", 1, 3s).fault(FaultKind::stall, "w1", 4s).finished(9s)},
      {"it works on what is there for ever", "locks_released", kHolds,
       [&] {
         Telling telling = done(healed()).believed("w1", 1, 3s);
         telling.declared().fixed = {"1"};
         return telling.finished(9s);
       }()},
  });
}

}  // namespace
}  // namespace fencepost
