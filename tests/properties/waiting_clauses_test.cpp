// More clauses of the judges of what must go on: each case says how long a job may wait, to the
// microsecond.
#include "tests/fixtures/waiting_case.hpp"

namespace fencepost::waiting_clauses {
namespace {

/// The same without an end.
Telling endless(Telling telling) {
  return telling.worker("w2").also_granted("w2", 1, 1s, "1").believed("w2", 1, 1s);
}
void without_lasts(Declared& declared) { declared.lease = 0s; }
auto after(std::optional<JobState> state) {
  return [=](Event& event) {
    event.after.reset();
    if (!state) return;
    event.after = JobRecord{};
    event.after->state = *state;
  };
}
auto in_group(const std::string& group, JobState state = JobState::ready) {
  return [=](JobRecord& job) {
    job.group = group;
    job.cap = 1;
    job.state = state;
  };
}

TEST_CASE("clauses: of when a wait begins", "[model]") {
  const auto refused = [] { return lasting(waiting().fault(FaultKind::read_only, "", 1s), 60s); };
  const auto batch = [](Duration works) {
    Telling telling = Telling().job("1").job("2").worker("w1").granted("w1", 1, 1s, 31s);
    telling.believed("w1", 1, 1s).then(EventKind::work, "w1", 1, 2s).with([=](Event& event) {
      event.lasts = works;
    });
    return heal(telling)
        .released("w1", 1, 20s, JobState::succeeded)
        .let_go("w1", 1, 20s, "1", "succeed");
  };
  check_bounds(
      "job_not_stuck",
      {
          {"one that claims starts late", healing().worker("w2", 40s), 76s},
          {"one that doesn't claim starts late",
           healing().then(EventKind::worker_started, "w2", 0, 40s), 76s},
          {"one that doesn't claim is back",
           healing().then(EventKind::worker_started, "w2.2", 0, 40s), 76s},
          {"one that claims is back", healing().worker("w2.2", 40s), 46s},
          {"somebody goes on", healing().then(EventKind::resumed, "w2", 0, 20s), 56s},
          {"a fault that does not say which is one", healing().then(EventKind::fault, "w2", 0, 20s),
           56s},
          {"a refusal lasts until heal", heal_only(refused().then(EventKind::resumed, "w2", 0, 5s)),
           46s},
          {"another fault does not end it",
           heal_only(refused().fault(FaultKind::terminate, "w2", 5s)), 46s},
          {"in heal it does not last", lasting(healing().fault(FaultKind::read_only, "", 20s), 60s),
           56s},
          {"what is done to one does not last",
           heal_only(lasting(waiting().worker("w2").fault(FaultKind::stall, "w2", 1s), 60s)), 37s},
          {"poison is no fault that disturbs", healing().fault(FaultKind::poison, "w1", 20s), 46s},
          {"it came late", healing().change("x", 0, 20s, "2", is_touched).gone("x", 21s), 56s},
          {"its work was over before it let go", batch(1s), 56s},
          {"its work goes on", batch(28s), 66s},
      });
}

TEST_CASE("clauses: of who is free", "[model]") {
  const auto busy = [](Telling telling) { return telling.worker("w2").believed("w2", 7, 1s, "f"); };
  check_bounds("job_not_stuck",
               {
                   {"the one stands still", healing().fault(FaultKind::stall, "w1", 11s), {}},
                   {"another one does",
                    heal(waiting().worker("w2")).fault(FaultKind::stall, "w2", 20s), 56s},
                   {"all do", healing().fault(FaultKind::fleet_pause, "", 11s), {}},
                   {"one that doesn't claim is no help",
                    heal(waiting().role("r", "reaper").fault(FaultKind::stall, "w1", 1s)),
                    {}},
                   {"who is dead is not free, whatever is told of it",
                    heal(busy(waiting())
                             .fault(FaultKind::crash, "w1", 2s)
                             .let_go("w1", 7, 2s, "g", "crashed")),
                    {}},
                   {"where all end, nobody is free",
                    heal(waiting()
                             .believed("w1", 7, 1s, "f")
                             .fault(FaultKind::roll_back, "", 2s)
                             .let_go("w1", 7, 2s, "f", "crashed")),
                    {}},
               });
  const auto outcome = [](Telling telling) {
    return outcome_of(telling.finished(1h), "job_not_stuck");
  };
  CHECK(outcome(healing().fault(FaultKind::stall, "w1", 11s)) == kOpen);
  CHECK(outcome(heal(waiting().fault(FaultKind::roll_back, "", 2s))) == kOpen);
  Telling two = healing().change("x", 0, 20s, "2", is_touched);
  CHECK(outcome_of(two.finished(50s), "job_not_stuck") == kViolated);
  Telling fixed = declaring([](Declared& declared) { declared.fixed = {"1"}; }, healing());
  CHECK(outcome_of(fixed.finished(20s), "job_not_stuck") == kHolds);
}

TEST_CASE("clauses: of roles that claim", "[model]") {
  const auto slow = [](Telling telling, const std::string& who, Duration at = 0s) {
    return telling.worker(who, at).with([](Event& event) { event.note = "slow"; });
  };
  const auto busy = [&] { return slow(waiting(), "w2").believed("w2", 7, 1s, "f"); };
  const auto leads = [](Telling telling) {
    return declaring([](Declared& declared) { declared.fixed = {"f"}; }, heal(telling));
  };
  const auto dead = [&] { return heal(killed(slow(waiting(), "w2"))); };
  check_bounds("job_not_stuck",
               {
                   {"nobody claims", heal(Telling().job("1")), {}},
                   {"all of the other role work", heal(busy()), {}},
                   {"all of a role that claims alike work",
                    declaring(
                        [](Declared& declared) {
                          declared.claims_like = {{"slow", ""}};
                        },
                        heal(busy())),
                    46s},
                   {"one of the other role works", heal(slow(busy(), "w3")), 46s},
                   {"one of the other role works no more",
                    heal(busy()).let_go("w2", 7, 20s, "f", "succeed"), 56s},
                   {"one of the other role stands still",
                    heal(slow(waiting(), "w2")).fault(FaultKind::stall, "w2", 11s),
                    {}},
                   {"nobody of the other role lives", dead(), {}},
                   {"one of the other role is back", slow(dead(), "w2.2", 20s), 56s},
                   {"one of the other role leads", leads(busy()), 46s},
                   {"one of the first role works no more",
                    heal(slow(waiting(), "w2").believed("w1", 7, 1s, "f"))
                        .let_go("w1", 7, 20s, "f", "succeed"),
                    56s},
                   {"one that does not claim is dead",
                    heal(waiting().role("r", "reaper").fault(FaultKind::crash, "r", 1s)), 46s},
                   {"one that does not claim wrote a rest",
                    declaring(backing_off, heal(waiting().role("r", "reaper"))
                                               .change("r", 0, 12s, "1", rests(Instant{10min}))),
                    636s},
                   {"one of the other role leads, and another works for ever",
                    leads(slow(busy(), "w3").believed("w3", 8, 1s, "g")),
                    {}},
                   {"one of the other role works for ever, and another leads",
                    leads(slow(slow(waiting(), "w2").believed("w2", 7, 1s, "g"), "w3")
                              .believed("w3", 8, 1s, "f")),
                    {}},
                   {"one of the other role leads, and does more",
                    leads(busy().believed("w2", 7, 1s, "g")),
                    {}},
                   {"one of the other role leads, and one works",
                    leads(slow(busy(), "w3").believed("w3", 8, 1s, "g"))
                        .let_go("w3", 8, 20s, "g", "succeed"),
                    56s},
                   {"all lead", leads(waiting().believed("w1", 7, 1s, "f")), {}},
               });
  const auto outcome = [](Telling telling) {
    return outcome_of(telling.finished(20s), "job_not_stuck");
  };
  CHECK(outcome(leads(waiting().believed("w1", 7, 1s, "f"))) == kOpen);
  const auto done = [](Telling telling) {
    return telling.change("x", 0, 12s, "1", becomes(JobState::succeeded));
  };
  CHECK(outcome(dead()) == kOpen);
  CHECK(outcome(done(dead())) == kHolds);
  CHECK(outcome(declaring([](Declared& declared) { declared.fixed = {"1"}; }, dead())) == kHolds);
}

TEST_CASE("clauses: of who holds what waits", "[model]") {
  const auto let_go = [](EventKind kind, std::optional<JobState> state) {
    return heal(held()).then(kind, "w2", 1, 12s).with(after(state));
  };
  Telling batch = Telling().job("1").job("2").worker("w1").worker("w2");
  batch.granted("w2", 1, 1s, 31s).also_granted("w2", 2, 1s, "2");
  batch.believed("w2", 1, 1s).believed("w2", 2, 1s, "2");
  check_bounds(
      "job_not_stuck",
      {
          {"it believes, but let it go", heal(held()).released("w2", 1, 12s, JobState::ready), 48s},
          {"it let go of it, though it is owned", let_go(EventKind::released, JobState::owned),
           48s},
          {"it was taken from it, and is ready", let_go(EventKind::revoked, JobState::ready), 48s},
          {"it was taken from it, and is gone", let_go(EventKind::revoked, {}), 48s},
          {"a crash took it, though it is owned",
           let_go(EventKind::revoked, JobState::owned).with([](Event& event) {
             event.fault = FaultKind::commits_lost;
           }),
           48s},
          {"it is owned, and its grant follows", let_go(EventKind::revoked, JobState::owned), {}},
          {"it works on another one", heal(batch.let_go("w2", 1, 2s, "1", "lost")), 46s},
          {"another one believes in it", heal(held().worker("w3").also_granted("w3", 2, 2s, "1")),
           46s},
          {"where a transaction is the lease, who believes holds it",
           declaring([](Declared& declared) { declared.lease_kind = LeaseKind::transaction; },
                     heal(waiting().worker("w2").believed("w2", 0, 1s))),
           {}},
          {"the same, and it is free when he lets go of it",
           declaring([](Declared& declared) { declared.lease_kind = LeaseKind::transaction; },
                     heal(waiting().worker("w2").believed("w2", 0, 1s))
                         .let_go("w2", 0, 20s, "1", "lost")),
           56s},
          {"where a row is the lease, that frees nothing",
           heal(waiting().worker("w2").believed("w2", 0, 1s)).let_go("w2", 0, 20s, "1", "lost"),
           46s},
          {"its owner is dead, and nothing says when it gets free",
           declaring(without_lasts, heal(killed(endless(waiting())))),
           {}},
          {"the same, but it is ready",
           declaring(
               without_lasts,
               heal(killed(endless(waiting())).change("x", 0, 3s, "1", becomes(JobState::ready)))),
           16s},
          {"the same, but it has an end", declaring(without_lasts, heal(killed(held()))), 42s},
          {"the same, but a length is declared", heal(killed(endless(waiting()))), 46s},
          {"the same, but a bound is declared",
           declaring(
               [](Declared& declared) {
                 declared.lease = 0s;
                 declared.freed_within = 20s;
               },
               heal(killed(endless(waiting())))),
           31s},
          {"the same, but a session holds it",
           declaring(
               [](Declared& declared) {
                 declared.lease = 0s;
                 declared.lease_kind = LeaseKind::session;
               },
               heal(killed(endless(waiting())))),
           16s},
          {"the same, but its owner lives",
           declaring(without_lasts, heal(endless(waiting()).let_go("w2", 1, 2s, "1", "lost"))),
           16s},
      });
}

TEST_CASE("clauses: of groups", "[model]") {
  const auto ungrouped = [](JobRecord& job) { job.group.reset(); };
  const auto grouped = [](const std::string& other, JobState state) {
    return Telling()
        .worker("w1")
        .change("", 0, 0s, "1", in_group("g"))
        .change("", 0, 0s, "2", in_group(other, state));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"its group has room", heal(Telling().worker("w1").change("", 0, 0s, "1", in_group("g"))),
           46s},
          {"others of its group are ready", heal(grouped("g", JobState::ready)), 46s},
          {"others are owned, of another group",
           declaring(without_lasts,
                     heal(grouped("h", JobState::owned).worker("w2").also_granted("w2", 7, 1s, "2"))
                         .believed("w2", 7, 11s, "2")),
           16s},
          {"it is the one that is owned",
           heal(killed(held().change("", 0, 1s, "1", in_group("g", JobState::owned)))), 46s},
          {"its group has no cap",
           healing().change("", 0, 10s, "1", [](JobRecord& job) { job.group = "g"; }), 46s},
          {"it has a cap and no group, as another one that is owned",
           declaring(without_lasts, heal(grouped("", JobState::owned)
                                             .worker("w2")
                                             .also_granted("w2", 7, 1s, "2")
                                             .change("", 0, 9s, "1", ungrouped)
                                             .change("", 0, 9s, "2", ungrouped))
                                        .believed("w2", 7, 11s, "2")),
           16s},
          {"its group had room late",
           heal(grouped("g", JobState::owned))
               .change("x", 0, 20s, "2", becomes(JobState::succeeded)),
           56s},
      });
}

TEST_CASE("clauses: of ends and rests that are written", "[model]") {
  const auto ends = [](Duration until) {
    return [=](JobRecord& job) { job.lease_until = Instant{until}; };
  };
  const auto resting = [] {
    return declaring(backing_off, waiting().change("x", 0, 1s, "1", rests(Instant{10min})));
  };
  const auto bounded = [](Telling telling) {
    return declaring(
        [](Declared& declared) { declared.freed_within = 20s, declared.claimed_within = 5s; },
        telling);
  };
  const auto by_claimer = [](Instant until, Duration backoff = 7s) {
    return declaring([=](Declared& declared) { declared.backoff = backoff; },
                     healing().change("w1", 1, 12s, "1", rests(until)));
  };
  const auto frees = [&](int attempt) {
    return declaring(backing_off,
                     heal(killed(held())).change("w1", attempt, 12s, "1", [](JobRecord& job) {
                       job.state = JobState::ready;
                       job.lease_until.reset();
                       job.ready_at = Instant{10min};
                     }));
  };
  check_bounds(
      "job_not_stuck",
      {
          {"it has an end, and a bound", bounded(heal(killed(held()))), 52s},
          {"it has an end and a bound, and a rest is left",
           bounded(heal(killed(held().change("x", 0, 1s, "1", rests(Instant{100s}))))), 52s},
          {"it is ready, whatever end is left", heal(waiting().change("x", 0, 1s, "1", ends(100s))),
           46s},
          {"it rests, by whoever brought it", heal(resting()), 636s},
          {"it rests for ever", heal(waiting().change("x", 0, 1s, "1", rests(Instant::max()))), {}},
          {"who claims wrote a rest, and no backoff is declared",
           healing().change("w1", 1, 12s, "1", rests(Instant{10min})), 636s},
          {"who claims wrote to it, and left its rest",
           heal(resting()).change("w1", 1, 12s, "1", is_touched), 636s},
          {"who claims wrote a rest without an end", by_claimer(Instant::max()), 48s},
          {"who claims wrote a long one", by_claimer(Instant{10min}), 56s},
          {"who claims wrote one that is shorter than may be", by_claimer(Instant{14s}, 100s), 50s},
          {"who holds it wrote it for its next turn", frees(1), 636s},
          {"who claims wrote it for another's", frees(0), 56s},
          {"its rest was ended",
           heal(waiting().change("x", 0, 1s, "1", rests(Instant{2s})))
               .change("x", 0, 20s, "1", [](JobRecord& job) { job.ready_at.reset(); }),
           56s},
          {"its rest was ended by who claims",
           heal(waiting().change("x", 0, 1s, "1", rests(Instant{2s})))
               .change("w1", 0, 20s, "1", [](JobRecord& job) { job.ready_at.reset(); }),
           46s},
          {"its end was written anew, though nobody holds it",
           healing().change("x", 0, 20s, "1", ends(5s)), 46s},
          {"it was made ready by somebody else",
           declaring(without_lasts,
                     heal(waiting().change("x", 0, 0s, "1", becomes(JobState::owned)))
                         .change("x", 0, 12s, "1", becomes(JobState::ready))),
           18s},
      });
  Telling over =
      heal(killed(waiting().worker("w2").granted("w2", 1, 1s, 5s).believed("w2", 1, 1s)));
  CHECK(violation_in(over.finished(46s + 1us), "job_not_stuck") ==
        "at 6: job 1 stood as owned by nobody who lives since 10 s and a worker was free, but at "
        "46.000001 s nobody had claimed it");
}

TEST_CASE("clauses: of what is over between two events that change nothing", "[model]") {
  const auto looks = [](Telling telling, Duration when) {
    return telling.sql("w1", "claim", "look", "", when);
  };
  const auto stuck = [](Telling telling) {
    return outcome_of(telling.finished(49s), "job_not_stuck");
  };
  const Telling one = looks(looks(healing(), 20s), 47s).also_granted("w1", 1, 48s, "1");
  CHECK(stuck(one) == Outcome::violated);
  const Telling resting = heal(waiting().job("2").change("x", 0, 1s, "2", rests(Instant{100s})));
  const Telling two = looks(looks(resting, 20s), 47s)
                          .also_granted("w1", 1, 47500ms, "1")
                          .also_granted("w1", 2, 47500ms, "2");
  CHECK(stuck(two) == Outcome::violated);
}

TEST_CASE("clauses: of clocks that excuse nothing", "[model]") {
  const auto demanded = [](Telling telling) {
    return declaring(
        [](Declared& declared) {
          declared.anyway = {"job_not_stuck"};
          declared.workers_clock = true;
        },
        telling);
  };
  const auto rewritten =
      heal(killed(held()))
          .change("x", 0, 12s, "1", [](JobRecord& job) { job.lease_until = Instant{180s}; })
          .with([](Event& event) { event.server_ahead = 60s; });
  check_bounds("job_not_stuck",
               {{"its end is on the clock that wrote it", demanded(rewritten), 131s}});
}

}  // namespace
}  // namespace fencepost::waiting_clauses
