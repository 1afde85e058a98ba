// More clauses of the judges of ownership: clocks that are put back, ends that nobody wrote, what
// others do to a job.
#include <functional>

#include "tests/fixtures/judged_case.hpp"

namespace fencepost::ownership_clauses {
namespace {

/// The server's clock shows that much more from then on.
Telling clock_set(Telling telling, Duration at, Duration ahead) {
  return telling.fault(FaultKind::clock_step, "", at).with([&](Event& event) {
    event.server_ahead = ahead;
  });
}
Telling operated(Telling telling) {
  telling.declared().operators = {"admin"};
  return telling.role("boss", "admin");
}
/// w1 holds job 1 from 1 s on, without an end, and knows it.
Telling endless() {
  return Telling().job("1").also_granted("w1", 1, 1s, "1").believed("w1", 1, 1s);
}
void is_owners(JobRecord& job) { job.owner = "w1"; }
void is_ready(JobRecord& job) { job.state = JobState::ready; }
void has_succeeded(JobRecord& job) { job.state = JobState::succeeded; }
void is_lost(Event& event) { event.fault = FaultKind::commits_lost; }

TEST_CASE("clauses: of owners and clocks", "[model]") {
  const auto past = [] { return clock_set(clock_set(owned(), 5s, 60s), 6s, 0s); };
  const auto then_w2 = [](Telling telling) {
    return telling.granted("w2", 2, 20s, 50s).finished(1h);
  };
  check_judged({
      {"its end was reached before the clock was put back", "single_owner", kHolds,
       then_w2(past())},
      {"the clock was put back twice", "single_owner", kHolds, then_w2(clock_set(past(), 7s, 0s))},
      {"it has a new end since", "single_owner", kViolated,
       then_w2(past().renewed("w1", 1, 8s, 60s))},
      {"it wrote, but its end is what it was", "single_owner", kHolds,
       then_w2(past().change("w1", 1, 8s, "1", is_owners))},
      {"it has no end that a clock reaches", "single_owner", kViolated,
       then_w2(clock_set(endless(), 5s, 60s))},
      {"whoever believes now, believes behind it", "single_owner", kHolds,
       past().believed("w2", 0, 20s).finished(1h)},
      {"its end was reached, so it is refused", "no_self_fencing", kHolds,
       past().then(EventKind::refused, "w1", 1, 20s).finished(1h)},
      {"its end was not reached", "no_self_fencing", kViolated,
       clock_set(owned(), 5s, 1s).then(EventKind::refused, "w1", 1, 20s).finished(1h)},
      {"it has no end, and is refused", "no_self_fencing", kViolated,
       clock_set(endless(), 5s, 60s).then(EventKind::refused, "w1", 1, 20s).finished(1h)},
  });
}

TEST_CASE("clauses: of owners without an end, and what others do", "[model]") {
  check_judged({
      {"without an end, another one believes beside it", "single_owner", kViolated,
       endless().believed("w2", 0, 2s).finished(1h)},
      {"without an end, nothing says that it holds still", "single_owner", kHolds,
       endless().then(EventKind::revoked, "x", 1, 2s).finished(1h)},
      {"its row disappears and comes again", "single_owner", kHolds,
       owned()
           .gone("w1", 2s)
           .with([](Event& event) { event.attempt = {1}; })
           .then(EventKind::released, "w1", 1, 2s)
           .granted("w2", 2, 3s, 33s)
           .finished(1h)},
      {"a crash took back what it wrote, not its grant", "single_owner", kViolated,
       owned()
           .change("w1", 1, 2s, "1", is_owners)
           .with(is_lost)
           .granted("w2", 2, 3s, 33s)
           .finished(1h)},
      {"a crash took back another grant", "single_owner", kViolated,
       owned()
           .then(EventKind::revoked, "", 7, 2s)
           .with(is_lost)
           .granted("w2", 2, 3s, 33s)
           .finished(1h)},
      {"it holds again what it held, with its end", "single_owner", kHolds,
       Telling()
           .job("1")
           .then(EventKind::restored, "w1", 1, 1s)
           .with([](Event& event) {
             event.after = JobRecord{};
             event.after->lease_until = Instant{31s};
           })
           .granted("w2", 2, 40s, 70s)
           .finished(1h)},
      {"another attempt is revoked", "single_owner", kHolds,
       owned().then(EventKind::revoked, "x", 7, 2s).finished(1h)},
      {"the other one believes in a grant", "single_owner", kHolds,
       owned().believed("w2", 7, 2s).finished(1h)},
      {"who held it before believed so by right", "single_owner", kHolds,
       owned().believed("w1", 0, 2s).granted("w2", 2, 40s, 70s).finished(1h)},
  });
}

TEST_CASE("clauses: of ends that no column shows", "[model]") {
  // w1 claims in a transaction that begins at 1 s and commits at 3 s; w2 is granted the job later.
  const auto unseen = [](
                          const std::function<void(Declared&)>& declares,
                          const std::function<void(Telling&)>& meanwhile = [](Telling&) {}) {
    Telling telling;
    telling.declared().columns = {"token"};
    telling.declared().lease = 30s;
    declares(telling.declared());
    telling.job("1");
    const auto sends = [&](const std::string& statement, Duration when) {
      telling.sql("w1", "claim", statement, "", when).with([](Event& event) {
        event.session = {"w1/main"};
      });
    };
    sends("begin", 1s);
    meanwhile(telling);
    sends("take", 3s);
    sends("commit", 3s);
    return telling.also_granted("w1", 1, 3s, "1");
  };
  const auto as_is = [](Declared&) {};
  const auto at = [](Telling telling, Duration then) {
    return telling.also_granted("w2", 2, then, "1").finished(1h);
  };
  check_judged({
      {"it lasts as declared, from where its transaction began", "single_owner", kHolds,
       at(unseen(as_is), 31s)},
      {"it has not lasted so long", "single_owner", kViolated, at(unseen(as_is), 29s)},
      {"its declared length is so exact", "single_owner", kViolated,
       at(unseen([](Declared& declared) { declared.within = 0s; }), 30500ms)},
      {"the shortest length counts", "single_owner", kHolds,
       at(unseen([](Declared& declared) {
            declared.leases = {10s, 30s};
          }),
          12s)},
      {"no length is declared", "single_owner", kViolated,
       at(unseen([](Declared& declared) { declared.lease = 0s; }), 50s)},
      {"a session holds it", "single_owner", kViolated,
       at(unseen([](Declared& declared) { declared.lease_kind = LeaseKind::session; }), 50s)},
      {"it ends by its worker's clock", "single_owner", kHolds,
       at(unseen([](Declared& declared) { declared.workers_clock = true; }), 5s)},
      {"a column would show it", "single_owner", kViolated,
       at(unseen([](Declared& declared) { declared.columns = {"lease_until"}; }), 50s)},
      {"the server's clock was put ahead", "single_owner", kHolds,
       clock_set(unseen(as_is), 4s, 60s)
           .also_granted("w2", 2, 5s, "1")
           .with([](Event& event) { event.server_ahead = 60s; })
           .finished(1h)},
      {"it was put while the claim was under way", "single_owner", kHolds,
       at(unseen(as_is, [](Telling& telling) { telling = clock_set(telling, 2s, 0s); }), 5s)},
      {"and back again", "single_owner", kHolds,
       at(clock_set(clock_set(unseen(as_is), 4s, 60s), 5s, 0s), 6s)},
      {"a crash gives it back as old as it is", "single_owner", kHolds,
       at(unseen(as_is)
              .also_granted("w2", 2, 32s, "1")
              .then(EventKind::revoked, "", 2, 33s)
              .with(is_lost)
              .then(EventKind::restored, "w1", 1, 33s),
          34s)},
      {"a crash gives back what nobody saw", "single_owner", kViolated,
       at(Telling(unseen(as_is)).then(EventKind::restored, "w3", 7, 4s), 20s)},
      {"who takes it away need not wait for a declared length", "single_owner", kHolds,
       unseen(as_is).then(EventKind::revoked, "x", 1, 5s).finished(1h)},
  });
}

TEST_CASE("clauses: of late writes", "[model]") {
  const auto revoked = [] { return owned().then(EventKind::revoked, "x", 1, 31s); };
  const auto by_late = [](Telling telling, void (*edit)(JobRecord&)) {
    return telling.change("w1", 1, 40s, "1", edit).finished(1h);
  };
  const auto nothing = [](JobRecord& job) { job = {}; };
  const auto told = [](const History& history) { return violation_in(history, "fenced_writes"); };
  const std::string late = " at 40 s under grant 1, which was revoked by x at 31 s";
  CHECK(told(by_late(revoked(), is_ready)) ==
        "job at 4: w1 changed the state of job 1 from owned to ready" + late);
  CHECK(told(by_late(revoked(), is_owners)) == "job at 4: w1 changed the lease of job 1" + late);
  CHECK(told(revoked()
                 .change("x", 0, 32s, "1", nothing)
                 .gone("w1", 40s)
                 .with([](Event& event) { event.attempt = {1}; })
                 .finished(1h)) == "job at 5: w1 changed job 1 itself" + late);
  CHECK(told(revoked()
                 .gone("x", 32s)
                 .change("w1", 1, 40s, "1", nothing)
                 .with([](Event& event) { event.before.reset(); })
                 .finished(1h)) == "job at 5: w1 changed job 1 itself" + late);
  CHECK(told(revoked()
                 .change("x", 0, 32s, "1", [](JobRecord& job) { job.progress.reset(); })
                 .change("w1", 1, 40s, "1", [](JobRecord& job) { job.progress = 1; })
                 .finished(1h)) ==
        "progress at 5: w1 changed the progress of job 1 from nothing to 1" + late);
  CHECK(told(by_late(owned().also_granted("w2", 2, 31s, "1"), is_ready)) ==
        "job at 3: w1 changed the state of job 1 from owned to ready at 40 s under grant 1, which "
        "was followed by grant 2");
  check_judged({
      {"it has it again", "fenced_writes", Outcome::not_reached,
       revoked()
           .then(EventKind::restored, "w1", 1, 32s)
           .sql_for("w1", 1, "chunk", "look", "", 40s)
           .finished(1h)},
      {"what follows from a change is no change", "fenced_writes", kHolds,
       revoked()
           .sql_for("w1", 1, "chunk", "look", "", 40s)
           .then(EventKind::renewed, "w1", 1, 40s)
           .with([](Event& event) { event.before = JobRecord{}; })
           .finished(1h)},
  });
}

TEST_CASE("clauses: of what touched a holder", "[model]") {
  const auto job = [] { return Telling().job("1"); };
  const auto claim = [](Telling telling) {
    return telling.sql("w1", "claim", "take", "", 3s)
        .granted("w1", 1, 3s, 33s)
        .believed("w1", 1, 3s);
  };
  const auto commit = [](Telling telling) {
    return telling.sql("w1", "claim", "take", "", 3s)
        .sql("w1", "claim", "commit", "", 3s)
        .granted("w1", 1, 3s, 33s)
        .believed("w1", 1, 3s);
  };
  const auto begin = [&] { return job().sql("w1", "claim", "begin", "", 1s); };
  const auto over = [](Telling telling) { return telling.granted("w2", 2, 40s, 70s).finished(1h); };
  const auto freed = [](Telling telling) {
    return telling.change("boss", 0, 4s, "1", is_ready).then(EventKind::revoked, "boss", 1, 4s);
  };
  const auto readied = [](Event& event) { event.after = JobRecord{}; };
  check_judged({
      {"in its claim's transaction, which committed", "healthy_keeps_lease", kHolds,
       over(commit(begin().fault(FaultKind::ack_lost, "w1", 2s)))},
      {"all of them, in its claim's transaction", "healthy_keeps_lease", kHolds,
       over(commit(begin().fault(FaultKind::server_restart, "", 2s)))},
      {"another one loses its connection", "healthy_keeps_lease", kViolated,
       over(claim(job()).fault(FaultKind::connection_lost, "w3", 4s))},
      {"another one, in its claim's transaction", "healthy_keeps_lease", kViolated,
       over(commit(begin().fault(FaultKind::ack_lost, "w3", 2s)))},
      {"one of its sessions ended in its claim's transaction", "healthy_keeps_lease", kHolds,
       over(commit(begin().then(EventKind::session_ended, "w1", 0, 2s)))},
      {"it stood still before", "healthy_keeps_lease", kHolds,
       over(claim(job().fault(FaultKind::stall, "w1", 1s)))},
      {"it goes on since", "healthy_keeps_lease", kViolated,
       over(claim(job().fault(FaultKind::stall, "w1", 1s).then(EventKind::resumed, "w1", 0, 2s)))},
      {"another one goes on since", "healthy_keeps_lease", kHolds,
       over(claim(job().fault(FaultKind::stall, "w1", 1s).then(EventKind::resumed, "w3", 0, 2s)))},
      {"the server refuses it something", "healthy_keeps_lease", kHolds,
       over(claim(job().fault(FaultKind::read_only, "", 1s).with([](Event& event) {
         event.lasts = 10s;
       })))},
      {"the longer of two refusals counts", "healthy_keeps_lease", kHolds,
       over(claim(job()
                      .fault(FaultKind::read_only, "", 1s)
                      .with([](Event& event) { event.lasts = 10s; })
                      .fault(FaultKind::read_only, "", 1s)
                      .with([](Event& event) { event.lasts = 1s; })))},
      {"a refusal ends with heal", "healthy_keeps_lease", kViolated,
       over(claim(job()
                      .fault(FaultKind::read_only, "", 1s)
                      .with([](Event& event) { event.lasts = 10s; })
                      .then(EventKind::heal_started, "", 0, 2s)))},
      {"what is held again behind a crash was touched", "healthy_keeps_lease", kHolds,
       over(job().then(EventKind::restored, "w1", 1, 1s).believed("w1", 1, 2s))},
      {"it let go, and believes again by itself", "healthy_keeps_lease", kHolds,
       over(claim(job()).let_go("w1", 1, 4s, "1", "lost").believed("w1", 1, 5s))},
      {"nothing else takes it away", "healthy_keeps_lease", kHolds,
       claim(job()).then(EventKind::work, "x", 1, 4s).finished(1h)},
      {"an operator had freed it", "healthy_keeps_lease", kHolds,
       over(freed(operated(claim(job()))).with(readied))},
      {"an operator had removed it", "healthy_keeps_lease", kHolds,
       over(operated(claim(job())).gone("boss", 4s).then(EventKind::revoked, "boss", 1, 4s))},
      {"an operator wrote, and it is held still", "healthy_keeps_lease", kViolated,
       over(freed(operated(claim(job()))).with([](Event& event) {
         event.after = JobRecord{};
         event.after->state = JobState::owned;
       }))},
  });
}

TEST_CASE("clauses: of leases that may run out", "[model]") {
  const auto until = [](Telling telling, Instant taken) {
    telling.declared().may_run_out = true;
    return telling.granted("w2", 2, taken.time_since_epoch(), 10min).finished(1h);
  };
  const auto unseen = [] {
    return Telling().job("1").also_granted("w1", 1, 1s, "1").believed("w1", 1, 1s);
  };
  const auto endless = [&] {
    Telling telling = unseen();
    telling.declared().lease = 0s;
    return telling;
  };
  const auto taken_unseen = [](Telling telling, Duration at) {
    telling.declared().may_run_out = true;
    return telling.also_granted("w2", 2, at, "1").finished(1h);
  };
  check_judged({
      {"it ran out", "healthy_keeps_lease", kHolds, until(owned(), Instant{31s})},
      {"it had not run out yet", "healthy_keeps_lease", kViolated,
       until(owned(), Instant{31s - 1us})},
      {"its end is not the declared one", "healthy_keeps_lease", kViolated,
       until(Telling().job("1").granted("w1", 1, 1s, 50s).believed("w1", 1, 1s), Instant{31s})},
      {"it was renewed meanwhile", "healthy_keeps_lease", kViolated,
       until(owned().renewed("w1", 1, 20s, 50s), Instant{31s})},
      {"and ran out then", "healthy_keeps_lease", kHolds,
       until(owned().renewed("w1", 1, 20s, 50s), Instant{50s})},
      {"its end is not shown", "healthy_keeps_lease", kHolds, taken_unseen(unseen(), 31s)},
      {"its end is not shown, nor reached", "healthy_keeps_lease", kViolated,
       taken_unseen(unseen(), 31s - 1us)},
      {"it has no end", "healthy_keeps_lease", kViolated, taken_unseen(endless(), 30min)},
      {"what it let go was renewed all the same", "healthy_keeps_lease", kHolds,
       until(
           owned().let_go("w1", 1, 4s, "1", "lost").renewed("w1", 1, 5s, 50s).believed("w1", 1, 6s),
           Instant{40s})},
  });
}

TEST_CASE("clauses: of refusals without a reason", "[model]") {
  const auto refused = [](Telling telling, int attempt) {
    return telling.then(EventKind::refused, "w1", attempt, 20s).finished(1h);
  };
  const auto restored = [](Telling telling) {
    return telling.then(EventKind::restored, "w1", 1, 3s).with(is_lost);
  };
  const auto shorter = [](JobRecord& job) { job.lease_until = Instant{10s}; };
  check_judged({
      {"it was claimed and removed in one", "no_self_fencing", kViolated,
       refused(Telling().job("1").then(EventKind::granted, "w1", 1, 1s), 1)},
      {"a crash took its end back", "no_self_fencing", kViolated,
       refused(restored(owned().change("w1", 1, 2s, "1", has_succeeded)), 1)},
      {"it ended, began anew and was claimed again", "no_self_fencing", kViolated,
       refused(owned()
                   .change("w1", 1, 2s, "1", has_succeeded)
                   .then(EventKind::released, "w1", 1, 2s)
                   .change("x", 0, 3s, "1", is_ready)
                   .granted("w1", 2, 4s, 34s),
               2)},
      {"somebody else made its lease shorter", "no_self_fencing", kHolds,
       refused(owned().change("x", 0, 2s, "1", shorter), 1)},
      {"somebody else wrote to another job", "no_self_fencing", kViolated,
       refused(owned().change("x", 0, 2s, "2", shorter), 1)},
      {"somebody wrote, and it is held still", "no_self_fencing", kViolated,
       refused(owned().change("x", 0, 2s, "1", is_owners), 1)},
      {"it was granted to another", "no_self_fencing", kHolds,
       refused(owned().also_granted("w2", 2, 5s, "1"), 1)},
      {"a crash took back what it had applied", "no_self_fencing", kHolds,
       refused(owned().applied("", 0, 5s, "a", 1, 0).with(is_lost), 1)},
  });
}

}  // namespace
}  // namespace fencepost::ownership_clauses
