// Which uuids a script can tell its server to draw.
#include "sim/export/drawn_uuids.hpp"

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

const std::string kFirst = "00000000-0000-4000-8000-000000000001";
const std::string kSecond = "00000000-0000-4000-8000-000000000002";

Event drawing(const std::string& result, std::optional<std::string> bound = {}) {
  Event event;
  event.statement = "claim_job";
  event.result = result;
  if (bound) event.bound.push_back({"token", std::move(bound)});
  return event;
}

TEST_CASE("drawn uuids: the only new one of a result is drawn, and only once", "[sim]") {
  DrawnUuids uuids;
  CHECK(uuids.drawn_by(drawing("1 row: token=" + kFirst)) == kFirst);
  CHECK_FALSE(uuids.drawn_by(drawing("1 row: token=" + kFirst, kFirst)));
  CHECK(uuids.drawn_by(drawing("1 row: token=" + kSecond + ", before=" + kFirst)) == kSecond);
}

TEST_CASE("drawn uuids: what a worker made is not drawn", "[sim]") {
  DrawnUuids uuids;
  CHECK_FALSE(uuids.drawn_by(drawing("1 row: token=" + kFirst, kFirst)));
}

TEST_CASE("drawn uuids: of two at once neither can be told, and none may be bound", "[sim]") {
  DrawnUuids uuids;
  CHECK_FALSE(uuids.drawn_by(drawing("2 rows: " + kFirst + " " + kSecond)));
  CHECK_THROWS_AS(uuids.drawn_by(drawing("0 rows", kSecond)), InputError);
}

}  // namespace
}  // namespace fencepost
