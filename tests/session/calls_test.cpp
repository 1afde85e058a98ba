// Workers' libpq calls without a server: refused connections, and who may run.
#include "sim/session/calls.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

/// One worker and what its libpq calls reach.
struct Port {
  WorldExample example;
  Journal journal{example.world};
  Sessions sessions{example.world, journal};
  Calls calls{example.world, journal, sessions, [](const Boundary&) {}};
  Process process{
      {Instant{}, 1, 1, &example.protocol, &example.protocol.roles.front(), "w1", false}};
  Port() { journal.begin(); }

  /// What libpq says of a connection that is refused, which holds its worker up.
  std::string refusal(Window window) {
    sessions.windows().open(window, Instant{10s});
    std::string message;
    Task task(process, kProgram);
    task.begin([&] {
      task.open("main");
      message = calls.turned_away().value_or("");
    });
    calls.run(task);
    CHECK(task.state() == TaskState::sleeping);
    CHECK(task.wake_at() == example.clock.now() + 100ms);
    task.wake();
    calls.run(task);
    CHECK(task.state() == TaskState::done);
    return message;
  }
};

TEST_CASE("calls: a server that is down refuses, and says so as a server would", "[sim]") {
  Port port;
  CHECK(port.refusal(Window::down) == "connection to server failed: Connection refused\n");
  port.sessions.windows().end(Instant{10s});
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

TEST_CASE("calls: a task is resumed by the scheduler only", "[sim]") {
  Port port;
  Task outer(port.process, kProgram), inner(port.process, kProgram);
  bool refused = false;
  inner.begin([] {});
  outer.begin([&] {
    try {
      port.calls.run(inner);
    } catch (const HarnessError&) {
      refused = true;
    }
  });
  port.calls.run(outer);
  CHECK(refused);
}

TEST_CASE("calls: one that comes from no task, or on nobody's connection, is a bug of ours",
          "[sim]") {
  Port port;
  CHECK_THROWS_AS(port.calls.turned_away().has_value() || port.calls.connect("") == nullptr,
                  HarnessError);
  CHECK_THROWS_AS(port.calls.broken(nullptr), HarnessError);
}

}  // namespace
}  // namespace fencepost
