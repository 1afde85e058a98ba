// Rules about claims: each is raised by the shortest protocol that goes into its trap, and not by
// its repair.
#include <map>

#include "sim/lint/lint_rules.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/lint_given.hpp"

namespace fencepost {

TEST_CASE("lint: a good protocol raises nothing", "[lint]") { CHECK(raised({}) == ""); }

TEST_CASE("lint: claim-in-subquery", "[lint]") {
  const auto claim = [](const std::string& from, const std::string& to) {
    return raised(with_sql(replaced_in(kTake, from, to) + kFinish));
  };
  CHECK(claim("id = (SELECT", "id IN (SELECT") == "claim-in-subquery take");
  CHECK(claim("id = (SELECT", "jobs.id = ANY (SELECT") == "claim-in-subquery take");
  CHECK(claim("ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED", "FOR UPDATE SKIP LOCKED") == "");
  CHECK(raised(with_sql(replaced_in(replaced_in(kTake, "id = (SELECT", "id = ANY (ARRAY(SELECT"),
                                    "LOCKED)", "LOCKED))") +
                        kFinish)) == "");
}

TEST_CASE("lint: lock-in-where", "[lint]") {
  Given given;
  given.lease = "kind = \"session\"\n";
  given.role = R"(program = ["claim", "succeed"]
claim = [{ run = "take", empty = "nothing" }]
succeed = [{ run = "unlock", empty = "ok" }]
)";
  const std::string unlock = "-- name: unlock :one\nSELECT pg_advisory_unlock(:id);\n";
  const auto claim = [&](const std::string& sql) {
    given.sql = "-- name: take :one\n" + sql + ";\n" + unlock;
    return raised(given);
  };
  CHECK(claim("SELECT id FROM jobs WHERE state = 'ready' AND pg_try_advisory_lock(id) LIMIT 1") ==
        "lock-in-where take");
  CHECK(claim("WITH c AS (SELECT id FROM jobs WHERE state = 'ready') SELECT id FROM c WHERE CASE "
              "WHEN true THEN pg_try_advisory_lock(id) END") == "lock-in-where take");
  CHECK(
      claim("WITH c AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'ready' LIMIT 1) SELECT id "
            "FROM c WHERE pg_try_advisory_lock(id)") == "");
  CHECK(claim("SELECT id FROM jobs WHERE id = 1 AND pg_try_advisory_lock(id)") == "");
}

TEST_CASE("lint: unguarded-claim", "[lint]") {
  const std::string look =
      "-- name: look :one\nSELECT id FROM jobs WHERE state = 'ready' OR until <= clock_timestamp() "
      "LIMIT 1;\n";
  const std::string take = R"(-- name: take :one
UPDATE jobs SET claim = gen_random_uuid(), until = clock_timestamp() WHERE id = :id RETURNING claim;
)";
  CHECK(raised(with_sql(look + take + kFinish, kTwoSteps)) == "unguarded-claim take");
  CHECK(raised(with_sql(look + replaced_in(take, ":id", ":id AND claim IS NULL") + kFinish,
                        kTwoSteps)) == "");
  const std::string locked = replaced_in(look, "LIMIT 1", "LIMIT 1 FOR UPDATE");
  CHECK(raised(with_sql(locked + take + kFinish, kTwoSteps)) == "unguarded-claim take");
  CHECK(raised(with_sql(locked + take + kFinish,
                        replaced_in(replaced_in(kTwoSteps, "claim = [", "claim = [{ tx = ["),
                                    "\"nothing\" }]", "\"nothing\" }] }]"))) == "");
}

TEST_CASE("lint: a claim that has the job already may go on by its id", "[lint]") {
  CHECK(raised(with_sql(kTake + kFinish +
                            "-- name: note :exec\nUPDATE jobs SET owner = :worker "
                            "WHERE id = :id;\n",
                        replaced_in(Given().role, "\"nothing\" }]", "\"nothing\" }, \"note\"]"))) ==
        "");
}

TEST_CASE("lint: guard-comes-back and ignored-count", "[lint]") {
  const std::string look =
      "-- name: look :one\nSELECT id FROM jobs WHERE state = 'ready' AND tries < 3 LIMIT 1;\n";
  const std::string take = R"(-- name: take :one
UPDATE jobs SET state = 'running', claim = gen_random_uuid(), until = clock_timestamp() WHERE id = :id AND state = 'ready' RETURNING claim;
-- name: reap :exec
UPDATE jobs SET state = 'ready', tries = tries + 1 WHERE until <= clock_timestamp();
)";
  const std::string role = kTwoSteps + "[role.reaper]\nevery = \"5s\"\nprogram = [\"reap\"]\n";
  CHECK(raised(with_sql(look + take + kFinish, role)) == "guard-comes-back take");
  // A job that is ready once more may be taken, where nothing else was looked at.
  CHECK(raised(with_sql(replaced_in(look, " AND tries < 3", "") + take + kFinish, role)) == "");
  CHECK(raised(with_sql(
            look + replaced_in(take, "= 'ready' RET", "= 'ready' AND tries = :tries RET") + kFinish,
            replaced_in(role, "\"take\",", "\"take\", with = { tries = \"=1\" },"))) == "");
  CHECK(raised(with_sql(
            look + replaced_in(take, "SET state = 'ready'", "SET state = 'dead'") + kFinish,
            role)) == "");
  CHECK(raised(with_sql(
            look + replaced_in(take, "SET state = 'ready'", "SET state = 'dead'") + kFinish,
            replaced_in(role, "{ run = \"take\", empty = \"nothing\" }",
                        "{ run = \"take\", empty = \"ok\" }"))) == "ignored-count take");
  CHECK(raised(with_sql(
            look + replaced_in(take, "SET state = 'ready'", "SET state = 'dead'") + kFinish +
                "-- name: mine :one\nSELECT id FROM jobs WHERE id = :id AND owner = :worker;\n",
            replaced_in(role, "{ run = \"take\", empty = \"nothing\" }",
                        "\"take\", { run = \"mine\", empty = \"nothing\" }"))) == "");
}

TEST_CASE("lint: claims that take turns, or that PostgreSQL refuses, race with none", "[lint]") {
  const std::string look =
      "-- name: look :one\nSELECT id FROM jobs WHERE state = 'ready' OR until <= clock_timestamp() "
      "LIMIT 1;\n";
  const std::string take = R"(-- name: take :one
UPDATE jobs SET claim = gen_random_uuid(), until = clock_timestamp() WHERE id = :id RETURNING claim;
)";
  const auto claim = [&](const std::string& first, const std::string& sql,
                         const std::string& isolation = "") {
    return raised(with_sql(sql + take + kFinish,
                           "program = [\"claim\", \"succeed\"]\nclaim = [{ tx = [" + first +
                               "{ run = \"look\", empty = \"nothing\" }, \"take\"]" + isolation +
                               " }]\nsucceed = [{ run = \"finish\", empty = \"lost\" }]\n"));
  };
  CHECK(claim("", look) == "unguarded-claim take");
  CHECK(claim("", look, ", isolation = \"repeatable read\"") == "");
  for (const char* turn :
       {"SELECT pg_advisory_xact_lock(1)", "LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE"}) {
    const std::string first = "-- name: turn :exec\n" + std::string(turn) + ";\n";
    CHECK(claim("\"turn\", ", first + look) == "");
    CHECK(raised(with_sql(first + replaced_in(kTake, " FOR UPDATE SKIP LOCKED", "") + kFinish,
                          replaced_in(Given().role, "[{ run = \"take\", empty = \"nothing\" }]",
                                      "[{ tx = [\"turn\", { run = \"take\", empty = \"nothing\" "
                                      "}] }]"))) == "");
  }
}

TEST_CASE("lint: unlocked-pick", "[lint]") {
  const std::string seen = R"(-- name: take :one
UPDATE jobs SET tries = jobs.tries + :one, owner = :worker, claim = gen_random_uuid(), until = clock_timestamp()
  FROM (SELECT id, claim AS last FROM jobs WHERE until <= clock_timestamp() LIMIT 1) pick
 WHERE jobs.id = pick.id RETURNING jobs.id, jobs.claim;
)";
  const std::string role =
      replaced_in(Given().role, "\"take\",", "\"take\", with = { one = \"=1\" },");
  CHECK(raised(with_sql(seen + kFinish, role)) == "unlocked-pick take");
  CHECK(raised(with_sql(
            replaced_in(seen, " RETURNING", " AND jobs.claim = pick.last RETURNING") + kFinish,
            role)) == "");
  const std::string unlocked = replaced_in(kTake, " FOR UPDATE SKIP LOCKED", "");
  CHECK(raised(with_sql(unlocked + kFinish)) == "unlocked-pick take");
  CHECK(raised(with_sql(replaced_in(unlocked, "RETURNING", " AND state = 'ready' RETURNING") +
                        kFinish)) == "");
  CHECK(
      raised(with_sql(unlocked + kFinish,
                      replaced_in(Given().role, "[{ run = \"take\", empty = \"nothing\" }]",
                                  "[{ tx = [{ run = \"take\", empty = \"nothing\" }], isolation = "
                                  "\"serializable\" }]"))) == "");
}

TEST_CASE("lint: ignored-conflict", "[lint]") {
  const std::string take = R"(-- name: take :execrows
INSERT INTO steps (job, at) VALUES (:id, :worker) ON CONFLICT DO NOTHING;
)";
  const std::string look =
      "-- name: look :one\nSELECT id FROM jobs WHERE state = 'ready' LIMIT 1;\n";
  Given given = with_sql(look + take +
                             "-- name: finish :execrows\nDELETE FROM steps WHERE job = :id "
                             "AND at = :worker;\n",
                         kTwoSteps);
  given.lease = "";
  CHECK(raised(given) == "");
  given.role = replaced_in(kTwoSteps, "{ run = \"take\", empty = \"nothing\" }", "\"take\"");
  CHECK(raised(given) == "ignored-conflict take");
}

TEST_CASE("lint: no-takeover", "[lint]") {
  const std::string never = replaced_in(kTake, " OR until <= clock_timestamp()", "");
  CHECK(raised(with_sql(never + kFinish)) == "no-takeover take");
  CHECK(raised(with_sql(
            replaced_in(kTake, "until <= clock_timestamp()", "now() - until > interval '1 min'") +
            kFinish)) == "");
  // Wherever it is asked: of a group, in a join, or as an output of a query within.
  for (const char* looks :
       {"SELECT id FROM jobs GROUP BY id HAVING bool_or(state = 'ready' OR until <= now())",
        "SELECT j.id FROM jobs j JOIN jobs k ON j.id = k.id AND k.until <= now()",
        "SELECT id FROM (SELECT id, until <= now() AS is_over FROM jobs) x WHERE is_over"}) {
    INFO(looks);
    CHECK(raised(with_sql(replaced_in(never, "SELECT id FROM jobs WHERE state = 'ready'\n", looks) +
                          kFinish))
              .find("no-takeover") == std::string::npos);
  }
  // What must not be so for a job to be taken: it is not over.
  for (const char* over :
       {"NOT (until > now())", "(until > now()) IS NOT TRUE", "until < jobs_before(now())",
        "NOT EXISTS (SELECT FROM jobs k WHERE k.id = jobs.id AND k.until > now())",
        "id NOT IN (SELECT id FROM jobs WHERE until >= now())",
        "id IN (SELECT id FROM jobs EXCEPT SELECT id FROM jobs WHERE until > now())",
        "EXISTS (WITH c AS (SELECT now() AS cutoff) SELECT FROM c WHERE jobs.until < cutoff)"}) {
    INFO(over);
    CHECK(raised(with_sql(replaced_in(kTake, "until <= clock_timestamp()", over) + kFinish)) == "");
  }
  for (const char* alive : {"until > now()", "NOT (until <= now())"}) {
    INFO(alive);
    CHECK(raised(with_sql(replaced_in(kTake, "until <= clock_timestamp()", alive) + kFinish)) ==
          "no-takeover take");
  }
  Given undeclared = with_sql(never + kFinish);
  undeclared.lease = "token = \"claim\"\n";
  CHECK(raised(undeclared) == "");
}

TEST_CASE("lint: what a schema says of leases is known, by a DEFAULT and in a view", "[lint]") {
  Given given;
  given.schema =
      "CREATE TABLE jobs (id int PRIMARY KEY, state text);\nCREATE TABLE locks (job int UNIQUE, "
      "claim uuid DEFAULT gen_random_uuid(), until timestamptz DEFAULT now() + interval '1 min');"
      "\nCREATE VIEW over AS SELECT job FROM locks WHERE until < now();\n"
      "CREATE VIEW old AS SELECT * FROM over;\n";
  const std::string sql = R"(-- name: take :one
INSERT INTO locks (job) SELECT id FROM jobs LIMIT 1 ON CONFLICT DO NOTHING RETURNING job AS id, claim;
-- name: finish :execrows
DELETE FROM locks WHERE job = :id AND claim = :claim;
-- name: reap :exec
)";
  const std::string role = given.role + "[role.reaper]\nevery = \"5s\"\nprogram = [\"reap\"]\n";
  const auto reaps = [&](const std::string& which) {
    given.sql = sql + "DELETE FROM locks WHERE " + which + ";\n";
    given.role = role;
    return raised(given);
  };
  CHECK(reaps("until < now()") == "");
  CHECK(reaps("job IN (SELECT job FROM old)") == "");
  CHECK(reaps("until > now()") == "no-takeover take");
  given.sql =
      replaced_in(sql, " AND claim = :claim", "") + "DELETE FROM locks WHERE until < now();\n";
  CHECK(raised(given) == "unfenced-write finish");
}

TEST_CASE("lint: stale-count and cap-without-lock", "[lint]") {
  const std::string take = R"(-- name: take :one
WITH busy AS (SELECT count(*) AS n FROM jobs WHERE state = 'running'),
next AS MATERIALIZED (SELECT id FROM jobs, busy WHERE n < 2 AND (state = 'ready' OR until <= clock_timestamp()) LIMIT 1 FOR UPDATE OF jobs SKIP LOCKED)
UPDATE jobs SET claim = gen_random_uuid(), until = clock_timestamp() FROM next WHERE jobs.id = next.id RETURNING jobs.id, jobs.claim;
)";
  CHECK(raised(with_sql(take + kFinish)) == "stale-count take");
  const std::string fresh =
      replaced_in(take, "state = 'running'", "state = 'running' AND until > clock_timestamp()");
  CHECK(raised(with_sql(fresh + kFinish)) == "");
  // The limit is for jobs that are ready; those of dead workers are taken over all the same.
  for (const auto& [from, to] : std::multimap<std::string, std::string>{
           {"n < 2 AND (state = 'ready' OR until <= clock_timestamp())",
            "(n < 2 AND state = 'ready') OR until <= clock_timestamp()"},
           {"WHERE state = 'running'", "WHERE state = 'waiting'"},
           {"WHERE state = 'running'", "WHERE done_at > now() - interval '1 min'"},
           {"jobs.claim;", "jobs.claim, (SELECT n FROM busy);"}}) {
    INFO(to);
    Given given =
        with_sql(replaced_in(take, "SET claim", "SET state = 'running', claim") + kFinish);
    given.schema = replaced_in(given.schema, "owner text", "owner text, done_at timestamptz");
    if (to.ends_with("busy);")) given.sql = replaced_in(given.sql, "n < 2 AND ", "");
    given.sql = replaced_in(given.sql, from, to);
    CHECK(raised(given) == "");
  }
  Given capped = with_sql(fresh + kFinish);
  capped.shows = "state, 'a' AS \"group\", 2 AS cap";
  CHECK(raised(capped) == "cap-without-lock take");
  Given alone = capped;
  alone.role = "count = 1\n" + alone.role;
  CHECK(raised(alone) == "");
  capped.sql += "-- name: turn :exec\nSELECT pg_advisory_xact_lock(1);\n";
  capped.role = replaced_in(capped.role, "[{ run = \"take\", empty = \"nothing\" }]",
                            "[{ tx = [\"turn\", { run = \"take\", empty = \"nothing\" }] }]");
  CHECK(raised(capped) == "");
}

}  // namespace fencepost
