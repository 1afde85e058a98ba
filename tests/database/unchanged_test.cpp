// A statement that commits though it changed no row: nothing is asked for behind it, where nothing
// else can have changed either.
#include "sim/database/database.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/process/core.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

constexpr const char* kElect =
    "INSERT INTO leader VALUES ('all', 'w', clock_timestamp()) ON CONFLICT (name) DO UPDATE"
    " SET who = EXCLUDED.who WHERE leader.until < '2020-01-01' RETURNING name";

struct Leader {
  InputFolder folder;
  Cluster cluster{{{}, usable_cores().back(), false}};
  Protocol protocol;
  Database database;
  TestSession writer;
  TestSession other;

  Leader()
      : protocol(
            (folder
                 .file("schema.sql",
                       "CREATE TABLE leader (name text PRIMARY KEY, who text, until timestamptz);"
                       "CREATE TABLE parts (n int PRIMARY KEY, of int) PARTITION BY LIST (n);"
                       "CREATE TABLE child (n int PRIMARY KEY REFERENCES child);"
                       "CREATE TABLE ruled (n int PRIMARY KEY);"
                       "CREATE RULE also AS ON INSERT TO ruled DO ALSO DELETE FROM leader;"
                       "CREATE TABLE log (n int)")
                 .file("queries.sql",
                       fmt::format("-- name: observe :many\nSELECT name AS job, 'owned' AS state, "
                                   "who AS owner FROM leader;\n-- name: elect :one\n{};\n"
                                   "-- name: leave :exec\nDELETE FROM leader;\n",
                                   kElect))
                 .file("protocol.toml",
                       "name = \"leader\"\nabout = \"x\"\nschema = \"schema.sql\"\n"
                       "queries = \"queries.sql\"\n[jobs]\nfixed = [\"all\"]\nabsent = \"ready\"\n"
                       "[lease]\njob = \"name\"\nlasts = \"1min\"\n[role.worker]\n"
                       "program = [\"claim\", \"leave\"]\n"
                       "claim = [{ run = \"elect\", empty = \"nothing\" }]\n"),
             read_protocol(folder.path()))),
        database(cluster, protocol, "leader"),
        writer(cluster, "leader"),
        other(cluster, "leader") {
    database.reset({});
    writer.ask(kElect);
    database.observe();
  }

  /// Who leads by what is observed behind that statement, and whether the server was asked.
  std::string behind(const std::string& statement) {
    cluster.clock().set(cluster.clock().now() + 1s);
    database.note_unchanged(statement);
    const Observation& now = database.observe().now;
    const std::string asked = other.ask(fmt::format(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'leader' AND query_start = now()"
        "   AND pid NOT IN ({}, {})",
        other.pid(), writer.pid()));
    return now.jobs.at(JobId{"all"}).owner.value_or("-") + (asked == "0" ? "" : " asked");
  }
};

TEST_CASE("unchanged: nothing is asked for behind a statement that met a conflict", "[database]") {
  Leader leader;
  leader.writer.ask(kElect);
  CHECK(leader.behind("elect") == "w");
  leader.writer.ask(kElect);
  CHECK(leader.behind("leave") == "w asked");
  // What else has committed since the last look is seen.
  leader.other.ask("UPDATE leader SET who = 'x'");
  leader.writer.ask(kElect);
  CHECK(leader.behind("elect") == "x asked");
  leader.writer.ask(kElect);
  leader.other.ask("UPDATE leader SET who = 'y'");
  CHECK(leader.behind("elect") == "y asked");
  leader.other.ask("ALTER TABLE leader ALTER who SET DEFAULT 'd'");
  leader.writer.ask(kElect);
  CHECK(leader.behind("elect") == "y asked");
}

TEST_CASE("statement shapes: what changes only what is counted is known", "[database]") {
  Leader leader;
  const RawConnection session = raw_connect(leader.cluster.conninfo("leader"));
  const auto counted = [&](const std::string& sql) {
    Statement statement;
    statement.name = "x";
    statement.sql = sql;
    return changes_what_it_counts(session.get(), statement);
  };
  const std::string insert = "INSERT INTO leader SELECT 'all', $1 || gen_random_uuid()";
  const std::string conflict = " ON CONFLICT (name) DO UPDATE SET who = EXCLUDED.who WHERE ";
  CHECK(counted(insert + conflict + "leader.until < now() RETURNING name"));
  CHECK(counted(insert + " FROM log" + conflict + "EXISTS (SELECT FROM log WHERE n = 1)"));
  CHECK_FALSE(counted(insert));
  CHECK_FALSE(counted("WITH x AS (DELETE FROM log) " + insert + conflict + "leader.who = 'x'"));
  CHECK_FALSE(counted(insert + conflict + "pg_advisory_unlock(1)"));
  for (const char* table : {"child", "ruled", "parts"})
    CHECK_FALSE(
        counted(fmt::format("INSERT INTO {} VALUES (1) ON CONFLICT (n) DO UPDATE SET n = 1"
                            " WHERE EXCLUDED.n = 2",
                            table)));
  raw_must(session.get(), "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  CHECK_FALSE(counted(insert + conflict + "leader.until < now()"));
}

}  // namespace
}  // namespace fencepost
