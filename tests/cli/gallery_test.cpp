#include "sim/input/gallery.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check_as_expected(const CliFolder& folder, const std::string& arguments) {
  const Ran ran = folder.run("check " + arguments);
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "as expected");
}

// With as many seeds as what is rarest takes; the nightly tier has a hundred of each.
TEST_CASE(
    "gallery: the broken protocols are caught by exactly what they declare, and the repaired ones "
    "hold",
    "[cli]") {
  const CliFolder folder;
  check_as_expected(folder, "kukuri-deploy --as-expected");
  check_as_expected(folder,
                    "kukuri-before kukuri-unfenced kukuri-fenced hardened 'corpus/*' "
                    "--as-expected --seeds 40");
}

// Not found in 3,100 histories of the bundled scenarios.
TEST_CASE("gallery: who reads and then writes is caught between the two", "[cli]") {
  const CliFolder folder;
  std::filesystem::copy(FENCEPOST_SOURCE_DIR "/tests/protocols/rescuer", folder.path() / "rescuer",
                        std::filesystem::copy_options::recursive);
  const std::string check = "check ./rescuer --scenario stall-behind-an-answer --seeds 10";
  const Ran ran = folder.run(check);
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "✗ violated  single_owner"));
  folder.edit("rescuer/queries.sql", "WHERE id = :lost_id AND status = 'working';",
              "WHERE id = :lost_id AND try = :lost_try AND status = 'working'\n"
              "   AND seen_at <= clock_timestamp() - interval '40 s';");
  std::filesystem::remove_all(folder.path() / "fencepost-failures");
  CHECK(last_line(folder.run(check).out) == "holds");
}

// The repository's own fencepost.toml, which names all of it.
TEST_CASE("gallery: all of it is as expected with a hundred seeds", "[cli][nightly]") {
  const CliFolder folder;
  folder.write("fencepost.toml", text_of(FENCEPOST_SOURCE_DIR "/fencepost.toml"));
  check_as_expected(folder, "");
}

// What everybody copies first.
TEST_CASE(
    "gallery: the queue to start from holds under every scenario, and without a fence it does not",
    "[cli]") {
  const CliFolder folder;
  std::filesystem::copy(FENCEPOST_SOURCE_DIR "/examples/queue", folder.path() / "queue");
  const Ran doctor = folder.run("doctor ./queue");
  CHECK(doctor.status == 0);
  CHECK(contains(doctor.out, "observe        job 1: state ready"));
  const Ran ran = folder.run("check ./queue");
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "holds");
  CHECK(!contains(ran.out, "vacuous"));
  CHECK(!folder.has("fencepost-failures"));
  folder.edit(
      "queue/queries.sql",
      "UPDATE jobs SET state = 'done', owner = NULL, lease_until = NULL\n"
      " WHERE id = @job_id AND claim = @claim AND state = 'running';",
      "UPDATE jobs SET state = 'done', owner = NULL, lease_until = NULL WHERE id = @job_id;");
  const Ran unfenced = folder.run("check ./queue --scenario stall-past-lease");
  CHECK(unfenced.status == 1);
  CHECK(contains(unfenced.out, "✗ violated  fenced_writes.job"));
  // A saved failure names its protocol from where it was saved, and is found from anywhere.
  const CliFolder elsewhere;
  const std::string file = "fencepost-failures/queue-stall-past-lease-fenced_writes.job.json";
  const Ran replayed = elsewhere.run("replay " + (folder.path() / file).string());
  INFO(replayed.err);
  CHECK(replayed.status == 1);
  CHECK(contains(replayed.out, ", as it was saved\n"));
  elsewhere.write("lost.json", folder.read(file));
  const Ran lost = elsewhere.run("replay lost.json");
  CHECK(lost.status == 2);
  CHECK(contains(lost.err, "lost.json:"));
  CHECK(contains(lost.err,
                 ": protocol_folder \"./queue\" is not there, neither from this folder nor "
                 "from one above the file; run it where it was saved"));
}

/// The protocols that are right, for a fencepost.toml.
const std::string kRight = "protocols = [\"hardened\", \"corpus/*-fixed\"]\nas_expected = true\n";

TEST_CASE("gallery: what is right holds with seeds that no gate uses", "[cli][nightly]") {
  const CliFolder folder;
  folder.write("fencepost.toml", kRight);
  const Ran ran = folder.run("check --seeds 101..400");
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "as expected");
}

/// The repaired twins, by what they say of a scenario.
struct Twins {
  std::string judged, open;
};
Twins twins_under(const std::string& scenario, const Gallery& gallery) {
  Twins twins;
  for (const std::string& name : gallery.matching("corpus/*-fixed"))
    (gallery.protocol(name).protocol.left_open.contains(scenario) ? twins.open : twins.judged) +=
        name + " ";
  return twins;
}

TEST_CASE(
    "gallery: every twin holds under every bundled scenario, but for those that it leaves open, "
    "and under those it does not",
    "[cli][nightly]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  const CliFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(FENCEPOST_SOURCE_DIR "/scenarios")) {
    if (file.path().extension() != ".toml") continue;
    const std::string scenario = file.path().stem().string();
    const Twins twins = twins_under(scenario, gallery);
    const Ran ran = folder.run("check " + twins.judged + "--scenario " + scenario +
                               " --seeds 3001..3012 --json");
    INFO(scenario + "\n" + ran.out + ran.err);
    CHECK((ran.status == 0 || ran.status == 4));
    CHECK(contains(ran.out, "\"verdict\": \"holds\""));
    CHECK(!contains(ran.out, "\"verdict\": \"violated\""));
    if (twins.open.empty()) continue;
    const Ran left = folder.run("check " + twins.open + "--scenario " + scenario);
    INFO(left.out);
    CHECK(left.status == 1);
  }
}

// A figure for a report: `./fencepost test -R false-alarms`, a share of it `-R false-alarms-1`.
TEST_CASE("gallery: what is right holds in five thousand histories of each scenario",
          "[cli][once]") {
  const CliFolder folder;
  folder.write("fencepost.toml", kRight);
  const char* const share = std::getenv("FENCEPOST_SHARE");
  const std::string thousand = share == nullptr ? "" : share;
  const Ran ran = folder.run(
      "check --seeds " +
      (thousand.empty() ? "1001..6000"
                        : thousand + "001.." + std::to_string(std::stoi(thousand) + 1) + "000"));
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "as expected");
}

TEST_CASE("gallery: in what is right ten minutes of new seeds find nothing", "[cli][nightly]") {
  const CliFolder folder;
  folder.write("fencepost.toml", kRight);
  const Ran ran = folder.run("fuzz --time 10m");
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "nothing was found");
}

// Canaries for the search itself: a strategy that no longer gets anywhere shows here first.
TEST_CASE("gallery: every bug is found within 300 histories of seeds that nobody chose",
          "[cli][nightly]") {
  const CliFolder folder;
  folder.write("fencepost.toml", text_of(FENCEPOST_SOURCE_DIR "/fencepost.toml"));
  const Ran ran = folder.run("measure --trials 3 --most 300 --from 2000001");
  INFO(ran.out);
  CHECK(ran.status == 0);
  const std::string found = last_line(ran.out);
  CHECK(found.ends_with("| 41 of 41 |"));
}

}  // namespace
}  // namespace fencepost
