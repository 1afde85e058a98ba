// Real workers on a private server, in simulated time: the same every time, and seen through
// stalls and deaths.
#include "sim/conducting/conductor.hpp"

#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "sim/server/cluster.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

constexpr const char* kTables =
    "DROP TABLE IF EXISTS jobs, checkpoints, items, written;"
    "CREATE TABLE jobs (id int, state text, token uuid, heard_at timestamptz);"
    "CREATE TABLE checkpoints (job int, cursor int);"
    "CREATE TABLE items (id int); CREATE TABLE written (number serial, cursor int);"
    "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN INSERT INTO written (cursor) VALUES (new.cursor); RETURN new; END';"
    "CREATE TRIGGER note BEFORE UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION note();"
    "INSERT INTO jobs SELECT 1, 'ready', NULL, now(); INSERT INTO checkpoints VALUES (1, 0);"
    "INSERT INTO items SELECT generate_series(1, 6)";

/// A server, and histories of real workers on it.
class Stage {
 public:
  Stage() : cluster_(shared_cluster()), own_(cluster_) {}

  bool fenced = false;  ///< whether workers fence their checkpoints

  struct Told {
    std::string lines;
    std::uint64_t digest = 0;
    std::string cursors;  ///< as they were written
  };
  Told history(std::uint64_t seed, std::vector<WorkerFault> faults) {
    cluster_.clock().set(Instant{});
    own_.ask(kTables);
    std::uint64_t drawn = seed;
    Conducted conducted;
    std::vector<std::string> command = {FENCEPOST_WORKER};
    if (fenced) command.emplace_back("fenced");
    conducted.workers = {command, command};
    conducted.environment = {{"PGUSER", kSuperuser}, {"PGDATABASE", "postgres"}};
    conducted.folder = folder_.path();
    conducted.server = host() + "/.s.PGSQL.5432";
    conducted.seed = seed;
    conducted.faults = std::move(faults);
    conducted.pick = [&](std::size_t count) {
      drawn = drawn * 6364136223846793005 + 1442695040888963407;
      return static_cast<std::size_t>(drawn >> 33) % count;
    };
    Told told;
    {
      Conductor conductor(cluster_.clock(), std::move(conducted));
      while (conductor.elapsed() < 340s && conductor.step() != Stepped::nobody) continue;
      for (const std::string& line : conductor.lines()) told.lines += line + "\n";
      told.digest = conductor.digest();
    }
    told.cursors = own_.ask("SELECT string_agg(cursor::text, ' ' ORDER BY number) FROM written");
    return told;
  }

 private:
  /// The folder of the server's socket.
  std::string host() const {
    const std::string conninfo = cluster_.conninfo("postgres");
    const std::size_t from = conninfo.find("host=") + 5;
    return conninfo.substr(from, conninfo.find(' ', from) - from);
  }

  Cluster& cluster_;
  TestSession own_;
  CliFolder folder_;
};

/// The worker that had the job first stands still, or dies, once it has read its first chunk.
std::vector<WorkerFault> first_owner(std::optional<Duration> stall) {
  return {{std::nullopt, "SELECT max(id)", stall}};
}

}  // namespace

TEST_CASE("real workers: one that stalls moves the checkpoint back, the same every time",
          "[conducting]") {
  Stage stage;
  const Stage::Told told = stage.history(1, first_owner(302s));
  INFO(told.lines);
  CHECK(told.cursors == "2 4 2 6");
  CHECK(contains(told.lines, "302.000007 w1 goes on\n"));
  for (int i = 0; i < 4; ++i) CHECK(stage.history(1, first_owner(302s)).lines == told.lines);
  std::set<std::uint64_t> digests;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    digests.insert(stage.history(seed, first_owner(302s)).digest);
  CHECK(digests.size() > 1);
}

TEST_CASE("real workers: one that fences its checkpoint, too, does not", "[conducting]") {
  Stage stage;
  stage.fenced = true;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Stage::Told told = stage.history(seed, first_owner(302s));
    INFO(told.lines);
    CHECK(told.cursors == "2 4 6");
    CHECK(contains(told.lines, "<- UPDATE 0 ready I"));
  }
}

TEST_CASE("real workers: one that is killed is taken over from, and its session ends",
          "[conducting]") {
  Stage stage;
  const Stage::Told told = stage.history(1, first_owner(std::nullopt));
  INFO(told.lines);
  CHECK(contains(told.lines, " w1/1 is killed\n"));
  CHECK(contains(told.lines, " w1 has ended with status 137\n"));
  CHECK(contains(told.lines, " w1/1 is closed\n"));
  CHECK(told.cursors == "2 4 6");
}

TEST_CASE("real workers: 200 histories are one, beside a program that computes",
          "[conducting][nightly]") {
  std::atomic<bool> over{false};
  std::thread busy([&] {
    while (!over) continue;
  });
  Stage stage;
  std::set<std::uint64_t> digests;
  for (int i = 0; i < 200; ++i) digests.insert(stage.history(7, first_owner(302s)).digest);
  over = true;
  busy.join();
  CHECK(digests.size() == 1);
}

}  // namespace fencepost
