// What each fault of the server, of its clock and of everybody does to one worker of the repaired
// protocol: which statement sees what, and when.
#include <algorithm>
#include <fstream>
#include <thread>

#include "model/properties/property.hpp"
#include "sim/search/tape.hpp"
#include "sim/text/files.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/server_session.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

/// The fault strikes at that boundary of w1, counted from 0, and lasts that long.
Tape strikes(const std::string& fault, std::int64_t nth, Duration lasts) {
  return {{{fault, "w1", nth, ""}, 1}, {{fault + ".lasts", "w1", nth, ""}, lasts.count()}};
}

/// A scenario of one worker, one job and two items with these faults, as TOML tables.
Scenario scenario_of(const std::string& text) {
  InputFolder folder;
  return folder.scenario(
      text.find("[load]") == std::string::npos ? "[load]\nworkers = 1\nitems = 2\n" + text : text);
}

struct Played {
  History history;
  /// What happened in these kinds of events, one line each, from that step on.
  std::string lines(int from, int to) const {
    std::string text;
    for (const Event& event : history.events) {
      if (event.step < from || event.step > to) continue;
      const std::string at = to_text(event.at) + " " + event.worker.text;
      if (event.kind == EventKind::statement)
        text += fmt::format("{} {}.{}: {}{}\n", at, event.operation, event.statement, event.result,
                            event.committed ? ", committed" : "");
      if (event.kind == EventKind::fault)
        text += fmt::format("{} {} at {}\n", at, to_text(*event.fault), event.boundary);
      if (event.kind == EventKind::session_ended)
        text += fmt::format("{} {} ends: {}\n", at, event.session.text, event.note);
      if (event.kind == EventKind::resumed) text += at + " resumed\n";
      if (event.kind == EventKind::restored)
        text += fmt::format("{} holds job {} again as attempt {}\n", at, event.job.text,
                            event.attempt.number);
      if (event.kind == EventKind::revoked && event.fault)
        text += fmt::format("{} attempt {} is forgotten\n", at, event.attempt.number);
    }
    return text;
  }
  const Event& fault(FaultKind kind) const {
    const auto found = std::find_if(
        history.events.begin(), history.events.end(),
        [&](const Event& event) { return event.kind == EventKind::fault && event.fault == kind; });
    REQUIRE(found != history.events.end());
    return *found;
  }
  /// The same on a second try, and no property violated.
  std::vector<std::string> violated() const {
    std::vector<std::string> names;
    for (const Judgement& judgement : judge_all(history))
      for (const Violation& violation : judgement.verdict.violations)
        names.push_back(full_name(*judgement.property, violation) + ": " + violation.sentence);
    return names;
  }
};

Played play(const std::string& faults, const Tape& tape,
            const std::filesystem::path& folder = std::filesystem::path(FENCEPOST_SOURCE_DIR) /
                                                  "scenarios/protocols/hardened") {
  Simulation& simulation = shared_simulation();
  const Protocol protocol = read_protocol(folder);
  simulation.load(protocol);
  const Scenario scenario = scenario_of(faults);
  TapeChoices choices(tape);
  Played played{simulation.run(scenario, choices)};
  TapeChoices again(tape);
  CHECK(digest(simulation.run(scenario, again)) == digest(played.history));
  CHECK(played.violated().empty());
  return played;
}

TEST_CASE("late statement: the server executes a dead worker's COMMIT later, for nobody", "[sim]") {
  const Played played =
      play("[faults.late_statement]\nchance = \"1\"\n", strikes("late_statement", 16, 5s));
  const Event& fault = played.fault(FaultKind::late_statement);
  CHECK(played.lines(fault.step, fault.step + 6) ==
        "2.000009 s w1 late_statement at advance.commit:before\n"
        "3.000009 s w1.2 restart at \n"
        "3.00001 s w1.2 claim.retire_exhausted: UPDATE 0\n"
        "3.000011 s w1.2 claim.claim_job: 0 rows\n"
        "5.000012 s w1.2 claim.retire_exhausted: UPDATE 0\n"
        "5.000013 s w1.2 claim.claim_job: 0 rows\n"
        "7.000009 s w1 advance.commit: COMMIT, committed\n"
        "7.000009 s w1 w1/main ends: its client is gone\n");
}

TEST_CASE("late statement: what it leaves open is rolled back", "[sim]") {
  const Played played =
      play("[faults.late_statement]\nchance = \"1\"\n", strikes("late_statement", 14, 5s));
  const Event& fault = played.fault(FaultKind::late_statement);
  CHECK(played.lines(fault.step, fault.step + 6) ==
        "2.000008 s w1 late_statement at advance.save_progress:before\n"
        "3.000008 s w1.2 restart at \n"
        "3.000009 s w1.2 claim.retire_exhausted: UPDATE 0\n"
        "3.00001 s w1.2 claim.claim_job: 0 rows\n"
        "5.000011 s w1.2 claim.retire_exhausted: UPDATE 0\n"
        "5.000012 s w1.2 claim.claim_job: 0 rows\n"
        "7.000008 s w1 advance.save_progress: UPDATE 1\n"
        "7.000008 s w1 w1/main ends: its client is gone\n");
}

TEST_CASE(
    "server restart: transactions roll back, sessions end with 57P01, nobody connects for a "
    "while",
    "[sim]") {
  const Played played =
      play("[faults.server_restart]\nchance = \"1\"\n", strikes("server_restart", 14, 250ms));
  const Event& fault = played.fault(FaultKind::server_restart);
  CHECK(fault.worker.empty());
  CHECK(played.lines(fault.step, fault.step + 5) ==
        "2.000008 s  server_restart at advance.save_progress:before\n"
        "2.000008 s w1 w1/main ends: the server was shut down\n"
        "2.000008 s w1 advance.save_progress: error 57P01\n"
        "2.000008 s w1 connect.main: error 08006\n"
        "2.100008 s w1 connect.main: error 08006\n"
        "2.200008 s w1 connect.main: error 08006\n"
        "4.300009 s w1 claim.retire_exhausted: UPDATE 0\n");
}

TEST_CASE("server crash: a commit's answer never comes", "[sim]") {
  const Played played =
      play("[faults.server_crash]\nchance = \"1\"\n", strikes("server_crash", 17, 250ms));
  const Event& fault = played.fault(FaultKind::server_crash);
  CHECK(played.lines(fault.step - 1, fault.step + 4) ==
        "2.000009 s w1 advance.commit: COMMIT, committed\n"
        "2.000009 s  server_crash at advance.commit:after_commit\n"
        "2.000009 s w1 w1/main ends: the server crashed\n"
        "2.000009 s w1 connect.main: error 08006\n"
        "2.100009 s w1 connect.main: error 08006\n"
        "2.200009 s w1 connect.main: error 08006\n"
        "4.30001 s w1 claim.retire_exhausted: UPDATE 0\n");
}

TEST_CASE(
    "commits lost: the last commits are gone, and the one who held the job then holds it "
    "again",
    "[sim]") {
  Tape tape = strikes("commits_lost", 21, 1s);
  const Played one = play("[faults.commits_lost]\nchance = \"1\"\n", tape);
  CHECK(one.lines(one.fault(FaultKind::commits_lost).step - 1,
                  one.fault(FaultKind::commits_lost).step) ==
        "2.000011 s w1 succeed.finish_job: UPDATE 1, committed\n"
        "2.000011 s  commits_lost at succeed.finish_job:after_commit\n"
        "2.000011 s w1 w1/main ends: the server crashed\n"
        "2.000011 s w1 holds job 1 again as attempt 1\n");
  tape.push_back({{"commits_lost.commits", "w1", 21, ""}, 3});
  const Played two = play("[faults.commits_lost]\nchance = \"1\"\n", tape);
  CHECK(
      two.lines(two.fault(FaultKind::commits_lost).step, two.fault(FaultKind::commits_lost).step) ==
      "2.000011 s  commits_lost at succeed.finish_job:after_commit\n"
      "2.000011 s w1 w1/main ends: the server crashed\n"
      "2.000011 s  attempt 1 is forgotten\n");
}

TEST_CASE("read only: writes are refused, and what has begun goes on", "[sim]") {
  const Played played = play("[faults.read_only]\nchance = \"1\"\n", strikes("read_only", 8, 5s));
  const Event& fault = played.fault(FaultKind::read_only);
  CHECK(played.lines(fault.step, fault.step + 11) ==
        "2.000005 s  read_only at advance.lock_job:before\n"
        "2.000005 s w1 advance.lock_job: 1 row: id=1, epoch=1, progress=0\n"
        "2.000006 s w1 advance.write_document: INSERT 0 1\n"
        "2.000007 s w1 advance.write_document: INSERT 0 1\n"
        "2.000008 s w1 advance.save_progress: UPDATE 1\n"
        "2.000009 s w1 advance.commit: COMMIT, committed\n"
        "2.00001 s w1 chunk.fetch_chunk: 0 rows\n"
        "2.000011 s w1 succeed.finish_job: error 25006\n"
        "2.000012 s w1 fail.fail_job: error 25006\n"
        "2.000013 s w1 claim.retire_exhausted: error 25006\n"
        "4.000014 s w1 claim.retire_exhausted: error 25006\n"
        "6.000015 s w1 claim.retire_exhausted: error 25006\n");
}

TEST_CASE("too many connections: who has a session goes on, and who has none gets none", "[sim]") {
  Tape tape = strikes("too_many_connections", 4, 5s);
  tape.push_back({{"connection_lost", "w1", 8, ""}, 1});
  const Played played = play(
      "[faults.too_many_connections]\nchance = \"1\"\n[faults.connection_lost]\nchance = \"1\"\n",
      tape);
  const Event& fault = played.fault(FaultKind::too_many_connections);
  CHECK(played.lines(fault.step, fault.step + 8) ==
        "0.000003 s  too_many_connections at chunk.fetch_chunk:before\n"
        "0.000003 s w1 chunk.fetch_chunk: 2 rows: row_key=00002\n"
        "2.000004 s w1 advance.begin: BEGIN\n"
        "2.000005 s w1 connection_lost at advance.lock_job:before\n"
        "2.000005 s w1 w1/main ends: its connection broke\n"
        "2.000005 s w1 connect.main: error 53300\n"
        "2.100005 s w1 connect.main: error 53300\n"
        "2.200005 s w1 connect.main: error 53300\n");
}

TEST_CASE(
    "serialization failure: a COMMIT that fails has committed nothing and ends the "
    "transaction",
    "[sim]") {
  const Played played = play("[faults.serialization_failure]\nchance = \"1\"\n",
                             {{{"serialization_failure", "w1", 16, ""}, 1}});
  const Event& fault = played.fault(FaultKind::serialization_failure);
  CHECK(played.lines(fault.step, fault.step + 3) ==
        "2.000009 s w1 serialization_failure at advance.commit:before\n"
        "2.000009 s w1 advance.commit: error 40001\n"
        "2.00001 s w1 advance.rollback: ROLLBACK\n"
        "2.000011 s w1 fail.fail_job: UPDATE 1, committed\n");
}

TEST_CASE("lock timeout: the transaction is aborted for real", "[sim]") {
  const Played played =
      play("[faults.lock_timeout]\nchance = \"1\"\n", {{{"lock_timeout", "w1", 8, ""}, 1}});
  const Event& fault = played.fault(FaultKind::lock_timeout);
  CHECK(played.lines(fault.step, fault.step + 3) ==
        "2.000005 s w1 lock_timeout at advance.lock_job:before\n"
        "2.000005 s w1 advance.lock_job: error 55P03\n"
        "2.000006 s w1 advance.rollback: ROLLBACK\n"
        "2.000007 s w1 fail.fail_job: UPDATE 1, committed\n");
}

const std::filesystem::path kHardened =
    std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios/protocols/hardened";

/// The server's processes, once those that end have been cleared away, for which the machine takes
/// its time.
std::vector<int> settled_processes() {
  std::vector<int> all = shared_cluster().clock().processes();
  for (int same = 0; same < 20; ++same) {
    std::this_thread::sleep_for(10ms);
    std::vector<int> now = shared_cluster().clock().processes();
    if (now != all) same = 0;
    all = std::move(now);
  }
  return all;
}

/// How many of the server's processes stay through this history, when it is run again.
std::ptrdiff_t kept_by(const std::string& faults, const Tape& tape,
                       const std::filesystem::path& folder = kHardened) {
  const Protocol protocol = read_protocol(folder);
  shared_simulation().load(protocol);
  std::vector<int> before, after;
  for (int round = 0; round < 2; ++round) {
    before = std::exchange(after, {});
    TapeChoices choices(tape);
    shared_simulation().run(scenario_of(faults), choices);
    after = settled_processes();
  }
  return std::ranges::count_if(after, [&](int pid) { return std::ranges::count(before, pid) > 0; });
}

TEST_CASE("terminate: an idle session ends", "[sim]") {
  const std::string faults = "[faults.terminate]\nchance = \"1\"\n";
  const Tape tape = {{{"terminate", "w1", 14, ""}, 1}};
  const Played played = play(faults, tape);
  const Event& fault = played.fault(FaultKind::terminate);
  CHECK(played.lines(fault.step, fault.step + 2) ==
        "2.000008 s w1 terminate at advance.save_progress:before\n"
        "2.000008 s w1 w1/main ends: terminated\n"
        "2.000008 s w1 advance.save_progress: error 57P01\n"
        "2.000009 s w1 reload.reload_job: 1 row: job_id=1, epoch=1, progress=0, cursor=null\n");
}

TEST_CASE("terminate: backends are kept, but where others may look for them", "[sim]") {
  InputFolder folder;
  std::filesystem::copy(
      std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios/protocols/hardened",
      folder.path() / "watching", std::filesystem::copy_options::recursive);
  std::ofstream(folder.path() / "watching/queries.sql", std::ios::app)
      << "\n-- name: watch :never\nSELECT 1 FROM pg_stat_activity WHERE false;\n";
  const std::string faults = "[faults.terminate]\nchance = \"1\"\n";
  const Tape tape = {{{"terminate", "w1", 14, ""}, 1}};
  const Played played = play(faults, tape, folder.path() / "watching");
  const Event& fault = played.fault(FaultKind::terminate);
  CHECK(played.lines(fault.step, fault.step + 1) ==
        "2.000008 s w1 terminate at advance.save_progress:before\n"
        "2.000008 s w1 w1/main ends: terminated\n"
        "2.000008 s w1 advance.save_progress: error 57P01\n");
  CHECK(kept_by(faults, tape) > kept_by(faults, tape, folder.path() / "watching"));
}

TEST_CASE(
    "idle: a session is idle since its last statement, also where its backend has yet to prepare "
    "the next",
    "[sim]") {
  InputFolder folder;
  const std::filesystem::path impatient = folder.path() / "impatient";
  std::filesystem::copy(kHardened, impatient, std::filesystem::copy_options::recursive);
  const std::string settings = "[role.worker.settings]\n";
  std::string toml = read_text_file(impatient / "protocol.toml", "the protocol");
  toml.insert(toml.find(settings) + settings.size(), "idle_session_timeout = \"20s\"\n");
  write_text_file(impatient / "protocol.toml", toml, "the protocol");
  // A text that no backend knows from another test.
  const std::string named = "-- name: finish_job :execrows\n";
  std::string queries = read_text_file(impatient / "queries.sql", "its statements");
  queries.insert(queries.find(named) + named.size(), "-- " + folder.path().string() + "\n");
  write_text_file(impatient / "queries.sql", queries, "its statements");
  const Played played =
      play("[faults.stall]\nchance = \"1\"\n", strikes("stall", 20, 30s), impatient);
  const Event& fault = played.fault(FaultKind::stall);
  CHECK(played.lines(fault.step, fault.step + 3) ==
        "2.000011 s w1 stall at succeed.finish_job:before\n"
        "22.00001 s w1 w1/main ends: idle_session_timeout\n"
        "32.000011 s w1 resumed\n"
        "32.000012 s w1 succeed.finish_job: error 57P05\n");
}

TEST_CASE("idle in transaction: the server's timeout ends the session, its backend is kept",
          "[sim]") {
  const std::string faults = "[load]\nworkers = 2\nitems = 2\n[faults.stall]\nchance = \"1\"\n";
  const Tape tape = strikes("stall", 14, 40s);
  const Played played = play(faults, tape);
  const auto end =
      std::find_if(played.history.events.begin(), played.history.events.end(),
                   [](const Event& event) { return event.kind == EventKind::session_ended; });
  REQUIRE(end != played.history.events.end());
  CHECK(played.lines(end->step, end->step) ==
        "17.000007 s w1 w1/main ends: idle_in_transaction_session_timeout\n");
}

TEST_CASE("fleet pause: everybody stands still, and goes on at the same time", "[sim]") {
  const Played played =
      play("[load]\nworkers = 2\nitems = 2\n[faults.fleet_pause]\nchance = \"1\"\n",
           strikes("fleet_pause", 4, 31s));
  const Event& fault = played.fault(FaultKind::fleet_pause);
  CHECK(played.lines(fault.step, fault.step + 3) ==
        "0.000003 s  fleet_pause at chunk.fetch_chunk:before\n"
        "31.000003 s w1 resumed\n"
        "31.000003 s w2 resumed\n"
        "31.000004 s w1 chunk.fetch_chunk: 2 rows: row_key=00002\n");
}

TEST_CASE("clock step: the lease is on the server's clock, and simulated time does not jump",
          "[sim]") {
  const Played played = play("[faults.clock_step]\nchance = \"1\"\nlasts = [\"-1h\"]\n",
                             strikes("clock_step", 2, -1h));
  const Event& fault = played.fault(FaultKind::clock_step);
  CHECK(fault.server_ahead == 0s);
  CHECK(fault.lasts == -1h);
  for (const Event& event : played.history.events) {
    if (event.step <= fault.step) continue;
    CHECK(event.server_ahead == -1h);
    if (event.kind != EventKind::granted) continue;
    CHECK(event.after->lease_until == event.at + 30s - 1h);
  }
}

TEST_CASE("clock freeze: the server's clock falls behind by as long as it stood", "[sim]") {
  const Played played =
      play("[faults.clock_freeze]\nchance = \"1\"\n", strikes("clock_freeze", 4, 1500ms));
  const Event& fault = played.fault(FaultKind::clock_freeze);
  for (const Event& event : played.history.events) {
    if (event.step <= fault.step || event.kind == EventKind::finished) continue;
    CHECK(event.server_ahead == -std::min<Duration>(event.at - fault.at, 1500ms));
  }
}

TEST_CASE("coarse clock: claims are dated at whole seconds", "[sim]") {
  const Played played = play("[load]\nworkers = 1\nitems = 2\nclock_tick = \"1s\"\n", Tape{});
  for (const Event& event : played.history.events)
    if (event.kind == EventKind::granted || event.kind == EventKind::renewed)
      CHECK(event.after->lease_until->time_since_epoch() % 1s == 0s);
}

}  // namespace
}  // namespace fencepost
