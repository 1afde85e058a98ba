// Times in sentences.
#include "reports/plain_times.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("plain times: digits behind the third decimal are not said", "[reports]") {
  CHECK(plain_times("w2 took job 1 over at 300.000004 s. Then it ended at 302.500016 s.") ==
        "w2 took job 1 over at 300 s. Then it ended at 302.5 s.");
  CHECK(plain_times("w1 claimed job 1 at 0.000004 s.") == "w1 claimed job 1 at the start.");
  CHECK(plain_times("stalled for 301.000005 s, until 21600.001 s") ==
        "stalled for 301 s, until 6 h");
  CHECK(plain_times("at 3599 s, 3600 s, and 14410.000002 s, not at 7384.5 s or 7384.6 s") ==
        "at 3599 s, 1 h, and 4 h 10 s, not at 7384.5 s or 7384.6 s");
}

TEST_CASE("plain times: what would be the same keeps its digits", "[reports]") {
  const std::string race = "granted at 0.000004 s, but w1 holds it since 0.000003 s";
  CHECK(plain_times(race) == "granted at the start, but w1 holds it since 0.000003 s");
  const std::string late =
      "until 30.000001 s, but at 30.000002 s; w2 at 30.000001 s, w3 at 45.000001 s";
  CHECK(plain_times(late) ==
        "until 30.000001 s, but at 30.000002 s; w2 at 30.000001 s, w3 at 45 s");
}

TEST_CASE("plain times: what is no time is left as it is", "[reports]") {
  for (const std::string text :
       {"v1.000001 s", "1.2.000001 s", "at 08:00:00.000001 s", "1.000001 sec", "10.000001",
        "job 1.0001", "", "5 s", "0.000001 s of rest"})
    CHECK(plain_times(text) == text);
}

}  // namespace fencepost
