// Which faults strike at a boundary and what each does to one worker, without a server.
#include "sim/engine/faults.hpp"

#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

/// One worker that stands before a statement, on a session whose backend is not there.
struct Stage {
  WorldExample example;
  Journal journal{example.world};
  Sessions sessions{example.world, journal};
  Fleet fleet{example.world, journal, sessions};
  Faults faults{example.world, journal, sessions, fleet};
  Backend backend{nullptr, Slot{0, 0}, 0, {}, {}, false};
  std::unique_ptr<Session> session;
  std::unique_ptr<Task> task;
  const Request request{"COMMIT", false, {}, {}, 0};

  Stage(const std::string& scenario, const Tape& tape)
      : example("[load]\nworkers = 1\n" + scenario, tape) {
    fleet.plan_all(journal.begin());
    fleet.wake_due();
    Process& w1 = *fleet.processes().front();
    session = std::make_unique<Session>(SessionId{"w1/main"}, 1, w1, backend, example.clock);
    task = std::make_unique<Task>(w1, kProgram);
  }
  Process& worker() { return task->process; }
  /// On the task's own fiber, as a run does it.
  void boundary(Point point) {
    task = std::make_unique<Task>(worker(), kProgram);
    task->begin([this, point] {
      task->announce({"succeed", "end_task", {}, {}});
      faults.strike_at({*task, *session, point, request});
    });
    task->run();
  }
  std::string lines() {
    journal.finish("settled");
    return lines_of(journal.take());
  }
};

Deviation strikes(const std::string& fault, std::int64_t nth) {
  return {{fault, "w1", nth, ""}, 1};
}

TEST_CASE("faults: a crash at a boundary kills, and the next life begins when it lasted", "[sim]") {
  Stage stage("[faults.crash]\nchance = \"1\"\nlasts = [\"4s\"]\n",
              {strikes("crash", 1), {{"crash.lasts", "w1", 1, ""}, 4'000'000}});
  stage.boundary(Point::before);
  CHECK_FALSE(stage.worker().dead());
  stage.boundary(Point::after);
  CHECK(stage.worker().dead());
  CHECK(stage.fleet.next_due() == Instant{4s});
  CHECK(stage.lines() ==
        "0 changed \n0 worker_started w1: worker\n1 fault w1 crash\n2 finished : settled\n");
}

TEST_CASE("faults: who was asked to stop, and then dies, is followed once", "[sim]") {
  Stage stage(
      "[faults.graceful_stop]\nchance = \"1\"\nlasts = [\"1s\"]\n"
      "[faults.crash]\nchance = \"1\"\nlasts = [\"4s\"]\n",
      {strikes("graceful_stop", 0), strikes("crash", 1)});
  stage.boundary(Point::before);
  CHECK(stage.worker().stopping());
  stage.boundary(Point::after);
  CHECK(stage.worker().dead());
  stage.example.clock.set(Instant{9s});
  stage.fleet.wake_due();
  CHECK(stage.fleet.processes().size() == 2);
  CHECK_FALSE(stage.fleet.births_to_come());
}

TEST_CASE("faults: a stall holds its worker up where it stands", "[sim]") {
  Stage stage("[faults.stall]\nchance = \"1\"\nlasts = [\"4s\"]\n", {strikes("stall", 0)});
  stage.boundary(Point::before);
  CHECK(stage.worker().stalled_until() == Instant{4s});
  CHECK(stage.task->state() == TaskState::ready);
  stage.task->run();
}

TEST_CASE("faults: a statement that is to fail does so on the real server, once", "[sim]") {
  Stage stage("[faults.serialization_failure]\nchance = \"1\"\n",
              {strikes("serialization_failure", 0)});
  stage.boundary(Point::before);
  const auto failing = stage.session->failing_instead_of(stage.request);
  REQUIRE(failing);
  CHECK(failing->text.starts_with("ROLLBACK; DO $$BEGIN RAISE"));
  CHECK_FALSE(stage.session->failing_instead_of(stage.request));
}

TEST_CASE("faults: no more than a scenario says, and none in heal; both are counted", "[sim]") {
  const std::string scenario =
      "[faults.graceful_stop]\nchance = \"1\"\nat_most = 1\nlasts = [\"1s\"]\n";
  const Tape tape = {strikes("graceful_stop", 2)};
  Stage never(scenario, tape);
  never.faults.rest();
  for (int nth = 0; nth < 3; ++nth) never.boundary(Point::after);
  CHECK_FALSE(never.worker().stopping());
  CHECK(never.example.choices.misfit() != "");
  Stage once(scenario, tape);
  for (int nth = 0; nth < 4; ++nth) once.boundary(Point::after);
  CHECK(once.worker().stopping());
  CHECK(once.example.choices.misfit() == "");
  CHECK(once.journal.step() == 1);
}

TEST_CASE("faults: a scenario's globs do not renumber what they leave out", "[sim]") {
  Stage stage("[faults.stall]\nat = [\"*:after\"]\nchance = \"1\"\nlasts = [\"4s\"]\n",
              {strikes("stall", 0)});
  stage.boundary(Point::before);
  CHECK_FALSE(stage.worker().stalled_until());
  CHECK(stage.example.choices.misfit() != "");
}

TEST_CASE("faults: the server's windows open for as long as the fault lasts", "[sim]") {
  Stage stage("[faults.too_many_connections]\nchance = \"1\"\nlasts = [\"6s\"]\n",
              {strikes("too_many_connections", 0)});
  stage.boundary(Point::before);
  CHECK(stage.sessions.windows().is_open(Window::full));
  CHECK(stage.sessions.windows().next_end() == Instant{6s});
  CHECK(stage.lines() ==
        "0 changed \n0 worker_started w1: worker\n1 fault  too_many_connections\n"
        "2 finished : settled\n");
}

TEST_CASE("faults: everybody stands still in a pause, the one at the boundary too", "[sim]") {
  Stage stage("[faults.fleet_pause]\nchance = \"1\"\nlasts = [\"6s\"]\n",
              {strikes("fleet_pause", 0)});
  stage.boundary(Point::after);
  CHECK(stage.worker().stalled_until() == Instant{6s});
  CHECK(stage.task->state() == TaskState::ready);
  stage.task->run();
}

TEST_CASE("faults: where each makes sense", "[sim]") {
  CHECK(may_strike(FaultKind::connection_lost, "claim.take:before"));
  CHECK_FALSE(may_strike(FaultKind::connection_lost, "claim.take:after_commit"));
  CHECK_FALSE(may_strike(FaultKind::ack_lost, "claim.take:before"));
  CHECK(may_strike(FaultKind::serialization_failure, "claim.commit:before"));
  CHECK_FALSE(may_strike(FaultKind::lock_timeout, "claim.commit:before"));
  CHECK_FALSE(may_strike(FaultKind::serialization_failure, "claim.begin:before"));
}

}  // namespace
}  // namespace fencepost
