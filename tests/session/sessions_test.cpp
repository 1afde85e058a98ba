// Sessions without a server: refused connections, and what no session may do.
#include "sim/session/sessions.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

/// One worker and what its libpq calls reach.
struct Port {
  WorldExample example;
  Journal journal{example.world};
  Sessions sessions{example.world, journal, [](const Boundary&) {}};
  Process process{
      {Instant{}, 1, 1, &example.protocol, &example.protocol.roles.front(), "w1", false}};
  Backend backend{nullptr, Slot{0, 0}, 0, {}, {}, false};
  Session session{{"w1/main"}, 1, process, backend, example.clock};
  const InFlight sent{1, {"claim", "take_task", {}, {}}, {}, {}, false};
  Port() { journal.begin(); }

  /// What libpq says of a connection that is refused, which holds its worker up.
  std::string refusal(Window window) {
    sessions.windows().open(window, Instant{10s});
    std::string message;
    Task task(process, kProgram);
    task.begin([&] {
      task.open("main");
      message = sessions.turned_away().value_or("");
    });
    sessions.run(task);
    CHECK(task.state() == TaskState::sleeping);
    CHECK(task.wake_at() == example.clock.now() + 100ms);
    task.wake();
    sessions.run(task);
    CHECK(task.state() == TaskState::done);
    return message;
  }
};

TEST_CASE("sessions: a server that is down refuses, and says so as a server would", "[sim]") {
  Port port;
  CHECK(port.refusal(Window::down) == "connection to server failed: Connection refused\n");
  port.sessions.end_windows(Instant{10s});
  CHECK(port.refusal(Window::full) ==
        "connection to server failed: FATAL:  sorry, too many clients already\n");
  CHECK(port.sessions.count() == 0);
  port.journal.finish("settled");
  const History history = port.journal.take();
  REQUIRE(history.events.size() == 4);
  CHECK(history.events[1].sqlstate == "08006");
  CHECK(history.events[1].session == SessionId{"w1/main"});
  CHECK(history.events[2].sqlstate == "53300");
  CHECK(history.events[2].step == 2);
}

TEST_CASE("sessions: the end of a window is due, and of the harness's own doing", "[sim]") {
  Port port;
  CHECK_FALSE(port.sessions.next_due());
  CHECK_FALSE(port.sessions.something_pending());
  port.sessions.windows().open(Window::read_only, Instant{4s});
  CHECK(port.sessions.next_due() == Instant{4s});
  CHECK(port.sessions.something_pending());
  port.sessions.end_windows(Instant{4s});
  CHECK_FALSE(port.sessions.something_pending());
}

TEST_CASE("sessions: a task is resumed by the scheduler only", "[sim]") {
  Port port;
  Task outer(port.process, kProgram), inner(port.process, kProgram);
  bool refused = false;
  inner.begin([] {});
  outer.begin([&] {
    try {
      port.sessions.run(inner);
    } catch (const HarnessError&) {
      refused = true;
    }
  });
  port.sessions.run(outer);
  CHECK(refused);
}

TEST_CASE("session: what is not under way can't block, be answered or be cancelled", "[sim]") {
  Port port;
  CHECK_THROWS_AS(port.session.wait_at(Place::lock), HarnessError);
  CHECK_THROWS_AS(port.session.take_answer(), HarnessError);
  CHECK_THROWS_AS(port.session.close_when_done(), HarnessError);
  CHECK_THROWS_AS(port.session.cancel([] {}), HarnessError);
  CHECK_THROWS_AS(port.session.take_late(), HarnessError);
  CHECK_FALSE(port.session.lose());
}

TEST_CASE("session: nothing is sent on one that has ended, and it ends once", "[sim]") {
  Port port;
  port.session.strand({{}, port.sent, Instant{1s}});
  CHECK_THROWS_AS(port.session.strand({{}, port.sent, Instant{1s}}), HarnessError);
  port.session.note_gone();
  CHECK_FALSE(port.session.late());
  CHECK(port.session.ended());
  CHECK_THROWS_AS(port.session.note_gone(), HarnessError);
  CHECK_THROWS_AS(port.session.end(), HarnessError);
  CHECK_THROWS_AS(port.session.vanish("57P01"), HarnessError);
  CHECK_THROWS_AS(port.session.send({}, port.sent, nullptr), HarnessError);
}

}  // namespace
}  // namespace fencepost
