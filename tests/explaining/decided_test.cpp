#include "sim/explaining/decided.hpp"

#include <filesystem>
#include <iterator>

#include "sim/input/gallery.hpp"
#include "sim/search/run_file.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("decided: by the crash between the two commits, and always alike", "[sim]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  Lane lane({});
  const LoadedRun loaded =
      load_run(std::filesystem::path(FENCEPOST_SOURCE_DIR) /
                   "scenarios/protocols/kukuri-fenced/failures/D02-crash-between-two-commits.json",
               gallery, {});
  const Played played =
      replay(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run);
  int asked = 0;
  const auto decided = [&](int most) {
    return chances_of_failing(lane, loaded.protocol.protocol, loaded.scenario.scenario, loaded.run,
                              played.history, [&](int, int all) {
                                CHECK(all <= kMostReruns);
                                return ++asked <= most;
                              });
  };
  const std::vector<FailsAfter> chances = decided(1000);
  REQUIRE(chances.size() > 3);
  CHECK(chances.front().step < chances.back().step);
  CHECK(chances.front().failed < 10);
  CHECK(chances.back().failed == kRerunsOfStep);
  const FailsAfter* const by = decided_by(chances);
  REQUIRE(by != nullptr);
  CHECK(std::prev(by)->step == 11);  // the crash is the 12th
  asked = 0;
  const std::vector<FailsAfter> again = decided(kRerunsOfStep + 5);
  REQUIRE(again.size() == 1);
  CHECK(again.front().failed == chances.front().failed);
}

}  // namespace fencepost
