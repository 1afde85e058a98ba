#include "sim/database/timestamp.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

TEST_CASE("timestamp: the server's clock at the start of a history is Instant zero", "[sim]") {
  CHECK(instant_from_timestamp("2027-01-15 08:00:00+00") == Instant{});
  CHECK(timestamp_of(Instant{}) == "2027-01-15 08:00:00.000000+00");
}

TEST_CASE("timestamp: microseconds and time zones are exact", "[sim]") {
  CHECK(instant_from_timestamp("2027-01-15 08:00:00.000001+00") == Instant{1us});
  CHECK(instant_from_timestamp("2027-01-15 08:00:00.5") == Instant{500ms});
  CHECK(instant_from_timestamp("2027-01-15 10:30:00+02:30") == Instant{});
  CHECK(instant_from_timestamp("2027-01-15 07:59:59.999999+00") == Instant{-1us});
  CHECK(instant_from_timestamp("2028-02-29 00:00:00-01") ==
        Instant{std::chrono::hours{24 * 409 + 17}});
}

TEST_CASE("timestamp: infinity is the end of time", "[sim]") {
  CHECK(instant_from_timestamp("infinity") == Instant::max());
  CHECK(instant_from_timestamp("-infinity") == Instant::min());
}

TEST_CASE("timestamp: what is no timestamp is refused", "[sim]") {
  for (const char* text :
       {"", "now", "2027-01-15", "2027-13-01 00:00:00+00", "2027-01-15 08:00:00+0",
        "2027-01-15T08:00:00Z", "0001-01-01 00:00:00 BC", "2027-01-15 08:00:00+00x"})
    CHECK_FALSE(instant_from_timestamp(text));
}
