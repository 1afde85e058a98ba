#include "sim/search/subjects.hpp"

#include <fstream>

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// The queue to start from, with more in its protocol.toml.
std::string queue_with(const InputFolder& folder, const std::string& more,
                       const std::string& name = "queue") {
  const std::filesystem::path queue = folder.path() / name;
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

TEST_CASE("subjects: what is left open is told, whatever else is said of it", "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const std::string open = "[check.open]\nslow-work = \"no heartbeat\"\n";
  const std::string narrow =
      queue_with(folder, "\n[check]\nscenarios = [\"quiet-day\"]\n" + open, "narrow");
  CHECK(subject_of(gallery, narrow, {}).left_open == std::vector<std::string>{"slow-work"});
  const std::string own = queue_with(folder, "\n" + open, "own");
  std::filesystem::create_directory(folder.path() / "own/scenarios");
  std::filesystem::copy(std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios/slow-work.toml",
                        folder.path() / "own/scenarios/slow-work.toml");
  const Subject subject = subject_of(gallery, own, {});
  CHECK(subject.left_open == std::vector<std::string>{"slow-work"});
  for (const NamedScenario& each : subject.scenarios) CHECK(each.scenario.name != "slow-work");
}

TEST_CASE("subjects: stock alone is all that is bundled, whatever else a protocol names or brings",
          "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const std::string queue = queue_with(folder, "\n[check]\nscenarios = [\"quiet-day\"]\n");
  std::filesystem::create_directory(folder.path() / "queue/scenarios");
  for (const char* name : {"slow-work", "mine"})
    std::ofstream(folder.path() / "queue/scenarios" / (std::string(name) + ".toml"))
        << "name = \"" << name << "\"\n[load]\nworkers = 7\n";
  CHECK(subject_of(gallery, queue, {}).scenarios.size() == 3);
  const Subject stock = subject_of(gallery, queue, {}, Stock::alone);
  CHECK(stock.scenarios.size() + stock.skipped.size() == gallery.scenario_names().size());
  CHECK(stock.scenarios.size() > 25);
  for (const NamedScenario& each : stock.scenarios) CHECK(each.scenario.load.workers < 7);
}

TEST_CASE("subjects: a reason that shows nothing is none", "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const std::string queue = queue_with(folder, "\n[check.open]\nslow-work = \"\u00A0\u200B\"\n");
  CHECK(folder.refusal([&](const auto&) { subject_of(gallery, queue, {}); })
            .ends_with(
                "slow-work in [check.open] is the text \"\u00A0\u200B\", but must be a reason, in "
                "words"));
}

TEST_CASE("subjects: a protocol is there once, however often and in whatever way it is named",
          "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const std::string queue = queue_with(folder, "");
  std::filesystem::create_directory_symlink(queue, folder.path() / "link");
  const auto subjects = subjects_of(
      gallery, {queue, "hardened", queue + "/.", folder.path() / "link", "harden*"}, {"quiet-day"});
  REQUIRE(subjects.size() == 2);
  CHECK(subjects[0].protocol.folder == queue);
  CHECK(subjects[1].protocol.protocol.name == "hardened");
}

TEST_CASE("subjects: of two with one name each is called with its folder", "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const std::string one = queue_with(folder, "", "one"), two = queue_with(folder, "", "two");
  const auto both = subjects_of(gallery, {one, two}, {"quiet-day"});
  REQUIRE(both.size() == 2);
  CHECK(both[0].name() == "queue in " + one);
  CHECK(both[1].name() == "queue in " + two);
  CHECK(subjects_of(gallery, {one, "hardened"}, {"quiet-day"})[0].name() == "queue");
}

TEST_CASE("subjects: why there is no scenario is told", "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const auto told = [&](const std::string& queue, const std::vector<std::string>& only) {
    return folder.refusal(
        [&](const auto&) { demand_scenarios(subjects_of(gallery, {queue}, only)); });
  };
  const std::string none = queue_with(folder, "\n[check]\nscenarios = []\n", "none");
  const std::string open =
      queue_with(folder, "\n[check]\nscenarios = []\n[check.open]\nslow-work = \"why\"\n", "open");
  CHECK(told(none, {"quiet-day"}) == "");
  CHECK(told(none, {}) ==
        "queue is run under no scenario: [check] scenarios names none; name another one with "
        "--scenario");
  CHECK(told(open, {}) ==
        "queue is run under no scenario: [check.open] leaves all of them open; name another one "
        "with --scenario");
  CHECK(told(none, {"mixed-versions"}) ==
        "queue is run under no scenario: mixed-versions would strike nothing that it has; name "
        "another "
        "one with --scenario");
}

TEST_CASE("subjects: a folder that can't be looked into is not told as one without a protocol",
          "[search]") {
  const InputFolder folder;
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  std::filesystem::create_directory(folder.path() / "closed");
  std::filesystem::create_symlink("protocol.toml", folder.path() / "closed/protocol.toml");
  CHECK(folder.refusal([&](const auto& path) { subject_of(gallery, path / "closed", {}); }) ==
        "closed/protocol.toml can't be looked into (Too many levels of symbolic links); make it "
        "readable");
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

// What is declared is what nobody could promise: another line is a decision, not a convenience.
TEST_CASE("subjects: the repaired twins leave two scenarios open, which apply to them",
          "[search]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  std::string open;
  for (const std::string& name : gallery.matching("corpus/*-fixed"))
    for (const auto& [scenario, reason] : gallery.protocol(name).protocol.left_open) {
      open += name + " " + scenario + "\n";
      const Subject asked = subject_of(gallery, name, {scenario});
      CHECK(asked.scenarios.size() == 1);
      CHECK(asked.skipped.empty());
    }
  CHECK(open ==
        "corpus/B68-shedlock-fixed server-clock-stands-still\n"
        "corpus/B89-skypilot-fixed commits-lost-in-a-crash\n");
}

}  // namespace
}  // namespace fencepost
