// The figures of fencepost's speed, as ratios measured within one run. Nothing here is a test: a
// machine may be slow.
//
//   fencepost_bench [--repeats N] [--seeds N]    digests are taken of N seeds, N repeats each
//   (default 1000 and 20)
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "model/history.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/search/strategies.hpp"
#include "sim/search/tape.hpp"
#include "sim/server/cluster.hpp"
#include "sim/server/find_postgres.hpp"
#include "sim/server/server_clock.hpp"
#include "sim/text/error.hpp"

using namespace fencepost;
namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

const std::filesystem::path kData = FENCEPOST_SOURCE_DIR "/scenarios";
const std::filesystem::path kBench = FENCEPOST_SOURCE_DIR "/tests/bench";

long statements_in(const History& history) {
  return std::count_if(history.events.begin(), history.events.end(),
                       [](const Event& event) { return event.kind == EventKind::statement; });
}

void lane_rate(Simulation& simulation) {
  const Protocol protocol = read_protocol(kData / "protocols/hardened");
  simulation.load(protocol);
  const Scenario scenario = read_scenario(kData / "everything-at-once.toml");
  long statements = 0;
  constexpr int histories = 400;
  const double seconds = seconds_of([&] {
    for (std::uint64_t seed = 1; seed <= histories; ++seed) {
      const auto choices = portfolio(seed).make(seed);
      statements += statements_in(simulation.run(scenario, *choices));
    }
  });
  fmt::print(
      "a simulation, hardened, everything-at-once: {:.0f} histories/s, {:.0f} statements/s, {:.0f} "
      "statements per history\n",
      histories / seconds, static_cast<double>(statements) / seconds,
      static_cast<double>(statements) / histories);
}

/// The log's statements again, in their order and at their times, on connections of the same kind,
/// without any simulation.
double replay_bare(const Simulation& simulation, ServerClock& clock, const Protocol& protocol,
                   const StatementLog& log, std::map<int, PGconn*>& connections) {
  for (const LoggedStatement& statement : log) {
    PGconn*& connection = connections[statement.connection];
    if (connection != nullptr) continue;
    connection = PQconnectdb(simulation.conninfo().c_str());
    for (const auto& [name, known] : protocol.statements) raw_prepare(connection, name, known.sql);
  }
  return seconds_of([&] {
    for (const LoggedStatement& statement : log) {
      clock.set(statement.at);
      PGconn* connection = connections[statement.connection];
      const RawResult result =
          statement.request.prepared
              ? raw_execute(connection, statement.request.text, statement.request.values)
              : raw_query(connection, statement.request.text);
      SIM_CHECK(!error_of(connection, result.get()), "{}", PQerrorMessage(connection));
    }
  });
}

void history_over_bare(Simulation& simulation, ServerClock& clock) {
  const Protocol protocol = read_protocol(kData / "protocols/kukuri-fenced");
  simulation.load(protocol);
  Scenario scenario = read_scenario(kData / "quiet-day.toml");
  scenario.load.items = 40;
  double simulated = 1e9, bare = 1e9;
  std::size_t statements = 0;
  std::map<int, PGconn*> connections;
  for (int round = 0; round < 15; ++round) {
    StatementLog log;
    TapeChoices quiet{Tape{}};
    const double whole = seconds_of([&] { simulation.run_logged(scenario, quiet, log); });
    const double reset = seconds_of([&] { simulation.reset(scenario.load); });
    simulated = std::min(simulated, whole - reset);
    bare = std::min(bare, replay_bare(simulation, clock, protocol, log, connections));
    statements = log.size();
  }
  for (const auto& [number, connection] : connections) PQfinish(connection);
  fmt::print(
      "a history of {} statements, every commit observed, reset excluded: {:.2f} ms; its "
      "statements bare: {:.2f} ms; ratio {:.2f}\n",
      statements, simulated * 1e3, bare * 1e3, simulated / bare);
}

/// Runs pgbench with one client; its transactions per second. The child inherits this thread's
/// core, or is given all.
double pgbench(const std::string& conninfo, const std::filesystem::path& script, bool pinned) {
  const Postgres postgres = find_postgres(usual_postgres_folders());
  const std::string out =
      std::filesystem::temp_directory_path() / fmt::format("fencepost-bench-{}", getpid());
  const std::string command = fmt::format(
      "{} '{}' -n -M prepared -c 1 -t 20000 -f '{}' \"{}\" > '{}'",
      pinned ? "" : "taskset -c 0-255",
      (std::filesystem::canonical(postgres.bin / "postgres").parent_path() / "pgbench").string(),
      script.string(), conninfo, out);
  if (std::system(command.c_str()) != 0)
    throw EnvironmentError("pgbench of " + postgres.bin.string() +
                           " could not be run, so there is nothing to compare with; put a folder "
                           "with it and the server first in PATH");
  std::ifstream in(out);
  double rate = 0;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("tps = ")) rate = std::atof(line.c_str() + 6);
  std::filesystem::remove(out);
  return rate;
}

void over_pgbench(Simulation& simulation, Simulation& free_simulation) {
  const Protocol protocol = read_protocol(kBench / "protocol");
  simulation.load(protocol);
  Scenario scenario;
  scenario.steps = 100'000;
  scenario.load.jobs = 0;
  TapeChoices quiet{Tape{}};
  double best = 0;
  for (int round = 0; round < 10; ++round) {
    long statements = 0;
    const double seconds =
        seconds_of([&] { statements = statements_in(simulation.run(scenario, quiet)); });
    const double reset = seconds_of([&] { simulation.reset(scenario.load); });
    best = std::max(best, static_cast<double>(statements) / (seconds - reset));
  }
  const auto script =
      std::filesystem::temp_directory_path() / fmt::format("fencepost-bench-{}.sql", getpid());
  std::ofstream(script) << "BEGIN;\nUPDATE counter SET n = n + 1 WHERE id = 1;\nCOMMIT;\n";
  const double pinned = 3 * pgbench(simulation.conninfo(), script, true);
  free_simulation.load(protocol);
  free_simulation.reset(scenario.load);
  const double free = 3 * pgbench(free_simulation.conninfo(), script, false);
  std::filesystem::remove(script);
  fmt::print(
      "begin, update, commit: a lane {:.0f} statements/s; pgbench -M prepared -c1 pinned {:.0f} "
      "(ratio {:.2f}), unpinned {:.0f} (ratio {:.2f})\n",
      best, pinned, best / pinned, free, best / free);
}

/// Keeps every core but the first busy for as long as it lives.
class OtherCoreBusy {
 public:
  OtherCoreBusy()
      : thread_([this] {
          cpu_set_t others;
          CPU_ZERO(&others);
          for (int core = 1; core < CPU_SETSIZE; ++core) CPU_SET(core, &others);
          sched_setaffinity(0, sizeof others, &others);
          while (!stop_) {
          }
        }) {}
  ~OtherCoreBusy() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void digests(Simulation& simulation, int seeds, int repeats) {
  const Protocol protocol = read_protocol(kData / "protocols/hardened");
  simulation.load(protocol);
  const Scenario scenario = read_scenario(kData / "everything-at-once.toml");
  int single = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    std::unique_ptr<OtherCoreBusy> load;
    if (seed % 2 == 0) load = std::make_unique<OtherCoreBusy>();
    std::set<std::string> seen;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const auto choices =
          portfolio(static_cast<std::uint64_t>(seed)).make(static_cast<std::uint64_t>(seed));
      seen.insert(digest(simulation.run(scenario, *choices)));
    }
    single += seen.size() == 1 ? 1 : 0;
  }
  fmt::print(
      "digests: {} of {} seeds gave one digest over {} repeats, every second seed with the other "
      "cores busy\n",
      single, seeds, repeats);
}

}  // namespace

int main(int argc, char** argv) {
  int repeats = 1000, seeds = 20;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--repeats") repeats = std::atoi(argv[i + 1]);
    if (std::string(argv[i]) == "--seeds") seeds = std::atoi(argv[i + 1]);
  }
  try {
    Cluster unpinned({std::nullopt, std::nullopt, false});
    Simulation free_simulation(unpinned);
    Cluster cluster({std::nullopt, 0, false});
    Simulation simulation(cluster);
    lane_rate(simulation);
    history_over_bare(simulation, cluster.clock());
    over_pgbench(simulation, free_simulation);
    digests(simulation, seeds, repeats);
  } catch (const std::exception& e) {
    fmt::print(stderr, "fencepost_bench: {}\n", e.what());
    return 3;
  }
  return 0;
}
