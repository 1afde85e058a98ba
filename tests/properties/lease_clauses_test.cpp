// More clauses of the judges of leases, tokens and rests, and of what must not be too much.
#include "tests/fixtures/judged_case.hpp"

namespace fencepost::lease_clauses {
namespace {

constexpr Outcome kNotReached = Outcome::not_reached;

Telling job() { return Telling().job("1"); }
auto until(Duration end) {
  return [end](JobRecord& record) { record.lease_until = Instant{end}; };
}
auto rests(Duration until) {
  return [until](JobRecord& record) { record.ready_at = Instant{until}; };
}
auto record(JobState state, std::optional<Instant> lease = {}, std::optional<Instant> rest = {}) {
  JobRecord record;
  record.state = state;
  record.lease_until = lease;
  record.ready_at = rest;
  return record;
}
auto after(const JobRecord& what) {
  return [what](Event& event) { event.after = what; };
}
void is_owners(JobRecord& each) { each.owner = "w1"; }
void is_lost(Event& event) { event.fault = FaultKind::commits_lost; }
void on_main(Event& event) { event.session = {"w1/main"}; }
Telling removed(Telling telling) { return telling.then(EventKind::granted, "w1", 1, 1s); }

TEST_CASE("clauses: of tokens", "[model]") {
  const auto again = [](Telling telling) {
    return telling.granted("w2", 2, 40s, 70s, "1").finished(1h);
  };
  check_judged({
      {"one grant proves nothing", "token_order", kNotReached, owned().finished(1h)},
      {"a crash took its grant back", "token_order", kHolds,
       again(job().granted("w1", 1, 1s, 31s).then(EventKind::revoked, "", 1, 2s).with(is_lost))},
      {"a crash took back what it wrote", "token_order", kViolated,
       again(owned().change("w1", 1, 2s, "1", is_owners).with(is_lost))},
      {"it was taken from it", "token_order", kViolated,
       again(owned().then(EventKind::revoked, "x", 1, 2s))},
      {"it was claimed and removed in one, so nobody saw its token", "token_order", kHolds,
       again(removed(job()))},
      {"it had none", "token_order", kHolds,
       job()
           .also_granted("w1", 1, 1s, "1")
           .also_granted("w2", 2, 2s, "1")
           .with(after(record(JobState::owned)))
           .finished(1h)},
  });
}

// As ShedLock's lockAtLeastFor does it.
TEST_CASE("clauses: of a lease that is not over where its holder lets go", "[model]") {
  const auto moved = [](const std::string& operation, Duration end) {
    return owned().renewed("w1", 1, 5s, end).with([=](Event& event) {
      event.operation = operation;
    });
  };
  const auto late = [](Duration end) {
    return owned().renewed("w1", 1, 40s, end).with([](Event& event) {
      event.operation = "release";
    });
  };
  const auto but = [](Telling telling, auto change) { return telling.with(change).finished(1h); };
  check_judged({
      {"it lets go, and brings it forward", "lease_as_declared", kHolds,
       moved("release", 20s).finished(1h)},
      {"it is done, and brings it forward", "lease_as_declared", kHolds,
       moved("succeed", 20s).finished(1h)},
      {"it lets go when the lease is over", "lease_as_declared", kHolds, late(45s).finished(1h)},
      {"it lets go then, and holds it longer than a lease", "lease_as_declared", kViolated,
       late(72s).finished(1h)},
      {"it goes on with less", "lease_as_declared", kViolated, moved("renew", 20s).finished(1h)},
      {"it lets go, and puts it off", "lease_as_declared", kViolated,
       moved("release", 60s).finished(1h)},
      {"it lets go of one that had no end", "lease_as_declared", kViolated,
       but(moved("release", 20s), [](Event& event) { event.before->lease_until.reset(); })},
      {"it lets go of what was not there", "lease_as_declared", kViolated,
       but(moved("release", 20s), [](Event& event) { event.before.reset(); })},
      {"it is claimed with less", "lease_as_declared", kViolated,
       but(moved("release", 20s), [](Event& event) { event.kind = EventKind::granted; })},
  });
}

TEST_CASE("clauses: of ends of leases", "[model]") {
  const auto ends = [](Telling telling, Duration at, Duration end) {
    return telling.sql("w1", "claim", "take", "", at)
        .with(on_main)
        .granted("w1", 1, at, end)
        .finished(1h);
  };
  const auto control = [](const std::string& statement, const std::string& sqlstate, Duration at,
                          Telling telling) {
    return telling.sql("w1", "claim", statement, sqlstate, at).with(on_main);
  };
  check_judged({
      {"its transaction began before", "lease_as_declared", kHolds,
       ends(control("begin", "", 50s, job()), 60s, 80s)},
      {"a begin that failed begins none", "lease_as_declared", kViolated,
       ends(control("begin", "08006", 50s, job()), 60s, 80s)},
      {"the transaction before is over", "lease_as_declared", kViolated,
       ends(control("commit", "", 51s, control("begin", "", 50s, job())), 60s, 80s)},
      {"a crash moved its end", "lease_as_declared", kHolds,
       owned()
           .then(EventKind::renewed, "", 1, 2s)
           .with(after(record(JobState::owned, Instant{1h})))
           .with(is_lost)
           .finished(1h)},
      {"it was renewed without an end", "lease_as_declared", kHolds,
       owned()
           .then(EventKind::renewed, "w1", 1, 2s)
           .with(after(record(JobState::owned)))
           .finished(1h)},
      {"its claim brought it", "lease_as_declared", kViolated,
       Telling()
           .then(EventKind::granted, "w1", 1, 2s)
           .with(after(record(JobState::owned, Instant{1h})))
           .finished(1h)},
      {"it was claimed and removed in one", "lease_as_declared", kNotReached,
       removed(job()).finished(1h)},
      {"nor has it an end then", "lease_not_born_expired", kNotReached,
       removed(job()).change("w1", 1, 2s, "1", until(31s)).finished(1h)},
      {"what has no end has none that is over", "lease_not_born_expired", kNotReached,
       job().also_granted("w1", 1, 1s, "1").finished(1h)},
      {"only a grant is born", "lease_not_born_expired", kHolds,
       owned().change("w1", 1, 2s, "1", until(1s)).finished(1h)},
  });
}

/// With a rest of 10 s behind each failure.
Telling backing_off(Telling telling) {
  telling.declared().backoff = 10s;
  return telling;
}

TEST_CASE("clauses: of rests", "[model]") {
  const auto fails = [](Telling telling) { return telling.let_go("w1", 1, 2s, "1", "fail"); };
  const auto again = [](Telling telling, Duration at) {
    return telling.granted("w2", 2, at, at + 30s).finished(1h);
  };
  const auto failed = [&] { return fails(owned().released("w1", 1, 2s, JobState::ready)); };
  const auto clock = [](Telling telling, Duration ahead) {
    return telling.fault(FaultKind::clock_step, "", 3s).with([&](Event& event) {
      event.server_ahead = ahead;
    });
  };
  const auto resting = [] { return job().change("x", 0, 1s, "1", rests(50s)); };
  const auto operators = [](Telling telling) {
    telling.declared().operators = {"admin"};
    return telling.role("boss", "admin");
  };
  const auto blind = [](Telling telling) {
    telling.declared().columns = {"token"};
    return telling;
  };
  check_judged({
      {"it rests", "backoff_respected", kViolated, again(resting(), 20s)},
      {"the clock had reached its end, and was put back", "backoff_respected", kHolds,
       again(clock(clock(resting(), 60s), 0s), 20s)},
      {"the same, and somebody wrote since", "backoff_respected", kHolds,
       again(clock(clock(resting(), 60s), 0s).change("x", 0, 4s, "1", is_owners), 20s)},
      {"the clock had not reached its end", "backoff_respected", kViolated,
       again(clock(clock(resting(), 20s), 0s), 20s)},
      {"it rests, but somebody holds it", "backoff_respected", kHolds,
       again(owned().change("x", 0, 2s, "1", rests(50s)), 40s)},
      {"its claim brought it", "backoff_respected", kNotReached, removed(Telling()).finished(1h)},
      {"somebody wrote, and claimed nothing", "backoff_respected", kNotReached,
       resting().change("x", 0, 2s, "1", is_owners).finished(1h)},
      {"it failed, and nobody claimed it", "backoff_respected", kNotReached,
       backing_off(failed()).finished(1h)},
      {"it failed", "backoff_respected", kViolated, again(backing_off(failed()), 4s)},
      {"it failed, and that is all that is declared", "backoff_respected", kViolated,
       again(blind(backing_off(failed())), 4s)},
      {"nothing is declared", "backoff_respected", kHolds, again(failed(), 4s)},
      {"nothing is declared or observed", "backoff_respected", kNotApplicable,
       again(blind(failed()), 4s)},
      {"it worked, and did not fail", "backoff_respected", kNotReached,
       again(backing_off(owned()
                             .released("w1", 1, 2s, JobState::ready)
                             .then(EventKind::work, "w1", 1, 2s, "fail")),
             4s)},
      {"its failure was not committed", "backoff_respected", kHolds,
       again(backing_off(fails(owned())), 4s)},
      {"somebody else had made it ready", "backoff_respected", kHolds,
       again(
           backing_off(fails(
               owned().then(EventKind::revoked, "x", 1, 2s).with(after(record(JobState::ready))))),
           4s)},
      {"it had failed for good", "backoff_respected", kHolds,
       again(backing_off(fails(owned().released("w1", 1, 2s, JobState::failed))), 4s)},
      {"it had gone with its failure", "backoff_respected", kHolds,
       again(backing_off(fails(owned().then(EventKind::released, "w1", 1, 2s))), 4s)},
      {"an operator had claimed it since", "backoff_respected", kHolds,
       again(operators(backing_off(failed()))
                 .granted("boss", 2, 3s, 33s)
                 .released("boss", 2, 3s, JobState::ready),
             4s)},
      {"the clock was set since", "backoff_respected", kHolds,
       again(clock(backing_off(failed()), 1s), 4s)},
  });
}

/// w1 claimed two jobs with one statement.
Telling both() {
  return Telling().job("1").job("2").also_granted("w1", 1, 1s, "1").also_granted("w1", 2, 1s, "2");
}

TEST_CASE("clauses: of what a claim returns", "[model]") {
  const auto told = [](Telling telling) { return telling.believed("w1", 1, 9s).finished(10s); };
  const auto later = [](Telling telling) {
    return telling.also_granted("w1", 3, 8s, "3").believed("w1", 3, 9s, "3").finished(10s);
  };
  const auto kind = [](LeaseKind lease, Telling telling) {
    telling.declared().lease_kind = lease;
    return telling;
  };
  check_judged({
      {"it was told of one", "claim_limit", kViolated, told(both())},
      {"another one was told in between", "claim_limit", kViolated,
       both().believed("w1", 1, 2s).believed("w2", 7, 3s, "3").finished(9s)},
      {"it lost the other one before", "claim_limit", kHolds,
       told(both().then(EventKind::revoked, "x", 2, 2s))},
      {"it let the other one go before", "claim_limit", kHolds,
       told(both().then(EventKind::released, "w1", 2, 2s))},
      {"its answer never came", "claim_limit", kHolds,
       later(both().then(EventKind::session_ended, "w1", 0, 2s))},
      {"its statement failed after all", "claim_limit", kHolds,
       later(both().sql("w1", "claim", "commit", "08006", 2s))},
      {"its statement came back, so it was told of nothing", "claim_limit", kViolated,
       later(both().sql("w1", "claim", "commit", "", 2s))},
      {"its claim wrote to another job", "claim_limit", kHolds,
       told(job()
                .job("2")
                .also_granted("w1", 1, 1s, "1")
                .change("w1", 0, 1s, "2", is_owners)
                .with([](Event& event) { event.operation = "claim"; }))},
      {"another operation was granted something", "claim_limit", kHolds,
       told(job().also_granted("w1", 1, 1s, "1").also_granted("w1", 2, 1s, "2", "chunk"))},
      {"it was claimed and removed in one", "claim_limit", kHolds, removed(job()).finished(10s)},
      {"nothing is leased", "claim_limit", kNotApplicable, told(kind(LeaseKind::none, both()))},
  });
}

TEST_CASE("clauses: of caps", "[model]") {
  const auto owns = [](JobRecord& each) {
    each.state = JobState::owned;
    each.group = "g";
    each.cap = 1;
  };
  const auto uncapped = [](JobRecord& each) {
    each.state = JobState::owned;
    each.group = "g";
  };
  const auto one = [&] { return Telling().change("w1", 1, 1s, "1", owns); };
  const auto ready = [](JobRecord& each) { each.state = JobState::ready; };
  const auto endless = [](History history) {
    history.events.pop_back();
    return history;
  };
  check_judged({
      {"two of a group", "claim_limit", kViolated,
       one().believed("w1", 1, 2s).change("w2", 2, 3s, "2", owns).finished(9s)},
      {"one of them, in the end", "claim_limit", kViolated,
       one().change("w2", 2, 3s, "2", owns).change("w2", 2, 4s, "2", ready).finished(9s)},
      {"one of them, in the end of the commit", "claim_limit", kHolds,
       one().change("", 0, 1s, "2", owns).change("", 0, 1s, "1", ready).finished(9s)},
      {"nothing follows", "claim_limit", kViolated,
       endless(one().change("w2", 2, 3s, "2", owns).finished(9s))},
      {"one has no group", "claim_limit", kHolds,
       one()
           .change("w2", 2, 3s, "2", [](JobRecord& each) { each.state = JobState::owned; })
           .finished(9s)},
      {"none has a cap", "claim_limit", kHolds,
       Telling()
           .change("w1", 1, 1s, "1", uncapped)
           .change("w2", 2, 3s, "2", uncapped)
           .finished(9s)},
      {"one is gone", "claim_limit", kHolds,
       one().gone("x", 2s).change("w2", 2, 3s, "2", owns).finished(9s)},
  });
}

TEST_CASE("clauses: of takeovers and deadlocks", "[model]") {
  const auto takeovers = [](const std::function<Telling(Telling, int)>& between) {
    Telling telling = job();
    for (int i = 1; i <= 6; ++i)
      telling = between(telling.granted("w" + std::to_string(i), i, i * 40s, i * 40s + 30s), i);
    return telling.finished(1h);
  };
  const auto writes = [&](const std::function<void(JobRecord&)>& edit) {
    return takeovers([&](Telling telling, int i) {
      return telling.change("w" + std::to_string(i), i, i * 40s + 1s, "1", edit);
    });
  };
  const auto blind = [](History history) {
    history.declared.columns = {"token"};
    return history;
  };
  const auto nothing = [](Telling telling, int) { return telling; };
  check_judged({
      {"it gets no further", "no_livelock", kViolated, takeovers(nothing)},
      {"nobody sees whether it does", "no_livelock", kNotApplicable, blind(takeovers(nothing))},
      {"they only write", "no_livelock", kViolated, writes(is_owners)},
      {"it gets further", "no_livelock", kHolds,
       writes([](JobRecord& each) { each.progress = each.progress.value_or(0) + 1; })},
      {"it ends", "no_livelock", kHolds,
       writes([](JobRecord& each) { each.state = JobState::failed; })},
      {"what follows from a change gets no further", "no_livelock", kViolated,
       takeovers([](Telling telling, int i) {
         return telling.then(EventKind::renewed, "w" + std::to_string(i), i, i * 40s + 1s)
             .with([](Event& event) {
               event.before = event.after = JobRecord{};
               event.after->progress = 1;
             });
       })},
      {"it disappears, and comes again", "no_livelock", kViolated,
       takeovers([](Telling telling, int i) { return telling.gone("x", i * 40s + 1s); })},
      {"they let go", "no_livelock", kNotReached, takeovers([](Telling telling, int i) {
         return telling.released("w" + std::to_string(i), i, i * 40s + 1s, JobState::ready);
       })},
      {"the clock is set", "no_livelock", kHolds, takeovers([](Telling telling, int i) {
         return telling.fault(FaultKind::clock_step, "", i * 40s + 1s);
       })},
      {"their work fails", "no_livelock", kHolds, takeovers([](Telling telling, int i) {
         return telling.fault(FaultKind::poison, "w" + std::to_string(i), i * 40s + 1s);
       })},
      {"another one's work fails", "no_livelock", kViolated, takeovers([](Telling telling, int i) {
         return telling.fault(FaultKind::poison, "w9", i * 40s + 1s);
       })},
      {"one grant is no takeover", "no_livelock", kNotReached, owned().finished(1h)},
      {"it waited for a lock, and nothing more", "no_deadlock", kHolds,
       job().then(EventKind::blocked, "w1", 0, 2s).finished(9s)},
      {"who acted for nothing tries again for something", "no_deadlock", kHolds,
       job()
           .sql("w1", "claim", "take", "40P01", 1s)
           .sql_for("w1", 7, "claim", "take", "", 2s)
           .finished(9s)},
      {"who acted for something tries again for something else", "no_deadlock", kViolated,
       job()
           .sql_for("w1", 6, "chunk", "take", "40P01", 1s)
           .sql_for("w1", 7, "chunk", "take", "", 2s)
           .finished(9s)},
  });
}

}  // namespace
}  // namespace fencepost::lease_clauses
