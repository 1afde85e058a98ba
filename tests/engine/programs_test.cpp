// What programs can say of time, hosts and numbers, as statements show it.
#include "model/properties/property.hpp"
#include "sim/search/tape.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/shared_simulation.hpp"

namespace fencepost {
namespace {

/// The history of roles that look at something, under that scenario.
History play(const std::string& roles, const std::string& queries, const std::string& scenario = "",
             const Tape& tape = {}) {
  InputFolder folder;
  folder.file("schema.sql",
              "CREATE TABLE jobs (queue text, number int, owner text, done bool DEFAULT false);\n");
  folder.file("queries.sql",
              queries +
                  "-- name: observe :many\nSELECT queue || '/' || number AS job, CASE WHEN done "
                  "THEN 'succeeded' WHEN owner IS NULL THEN 'ready' ELSE 'owned' END AS state, "
                  "owner FROM jobs;\n");
  folder.file("protocol.toml", "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n" + roles);
  Simulation& simulation = shared_simulation();
  const Protocol protocol = read_protocol(folder.path());
  simulation.load(protocol);
  const Scenario read = folder.scenario(scenario);
  TapeChoices choices(tape), again(tape);
  const History history = simulation.run(read, choices);
  CHECK(choices.misfit().empty());
  CHECK(digest(simulation.run(read, again)) == digest(history));
  return history;
}

/// When that statement was run, by whom, and what it returned; the first so many.
std::string runs(const History& history, const std::string& statement, int most) {
  std::string text;
  for (const Event& event : history.events)
    if (event.kind == EventKind::statement && event.statement == statement && most-- > 0)
      text += fmt::format("{} {}: {}\n", to_text(event.at), event.worker.text, event.result);
  return text;
}

const std::string kUnheld = "[lease]\nkind = \"none\"\n";

/// What failed in a worker, and what no_unhandled_error says of the first.
std::string stuck(const History& history) {
  std::string text;
  for (const Event& event : history.events)
    if (event.note == kInWorker)
      text += fmt::format("{} {}: {}.{} {} {}\n", to_text(event.at), event.worker.text,
                          event.operation, event.statement, event.sqlstate, event.message);
  const Verdict verdict = find_property("no_unhandled_error")->judge(history);
  for (const Violation& each : verdict.violations) text += each.sentence + '\n';
  return text;
}

/// What is said of such roles before any history.
std::string refused(const std::string& roles, const std::string& queries) {
  try {
    play(roles, queries);
  } catch (const InputError& error) {
    const std::string said = error.what();
    const std::size_t at = said.find("protocol.toml");
    return at == std::string::npos ? said : said.substr(at);
  }
  return "";
}

TEST_CASE("programs: a parameter that nothing before it can give a value is known at once",
          "[sim]") {
  const std::string queries =
      "-- name: look :many\nSELECT number, owner FROM jobs;\n"
      "-- name: use :one\nSELECT @number::int AS used;\n"
      "-- name: use_all :one\nSELECT @used::int AS again;\n";
  const std::string one = kUnheld + "[role.one]\ncount = 1\nrounds = 1\n";
  CHECK(refused(one + "program = [\"use\", \"look\"]\n", queries)
            .starts_with("protocol.toml:8: statement \"use\" ("));
  CHECK(refused(one + "program = [\"use\", \"look\"]\n", queries)
            .ends_with("queries.sql:4) binds :number, which nothing before it returns; known here: "
                       "clock, error, host, now, tick, worker"));
  for (const char* right :
       {"[\"look\", { run = \"use\" }]",
        "[{ loop = [{ first = [\"look\"] }, \"use\", { run = "
        "\"use_all\", empty = \"done\" }] }]",
        "[\"look\", { each = \"look\", do = [\"use\"] }]", "[{ tx = [\"look\"] }, \"use\"]",
        "[{ run = \"look\", empty = \"seen\" }, \"use_all\"]\nseen = [\"look\", \"use\"]"})
    CHECK(refused(one + "program = " + right + "\n", queries) == "");
  CHECK(refused(one + "program = [{ tx = [\"use\"] }, \"look\"]\n", queries)
            .starts_with("protocol.toml:8: statement \"use\""));
  CHECK(refused(one + "program = [\"look\", \"a\"]\na = [\"b\"]\nb = [\"use_all\", \"use\"]\n",
                queries)
            .starts_with("protocol.toml:10: statement \"use_all\""));
  CHECK(refused(one + "program = [{ sleep = \"number\" }, \"look\"]\n", queries)
            .starts_with("protocol.toml:8: the sleep waits for number, which nothing before it"));
  CHECK(refused(one + "sessions = [\"beat\", \"main\"]\nprogram = [\"look\"]\nheartbeat = { every "
                      "= \"5s\", per = \"worker\", session = \"beat\", program = [\"use\"] }\n",
                queries)
            .ends_with("; a heartbeat with per = \"worker\" also beats while nothing is held"));
}

TEST_CASE("programs: a parameter that got no value on this path is a finding with its history",
          "[sim]") {
  const std::string queries =
      "-- name: look :many\nSELECT number FROM jobs;\n"
      "-- name: use :one\nSELECT @number::int AS used;\n"
      "-- name: say :one\nSELECT @error::text AS said;\n";
  const std::string one = kUnheld + "[role.one]\ncount = 1\nrounds = 1\n";
  const std::string why =
      "it binds :number, which nothing before it returns; known here: clock, error, host, now, "
      "tick, worker";
  const History history = play(one +
                                   "program = [{ tx = [\"look\", \"use\"] }]\nsay = [\"say\"]\n"
                                   "on = { error = \"say\" }\n",
                               queries);
  CHECK(stuck(history) == "0.000002 s one1: program.use 07002 " + why +
                              "\nprogram.use of one1 failed at 0.000002 s with 07002 (" + why +
                              "), and nothing names that error\n");
  CHECK(runs(history, "rollback", 9) == "0.000003 s one1: ROLLBACK\n");
  CHECK(runs(history, "say", 9) == "0.000004 s one1: 1 row: said=" + why + "\n");
  const std::string expected = one + "expects = [\"07002\"]\nprogram = [\"look\", \"use\"]\n";
  CHECK(stuck(play(expected, queries)) == "0.000001 s one1: program.use 07002 " + why + "\n");
  const History hurt = play(one + "program = [\"look\", \"use\"]\n", queries,
                            "[faults.crash]\nchance = \"1\"\n", {{{"crash", "one1", 0, ""}, 1}});
  CHECK(stuck(hurt).find("one1.2 failed at ") != std::string::npos);
}

TEST_CASE("programs: a row that is not there, and a :let that fails, are findings", "[sim]") {
  const std::string one = kUnheld + "[role.one]\ncount = 1\nrounds = 1\n";
  CHECK(
      stuck(play(one + "program = [\"look\"]\n", "-- name: look :one\nSELECT number FROM jobs;\n"))
          .starts_with("0.000001 s one1: program.look 02000 it returned no row, and its step does "
                       "not say what that means: write { run = \"look\", empty = \"nothing\" }"));
  CHECK(stuck(play(one + "program = [\"halve\"]\n", "-- name: halve :let\nSELECT 1 / 0 AS half;\n"))
            .starts_with("0 s one1: program.halve 22012 division by zero\n"));
}

TEST_CASE("programs: so they are in a handler, which may have nothing to bind", "[sim]") {
  const auto in_handler = [](const std::string& statement) {
    return stuck(play(kUnheld +
                          "[role.one]\ncount = 1\nrounds = 1\nprogram = [\"fail\", \"count\"]\n"
                          "handle = [\"" +
                          statement + "\"]\non = { error = \"handle\" }\n",
                      "-- name: fail :exec\nSELECT 1 / 0;\n"
                      "-- name: count :one\nSELECT 1 AS number;\n"
                      "-- name: look :one\nSELECT number FROM jobs;\n"
                      "-- name: halve :let\nSELECT 1 / 0 AS half;\n"
                      "-- name: use :exec\nSELECT @number::int;\n"));
  };
  CHECK(in_handler("look").starts_with("0.000002 s one1: handle.look 02000 it returned no row"));
  CHECK(in_handler("halve").starts_with("0.000001 s one1: handle.halve 22012 division by zero\n"));
  CHECK(in_handler("use").starts_with("program.fail of one1 failed at 0.000001 s with 22012"));
}

TEST_CASE("programs: a value says when to poll again, if that is not too late", "[sim]") {
  const auto polls = [](const std::string& value) {
    const History history =
        play(kUnheld +
                 "[role.one]\ncount = 1\nrounds = 2\npoll = { lasts = \"last look.wait\", "
                 "most = \"10s\" }\nprogram = [{ run = \"look\", empty = \"ok\" }, { run = "
                 "\"none\", empty = \"nothing\" }]\n",
             "-- name: look :one\nSELECT " + value +
                 " AS wait;\n-- name: none :many\nSELECT 1 FROM jobs WHERE false;\n");
    const std::string all = runs(history, "none", 9);
    return all.substr(all.find('\n') + 1) + stuck(history);
  };
  CHECK(polls("2.5") == "2.500004 s one1: 0 rows\n");
  CHECK(polls("'2027-01-15 08:00:07+00'::timestamptz") == "7.000002 s one1: 0 rows\n");
  CHECK(polls("1000000") == "10.000004 s one1: 0 rows\n");
  CHECK(polls("-3") == "0.000005 s one1: 0 rows\n");
  CHECK(polls("NULL::int") == "10.000004 s one1: 0 rows\n");
  CHECK(
      polls("'soon'").find("one1: program.poll 22007 poll waits for look.wait, which is \"soon\"; "
                           "it must be a number") != std::string::npos);
}

TEST_CASE("programs: a schedule begins rounds by the clock, however long the last one took",
          "[sim]") {
  const History history = play(kUnheld +
                                   "[role.cron]\ncount = 1\nrounds = 3\nschedule = \"1min\"\n"
                                   "program = [\"look\", { sleep = \"70s\" }]\n",
                               "-- name: look :one\nSELECT 1 AS one;\n");
  CHECK(runs(history, "look", 9) ==
        "0.000001 s cron1: 1 row: one=1\n"
        "120.000001 s cron1: 1 row: one=1\n");
}

TEST_CASE("programs: workers of one host know it by one name, for every life", "[sim]") {
  const History history =
      play(kUnheld + "[role.agent]\ncount = 3\nrounds = 1\nper_host = 2\nprogram = [\"look\"]\n",
           "-- name: look :one\nSELECT @host AS host;\n", "[faults.crash]\nchance = \"1\"\n",
           {{{"crash", "agent2", 1, ""}, 1}});
  CHECK(runs(history, "look", 9) ==
        "0.000001 s agent1: 1 row: host=host-agent1\n"
        "0.000002 s agent2: 1 row: host=host-agent1\n"
        "0.000003 s agent3: 1 row: host=host-agent3\n"
        "1.000001 s agent2.2: 1 row: host=host-agent1\n");
}

TEST_CASE("programs: a producer that is started again may go on with its numbers", "[sim]") {
  const auto made = [](const std::string& repeats) {
    return runs(play(kUnheld + "[role.producer]\ncount = 1\nrounds = 2\nmakes = \"number\"\n" +
                         repeats + "program = [\"make\", { sleep = \"1s\" }]\n",
                     "-- name: make :one\nSELECT @number::int AS number;\n",
                     "[faults.crash]\nchance = \"1\"\n", {{{"crash", "producer1", 1, ""}, 1}}),
                "make", 9);
  };
  CHECK(made("") ==
        "0.000001 s producer1: 1 row: number=1\n"
        "0.000002 s producer1.2: 1 row: number=1\n"
        "2.000003 s producer1.2: 1 row: number=2\n");
  CHECK(made("repeats = false\n") ==
        "0.000001 s producer1: 1 row: number=1\n"
        "0.000002 s producer1.2: 1 row: number=2\n"
        "2.000003 s producer1.2: 1 row: number=3\n");
}

TEST_CASE("programs: work that takes longer than its timeout is given up, as an error", "[sim]") {
  const std::string claim =
      "-- name: take :one\nUPDATE jobs SET owner = @worker WHERE (queue, number) = (SELECT queue, "
      "number FROM jobs WHERE owner IS NULL AND NOT done LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING "
      "queue, number;\n"
      "-- name: end :execrows\nUPDATE jobs SET done = true, owner = NULL WHERE queue = @queue AND "
      "number = @number AND owner = @worker;\n"
      "-- name: give_up :execrows\nUPDATE jobs SET owner = NULL WHERE queue = @queue AND number = "
      "@number AND owner = @worker;\n"
      "-- name: insert_job :exec\nINSERT INTO jobs VALUES ('a', @job);\n";
  const History history = play(
      "[lease]\njob = [\"queue\", \"number\"]\nlasts = \"1min\"\n[role.worker]\npoll = \"5s\"\n"
      "program = [\"claim\", { work = \"10s\", timeout = \"30s\" }, \"succeed\"]\n"
      "claim = [{ run = \"take\", empty = \"nothing\" }]\n"
      "succeed = [{ run = \"end\", empty = \"lost\" }]\n"
      "fail = [{ run = \"give_up\", empty = \"ok\" }]\non = { error = \"fail\" }\n",
      claim, "[load]\nworkers = 1\njobs = 1\nslow = { chance = \"1/2\", lasts = [\"40s\"] }\n",
      {{{"slow", "w1", 0, ""}, 1}});
  CHECK(runs(history, "give_up", 9) == "30.000002 s w1: UPDATE 1\n");
  CHECK(runs(history, "end", 9) == "40.000004 s w1: UPDATE 1\n");
  for (const Event& event : history.events)
    if (event.kind == EventKind::believed || event.kind == EventKind::granted)
      CHECK(event.job == JobId{"a/1"});
}

TEST_CASE("programs: a job that can't be processed fails whoever works on it, as an error",
          "[sim]") {
  const History history = play(
      "[lease]\njob = [\"queue\", \"number\"]\nlasts = \"1min\"\n[role.worker]\npoll = \"5s\"\n"
      "program = [\"claim\", { work = \"10s\" }, \"succeed\"]\n"
      "claim = [{ run = \"take\", empty = \"nothing\" }]\n"
      "succeed = [{ run = \"end\", empty = \"lost\" }]\n"
      "fail = [{ run = \"give_up\", empty = \"ok\" }]\non = { error = \"fail\" }\n",
      "-- name: take :one\nUPDATE jobs SET owner = @worker WHERE number = (SELECT number FROM jobs "
      "WHERE owner IS NULL AND NOT done ORDER BY number DESC LIMIT 1 FOR UPDATE SKIP LOCKED) "
      "RETURNING queue, number;\n"
      "-- name: end :execrows\nUPDATE jobs SET done = true WHERE number = @number;\n"
      "-- name: give_up :execrows\nUPDATE jobs SET owner = NULL, number = number - 10 WHERE number "
      "= @number;\n-- name: insert_job :exec\nINSERT INTO jobs VALUES ('a', @job);\n",
      "[load]\nworkers = 1\njobs = 2\nitems = 1\npoison = 1\n");
  std::string failed;
  for (const Event& event : history.events)
    if (event.kind == EventKind::fault) failed += fmt::format("{};", event.job.text);
  CHECK(failed == "a/2;");
  CHECK(runs(history, "give_up", 9) == "10.000002 s w1: UPDATE 1\n");
  CHECK(runs(history, "end", 1) == "20.000004 s w1: UPDATE 1\n");
}

TEST_CASE("programs: a 0 that a table holds is a value, and one that is computed is nothing",
          "[sim]") {
  const auto goes_on = [](const std::string& number) {
    return runs(play(kUnheld + "[role.one]\ncount = 1\nrounds = 1\n"
                               "program = [{ run = \"look\", empty = \"nothing\" }, \"after\"]\n",
                     "-- name: look :one\nSELECT " + number + " AS number FROM jobs LIMIT 1;\n" +
                         "-- name: after :one\nSELECT @number::text AS found;\n"
                         "-- name: insert_job :exec\nINSERT INTO jobs VALUES ('a', 0, @job);\n",
                     "[load]\njobs = 1\n"),
                "after", 1);
  };
  CHECK(goes_on("number") == "0.000002 s one1: 1 row: found=0\n");
  CHECK(goes_on("number + 0") == "");
  CHECK(goes_on("NOT done").find("found=t") != std::string::npos);
  CHECK(goes_on("done") == "");
  CHECK(goes_on("NULLIF(number, 0)") == "");
}

TEST_CASE("programs: a session's lock is given back, though the claim that took it failed",
          "[sim]") {
  const History history = play(
      "[jobs]\nabsent = \"ready\"\n[lease]\nkind = \"session\"\njob = [\"queue\", "
      "\"number\"]\n[role.one]\ncount = 1\nrounds = 1\nprogram = [\"claim\"]\n"
      "claim = [\"lock\", \"look\"]\nrelease = [\"unlock\"]\non = { error = \"release\" }\n",
      "-- name: lock :one\nSELECT 'a' AS queue, 1 AS number, pg_try_advisory_lock(1)::text AS "
      "locked;\n-- name: look :one\nSELECT @number::int / 0 AS looked;\n-- name: unlock "
      ":one\nSELECT pg_advisory_unlock(@number) AS unlocked;\n");
  CHECK(runs(history, "unlock", 9) == "0.000003 s one1: 1 row: unlocked=t\n");
}

}  // namespace
}  // namespace fencepost
