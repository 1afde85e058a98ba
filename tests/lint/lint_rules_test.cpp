// The other rules: each is raised by the shortest protocol that goes into its trap, and not by its
// repair.
#include "sim/lint/lint_rules.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/lint_given.hpp"

namespace fencepost {

TEST_CASE("lint: a statement that this parser does not know is said", "[lint]") {
  CHECK(raised(
            with_sql(kTake + "-- name: finish :execrows\nUPDATE jobs SET SET WHERE id = :id;\n")) ==
        "; statement \"finish\" is not looked at for traps: syntax error at or near \"WHERE\"");
}

TEST_CASE("lint: unfenced-write", "[lint]") {
  const auto finish = [](const std::string& sql) {
    return raised(with_sql(kTake + "-- name: finish :execrows\n" + sql + ";\n"));
  };
  CHECK(finish("UPDATE jobs SET state = 'succeeded' WHERE id = :id AND state = 'running'") ==
        "unfenced-write finish");
  CHECK(finish("DELETE FROM jobs WHERE id = :id") == "unfenced-write finish");
  CHECK(finish("DELETE FROM jobs WHERE id = :id AND claim <> :claim") == "unfenced-write finish");
  CHECK(finish("DELETE FROM jobs WHERE id = :id AND owner = :worker") == "");
  CHECK(finish("DELETE FROM jobs WHERE (id, claim) = (:id, :claim)") == "");
  CHECK(
      finish("WITH gone AS (DELETE FROM jobs WHERE id = :id RETURNING id) UPDATE jobs SET owner = "
             "NULL FROM gone WHERE jobs.owner = :worker") == "unfenced-write finish");
  CHECK(finish("WITH mine AS (SELECT id FROM jobs WHERE claim = :claim FOR UPDATE) UPDATE jobs SET "
               "state = 'done' FROM mine WHERE jobs.id = mine.id") == "");
  CHECK(
      raised(with_sql(kTake + kFinish +
                          "-- name: beat :execrows\nUPDATE jobs SET until = clock_timestamp() "
                          "WHERE id = :id;\n",
                      "sessions = [\"side\", \"main\"]\n" + Given().role +
                          "[role.worker.heartbeat]\nevery = \"10s\"\nsession = \"side\"\nprogram = "
                          "[{ run = \"beat\", empty = \"lost\" }]\n")) == "unfenced-write beat");
}

TEST_CASE("lint: a worker may always say that it is alive, in a row of its own", "[lint]") {
  Given given;
  given.schema += "CREATE TABLE workers (name text PRIMARY KEY, seen timestamptz);\n";
  given.sql =
      replaced_in(kTake, "until <= clock_timestamp()",
                  "NOT EXISTS (SELECT FROM workers w WHERE w.name = owner AND w.seen > "
                  "now() - interval '1 min')") +
      kFinish +
      "-- name: alive "
      ":exec\nINSERT INTO workers (name, seen) VALUES (:worker, now()) ON CONFLICT (name) DO "
      "UPDATE SET seen = excluded.seen;\n";
  given.role = replaced_in(given.role, "claim = [", "claim = [\"alive\", ") +
               "sessions = [\"side\", \"main\"]\n[role.worker.heartbeat]\nevery = \"10s\"\nsession "
               "= \"side\"\nprogram = [\"alive\"]\n";
  CHECK(raised(given) == "");
  given.sql = replaced_in(given.sql, "(:worker, now()) ON", "(:id, now()) ON");
  CHECK(raised(given) == "unfenced-write alive");
}

TEST_CASE("lint: unfenced-side-table and unlocked-fence", "[lint]") {
  const std::string save = R"(-- name: save :exec
INSERT INTO steps (job, at) VALUES (:id, 1) ON CONFLICT (job) DO UPDATE SET at = EXCLUDED.at;
-- name: mine :one
SELECT id FROM jobs WHERE id = :id AND claim = :claim;
)";
  const auto with_end = [&](const std::string& steps, const std::string& sql) {
    return raised(with_sql(kTake + kFinish + sql,
                           replaced_in(Given().role, "succeed = [", "succeed = [" + steps + ", ")));
  };
  CHECK(with_end("\"save\"", save) == "unfenced-side-table save");
  const std::string fenced = "{ tx = [{ run = \"mine\", empty = \"lost\" }, \"save\"] }";
  CHECK(with_end(fenced, save) == "unlocked-fence mine");
  CHECK(with_end(fenced, replaced_in(save, ":claim;", ":claim FOR UPDATE;")) == "");
  CHECK(with_end("{ tx = [{ run = \"mine\", empty = \"ok\" }, \"save\"] }",
                 replaced_in(save, ":claim;", ":claim FOR UPDATE;")) == "unfenced-side-table save");
  CHECK(with_end("\"save\"",
                 "-- name: save :exec\nINSERT INTO steps (job, at) VALUES (:id, 1);\n") == "");
  CHECK(with_end("\"save\"",
                 "-- name: save :exec\nUPDATE steps SET at = 2 FROM jobs WHERE job = :id "
                 "AND jobs.id = job AND jobs.claim = :claim;\n") == "hidden-count save");
}

TEST_CASE("lint: a side table that knows the token, or has a row for each, is fenced", "[lint]") {
  const auto save = [&](const std::string& sql, const std::string& order) {
    Given given = with_sql(
        replaced_in(kTake, "claim = gen_random_uuid()", "epoch = epoch + 1") +
            "-- name: finish :execrows\nUPDATE jobs SET state = 'done' WHERE id = :id AND epoch = "
            ":epoch;\n-- name: save :execrows\n" +
            sql + ";\n",
        replaced_in(Given().role, "succeed = [", "succeed = [\"save\", "));
    given.sql = replaced_in(given.sql, "RETURNING id, claim", "RETURNING id, epoch");
    given.schema =
        "CREATE TABLE jobs (id bigint PRIMARY KEY, state text, owner text, until "
        "timestamptz, epoch int);\nCREATE TABLE steps (job int PRIMARY KEY, epoch int, at "
        "int);\n";
    given.lease = "token = \"epoch\"\nlasts = \"1min\"\norder = \"" + order + "\"\n";
    return raised(given);
  };
  const std::string put = "INSERT INTO steps (job, epoch, at) VALUES (:id, :epoch, 1) ON CONFLICT ";
  const std::string keep = "(job) DO UPDATE SET at = 2, epoch = EXCLUDED.epoch";
  const std::string trap = "unfenced-side-table save";
  CHECK(save(put + keep, "increasing") == trap);
  for (const char* fence : {" WHERE steps.epoch <= EXCLUDED.epoch",
                            " WHERE EXCLUDED.epoch > steps.epoch", " WHERE steps.epoch < :epoch"}) {
    INFO(fence);
    CHECK(save(put + keep + fence, "increasing") == "");
    CHECK(save(put + keep + fence, "unique") == trap);
  }
  CHECK(save(put + keep + " WHERE steps.epoch >= EXCLUDED.epoch", "increasing") == trap);
  CHECK(save(put + "(job, epoch) DO UPDATE SET at = 2", "unique") == "");
  CHECK(save("UPDATE steps SET at = 2 WHERE job = :id AND epoch <= :epoch", "increasing") == "");
  CHECK(save("UPDATE steps SET at = 2 WHERE job = :id AND epoch >= :epoch", "increasing") == trap);
}

TEST_CASE("lint: hidden-count", "[lint]") {
  const std::string role =
      replaced_in(Given().role, "{ run = \"finish\", empty = \"lost\" }", "\"finish\"");
  CHECK(raised(with_sql(kTake + replaced_in(kFinish, ":execrows", ":exec"), role)) ==
        "hidden-count finish");
  CHECK(raised(with_sql(kTake + kFinish, role)) == "");
  // Behind an error the round is over, whatever it changes.
  const std::string fail =
      "-- name: give_up :exec\nUPDATE jobs SET state = 'ready' WHERE id = :id AND claim = "
      ":claim;\n";
  const auto on = [&](const std::string& handler) {
    return raised(with_sql(kTake + kFinish + fail,
                           Given().role + "fail = [\"give_up\"]\non = { " + handler + " }\n"));
  };
  CHECK(on("error = \"fail\"") == "");
  CHECK(on("error = { run = \"fail\", then = \"go_on\" }") == "hidden-count give_up");
}

TEST_CASE("lint: excluded-guard", "[lint]") {
  const std::string renew = R"(-- name: finish :execrows
INSERT INTO jobs (id, state, owner) VALUES (:id, 'a', :worker) ON CONFLICT (id) DO UPDATE SET until = clock_timestamp() WHERE EXCLUDED.owner = :worker;
)";
  CHECK(raised(with_sql(kTake + renew)) == "excluded-guard finish");
  CHECK(raised(with_sql(kTake + replaced_in(renew, "EXCLUDED.owner", "jobs.owner"))) == "");
  for (const char* guard : {"EXCLUDED.owner = :worker", "EXCLUDED.owner = :worker::text",
                            ":worker = EXCLUDED.owner "}) {
    const LintReport report =
        lint_of(with_sql(kTake + replaced_in(renew, "EXCLUDED.owner = :worker", guard)));
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings.front().write == "jobs.owner = :worker");
  }
}

TEST_CASE("lint: uncounted-rescue", "[lint]") {
  const std::string take = replaced_in(kTake, " OR until <= clock_timestamp()", "");
  Given given = with_sql(take + kFinish +
                             "-- name: reap :exec\nUPDATE jobs SET state = 'ready' WHERE until <= "
                             "clock_timestamp();\n",
                         Given().role + "[role.reaper]\nevery = \"5s\"\nprogram = [\"reap\"]\n");
  given.lease += "attempts = 3\n";
  given.shows = "state, tries AS attempts";
  CHECK(raised(given) == "uncounted-rescue reap");
  const std::string sql = given.sql;
  // What has failed is not tried again.
  given.sql = replaced_in(sql, "SET state = 'ready' WHERE", "SET state = 'failed' WHERE");
  CHECK(raised(given) == "");
  given.sql =
      replaced_in(sql, "SET state = 'ready' WHERE", "SET state = 'ready', until = NULL WHERE");
  CHECK(raised(given) == "uncounted-rescue reap");
  given.sql = replaced_in(sql, "SET state = 'ready'", "SET state = 'ready', tries = tries + 1");
  CHECK(raised(given) == "");
  given.sql = replaced_in(sql, "SET state = 'running'", "SET tries = tries + 1, state = 'running'");
  CHECK(raised(given) == "");
  given.sql = replaced_in(sql, take, kTake);
  CHECK(raised(given) == "uncounted-rescue reap, uncounted-rescue take");
}

TEST_CASE("lint: now-in-transaction", "[lint]") {
  const std::string old = replaced_in(kTake, "clock_timestamp() + interval", "now() + interval");
  const std::string in_transaction =
      replaced_in(Given().role, "[{ run = \"take\", empty = \"nothing\" }]",
                  "[{ tx = [{ run = \"take\", empty = \"nothing\" }] }]");
  CHECK(raised(with_sql(old + kFinish)) == "");
  CHECK(raised(with_sql(old + kFinish, in_transaction)) == "now-in-transaction take");
  CHECK(raised(with_sql(replaced_in(old, "now()", "CURRENT_TIMESTAMP(3)") + kFinish,
                        in_transaction)) == "now-in-transaction take");
  CHECK(raised(with_sql(kTake + kFinish, in_transaction)) == "");
  const std::string waits =
      replaced_in(in_transaction, "{ run = \"take\", empty = \"nothing\" }",
                  "{ loop = [{ run = \"take\", empty = \"done\" }, { sleep = \"1s\" }] }");
  CHECK(raised(with_sql(
            replaced_in(kTake, "until <= clock_timestamp()", "until <= now()") + kFinish, waits)) ==
        "now-in-transaction take");
  CHECK(raised(with_sql(kTake + kFinish, waits)) == "");
}

TEST_CASE("lint: lease-without-time-zone", "[lint]") {
  Given given;
  given.schema = replaced_in(given.schema, "timestamptz", "timestamp");
  CHECK(raised(given) == "lease-without-time-zone");
  given.sql =
      replaced_in(kTake, "clock_timestamp() +", "clock_timestamp() AT TIME ZONE 'utc' +") + kFinish;
  CHECK(raised(given) == "");
  given.sql = "";
  given.role += "settings = { TimeZone = \"UTC\" }\n";
  CHECK(raised(given) == "");
}

TEST_CASE("lint: truncated-token", "[lint]") {
  Given given = with_sql(
      replaced_in(kTake, "claim = gen_random_uuid()", "claim = clock_timestamp()") + kFinish +
          "-- name: cut :let\nSELECT date_trunc('milliseconds', "
          ":claim::timestamptz) AS claim;\n",
      replaced_in(Given().role, "\"nothing\" }]", "\"nothing\" }, \"cut\"]"));
  CHECK(raised(given) == "truncated-token cut");
  given.sql = replaced_in(given.sql, "claim = clock_timestamp()",
                          "claim = date_trunc('milliseconds', clock_timestamp())");
  CHECK(raised(given) == "");
}

TEST_CASE("lint: sequence-gap", "[lint]") {
  const std::string sql = R"(-- name: append :exec
INSERT INTO jobs (state) VALUES ('ready');
-- name: read :many
SELECT id FROM jobs WHERE id > :last ORDER BY id;
-- name: turn :exec
SELECT pg_advisory_xact_lock(1);
)";
  const auto program = [&](const std::string& append) {
    Given given =
        with_sql(sql, "every = \"5s\"\nprogram = [{ tx = [" + append +
                          "] }]\n[role.reader]\nevery = \"1s\"\nprogram = [{ run = \"read\", "
                          "with = { last = \"=1\" } }]\n");
    given.lease = "kind = \"none\"\n";
    return raised(given);
  };
  CHECK(program("\"append\"") == "sequence-gap read");
  CHECK(program("\"turn\", \"append\"") == "");
  Given given = with_sql(
      replaced_in(sql, "id > :last",
                  "id > :last AND xid < pg_snapshot_xmin(pg_current_snapshot())"),
      "every = \"5s\"\nprogram = [{ tx = [\"append\"] }]\n[role.reader]\nevery = \"1s\"\nprogram "
      "= [{ run = \"read\", with = { last = \"=1\" } }]\n");
  given.schema = replaced_in(given.schema, "owner text", "owner text, xid xid8");
  given.lease = "kind = \"none\"\n";
  CHECK(raised(given) == "");
}

TEST_CASE("lint: locks on other sessions, of other keys, and taken twice", "[lint]") {
  Given given;
  given.lease = "kind = \"session\"\n";
  const std::string take =
      "-- name: take :one\nSELECT 1 AS id, pg_try_advisory_lock(1) AS got;\n-- name: finish "
      ":execrows\nUPDATE jobs SET state = 'succeeded' WHERE id = :id;\n";
  const auto role = [](const std::string& name, const std::string& claim, const std::string& end) {
    return "sessions = [\"lock\", \"main\"]\nprogram = [\"claim\", \"succeed\"]\nclaim = [" +
           claim + "]\nsucceed = [{ run = \"finish\", empty = \"ok\"" + end + " }]\n" + name;
  };
  const std::string locks =
      "{ run = \"take\", session = \"lock\", empty = { rows = \"nothing\", got = \"nothing\" } }";
  given.sql = take;
  given.role = role("", locks, "");
  CHECK(raised(given) == "write-beside-lock finish");
  given.role = role("", locks, ", session = \"lock\"");
  CHECK(raised(given) == "");
  const std::string again = "-- name: again :one\nSELECT pg_try_advisory_lock(1) AS got;\n";
  given.sql = take + again;
  given.role = role("", locks + ", " + replaced_in(locks, "take", "again"), ", session = \"lock\"");
  CHECK(raised(given) == "lock-taken-twice again");
  given.sql = take + replaced_in(again, "SELECT", "SELECT EXISTS (SELECT FROM pg_locks) OR");
  CHECK(raised(given) == "");
  given.sql = take + "-- name: other :one\nSELECT 1 AS id, pg_try_advisory_lock(2) AS got;\n";
  const std::string end = ", session = \"lock\"";
  given.role =
      role("[role.new]\n", locks, end) + role("", replaced_in(locks, "take", "other"), end);
  CHECK(raised(given) == "different-lock-keys other");
  given.sql = replaced_in(given.sql, "lock(2)", "lock(1)");
  CHECK(raised(given) == "");
}

TEST_CASE("lint: opposite-order", "[lint]") {
  const std::string sql = R"(-- name: a :exec
UPDATE jobs SET state = 'a' WHERE state = 'b';
-- name: b :exec
UPDATE steps SET at = 1 WHERE at = 2;
-- name: turn :exec
SELECT pg_advisory_xact_lock(1);
)";
  const auto orders = [&](const std::string& one, const std::string& two) {
    Given given = with_sql(sql, "every = \"5s\"\nprogram = [{ tx = [" + one +
                                    "] }]\n[role.other]\nevery = \"5s\"\nprogram = [{ tx = [" +
                                    two + "] }]\n");
    given.lease = "kind = \"none\"\n";
    return raised(given);
  };
  CHECK(orders("\"a\", \"b\"", "\"b\", \"a\"") == "opposite-order a");
  CHECK(orders("\"a\", \"b\"", "\"a\", \"b\"") == "");
  CHECK(orders("\"turn\", \"a\", \"b\"", "\"turn\", \"b\", \"a\"") == "");
}

TEST_CASE("lint: what protocol.toml says of heartbeats and sessions", "[lint]") {
  const std::string beat =
      "-- name: beat :execrows\nUPDATE jobs SET until = clock_timestamp() WHERE claim = :claim;\n";
  const auto heartbeat = [&](const std::string& every, const std::string& more) {
    return raised(
        with_sql(kTake + kFinish + beat,
                 "sessions = [\"side\", \"main\"]\n" + Given().role + more +
                     "[role.worker.heartbeat]\nevery = \"" + every +
                     "\"\nsession = \"side\"\nprogram = [{ run = \"beat\", empty = \"lost\" "
                     "}]\n" +
                     (more.empty() ? "" : "at_shutdown = \"stop\"\n")));
  };
  CHECK(heartbeat("60s", "") == "slow-heartbeat");
  CHECK(heartbeat("59s", "") == "");
  CHECK(heartbeat("60s", "# fencepost: ignore slow-heartbeat we renew by hand\n") ==
        "heartbeat-stops-first");
  CHECK(heartbeat("10s", "on = { shutdown = \"finish\" }\n") == "heartbeat-stops-first");
  Given session;
  session.lease = "kind = \"session\"\nlasts = \"1min\"\n";
  session.sql =
      "-- name: take :one\nSELECT 1 AS id, pg_try_advisory_lock(1) AS got;\n-- name: finish "
      ":one\nSELECT pg_advisory_unlock(1);\n";
  session.role = replaced_in(session.role, "empty = \"lost\"", "empty = \"ok\"");
  CHECK(raised(session) == "endless-session");
  session.role += "settings = { idle_session_timeout = \"20s\" }\n";
  CHECK(raised(session) == "");
}

}  // namespace fencepost
