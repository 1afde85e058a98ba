// Where a run stands: which phase follows from what is known, without a server.
#include "sim/engine/phases.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// A run of two minutes' leases, in which one job is left and one worker busy, unless a test says
/// otherwise.
struct Moment {
  Protocol protocol;
  Declared declared;
  Scenario scenario;
  int until = 0;
  std::map<JobId, JobRecord> jobs = {{JobId{"1"}, {}}};
  Standing standing;

  Moment() {
    declared.lease = 2min;
    declared.poll = 10s;
    scenario.hurt_steps = 20;
    scenario.steps = 100;
  }
  Phase now() {
    standing.jobs = &jobs;
    return Phases(protocol, declared, scenario, until).now(standing);
  }
  void finish_all() {
    for (auto& [job, record] : jobs) record.state = JobState::succeeded;
    standing.nobody_busy = true;
  }
};

TEST_CASE("phases: it hurts while there is something to do", "[sim]") {
  Moment moment;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.nobody_busy = true;
  CHECK(moment.now() == Phase::hurt);
}

TEST_CASE("phases: heal begins when all jobs are done and nobody is busy or to be born", "[sim]") {
  Moment moment;
  moment.finish_all();
  CHECK(moment.now() == Phase::heal_begins);
  moment.standing.births_to_come = true;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.births_to_come = false;
  moment.standing.nobody_busy = false;
  CHECK(moment.now() == Phase::hurt);
}

TEST_CASE("phases: moves of time that bring no step cut a run as steps do", "[sim]") {
  Moment moment;
  moment.standing.all_steps = 24'999;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.all_steps = 25'000;
  CHECK(moment.now() == Phase::cut);
}

TEST_CASE("phases: where a job fails for ever, it does not hurt for ever", "[sim]") {
  Moment moment;
  Role role;
  role.program.push_back({WorkStep{{1s}, "", {}}, 1});
  moment.protocol.roles.push_back(role);
  // Three times a lease, three polls and some seconds.
  moment.standing.now = moment.standing.last_activity = Instant{3 * (2min + 30s + 3s)};
  CHECK(moment.now() == Phase::hurt);
  moment.scenario.load.poison = 1;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.now = moment.standing.last_activity = moment.standing.now + 1us;
  CHECK(moment.now() == Phase::heal_begins);
  moment.scenario.load.poison = 0;
  CHECK(moment.now() == Phase::hurt);
}

TEST_CASE("phases: where a job fails for ever, a run ends where nobody works, and late", "[sim]") {
  const auto phase_of = [](auto change) {
    Moment moment;
    Role role;
    role.program.push_back({WorkStep{{1s}, "", {}}, 1});
    moment.protocol.roles.push_back(role);
    moment.scenario.load.poison = 1;
    moment.standing.step = 75;
    moment.standing.heal_began = Instant{};
    moment.standing.now = moment.standing.last_activity = Instant{10min};
    change(moment);
    return moment.now();
  };
  CHECK(phase_of([](Moment&) {}) == Phase::horizon);
  CHECK(phase_of([](Moment& moment) { moment.standing.step = 74; }) == Phase::heal);
  // Few steps lie in minutes of rest.
  CHECK(phase_of([](Moment& moment) {
          moment.standing.step = 74;
          moment.standing.now = moment.standing.last_activity = Instant{20min};
        }) == Phase::horizon);
  CHECK(phase_of([](Moment& moment) { moment.standing.somebody_believes = true; }) == Phase::heal);
  CHECK(phase_of([](Moment& moment) { moment.scenario.load.poison = 0; }) == Phase::heal);
  CHECK(phase_of([](Moment& moment) { moment.declared.max_attempts = 3; }) == Phase::heal);
  CHECK(phase_of([](Moment& moment) { moment.protocol.roles.clear(); }) == Phase::heal);
  CHECK(phase_of([](Moment& moment) {
          moment.standing.now = moment.standing.last_activity = Instant{1min};
        }) == Phase::heal);
  CHECK(phase_of([](Moment& moment) { moment.standing.heal_began.reset(); }) != Phase::horizon);
}

TEST_CASE("phases: without jobs nothing is done", "[sim]") {
  Moment moment;
  moment.finish_all();
  moment.jobs.clear();
  CHECK(moment.now() == Phase::hurt);
}

TEST_CASE("phases: heal begins when busy workers have sent enough, or half of all steps are over",
          "[sim]") {
  Moment moment;
  moment.standing.busy_statements = 19;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.busy_statements = 20;
  CHECK(moment.now() == Phase::heal_begins);
  moment.standing.busy_statements = 0;
  moment.standing.step = 49;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.step = 50;
  CHECK(moment.now() == Phase::heal_begins);
}

TEST_CASE(
    "phases: a lull of a lease, two polls and three seconds ends hurt, unless something is to "
    "come",
    "[sim]") {
  Moment moment;
  moment.standing.last_activity = Instant{1min};
  moment.standing.now = Instant{1min + 2min + 20s + 3s};
  CHECK(moment.now() == Phase::hurt);
  moment.standing.now += 1us;
  CHECK(moment.now() == Phase::heal_begins);
  for (bool Standing::*pending :
       {&Standing::births_to_come, &Standing::somebody_stalled, &Standing::something_pending}) {
    moment.standing.*pending = true;
    CHECK(moment.now() == Phase::hurt);
    moment.standing.*pending = false;
  }
}

TEST_CASE("phases: heal is settled when nothing is left", "[sim]") {
  Moment moment;
  moment.standing.heal_began = Instant{};
  CHECK(moment.now() == Phase::heal);
  moment.finish_all();
  CHECK(moment.now() == Phase::settled);
}

TEST_CASE("phases: sessions of dead workers may be freed until a lease and a poll after heal began",
          "[sim]") {
  Moment moment;
  moment.finish_all();
  moment.standing.heal_began = Instant{10s};
  moment.standing.orphans = true;
  moment.standing.last_activity = moment.standing.now = Instant{10s + 2min + 10s} - 1us;
  CHECK(moment.now() == Phase::heal);
  moment.standing.now += 1us;
  CHECK(moment.now() == Phase::settled);
  moment.declared.freed_within = 5min;
  CHECK(moment.now() == Phase::heal);
}

TEST_CASE("phases: heal ends at a horizon, counted from the last thing that is still known to come",
          "[sim]") {
  Moment moment;
  moment.standing.heal_began = Instant{};
  const Duration patience = 2min + 10s + 20s + 3s;
  moment.standing.now = Instant{patience};
  CHECK(moment.now() == Phase::heal);
  moment.standing.now += 1us;
  CHECK(moment.now() == Phase::horizon);
  moment.jobs[{"1"}].lease_until = Instant{1min};
  CHECK(moment.now() == Phase::heal);
  moment.standing.server_ahead = 1min;
  CHECK(moment.now() == Phase::horizon);
  moment.standing.births_to_come = true;
  CHECK(moment.now() == Phase::heal);
}

TEST_CASE("phases: jobs that all come round by themselves have the same", "[sim]") {
  Moment moment;
  std::set<JobId> come_round;
  moment.standing.come_round = &come_round;
  moment.standing.heal_began = Instant{};
  moment.standing.now = moment.standing.last_activity = Instant{2 * (2min + 10s + 20s + 3s) + 1us};
  CHECK(moment.now() == Phase::heal);
  come_round.insert(JobId{"1"});
  CHECK(moment.now() == Phase::horizon);
  moment.jobs[{"2"}] = {};
  CHECK(moment.now() == Phase::heal);
  moment.jobs[{"2"}].state = JobState::failed;
  CHECK(moment.now() == Phase::horizon);
}

TEST_CASE("phases: what is always claimed anew has a horizon twice as far", "[sim]") {
  Moment moment;
  moment.declared.lease_kind = LeaseKind::none;
  moment.standing.heal_began = Instant{};
  moment.standing.now = moment.standing.last_activity = Instant{2 * (2min + 10s + 20s + 3s)};
  CHECK(moment.now() == Phase::heal);
  moment.standing.now = moment.standing.last_activity += 1us;
  CHECK(moment.now() == Phase::horizon);
}

TEST_CASE("phases: a run is cut at its most steps, or behind the step asked for", "[sim]") {
  Moment moment;
  moment.standing.step = 100;
  CHECK(moment.now() == Phase::cut);
  moment.until = 7;
  moment.standing.step = 7;
  CHECK(moment.now() == Phase::hurt);
  moment.standing.step = 8;
  CHECK(moment.now() == Phase::cut);
}

TEST_CASE("phases: only what is over has a note of its end", "[sim]") {
  CHECK(ending(Phase::hurt).empty());
  CHECK(ending(Phase::heal_begins).empty());
  CHECK(ending(Phase::heal).empty());
  CHECK(ending(Phase::settled) == "settled");
  CHECK(ending(Phase::horizon) == "horizon");
  CHECK(ending(Phase::cut) == "cut");
}

}  // namespace
}  // namespace fencepost
