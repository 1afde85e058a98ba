#include "sim/search/subjects.hpp"

#include <fstream>

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// The queue to start from, with more in its protocol.toml.
std::string queue_with(const InputFolder& folder, const std::string& more) {
  const std::filesystem::path queue = folder.path() / "queue";
  std::filesystem::copy(std::filesystem::path(FENCEPOST_SOURCE_DIR) / "examples/queue", queue,
                        std::filesystem::copy_options::recursive);
  std::ofstream(queue / "protocol.toml", std::ios::app) << more;
  return queue.string();
}

TEST_CASE("subjects: a scenario that is left open is run only where it is asked for", "[search]") {
  const InputFolder folder;
  const std::string queue = queue_with(folder, "\n[check.open]\nslow-work = \"no heartbeat\"\n");
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const Subject all = subject_of(gallery, queue, {});
  CHECK(all.left_open == std::vector<std::string>{"slow-work"});
  for (const NamedScenario& each : all.scenarios) CHECK(each.scenario.name != "slow-work");
  CHECK(all.protocol.protocol.left_open.at("slow-work").why == "no heartbeat");
  const Subject asked = subject_of(gallery, queue, {"slow-work"});
  CHECK(asked.left_open.empty());
  REQUIRE(asked.scenarios.size() == 1);
  CHECK(asked.scenarios[0].scenario.name == "slow-work");
}

TEST_CASE("subjects: what is left open must be bundled", "[search]") {
  const InputFolder folder;
  const std::string queue = queue_with(folder, "\n[check.open]\nslow-wrok = \"no heartbeat\"\n");
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  try {
    subject_of(gallery, queue, {});
    FAIL("it was taken");
  } catch (const InputError& error) {
    const std::string told = error.what();
    CHECK(told.find("[check.open] names the scenario \"slow-wrok\", which is not bundled") !=
          std::string::npos);
    CHECK(told.ends_with("; did you mean \"slow-work\"?"));
  }
}

}  // namespace
}  // namespace fencepost
