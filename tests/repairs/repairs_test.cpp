// The repairs of small protocols: what each operator makes of the user's files.
#include <algorithm>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/lint_given.hpp"
#include "tests/fixtures/repaired.hpp"

namespace fencepost {
namespace repairs_tests {

TEST_CASE("repairs: a write asks for what its worker knows of the row", "[repairs]") {
  const Small small;
  const std::string old = "-UPDATE jobs SET state = 'done' WHERE id = :id;\n";
  const std::string now = "+UPDATE jobs SET state = 'done' WHERE id = :id AND ";
  CHECK(small.by("compare", "finish") ==
        std::vector<std::string>{
            old + now + "epoch = :epoch;\n", old + now + "state = 'running' AND epoch = :epoch;\n",
            old + now + "state = 'running';\n", old + now + "owner = :worker;\n"});
}

TEST_CASE("repairs: a write that runs before the claim, too, asks for nothing of it", "[repairs]") {
  const Small small(kClaim + kFinish, replaced_in(kRole, "claim = [", "claim = [\"finish\", "));
  CHECK(small.by("compare", "finish").empty());
}

TEST_CASE("repairs: a write asks what was asked before it", "[repairs]") {
  const Small small;
  small.has("ask-too", "take",
            "- WHERE id = :id\n+ WHERE id = :id AND state = 'ready' AND tries < 3\n");
  small.has("ask-too", "take", "- WHERE id = :id\n+ WHERE id = :id AND state = 'ready'\n");
}

TEST_CASE("repairs: what is joined by OR stays together", "[repairs]") {
  const Small small(kClaim +
                    "-- name: finish :exec\nUPDATE jobs SET state = 'done'\n WHERE id = "
                    ":id OR tries > 9;\n");
  small.has("compare", "finish",
            "- WHERE id = :id OR tries > 9;\n+ WHERE (id = :id OR tries > 9) AND epoch = "
            ":epoch;\n");
}

TEST_CASE("repairs: a statement of ON CONFLICT asks for the row that is there", "[repairs]") {
  const Small small(kClaim +
                    "-- name: finish :exec\nINSERT INTO jobs AS j (id, state) VALUES (:id, "
                    "'done')\nON CONFLICT (id) DO UPDATE SET state = 'done';\n");
  small.has("compare", "finish",
            "-ON CONFLICT (id) DO UPDATE SET state = 'done';\n+ON CONFLICT (id) DO UPDATE SET "
            "state = 'done' WHERE j.epoch = :epoch;\n");
}

TEST_CASE("repairs: in ON CONFLICT a column is the table's, not that of EXCLUDED", "[repairs]") {
  const Small small(kClaim +
                    "-- name: finish :exec\nINSERT INTO jobs (id, state) VALUES (:id, 'done')\nON "
                    "CONFLICT (id) DO "
                    "UPDATE SET state = 'done';\n");
  small.has(
      "ask-too", "finish",
      "-ON CONFLICT (id) DO UPDATE SET state = 'done';\n+ON CONFLICT (id) DO UPDATE SET state = "
      "'done' WHERE jobs.state = 'ready' AND jobs.tries < 3;\n");
}

TEST_CASE("repairs: a claim takes what was tried less often than is declared", "[repairs]") {
  const std::string look = replaced_in(kClaim, " AND tries < 3", "");
  const std::string own = replaced_in(kOwn, "state FROM", "state, tries AS attempts FROM");
  const std::string old = "-SELECT id FROM jobs WHERE state = 'ready' LIMIT 1;\n";
  const std::string now = "+SELECT id FROM jobs WHERE state = 'ready' AND tries < 4 LIMIT 1;\n";
  const std::string lease = kLease + "attempts = 4\n";
  CHECK(Small(look + kFinish, kRole, lease, kSchema, own).by("limit", "look") ==
        std::vector<std::string>{old + now});
  const std::string fail =
      "-- name: give_up :exec\nUPDATE jobs SET state = 'failed', owner = NULL WHERE id = :id;\n";
  const Small failing(look + kFinish + fail,
                      kRole + "fail = [\"give_up\"]\non = { error = \"fail\" }\n", lease, kSchema,
                      own);
  failing.has(
      "limit", "look",
      "-claim = [{ run = \"look\", empty = \"nothing\" }, { sleep = \"1s\" }, \"take\"]\n"
      "+claim = [\"give_up_jobs\", { run = \"look\", empty = \"nothing\" }, { sleep = "
      "\"1s\" }, \"take\"]\n" +
          old + now +
          "+\n+-- name: give_up_jobs :exec\n+UPDATE jobs SET state = 'failed', owner = NULL\n"
          "+ WHERE tries >= 4 AND (state = 'ready');\n");
  for (const Repair& repair : failing.repairs)
    if (repair.changes.front() == "limit") CHECK_NOTHROW(mended(failing.protocol, repair));
  for (const char* state : {"CASE state WHEN 'dead' THEN 'failed' ELSE state END AS state",
                            "CASE WHEN state = 'done' THEN 'succeeded' WHEN state = 'dead' THEN "
                            "'failed' END AS state"}) {
    INFO(state);
    const Small dead(look + kFinish, kRole, lease, kSchema,
                     replaced_in(own, "state, tries", std::string(state) + ", tries"));
    const std::vector<std::string> all = dead.by("limit", "look");
    REQUIRE(all.size() == 2);
    CHECK_THAT(all[1], ContainsSubstring("+UPDATE jobs SET state = 'dead'\n+ WHERE tries >= 4 AND "
                                         "(state = 'ready');\n"));
  }
  CHECK(Small(kClaim + kFinish, kRole, lease, kSchema, own).by("limit", "look").empty());
  CHECK(Small(look + kFinish, kRole, kLease, kSchema, own).by("limit", "look").empty());
  CHECK(Small(look + kFinish, kRole, lease).by("limit", "look").empty());
}

TEST_CASE("repairs: a column gets what others give it", "[repairs]") {
  const Small small(kClaim + kFinish +
                        "-- name: give_up :exec\nUPDATE jobs SET state = 'ready', owner = 'none'\n"
                        " WHERE id = :id;\n-- name: count :exec\nUPDATE jobs SET tries = tries + 1,"
                        " owner = :worker WHERE id = :id;\n",
                    kRole +
                        "fail = [\"give_up\"]\ncounting = [\"count\"]\non = { error = "
                        "\"fail\", lost = \"counting\" }\n");
  small.has("set-as", "give_up",
            "-UPDATE jobs SET state = 'ready', owner = 'none'\n+UPDATE jobs SET state = 'ready', "
            "owner = 'none', tries = tries + 1\n");
  small.has("set-as", "give_up",
            "-UPDATE jobs SET state = 'ready', owner = 'none'\n+UPDATE jobs SET state = 'ready', "
            "owner = :worker\n");
}

TEST_CASE("repairs: times are the real ones, and have digits that a worker can carry",
          "[repairs]") {
  const Small small;
  small.has("real-time", "take",
            "-       until = now() + interval '30 s'\n+       until = clock_timestamp() + interval "
            "'30 s'\n");
  const Small token(
      "-- name: take :one\nUPDATE jobs SET epoch = clock_timestamp() WHERE id = 1 RETURNING id, "
      "epoch;\n",
      "[role.worker]\nprogram = [\"claim\"]\nclaim = [\"take\"]\n");
  token.has("round-time", "take",
            "-UPDATE jobs SET epoch = clock_timestamp() WHERE id = 1 RETURNING id, epoch;\n+UPDATE "
            "jobs SET epoch = date_trunc('milliseconds', clock_timestamp()) WHERE id = 1 RETURNING "
            "id, epoch;\n");
}

TEST_CASE("repairs: a claim runs its query once, locks, and counts the token up", "[repairs]") {
  const Small small(
      "-- name: take :one\nUPDATE jobs SET owner = :worker\n WHERE id IN (SELECT id FROM jobs "
      "LIMIT 1)\nRETURNING id, epoch;\n",
      "[role.worker]\nprogram = [\"claim\"]\nclaim = [\"take\"]\n");
  const std::string old = "- WHERE id IN (SELECT id FROM jobs LIMIT 1)\n";
  small.has("once", "take", old + "+ WHERE id = (SELECT id FROM jobs LIMIT 1)\n");
  small.has("lock", "take",
            old + "+ WHERE id IN (SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED)\n");
  small.has("bump", "take",
            "-UPDATE jobs SET owner = :worker\n+UPDATE jobs SET owner = :worker, epoch = "
            "jobs.epoch + 1\n");
}

TEST_CASE("repairs: that nothing was changed is noticed, and counted for that", "[repairs]") {
  const Small small;
  small.has("outcome", "worker.succeed",
            "-succeed = [\"finish\"]\n+succeed = [{ run = \"finish\", empty = \"lost\" }]\n"
            "--- name: finish :exec\n+-- name: finish :execrows\n");
  CHECK(small.by("outcome", "worker.claim").empty());
}

TEST_CASE("repairs: steps come into one transaction, sleep stays outside", "[repairs]") {
  const std::string before = "claim = [{ tx = [\"look\"] }, { sleep = \"1s\" }, \"take\"]\n";
  const Small small(kClaim + kFinish, "[role.worker]\nprogram = [\"claim\", \"succeed\"]\n" +
                                          before + "succeed = [\"finish\", \"finish\"]\n");
  small.has("join", "worker.claim",
            "-" + before + "+claim = [{ tx = [\"look\", \"take\"] }, { sleep = \"1s\" }]\n");
  small.has("join", "worker.succeed",
            "-succeed = [\"finish\", \"finish\"]\n+succeed = [{ tx = [\"finish\", \"finish\"] "
            "}]\n");
}

TEST_CASE("repairs: transactions that write to a table go one at a time", "[repairs]") {
  const Small small(kClaim + kFinish,
                    "[role.worker]\nprogram = [\"claim\", { tx = [\"finish\"] }]\nclaim = "
                    "[\"take\"]\n");
  small.has("one-at-a-time", "jobs",
            "-program = [\"claim\", { tx = [\"finish\"] }]\n+program = [\"claim\", { tx = "
            "[\"lock_jobs\", \"finish\"] }]\n+\n+-- name: lock_jobs :exec\n+SELECT "
            "pg_advisory_xact_lock(hashtext('jobs'));\n");
}

TEST_CASE("repairs: a heartbeat renews what the claim set, for whoever holds the token",
          "[repairs]") {
  const Small small;
  small.has("heartbeat", "worker",
            "+heartbeat = { every = \"10s\", session = \"beat\", program = [{ run = "
            "\"renew_lease\", empty = \"lost\" }] }\n+sessions = [\"beat\", \"main\"]\n+\n+-- "
            "name: renew_lease :execrows\n+UPDATE jobs SET until = now() + interval '30 s'\n+ "
            "WHERE id = :id AND epoch = :epoch;\n");
}

TEST_CASE("repairs: heartbeats and handlers as they might have been", "[repairs]") {
  const Small small(kClaim + kFinish,
                    kRole +
                        "sessions = [\"beat\", \"main\"]\non = { error = \"go_on\" }\n"
                        "[role.worker.settings]\nlock_timeout = \"1s\"\n"
                        "[role.worker.heartbeat]\nevery = \"25s\"\nsession = \"beat\"\n"
                        "at_shutdown = \"stop\"\nprogram = [\"finish\"]\n");
  CHECK(small.by("heartbeat", "worker") ==
        std::vector<std::string>{"-every = \"25s\"\n+every = \"10s\"\n",
                                 "-at_shutdown = \"stop\"\n+at_shutdown = \"go_on\"\n"});
  small.has("no-going-on", "worker",
            "-on = { error = \"go_on\" }\n+on = { error = \"end_round\" }\n");
  CHECK(small.by("timeout", "worker") ==
        std::vector<std::string>{"+idle_in_transaction_session_timeout = \"10s\"\n",
                                 "+idle_session_timeout = \"10s\"\n"});
}

TEST_CASE("repairs: a role gets a key wherever its own stand", "[repairs]") {
  const std::string keys =
      "program = [\"claim\", \"succeed\"]\nclaim = [{ run = \"look\", empty = \"nothing\" }, "
      "\"take\"]\nsucceed = [\"finish\"]\n";
  const auto lines = [&](const std::string& role) {
    const Small small(kClaim + kFinish, role,
                      role.starts_with("role.") ? "lease.job = \"id\"\n"
                                                  "lease.token = "
                                                  "\"epoch\"\nlease."
                                                  "lasts = \"30s\"\n"
                                                : kLease);
    const std::vector<std::string> all = small.by("timeout", "worker");
    REQUIRE(all.size() == 3);
    REQUIRE(small.by("heartbeat", "worker").size() == 1);
    for (const Repair& repair : small.repairs) {
      INFO(small.lines_of(repair));
      if (repair.of.front() == "worker") CHECK_NOTHROW(mended(small.protocol, repair));
    }
    return all[2];
  };
  const std::string entry = "settings = { lock_timeout = \"10s\" }\n";
  CHECK(lines("[role.worker]\n" + keys) == "+" + entry);
  CHECK(lines("[role.\"worker\"] # it\n" + keys) == "+" + entry);
  CHECK(lines("[role.worker.disconnect]\nmain = \"stop\"\n[role.worker]\n" + keys) == "+" + entry);
  std::string dotted, deep;
  std::istringstream each(keys);
  for (std::string line; std::getline(each, line);) {
    dotted += "worker." + line + "\n";
    deep += "role.worker." + line + "\n";
  }
  CHECK(lines("[role]\n" + dotted) == "+worker." + entry);
  CHECK(lines(deep) == "+role.worker." + entry);
  CHECK(lines("[[role.worker.program]]\nrun = \"claim\"\n[[role.worker.program]]\nrun = "
              "\"finish\"\n[[role.worker.claim]]\nrun = \"look\"\nempty = \"nothing\"\n"
              "[[role.worker.claim]]\nrun = \"take\"\n") == "+[role.worker]\n+" + entry);
}

TEST_CASE("repairs: nobody gives up", "[repairs]") {
  const Small small(kClaim + kFinish +
                        "-- name: again :let\nSELECT :tries::int < 3 AND true AS "
                        "one, true AND :tries::int < 3 AS two;\n",
                    kRole + "computing = [\"again\"]\non = { error = \"computing\" }\n");
  small.has("go-on-trying", "again",
            "-SELECT :tries::int < 3 AND true AS one, true AND :tries::int < 3 AS two;\n+SELECT "
            ":tries::int < 3 AND true AS one, true AS two;\n");
}

TEST_CASE("repairs: what is right, and how the world is, stays as it is", "[repairs]") {
  const Small small;
  REQUIRE(small.repairs.size() > 15);
  for (const Repair& repair : small.repairs) {
    INFO(to_text(repair));
    const auto texts = texts_with(small.protocol, repair);
    const auto queries = texts.find(small.folder.path() / "queries.sql");
    if (queries != texts.end()) CHECK(queries->second.find(kOwn) != std::string::npos);
    const auto toml = texts.find(small.folder.path() / "protocol.toml");
    if (toml == texts.end()) continue;
    CHECK(toml->second.find("lasts = \"30s\"\n[role.worker]  # für alle\n") != std::string::npos);
    CHECK(toml->second.find("{ work = \"1s\" }") != std::string::npos);
    CHECK(toml->second.find("{ sleep = \"1s\" }") != std::string::npos);
  }
}

TEST_CASE("repairs: what is changed is what was read, whatever becomes of the files", "[repairs]") {
  Small small;
  const Repair& repair = small.repairs.front();
  const FileTexts before = texts_with(small.protocol, repair);
  demand_unchanged(small.protocol);
  small.folder.file("queries.sql", "-- edited meanwhile\n" + std::string(kOwn));
  CHECK(texts_with(small.protocol, repair) == before);
  CHECK(mended(small.protocol, repair).hash != small.protocol.hash);
  CHECK_THROWS_WITH(demand_unchanged(small.protocol), ContainsSubstring("queries.sql has changed"));
}

TEST_CASE("repairs: where lines end as on Windows, new ones do", "[repairs]") {
  Small small;
  std::string windows;
  for (const char c : small.protocol.files.at(small.folder.path() / "protocol.toml"))
    windows += c == '\n' ? "\r\n" : std::string(1, c);
  small.folder.file("protocol.toml", windows);
  const Protocol protocol = read_protocol(small.folder.path());
  int changed = 0;
  for (const Repair& repair : repairs_of(protocol)) {
    const FileTexts texts = texts_with(protocol, repair);
    const auto toml = texts.find(small.folder.path() / "protocol.toml");
    if (toml == texts.end()) continue;
    ++changed;
    for (std::size_t i = 0; (i = toml->second.find('\n', i)) != std::string::npos; ++i)
      CHECK(toml->second[i - 1] == '\r');
  }
  CHECK(changed > 3);
}

TEST_CASE("repairs: two together are both, unless one changes what the other does", "[repairs]") {
  const Small small;
  const auto first = [&](std::string_view change) {
    return *std::find_if(small.repairs.begin(), small.repairs.end(),
                         [&](const Repair& each) { return each.changes.front() == change; });
  };
  const Repair compare = first("compare"), outcome = first("outcome");
  const auto two = both(compare, outcome);
  REQUIRE(two);
  CHECK(to_text(*two) == to_text(compare) + ", " + to_text(outcome));
  const Protocol now = mended(small.protocol, *two);
  CHECK(now.hash != small.protocol.hash);
  CHECK(now.find("finish")->command == Command::execrows);
  CHECK_FALSE(both(outcome, outcome));
  CHECK_FALSE(both(compare, compare));
}

}  // namespace repairs_tests
}  // namespace fencepost
