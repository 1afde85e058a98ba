// The workers of a history, without a server: their births, beliefs, stalls and deaths, and what
// none of them may do.
#include "sim/engine/fleet.hpp"

#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

struct Crew {
  WorldExample example;
  Journal journal{example.world};
  Sessions sessions{example.world, journal};
  Fleet fleet{example.world, journal, sessions};

  explicit Crew(const std::string& scenario = "[load]\nworkers = 2\n", const Tape& tape = {})
      : example(scenario, tape) {
    fleet.plan_all(journal.begin());
    fleet.wake_due();
  }
  Process& worker(std::size_t number) { return *fleet.processes().at(number - 1); }
  void wait_until(Duration then) {
    example.clock.set(Instant{then});
    fleet.wake_due();
  }
  std::string lines() {
    journal.finish("settled");
    return lines_of(journal.take());
  }
};

Deviation starts_at(const std::string& who, Duration then) {
  return {{"start", who, 0, ""}, then.count()};
}

TEST_CASE("fleet: workers are born in the order of their numbers, each at its time", "[sim]") {
  Crew crew("[load]\nworkers = 3\n", {starts_at("w2", 5s)});
  CHECK(crew.fleet.processes().size() == 2);
  CHECK(crew.fleet.births_to_come());
  CHECK(crew.fleet.next_due() == Instant{5s});
  crew.wait_until(5s);
  CHECK_FALSE(crew.fleet.births_to_come());
  CHECK(crew.lines() ==
        "0 changed \n0 worker_started w1: worker\n0 worker_started w3: worker\n"
        "0 worker_started w2: worker\n1 finished : settled\n");
}

TEST_CASE("fleet: whoever is new runs before anything is chosen", "[sim]") {
  Crew crew;
  REQUIRE(crew.fleet.next_to_run() != nullptr);
  CHECK(crew.fleet.next_to_run()->name == "w1");
  CHECK(crew.fleet.ready().empty());
  crew.worker(1).stall(Instant{1s});
  CHECK(crew.fleet.next_to_run()->name == "w2");
}

TEST_CASE("fleet: a belief without a grant is in attempt 0, and a death ends it", "[sim]") {
  Crew crew;
  crew.fleet.believe(crew.worker(1), {{"1"}});
  CHECK(crew.worker(1).believing());
  crew.fleet.kill(crew.worker(1), Death::noticed);
  CHECK(crew.worker(1).dead());
  CHECK(crew.fleet.next_dead()->name == "w1");
  CHECK(crew.lines() ==
        "0 changed \n0 worker_started w1: worker\n0 worker_started w2: worker\n"
        "0 believed w1 job 1 attempt 0\n0 let_go w1 job 1 attempt 0: crashed\n"
        "1 finished : settled\n");
}

TEST_CASE("fleet: of several jobs one is let go, and the last one ends the belief", "[sim]") {
  Crew crew;
  Process& w1 = crew.worker(1);
  crew.fleet.believe(w1, {{"1"}, {"2"}});
  CHECK(crew.fleet.let_go_of(w1, {"1"}, "succeed"));
  CHECK(crew.fleet.let_go_of(w1, {"1"}, "succeed"));
  CHECK(w1.believing());
  CHECK_FALSE(crew.fleet.let_go_of(w1, {"2"}, "succeed"));
  CHECK_FALSE(w1.believing());
  crew.fleet.end_round(w1);
  CHECK(w1.held().empty());
}

TEST_CASE("fleet: where nobody lives who claims, the next life of one is planned", "[sim]") {
  Crew crew;
  CHECK_FALSE(crew.fleet.revive());
  crew.fleet.kill(crew.worker(1), Death::noticed);
  CHECK_FALSE(crew.fleet.revive());
  crew.fleet.kill(crew.worker(2), Death::half_open);
  CHECK(crew.fleet.revive());
  CHECK_FALSE(crew.fleet.revive());
  crew.wait_until(0s);
  CHECK(crew.worker(3).id == WorkerId{"w1.2"});
  CHECK(crew.worker(3).identity == "w1.2");
}

TEST_CASE("fleet: of each role that claims somebody is to live", "[sim]") {
  Role other;
  Crew crew;
  other = *crew.worker(1).role;
  other.name = "other";
  Birth birth{Instant{}, 3, 1, crew.worker(1).protocol, &other, "other1", false};
  crew.fleet.plan(birth);
  crew.wait_until(0s);
  CHECK_FALSE(crew.fleet.revive());
  crew.fleet.kill(crew.worker(3), Death::noticed);
  CHECK(crew.fleet.revive());
  CHECK_FALSE(crew.fleet.revive());
  crew.wait_until(0s);
  CHECK(crew.worker(4).id == WorkerId{"other1.2"});
}

TEST_CASE("fleet: who was asked to stop does not claim for long", "[sim]") {
  Crew crew("[load]\nworkers = 1\n");
  CHECK_FALSE(crew.fleet.revive());
  crew.worker(1).ask_to_stop();
  crew.worker(1).finish();
  CHECK(crew.fleet.revive());
  crew.wait_until(0s);
  CHECK(crew.worker(2).id == WorkerId{"w1.2"});
}

TEST_CASE("fleet: whoever has a successor gets no other one, though that one's rounds are over",
          "[sim]") {
  Crew crew;
  crew.fleet.kill(crew.worker(1), Death::noticed);
  crew.fleet.kill(crew.worker(2), Death::noticed);
  crew.fleet.plan(crew.worker(1).successor());
  crew.wait_until(0s);
  crew.worker(3).finish();
  CHECK(crew.fleet.revive());
  crew.wait_until(0s);
  CHECK(crew.worker(3).id == WorkerId{"w1.2"});
  CHECK(crew.worker(4).id == WorkerId{"w2.2"});
}

TEST_CASE("fleet: a successor may keep its name, and its life has another", "[sim]") {
  Crew crew;
  Birth birth = crew.worker(1).successor();
  birth.at = Instant{2s};
  birth.identity = "w1";
  crew.fleet.plan(birth);
  crew.wait_until(2s);
  CHECK(crew.worker(3).id == WorkerId{"w1.2"});
  CHECK(crew.worker(3).identity == "w1");
  CHECK(
      crew.lines().ends_with("1 fault w1.2 restart: the same name\n"
                             "1 worker_started w1.2: worker\n2 finished : settled\n"));
}

TEST_CASE("fleet: a stall ends at its time, or when all do", "[sim]") {
  Crew crew;
  crew.worker(1).stall(Instant{3s});
  crew.worker(2).stall(Instant{9s});
  CHECK(crew.fleet.somebody_stalled());
  CHECK(crew.fleet.next_due() == Instant{3s});
  crew.wait_until(3s);
  CHECK_FALSE(crew.worker(1).stalled_until());
  CHECK(crew.worker(2).stalled_until());
  crew.fleet.end_stalls(Instant::max());
  CHECK_FALSE(crew.fleet.somebody_stalled());
  CHECK(crew.journal.step() == 2);
}

TEST_CASE("fleet: whoever is new is busy, whoever is dead is at rest", "[sim]") {
  Crew crew;
  CHECK_FALSE(crew.fleet.at_rest(crew.worker(1)));
  CHECK_FALSE(crew.fleet.at_rest(crew.worker(2)));
  crew.fleet.kill(crew.worker(1), Death::noticed);
  CHECK(crew.fleet.at_rest(crew.worker(1)));
  CHECK_FALSE(crew.fleet.at_rest(crew.worker(2)));
  CHECK_FALSE(crew.fleet.nobody_busy());
}

TEST_CASE("fleet: a length is aimed at leases, sleeps and stalls", "[sim]") {
  Crew crew("[load]\nworkers = 2\n", {{{"stall.lasts", "w1", 0, ""}, 4'000'001}});
  crew.worker(2).stall(Instant{4s});
  crew.worker(1).asker.pass_by("stall");
  CHECK(crew.fleet.choose_length(crew.worker(1), "stall", "here", {}) == 4s + 1us);
  CHECK(crew.example.choices.misfit().empty());
}

TEST_CASE("fleet: the ticks of an idle round aim the next polls at a lease's end", "[sim]") {
  Crew crew("[load]\nworkers = 1\n", {{{"poll.lasts", "w1", 1, ""}, 999'998}});
  Process& worker = crew.worker(1);
  crew.example.database.committed.jobs[{"1"}] = job_of(JobState::owned, "1", 2s);
  Backend backend{nullptr, Slot{0, 0}, 0, {}, {}, false};
  const Session session{{"w1/main"}, 1, worker, backend, crew.example.clock};
  crew.journal.observe(session, {"claim", "take_task", {}, {}}, {});
  crew.example.clock.set(Instant{1s});
  CHECK(crew.fleet.next_poll(worker, 5s) == Instant{6s});
  worker.woke(Instant{1s - 3us});
  worker.sends(Instant{1s - 1us});
  worker.learn_ticks();
  CHECK(worker.idle_ticks() == std::vector<Duration>{2us});
  CHECK(crew.fleet.next_poll(worker, 5s) == Instant{2s - 2us});
  CHECK(crew.example.choices.misfit().empty());
}

TEST_CASE("process: a statement long after waking is none of an idle round's ticks", "[sim]") {
  Crew crew;
  Process& worker = crew.worker(1);
  worker.sends(Instant{1s});
  worker.learn_ticks();
  CHECK(worker.idle_ticks().empty());
  worker.woke(Instant{2s});
  for (const Duration ticks : {1us, 2us, 3us, 4us, 5us}) worker.sends(Instant{2s + ticks});
  worker.learn_ticks();
  CHECK(worker.idle_ticks() == std::vector<Duration>{1us, 2us, 3us, 4us});
  worker.end_round(0);
  worker.learn_ticks();
  CHECK(worker.idle_ticks().size() == 4);
}

TEST_CASE("fleet: a worker's clock is as wrong as the load says", "[sim]") {
  Crew crew("[load]\nworkers = 1\nclock_offsets = [\"2s\"]\nclock_drifts = [\"1/100\"]\n");
  CHECK(crew.worker(1).clock_at(Instant{100s}) == Instant{103s});
  CHECK(crew.worker(1).by_its_clock(101s) == 100s);
}

TEST_CASE("process: nobody dies twice, goes on without standing still, or believes when dead",
          "[sim]") {
  Crew crew;
  Process& w1 = crew.worker(1);
  CHECK_THROWS_AS(w1.go_on(), HarnessError);
  CHECK_THROWS_AS(w1.let_go(), HarnessError);
  w1.die();
  CHECK_THROWS_AS(w1.die(), HarnessError);
  CHECK_THROWS_AS(w1.stall(Instant{1s}), HarnessError);
  CHECK_THROWS_AS(w1.take_up({{{"1"}, {1}}}), HarnessError);
}

TEST_CASE("process: a round ends with its belief, and one of several jobs must be held", "[sim]") {
  Crew crew;
  Process& w1 = crew.worker(1);
  w1.take_up({{{"1"}, {1}}, {{"2"}, {2}}});
  CHECK_THROWS_AS(w1.end_round(2), HarnessError);
  CHECK_THROWS_AS(w1.let_go_of({"3"}), HarnessError);
  w1.let_go();
  CHECK(w1.attempt() == AttemptId{2});
  w1.end_round(2);
  CHECK(w1.attempt() == AttemptId{});
  CHECK(w1.round_floor() == 2);
  CHECK_THROWS_AS(w1.end_round(1), HarnessError);
}

TEST_CASE("task: it runs from one scheduling point to the next, and says what it waits for",
          "[sim]") {
  Crew crew;
  Task task(crew.worker(1), kProgram);
  task.begin([&] {
    task.stand_ready();
    task.await_answer();
    task.sleep_until(Instant{7s}, Sleep::pause);
  });
  CHECK_THROWS_AS(task.wake(), HarnessError);
  CHECK_THROWS_AS(task.stand_ready(), HarnessError);
  for (const TaskState state : {TaskState::ready, TaskState::in_flight, TaskState::sleeping}) {
    task.run();
    CHECK(task.state() == state);
  }
  CHECK(task.wake_at() == Instant{7s});
  task.wake();
  CHECK(task.state() == TaskState::waking);
  task.run();
  CHECK(task.state() == TaskState::done);
  CHECK_THROWS_AS(task.run(), HarnessError);
}

TEST_CASE("task: a heartbeat acts for its belief, also when that is over", "[sim]") {
  Crew crew;
  Process& w1 = crew.worker(1);
  w1.take_up({{{"1"}, {1}}});
  const Task beat(w1, w1.belief());
  const Task program(w1, kProgram);
  CHECK(beat.name == "w1/beat");
  CHECK_FALSE(beat.is_stale());
  w1.let_go();
  CHECK(beat.is_stale());
  w1.end_round(1);
  CHECK(beat.acts_for({}).attempt == AttemptId{1});
  CHECK(program.acts_for({}).attempt == AttemptId{});
}

TEST_CASE("task: no two tasks of a history have one number", "[sim]") {
  Crew crew;
  std::set<std::int64_t> numbers;
  std::size_t count = 0;
  for (int number = 1; number <= 30; ++number)
    for (int life = 1; life <= 120; ++life)
      for (const int belief : {kProgram, kAlways}) {
        Birth birth = crew.worker(1).successor();
        birth.number = number;
        birth.life = life;
        Process process(birth);
        numbers.insert(Task(process, belief).number);
        ++count;
      }
  CHECK(numbers.size() == count);
  CHECK(numbers.contains(102));
}

TEST_CASE("windows: each is open until its latest end", "[sim]") {
  Windows windows;
  CHECK_FALSE(windows.next_end());
  windows.open(Window::down, Instant{5s});
  windows.open(Window::down, Instant{3s});
  windows.open(Window::frozen, Instant{9s});
  CHECK(windows.next_end() == Instant{5s});
  CHECK(windows.end(Instant{4s}).empty());
  CHECK(windows.end(Instant{5s}) == std::vector<Window>{Window::down});
  CHECK_FALSE(windows.is_open(Window::down));
  CHECK(windows.is_open(Window::frozen));
}

TEST_CASE("fleet: as many jobs as are to be are poisoned, where there are so many", "[sim]") {
  const auto poisoned = [](const std::string& load) {
    WorldExample example("[load]\n" + load);
    example.protocol.roles.front().program.emplace_back().what = WorkStep{};
    return draw_poison(example.world, {}).jobs;
  };
  CHECK(poisoned("jobs = 3\npoison = 1\n") == std::set<std::int64_t>{0});
  CHECK(poisoned("jobs = 3\npoison = 2\n") == std::set<std::int64_t>{0, 1});
  CHECK(poisoned("jobs = 2\npoison = 3\n") == std::set<std::int64_t>{0, 1});
}

}  // namespace
}  // namespace fencepost
