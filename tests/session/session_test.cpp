// One session without a server: what it may not do.
#include "sim/session/session.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/world_example.hpp"

namespace fencepost {
namespace {

/// A worker's session, on a backend that is not there.
struct Alone {
  WorldExample example;
  Process process{
      {Instant{}, 1, 1, &example.protocol, &example.protocol.roles.front(), "w1", false}};
  Backend backend{nullptr, Slot{0, 0}, 0, {}, {}, false};
  Session session{{"w1/main"}, 1, process, backend, example.clock};
  const InFlight sent{1, {"claim", "take_task", {}, {}}, {}, {}, false};
};

TEST_CASE("session: what is not under way can't block, be answered or be cancelled", "[sim]") {
  Alone alone;
  CHECK_THROWS_AS(alone.session.wait_at(Place::lock), HarnessError);
  CHECK_THROWS_AS(alone.session.take_answer(), HarnessError);
  CHECK_THROWS_AS(alone.session.close_when_done(), HarnessError);
  CHECK_THROWS_AS(alone.session.cancel([] {}), HarnessError);
  CHECK_THROWS_AS(alone.session.take_late(), HarnessError);
  CHECK_FALSE(alone.session.lose());
}

TEST_CASE("session: nothing is sent on one that has ended, and it ends once", "[sim]") {
  Alone alone;
  alone.session.strand({{}, alone.sent, Instant{1s}});
  CHECK_THROWS_AS(alone.session.strand({{}, alone.sent, Instant{1s}}), HarnessError);
  alone.session.note_gone();
  CHECK_FALSE(alone.session.late());
  CHECK(alone.session.ended());
  CHECK_THROWS_AS(alone.session.note_gone(), HarnessError);
  CHECK_THROWS_AS(alone.session.end(), HarnessError);
  CHECK_THROWS_AS(alone.session.vanish("57P01"), HarnessError);
  CHECK_THROWS_AS(alone.session.send({}, alone.sent, nullptr), HarnessError);
}

}  // namespace
}  // namespace fencepost
