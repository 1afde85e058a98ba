// The mutants of small protocols: where each is, of what, and what it is then.
#include "sim/mutants/mutant.hpp"

#include <algorithm>

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/lint_given.hpp"

namespace fencepost {
namespace {

const std::string kSchema = R"(CREATE TABLE jobs (id bigserial PRIMARY KEY, state text NOT NULL,
  claim uuid, until timestamptz, note text, CHECK ((state = 'running') = (until IS NOT NULL)));
)";
const std::string kQueries = R"(-- name: take :one
UPDATE jobs SET state = 'running', until = clock_timestamp() + :lease::interval
 WHERE id = (SELECT id FROM jobs WHERE state = 'running' AND until <= clock_timestamp()
              ORDER BY id LIMIT 1)
RETURNING id;
-- name: write :exec
UPDATE jobs SET note = :note, claim = NULL WHERE id = :id;
-- name: finish :execrows
UPDATE jobs SET state = 'succeeded', until = NULL WHERE id = :id;
-- name: compute :let
SELECT 'x' AS note;
-- name: observe :many
SELECT id AS job, state, until AS lease_until, claim AS token FROM jobs;
-- name: insert_job :exec
INSERT INTO jobs (id, state) VALUES (:job, 'ready');
)";
const std::string kRole = R"([role.worker]
program = ["claim", { work = "1s" }, "succeed"]
claim = [{ run = "take", empty = "nothing" }]
succeed = [{ tx = ["compute", "write", { run = "finish", empty = "lost" }] }]
on = { unknown = { run = "succeed", then = "go_on" } }
[role.worker.settings]
lock_timeout = "2s"
)";

struct Small {
  InputFolder folder;
  Protocol protocol;
  std::vector<Mutant> mutants;

  explicit Small(const std::string& role = kRole, const std::string& schema = kSchema,
                 const std::string& queries = kQueries) {
    folder.file("protocol.toml",
                "schema = \"schema.sql\"\nqueries = \"queries.sql\"\n[constants]\nlease = "
                "\"30s\"\n[lease]\njob = \"id\"\nlasts = \"30s\"\n" +
                    role);
    folder.file("schema.sql", schema);
    folder.file("queries.sql", queries);
    protocol = read_protocol(folder.path());
    mutants = mutants_of(protocol);
  }
  /// "FILE:LINE of: clause → instead" of each by this operator.
  std::vector<std::string> by(std::string_view change) const {
    std::vector<std::string> all;
    for (const Mutant& mutant : mutants)
      if (mutant.change == change)
        all.push_back(fmt::format("{}:{} {}: {} → {}", mutant.where.file.filename().string(),
                                  mutant.where.line, mutant.of, mutant.clause, mutant.instead));
    return all;
  }
  const Mutant& first(std::string_view change, std::string_view of) const {
    return *std::find_if(mutants.begin(), mutants.end(), [&](const Mutant& mutant) {
      return mutant.change == change && mutant.of == of;
    });
  }
};
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("mutants: a clause is told as its user wrote it, with its line", "[mutants]") {
  const Small small;
  CHECK(small.by("narrower") ==
        Texts{"queries.sql:2 take: until = clock_timestamp() + :lease::interval → until = "
              "clock_timestamp() + :lease::interval / 10"});
  CHECK(small.by("no-order") == Texts{"queries.sql:4 take: ORDER BY id → "});
}

TEST_CASE("mutants: a changed statement binds what it still names", "[mutants]") {
  const Small small;
  const Protocol now = mutated(small.protocol, small.first("no-set", "write"));
  const Statement& write = now.statements.at("write");
  CHECK(write.text == "UPDATE jobs SET claim = NULL WHERE id = :id");
  CHECK(write.sql == "UPDATE jobs SET claim = NULL WHERE id = $1");
  CHECK(write.parameters == Texts{"id"});
  CHECK(write.command == Command::exec);
  CHECK(now.hash != small.protocol.hash);
  CHECK(now.statements.at("take").text == small.protocol.statements.at("take").text);
}

TEST_CASE("mutants: what fencepost asks itself is not changed", "[mutants]") {
  const Small small;
  for (const Mutant& mutant : small.mutants) {
    CHECK(mutant.of != "observe");
    CHECK(mutant.of != "insert_job");
  }
}

TEST_CASE("mutants: programs are changed step by step", "[mutants]") {
  const Small small;
  const std::string tx =
      "protocol.toml:11 worker.succeed: { tx = [\"compute\", \"write\", { run = \"finish\", empty "
      "= "
      "\"lost\" }] } → ";
  CHECK(small.by("no-step") ==
        Texts{"protocol.toml:9 worker.program: \"claim\" → ",
              "protocol.toml:9 worker.program: \"succeed\" → ",
              "protocol.toml:11 worker.succeed: \"compute\" → ",
              "protocol.toml:11 worker.succeed: \"write\" → ",
              "protocol.toml:11 worker.succeed: { run = \"finish\", empty = \"lost\" } → "});
  CHECK(small.by("split-transaction") ==
        Texts{tx + "\"compute\", \"write\", { run = \"finish\", empty = \"lost\" }",
              tx + "{ tx = [\"compute\", \"write\"] }, { tx = [{ run = \"finish\", empty = "
                   "\"lost\" }] }"});
  CHECK(
      small.by("ignored-outcome") ==
      Texts{
          "protocol.toml:10 worker.claim: { run = \"take\", empty = \"nothing\" } → \"take\"",
          "protocol.toml:11 worker.succeed: { run = \"finish\", empty = \"lost\" } → \"finish\""});
  CHECK(small.by("no-handler") ==
        Texts{"protocol.toml:12 worker.on: on.unknown = { run = \"succeed\", then = \"go_on\" } → "
              "on.unknown = \"go_on\""});
  CHECK(small.by("larger-setting") ==
        Texts{"protocol.toml:14 worker.settings: settings.lock_timeout = \"2s\" → "
              "settings.lock_timeout = \"20s\""});
  CHECK(small.by("other-constant") ==
        Texts{"protocol.toml:4 constants: lease = 30s → lease = 3000s",
              "protocol.toml:4 constants: lease = 30s → lease = 3.0s"});
}

TEST_CASE("mutants: neighbours outside of transactions come into one", "[mutants]") {
  const Small small(R"([role.worker]
program = ["claim", { work = "1s" }, "finish"]
claim = [{ run = "take", empty = "nothing" }, "write"]
)",
                    kSchema, kQueries);
  CHECK(
      small.by("joined-transaction") ==
      Texts{
          "protocol.toml:9 worker.program: [\"claim\", { work = \"1 s\" }, \"finish\"] → { tx = "
          "[\"claim\", { work = \"1 s\" }, \"finish\"] }",
          "protocol.toml:9 worker.program: [\"claim\", { work = \"1 s\" }] → { tx = [\"claim\", { "
          "work = \"1 s\" }] }",
          "protocol.toml:9 worker.program: [{ work = \"1 s\" }, \"finish\"] → { tx = [{ work = "
          "\"1 s\" }, \"finish\"] }",
          "protocol.toml:10 worker.claim: [{ run = \"take\", empty = \"nothing\" }, \"write\"] → { "
          "tx = [{ run = \"take\", empty = \"nothing\" }, \"write\"] }"});
  CHECK(small.first("joined-transaction", "worker.program").promise == Promised::short_work);
  CHECK(small.first("joined-transaction", "worker.claim").promise == Promised::always);
}

TEST_CASE("mutants: a change that a constraint makes no difference to is proved", "[mutants]") {
  const Small small;
  const auto proof = [&](std::string_view change, std::string_view clause) {
    for (const Mutant& mutant : small.mutants)
      if (mutant.change == change && mutant.clause == clause) return mutant.proof;
    return std::string("no such mutant");
  };
  CHECK(proof("no-condition", "state = 'running'") ==
        "the schema's constraints and the other conditions let the same rows through");
  CHECK(proof("no-condition", "until <= clock_timestamp()") == "");
  CHECK(small.first("no-set", "write").proof == "nothing reads the column note");
  CHECK(small.first("swapped-steps", "worker.succeed").proof == "");
}

TEST_CASE("mutants: a constraint says nothing of rows that an outer join adds", "[mutants]") {
  const auto proof = [](const std::string& from) {
    const Small small(kRole, kSchema,
                      "-- name: take :one\n" + from + " WHERE j.id IS NOT NULL AND n > 1;\n" +
                          kQueries.substr(kQueries.find("-- name: write")));
    return small.first("no-condition", "take").proof;
  };
  const std::string rows = "generate_series(1, 3) AS n", on = " ON j.id = n";
  const std::string same =
      "the schema's constraints and the other conditions let the same rows through";
  CHECK(proof("SELECT j.id FROM " + rows + " LEFT JOIN jobs j" + on) == "");
  CHECK(proof("SELECT j.id FROM " + rows + " FULL JOIN jobs j" + on) == "");
  CHECK(proof("SELECT j.id FROM jobs j RIGHT JOIN " + rows + on) == "");
  CHECK(proof("SELECT j.id FROM (" + rows + " LEFT JOIN jobs j" + on + ") CROSS JOIN now()") == "");
  CHECK(proof("WITH jobs AS (SELECT null AS id) SELECT j.id FROM jobs j, " + rows) == "");
  CHECK(proof("SELECT j.id FROM " + rows + " RIGHT JOIN jobs j" + on) == same);
  CHECK(proof("SELECT j.id FROM jobs j LEFT JOIN " + rows + on) == same);
  CHECK(proof("SELECT j.id FROM " + rows + " JOIN jobs j" + on) == same);
}

TEST_CASE("mutants: a computation and a statement that need nothing of each other may be swapped",
          "[mutants]") {
  const Small small(R"([role.worker]
program = ["claim", "succeed"]
claim = [{ run = "take", empty = "nothing" }]
succeed = ["compute", { run = "finish", empty = "lost" }, "write"]
)");
  CHECK(small.first("swapped-steps", "worker.succeed").proof ==
        "one computes in the worker alone, and neither needs what the other gives");
  CHECK(small.by("joined-transaction") ==
        Texts{"protocol.toml:9 worker.program: [\"claim\", \"succeed\"] → { tx = [\"claim\", "
              "\"succeed\"] }",
              "protocol.toml:11 worker.succeed: [{ run = \"finish\", empty = \"lost\" }, "
              "\"write\"] → { tx = "
              "[{ run = \"finish\", empty = \"lost\" }, \"write\"] }"});
}

TEST_CASE("mutants: functions that are called are changed, in SQL and PL/pgSQL", "[mutants]") {
  const Small small(kRole, kSchema + R"(
CREATE FUNCTION over(a timestamptz) RETURNS bool LANGUAGE sql AS 'SELECT a <= now() WHERE a > now()';
CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE
  n int;
BEGIN
  IF NEW.until < now() THEN
    SELECT count(*) INTO n FROM jobs WHERE id = 1;
    UPDATE jobs SET state = 'ready' WHERE id = NEW.id RETURNING id INTO n;
  END IF;
  RETURN NEW;
END $f$;
CREATE FUNCTION unused() RETURNS void LANGUAGE sql AS 'DELETE FROM jobs WHERE id = 2';
CREATE FUNCTION unused_too() RETURNS void LANGUAGE sql AS $$DELETE FROM jobs WHERE id = 2$$;
CREATE TRIGGER t AFTER UPDATE ON jobs FOR EACH ROW WHEN (over(NEW.until)) EXECUTE FUNCTION lose();
)");
  CHECK(small.by("no-condition") ==
        Texts{"queries.sql:3 take: id = (SELECT id FROM jobs WHERE state = 'running' AND until <= "
              "clock_timestamp() ORDER BY id LIMIT 1) → true",
              "queries.sql:3 take: state = 'running' → true",
              "queries.sql:3 take: until <= clock_timestamp() → true",
              "queries.sql:7 write: id = :id → true", "queries.sql:9 finish: id = :id → true",
              "schema.sql:4 function over: a > now() → true",
              "schema.sql:9 function lose: NEW.until < now() → true",
              "schema.sql:10 function lose: id = 1 → true",
              "schema.sql:11 function lose: id = NEW.id → true"});
  const Protocol now = mutated(small.protocol, small.first("early", "function lose"));
  CHECK(now.schema[0].find("IF NEW.until < now() + interval '1 microsecond' THEN") !=
        std::string::npos);
}

TEST_CASE("mutants: what only some protocols promise is known", "[mutants]") {
  const Small small;
  CHECK(small.first("no-order", "take").promise == Promised::order);
  CHECK(small.first("no-limit", "take").promise == Promised::limit);
  CHECK(small.first("no-condition", "take").promise == Promised::always);
  CHECK(promised_by(Promised::limit) == "[lease] limit promises how many jobs one claim takes");
}

TEST_CASE("mutants: a program that could not be read is refused", "[mutants]") {
  const Small small(R"([role.worker]
program = ["claim", { loop = [{ run = "write" }, { run = "finish", empty = "done" }] }, "succeed"]
claim = [{ run = "take", empty = "nothing" }]
succeed = ["finish"]
)");
  CHECK_THROWS_AS(
      mutated(small.protocol,
              [&] {
                for (const Mutant& mutant : small.mutants)
                  if (mutant.change == "no-step" && mutant.clause.starts_with("{ run = \"finish\""))
                    return mutant;
                return small.mutants.front();
              }()),
      InputError);
}

}  // namespace fencepost
