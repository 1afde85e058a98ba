#include "model/time.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("time: a duration reads in seconds, exact and without trailing zeros", "[model]") {
  CHECK(to_text(0us) == "0 s");
  CHECK(to_text(1us) == "0.000001 s");
  CHECK(to_text(-1us) == "-0.000001 s");
  CHECK(to_text(1500ms) == "1.5 s");
  CHECK(to_text(330s + 1us) == "330.000001 s");
  CHECK(to_text(-90s) == "-90 s");
  CHECK(to_text(2h) == "7200 s");
}

TEST_CASE("time: an instant reads as the time since the start, and both ends have names",
          "[model]") {
  CHECK(to_text(Instant{}) == "0 s");
  CHECK(to_text(Instant{1us}) == "0.000001 s");
  CHECK(to_text(Instant::max()) == "for ever");
  CHECK(to_text(Instant::min()) == "-infinity");
}

TEST_CASE("time: a duration is read in every unit", "[model]") {
  CHECK(duration_from_text("250us") == 250us);
  CHECK(duration_from_text("80ms") == 80ms);
  CHECK(duration_from_text("300s") == 300s);
  CHECK(duration_from_text("300 s") == 300s);
  CHECK(duration_from_text("5min") == 300s);
  CHECK(duration_from_text("5m") == 300s);
  CHECK(duration_from_text("2h") == 7200s);
  CHECK(duration_from_text("1d") == 24h);
  CHECK(duration_from_text("2 seconds") == 2s);
  CHECK(duration_from_text("2 minutes") == 120s);
  CHECK(duration_from_text("1.5 s") == 1500ms);
  CHECK(duration_from_text("0.5ms") == 500us);
  CHECK(duration_from_text("0.25 min") == 15s);
  CHECK(duration_from_text("0 s") == 0us);
}

TEST_CASE("time: what is shorter than a microsecond is refused, not rounded", "[model]") {
  CHECK(duration_from_text("0.000001 s") == 1us);
  CHECK_FALSE(duration_from_text("0.0000001 s"));
  CHECK_FALSE(duration_from_text("0.5us"));
  CHECK_FALSE(duration_from_text("0.0001ms"));
}

TEST_CASE("time: a thousand years are the longest, in every unit", "[model]") {
  CHECK(duration_from_text("366000d") == 24h * 366'000);
  CHECK_FALSE(duration_from_text("366001d"));
  CHECK(duration_from_text("31622400000s") == 24h * 366'000);
  CHECK_FALSE(duration_from_text("31622400001s"));
  CHECK_FALSE(duration_from_text("99999999999999999999999999s"));
}

TEST_CASE("time: anything else is no duration", "[model]") {
  for (const char* text : {"", " ", "s", "5", "-5s", "+5s", "5 parsecs", "5s ", " 5s", "5  s",
                           "1.s", ".5s", "1,5 s", "1.2.3 s", "5S"}) {
    INFO(text);
    CHECK_FALSE(duration_from_text(text));
  }
}

TEST_CASE("time: what is written is read back", "[model]") {
  for (const Duration duration : {Duration{0us}, Duration{1us}, Duration{999'999us}, Duration{1s},
                                  Duration{330s + 1us}, Duration{24h * 365}}) {
    INFO(duration.count());
    CHECK(duration_from_text(to_text(duration)) == duration);
  }
}

}  // namespace fencepost
