// What a worker computes by a `:let` statement is asked of the server once, where the answer can
// only come out alike.
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "sim/database/database.hpp"
#include "sim/database/raw_query.hpp"
#include "sim/database/statement_shapes.hpp"
#include "sim/process/core.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

constexpr const char* kLetSchema =
    "CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL DEFAULT 'ready');"
    "CREATE FUNCTION own(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';"
    "CREATE DOMAIN small AS int CHECK (VALUE < 9);";
constexpr const char* kLetQueries =
    "-- name: observe :many\nSELECT id AS job, state FROM jobs;\n"
    "-- name: insert_job :exec\nINSERT INTO jobs VALUES (:job);\n"
    "-- name: sum :let\nSELECT :a::bigint + :b::bigint AS c, 'x' || :b::text AS d;\n"
    "-- name: count :let\nSELECT count(*) + :a::bigint AS n FROM jobs;\n"
    "-- name: nonce :let\nSELECT gen_random_uuid() AS nonce;\n"
    "-- name: named :let\nSELECT gen_random_uuid() AS nonce, :a::text AS of;\n"
    "-- name: take :one\nUPDATE jobs SET state = 'owned' RETURNING id;\n";
constexpr const char* kLetProtocol =
    "name = \"lets\"\nabout = \"x\"\nschema = \"schema.sql\"\nqueries = \"queries.sql\"\n"
    "[constants]\na = \"1\"\nb = \"2\"\n[lease]\njob = \"id\"\nlasts = \"1min\"\n"
    "[role.worker]\nprogram = [\"claim\"]\n"
    "claim = [\"sum\", \"count\", \"nonce\", \"named\", { run = \"take\", empty = \"nothing\" }]\n";

struct Lets {
  InputFolder folder;
  Cluster cluster{{{}, usable_cores().back(), false}};
  Protocol protocol;
  Database database;
  TestSession others;
  Load load;

  Lets()
      : protocol((folder.file("schema.sql", kLetSchema)
                      .file("queries.sql", kLetQueries)
                      .file("protocol.toml", kLetProtocol),
                  read_protocol(folder.path()))),
        database(cluster, protocol, "lets"),
        others(cluster, "lets") {
    load.jobs = 2;
    database.reset(load);
  }

  /// The only row that it returns, and whether the server was asked for it.
  std::string told(const std::string& name, const std::vector<Value>& arguments) {
    cluster.clock().set(cluster.clock().now() + 1s);
    const SqlResult result = database.let(*protocol.find(name), arguments);
    REQUIRE(result.rows.size() == 1);
    std::string text;
    for (const std::string& column : result.columns)
      text += result.rows[0].at(column).value_or("null") + " ";
    const std::string asked = others.ask(fmt::format(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'lets' AND query_start = now()"
        "   AND pid <> {}",
        others.pid()));
    return text + (asked == "0" ? "known" : "asked");
  }
};

TEST_CASE("let: the same arguments are asked for once, where nothing else can matter",
          "[database]") {
  Lets lets;
  CHECK(lets.told("sum", {Value("4"), Value("5")}) == "9 x5 asked");
  CHECK(lets.told("sum", {Value("4"), Value("5")}) == "9 x5 known");
  CHECK(lets.told("sum", {Value("5"), Value("4")}) == "9 x4 asked");
  CHECK(lets.told("sum", {Value("4"), Value()}) == "null null asked");
  CHECK(lets.told("sum", {Value("4"), Value()}) == "null null known");
  for (int time = 0; time < 2; ++time)
    CHECK_THROWS_AS(lets.database.let(*lets.protocol.find("sum"), {Value("4"), Value("y")}),
                    SqlFailure);
  CHECK(lets.told("count", {Value("1")}) == "3 asked");
  lets.others.ask("INSERT INTO jobs VALUES (3)");
  CHECK(lets.told("count", {Value("1")}) == "4 asked");
}

TEST_CASE("let: a UUID is the one that the server would draw, in every history", "[database]") {
  Lets lets;
  const auto drawn = [&] {
    lets.database.reset(lets.load);
    std::string text;
    for (int i = 0; i < 3; ++i) text += lets.told("nonce", {}) + "\n";
    return text;
  };
  const std::string asked = drawn(), known = drawn();
  CHECK(known == std::regex_replace(asked, std::regex("asked"), "known"));
  std::vector<std::string> lines;
  std::istringstream in(asked);
  for (std::string line; std::getline(in, line);) lines.push_back(line.substr(0, 36));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] != lines[1]);
  CHECK(lines[1] != lines[2]);
  // What is asked behind one that was known draws what comes next.
  lets.database.reset(lets.load);
  CHECK(lets.told("nonce", {}) == lines[0] + " known");
  CHECK(lets.told("named", {Value("x")}) == lines[1] + " x asked");
  CHECK(lets.told("nonce", {}) == lines[2] + " known");
  CHECK(lets.told("named", {Value("x")}).ends_with("asked"));
}

TEST_CASE("let: what may depend on more than its arguments is known", "[database]") {
  Lets lets;
  const RawConnection session = raw_connect(lets.cluster.conninfo("lets"));
  const auto depend = [&](const std::string& sql) {
    Statement statement;
    statement.name = "pure";
    statement.sql = sql;
    raw_query(session.get(), "DEALLOCATE ALL");
    REQUIRE(PQresultStatus(raw_prepare(session.get(), "pure", sql).get()) == PGRES_COMMAND_OK);
    return depends(session.get(), statement);
  };
  for (const char* sql : {"SELECT NULL::bigint, 1", "SELECT $1::text || $2::int",
                          "SELECT $1::bigint IS NULL AND $2::interval > interval '1 s'"}) {
    INFO(sql);
    CHECK(depend(sql) == Depends::on_nothing);
  }
  for (const char* sql : {"SELECT gen_random_uuid()", "SELECT $1::text || gen_random_uuid(), 1"}) {
    INFO(sql);
    CHECK(depend(sql) == Depends::on_drawn_uuids);
  }
  for (const char* sql :
       {"SELECT now()", "SELECT random()", "SELECT gen_random_uuid(), now()",
        "SELECT $1::timestamptz", "SELECT $1::date[]", "SELECT $1::text::timestamptz",
        "SELECT $1::small", "SELECT own($1)", "SELECT count(*) FROM jobs", "SELECT current_user",
        "SELECT current_setting($1)", "SELECT pg_backend_pid()", "SELECT 1 FROM pg_locks"}) {
    INFO(sql);
    CHECK(depend(sql) == Depends::on_more);
  }
}

}  // namespace
}  // namespace fencepost
