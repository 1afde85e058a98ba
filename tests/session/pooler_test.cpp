// Workers that share backends: who has which one when, who waits, and what is left in them.
#include "sim/session/pooler.hpp"

#include "model/properties/property.hpp"
#include "model/story.hpp"
#include "sim/search/strategies.hpp"
#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

std::string pooler(const std::string& mode, int size) {
  return fmt::format("[load.pooler]\nmode = \"{}\"\nsize = {}\n", mode, size);
}

/// One history of that protocol; a second one is the same.
History play(const std::filesystem::path& folder, const std::string& scenario,
             const Tape& tape = {}) {
  Simulation& simulation = shared_simulation();
  const Protocol protocol = read_protocol(folder);
  simulation.load(protocol);
  const Scenario read = InputFolder().scenario(scenario);
  TapeChoices choices(tape), again(tape);
  const History history = simulation.run(read, choices);
  CHECK(choices.misfit().empty());
  CHECK(digest(simulation.run(read, again)) == digest(history));
  return history;
}

/// What happened to statements and sessions in these steps, one line each.
std::string told(const History& history, int from, int until) {
  std::string text;
  for (const Event& event : history.events) {
    if (event.step < from || event.step > until) continue;
    const std::string who =
        fmt::format("{} {} {}", to_text(event.at), event.worker.text,
                    event.backend == 0 ? "" : fmt::format("b{} ", event.backend));
    if (event.kind == EventKind::statement)
      text += who + event.statement + ": " + event.result + "\n";
    if (event.kind == EventKind::queued) text += who + event.statement + " is queued\n";
    if (event.kind == EventKind::fault) text += who + std::string(to_text(*event.fault)) + "\n";
    if (event.kind == EventKind::session_ended)
      text += who + event.session.text + " ends: " + event.note + "\n";
  }
  return text;
}

/// What is violated, first of all.
std::optional<std::pair<std::string, Violation>> violated(const History& history) {
  for (const Judgement& judgement : judge_all(history))
    for (const Violation& violation : judgement.verdict.violations)
      return std::pair(full_name(*judgement.property, violation), violation);
  return std::nullopt;
}

/// One role that notes in its session who it is, and one that asks.
std::filesystem::path notes(InputFolder& folder, const std::string& note, const std::string& ask) {
  folder.file("schema.sql", "CREATE TABLE t (id int PRIMARY KEY);\n");
  folder.file("queries.sql",
              "-- name: note :one\n" + note + ";\n-- name: ask :one\n" + ask +
                  ";\n-- name: observe :many\nSELECT id AS job, 'ready' AS state FROM t;\n");
  folder.file("protocol.toml",
              "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n[lease]\nkind = \"none\"\n"
              "[role.first]\ncount = 1\nrounds = 1\nprogram = [\"note\"]\n"
              "[role.second]\ncount = 1\nrounds = 1\nprogram = [{ sleep = \"1s\" }, \"ask\"]\n");
  return folder.path();
}

std::string answer_of(const History& history) {
  for (const Event& event : history.events)
    if (event.kind == EventKind::statement && event.statement == "ask") return event.result;
  return "";
}

TEST_CASE("pooler: in transaction mode a client has a backend for a transaction, and then another",
          "[sim]") {
  const History history = play(beside_the_tests("protocols/one-transaction"),
                               "[load]\nworkers = 2\njobs = 2\n" + pooler("transaction", 1));
  CHECK(told(history, 1, 12) ==
        "0.000001 s courier1 b1 begin: BEGIN\n"
        "0.000002 s courier1 b1 pick_up: 1 row: parcel=1\n"
        "0.000003 s courier2 begin is queued\n"
        "3.000003 s courier1 b1 sign_for: INSERT 0 1\n"
        "3.000004 s courier1 b1 commit: COMMIT\n"
        "3.000005 s courier1 begin is queued\n"
        "3.000006 s courier2 b1 begin: BEGIN\n"
        "3.000007 s courier2 b1 pick_up: 1 row: parcel=2\n"
        "6.000008 s courier2 b1 sign_for: INSERT 0 1\n");
}

TEST_CASE("pooler: what a transaction-mode client leaves in its session is the next one's",
          "[sim]") {
  const auto asked = [](const std::string& mode, const std::string& note, const std::string& ask) {
    InputFolder folder;
    const Tape dies = {{{"crash", "first1", 1, ""}, 1}};
    return answer_of(play(notes(folder, note, ask),
                          "[faults.crash]\nchance = \"1\"\nrestarts = false\n" + pooler(mode, 1),
                          dies));
  };
  const std::string set = "SELECT set_config('app.who', @worker, false) AS who";
  const std::string shown = "SELECT current_setting('app.who', true) AS who";
  CHECK(asked("transaction", set, shown) == "1 row: who=first1");
  CHECK(asked("session", set, shown) == "1 row: who=");
  const std::string lock = "SELECT pg_advisory_lock(7)::text AS locked";
  const std::string held =
      "SELECT count(*) AS held FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = "
      "'advisory'";
  CHECK(asked("transaction", lock, held) == "1 row: held=1");
  CHECK(asked("session", lock, held) == "1 row: held=0");
}

TEST_CASE("pooler: a client that goes in its transaction takes the backend with it", "[sim]") {
  const Tape dies = {{{"crash", "courier1", 3, ""}, 1}};
  const History history = play(
      beside_the_tests("protocols/one-transaction"),
      "[load]\nworkers = 1\njobs = 1\n[faults.crash]\nchance = \"1\"\n" + pooler("transaction", 1),
      dies);
  CHECK(told(history, 1, 9) ==
        "0.000001 s courier1 b1 begin: BEGIN\n"
        "0.000002 s courier1 b1 pick_up: 1 row: parcel=1\n"
        "0.000002 s courier1 b1 crash\n"
        "0.000002 s courier1 b1 courier1/main ends: its client is gone\n"
        "0.000002 s courier1.2 restart\n"
        "0.000003 s courier1.2 b2 begin: BEGIN\n"
        "0.000004 s courier1.2 b2 pick_up: 1 row: parcel=1\n"
        "3.000005 s courier1.2 b2 sign_for: INSERT 0 1\n"
        "3.000006 s courier1.2 b2 commit: COMMIT\n");
  CHECK_FALSE(violated(history));
}

TEST_CASE("pooler: whoever waits for two minutes is sent away", "[sim]") {
  InputFolder folder;
  folder.file("schema.sql", "CREATE TABLE t (id int PRIMARY KEY);\n");
  folder.file("queries.sql",
              "-- name: look :one\nSELECT 1 AS one;\n"
              "-- name: observe :many\nSELECT id AS job, 'ready' AS state FROM t;\n");
  folder.file(
      "protocol.toml",
      "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n[lease]\nkind = \"none\"\n"
      "[role.long]\ncount = 1\nrounds = 1\nprogram = [{ tx = [\"look\", { work = \"3min\" }] }]\n"
      "[role.short]\ncount = 1\nrounds = 2\npoll = \"1s\"\nprogram = [{ sleep = \"1s\" }, "
      "\"look\"]\n");
  const History history = play(folder.path(), pooler("transaction", 1));
  CHECK(told(history, 1, 12) ==
        "0.000001 s long1 b1 begin: BEGIN\n"
        "0.000002 s long1 b1 look: 1 row: one=1\n"
        "1.000001 s short1 look is queued\n"
        "121.000001 s short1 short1/main ends: the pooler had no backend for it\n"
        "121.000001 s short1 look: error 08P01\n"
        "123.000002 s short1 look is queued\n"
        "180.000003 s long1 b1 commit: COMMIT\n"
        "180.000004 s short1 b1 look: 1 row: one=1\n");
}

TEST_CASE("pooler: nobody notices the end of a backend that nobody has", "[sim]") {
  InputFolder folder;
  const Tape ends = {{{"terminate", "second1", 0, ""}, 1}};
  const History history =
      play(notes(folder, "SELECT pg_advisory_lock(7)::text AS locked",
                 "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory'"),
           "[faults.terminate]\nchance = \"1\"\n" + pooler("transaction", 1), ends);
  CHECK(told(history, 1, 12) ==
        "0.000001 s first1 b1 note: 1 row: locked=\n"
        "1.000001 s second1 terminate\n"
        "1.000001 s  b1 backend 1 ends: terminated, while no client had it\n"
        "1.000001 s second1 b2 ask: 1 row: held=0\n");
}

TEST_CASE("pooler: who meets a server that is down waits for the next try, and others are refused",
          "[sim]") {
  InputFolder folder;
  const Tape restarts = {{{"server_restart", "second1", 0, ""}, 1},
                         {{"server_restart.lasts", "second1", 0, ""}, 5'000'000}};
  const std::filesystem::path path = notes(folder, "SELECT 1 AS one", "SELECT 2 AS two");
  folder.file("protocol.toml",
              "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n[lease]\nkind = \"none\"\n"
              "[role.first]\ncount = 1\nrounds = 1\nprogram = [{ sleep = \"3s\" }, \"note\"]\n"
              "[role.second]\ncount = 1\nrounds = 1\nprogram = [\"ask\"]\n");
  const History history =
      play(path, "[faults.server_restart]\nchance = \"1\"\n" + pooler("transaction", 2), restarts);
  CHECK(told(history, 1, 12) ==
        "0.000001 s  server_restart\n"
        "0.000001 s  b1 backend 1 ends: the server was shut down, while no client had it\n"
        "0.000001 s second1 ask is queued\n"
        "3.000001 s first1 note is queued\n"
        "3.000001 s first1 first1/main ends: the pooler had no backend for it\n"
        "3.000001 s first1 note: error 08P01\n"
        "15.000002 s second1 b2 ask: 1 row: two=2\n");
}

TEST_CASE("pooler: an idle backend that has grown old is replaced, and all that it held is gone",
          "[sim]") {
  InputFolder folder;
  const History history =
      play(notes(folder, "SELECT pg_advisory_lock(7)::text AS locked",
                 "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory'"),
           "[load.pooler]\nmode = \"transaction\"\nsize = 1\nlifetime = \"500ms\"\n");
  CHECK(told(history, 1, 12) ==
        "0.000001 s first1 b1 note: 1 row: locked=\n"
        "0.5 s  b1 backend 1 ends: replaced by the pooler, while no client had it\n"
        "1.000001 s second1 b2 ask: 1 row: held=0\n"
        "1.500001 s  b2 backend 2 ends: replaced by the pooler, while no client had it\n");
}

TEST_CASE("pooler: a session's lock is taken twice behind it, and that is told", "[sim]") {
  const std::filesystem::path corpus =
      std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios/protocols/corpus";
  const History history = play(corpus / "B89-skypilot", "[load]\nworkers = 3\n");
  const auto found = violated(history);
  REQUIRE(found);
  CHECK(found->first == "single_owner");
  CHECK(
      story(history, found->second) ==
      "server1 claimed job status-refresh at 0.000001 s. server2 ran claim.try_lead at 0.000003 s "
      "through the pooler, on the backend that server1 used before. Then server2 believes since "
      "0.000003 s that it holds job status-refresh, but it was never granted to it, and server1 "
      "(grant 1) holds it.");
  CHECK_FALSE(violated(play(corpus / "B89-skypilot-fixed", "[load]\nworkers = 3\n")));
}

}  // namespace
}  // namespace fencepost
