#include "sim/input/query_file.hpp"

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

using namespace fencepost;

namespace {

std::vector<Statement> read(std::string_view text) { return statements_of(text, "q.sql"); }

std::string refusal(std::string_view text) {
  try {
    for (const Statement& statement : read(text))
      if (!statement.why_not_run.empty()) return statement.why_not_run;
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("query file: a statement is the user's own bytes from its first word to its last",
          "[sim]") {
  const std::string text =
      "-- about this file\n\n-- name: a :one\n-- why\nSELECT 1, -- one\n  ':x' ;  \n-- next\n-- "
      "name: b :execrows\nUPDATE t SET x = :y\n";
  const auto statements = read(text);
  REQUIRE(statements.size() == 2);
  CHECK(statements[0].name == "a");
  CHECK(statements[0].command == Command::one);
  CHECK(statements[0].text == "SELECT 1, -- one\n  ':x'");
  CHECK(statements[0].sql == statements[0].text);
  CHECK(statements[0].where.line == 5);
  CHECK(text.substr(statements[0].where.begin,
                    statements[0].where.end - statements[0].where.begin) == statements[0].text);
  CHECK(statements[1].name == "b");
  CHECK(statements[1].command == Command::execrows);
  CHECK(statements[1].text == "UPDATE t SET x = :y");
  CHECK(statements[1].sql == "UPDATE t SET x = $1");
  CHECK(to_text(statements[1].where) == "q.sql:9");
}

TEST_CASE("query file: names are numbered in the order in which they first appear", "[sim]") {
  const auto statements =
      read("-- name: a :exec\nINSERT INTO t VALUES (@b, :a, sqlc.narg(c), @b::int, :a)");
  CHECK(statements[0].sql == "INSERT INTO t VALUES ($1, $2, $3, $1::int, $2)");
  CHECK(statements[0].parameters == Names{"b", "a", "c"});
}

TEST_CASE("query file: a user's own numbers keep their meaning", "[sim]") {
  const auto statements = read("-- name: a :exec\nINSERT INTO t (y, x) VALUES ($2, $1)");
  CHECK(statements[0].sql == "INSERT INTO t (y, x) VALUES ($2, $1)");
  CHECK(statements[0].parameters == Names{"$1", "$2"});
}

TEST_CASE("query file: a placeholder never melts into the word beside it", "[sim]") {
  CHECK(read("-- name: a :one\nSELECT:x")[0].sql == "SELECT $1");
  CHECK(read("-- name: a :one\nSELECT 1 LIMIT@x")[0].sql == "SELECT 1 LIMIT $1");
  CHECK(read("-- name: a :one\nSELECT sqlc.arg(x)FROM t")[0].sql == "SELECT $1 FROM t");
}

TEST_CASE("query file: every command is understood", "[sim]") {
  const auto command = [](const std::string& name) {
    return read("-- name: a :" + name + "\nSELECT 1")[0].command;
  };
  CHECK(command("one") == Command::one);
  CHECK(command("many") == Command::many);
  CHECK(command("exec") == Command::exec);
  CHECK(command("execrows") == Command::execrows);
  CHECK(command("execresult") == Command::execrows);
  CHECK(command("batchexec") == Command::batchexec);
  CHECK(command("let") == Command::let);
  CHECK(command("never") == Command::never);
}

TEST_CASE("query file: line ends of Windows and a byte order mark do no harm", "[sim]") {
  const std::string text =
      "\xEF\xBB\xBF-- name: a :one\r\nSELECT 1,\r\n  2;\r\n-- name: b :one\r\nSELECT 3\r\n";
  const auto statements = read(text);
  REQUIRE(statements.size() == 2);
  CHECK(statements[0].text == "SELECT 1,\r\n  2");
  CHECK(text.substr(statements[0].where.begin, 8) == "SELECT 1");
  CHECK(statements[1].where.line == 5);
}

TEST_CASE("query file: a name line in a string or a comment is none", "[sim]") {
  const auto statements =
      read("-- name: a :one\nSELECT '\n-- name: b :one\n' /*\n-- name: c :one\n*/");
  REQUIRE(statements.size() == 1);
  CHECK(statements[0].text == "SELECT '\n-- name: b :one\n'");
}

TEST_CASE("query file: what a file of sqlc has beside plain statements is read", "[sim]") {
  const auto statements = read(
      "/* name: A :one */\nSELECT sqlc.embed(j), x FROM jobs j WHERE y = sqlc.narg('z');\n"
      "-- name: B :copyfrom\nINSERT INTO t (a, b) VALUES ($1, $2);\n"
      "-- name: C :batchmany\nSELECT 1;\n-- name: D :batchone\nSELECT 1;");
  REQUIRE(statements.size() == 4);
  CHECK(statements[0].sql == "SELECT j.*, x FROM jobs j WHERE y = $1");
  CHECK(statements[0].nullable == std::set<std::string>{"z"});
  CHECK(statements[1].command == Command::batchexec);
  CHECK(statements[1].columns == std::map<std::string, std::string>{{"$1", "a"}, {"$2", "b"}});
  CHECK(statements[2].command == Command::many);
  CHECK(statements[3].command == Command::one);
}

TEST_CASE("query file: a command that is not said is read from the SQL", "[sim]") {
  const auto command = [](const std::string& sql) {
    return read("-- name: some-name\n" + sql)[0].command;
  };
  CHECK(command("SELECT 1") == Command::many);
  CHECK(command("UPDATE t SET x = 1") == Command::execrows);
  CHECK(command("UPDATE t SET x = 1 RETURNING id") == Command::many);
  CHECK(command("WITH n AS (SELECT 1) UPDATE t SET x = 1") == Command::execrows);
  CHECK(command("WITH n AS (UPDATE t SET x = 1 RETURNING id) SELECT * FROM n") == Command::many);
}

TEST_CASE("query file: placeholders of other drivers are numbered or named", "[sim]") {
  const auto read_one = [](const std::string& sql) { return read("-- name: a :exec\n" + sql)[0]; };
  const Statement marks =
      read_one("UPDATE t SET a = ?, b=?::int WHERE tags ? 'x' AND d ?? 'y' LIMIT ?");
  CHECK(marks.sql == "UPDATE t SET a = $1, b=$2::int WHERE tags ? 'x' AND d ? 'y' LIMIT $3");
  CHECK(marks.parameters == Names{"$1", "$2", "$3"});
  CHECK(marks.columns ==
        std::map<std::string, std::string>{{"$1", "a"}, {"$2", "b"}, {"$3", "limit"}});
  const Statement python = read_one("UPDATE t SET a = %(me)s WHERE b LIKE 'x%%' AND c %% 2 = 0");
  CHECK(python.sql == "UPDATE t SET a = $1 WHERE b LIKE 'x%' AND c % 2 = 0");
  CHECK(python.parameters == Names{"me"});
  CHECK(read_one("SELECT %s, x %s FROM t WHERE y=%s").sql == "SELECT $1, x %s FROM t WHERE y=$2");
  CHECK(read_one("SELECT :2, :1, a[1:2]").sql == "SELECT $2, $1, a[1:2]");
  CHECK(read_one("SELECT ?2, ?1").sql == "SELECT $2, $1");
  const Statement batis = read_one("SELECT #{job.id}, #{ n ,jdbcType=BIGINT}");
  CHECK(batis.sql == "SELECT $1, $2");
  CHECK(batis.parameters == Names{"id", "n"});
  CHECK(read_one("SELECT :id!, :x::int, 1 != 2").sql == "SELECT $1, $2::int, 1 != 2");
  CHECK(read_one("SELECT :v:id, :value:n, :job.owner, a[:v]").parameters ==
        Names{"id", "n", "owner", "v"});
  CHECK(read_one("SELECT @p1, @p2").parameters == Names{"p1", "p2"});
}

TEST_CASE("query file: a file without names is one statement, called as the file", "[sim]") {
  const auto statements =
      statements_of("-- why\n\nDELETE FROM t WHERE id = :id;\n-- end\n", "dir/drop-job.sql");
  REQUIRE(statements.size() == 1);
  CHECK(statements[0].name == "drop-job");
  CHECK(statements[0].command == Command::execrows);
  CHECK(to_text(statements[0].where) == "dir/drop-job.sql:3");
  CHECK(
      refusal("SELECT 1; SELECT 2") ==
      "q.sql:1: \"SELECT\" stands before the first name line; begin the statement with \"-- name: "
      "some_name :command\", or give it a file of its own, whose name is its name");
}

TEST_CASE("query file: a file without statements is fine", "[sim]") {
  CHECK(read("").empty());
  CHECK(read("-- nothing yet\n/* still */\n\n").empty());
}

TEST_CASE("query file: what is wrong is said with its line", "[sim]") {
  CHECK(refusal("\nSELECT 1;\n-- name: a :one\nSELECT 1") ==
        "q.sql:2: \"SELECT\" stands before the first name line; begin the statement with \"-- "
        "name: some_name :command\", or give it a file of its own, whose name is its name");
  CHECK(refusal("\\connect db\n-- name: a\nSELECT 1") ==
        "q.sql:1: a backslash stands in the file; psql's own commands are not SQL, take it out");
  CHECK(refusal("-- name: a :one\nSELECT 1;\n\\gset\n") ==
        "q.sql:3: a backslash stands in statement \"a\"; psql's own commands are not SQL, take it "
        "out");
  CHECK(refusal("-- name: a :one\nSELECT 1;\n\nSELECT 2;") ==
        "q.sql:4: a second statement begins here under the name \"a\"; give it a name line of its "
        "own");
  CHECK(refusal("-- name: a :one\n-- nothing\n;\n") ==
        "q.sql:1: statement \"a\" has no SQL; write it below the name line");
  CHECK(refusal("-- name: a :one\nSELECT 'x\n-- name: b :one\nSELECT 2") ==
        "q.sql:2: a string begins here in statement \"a\" and never ends; close it");
  CHECK(
      refusal("-- name: 1st :one\nSELECT 1") ==
      "q.sql:1: \"-- name: 1st :one\" is not a name line; write \"-- name: some_name :command\" "
      "with one of :one, :many, :exec, :execrows, :execresult, :batchexec, :batchone, :batchmany, "
      ":copyfrom, :let and :never");
  CHECK(refusal("-- name: a :execrow\nSELECT 1") ==
        "q.sql:1: statement \"a\" has the command \":execrow\"; known are :one, :many, :exec, "
        ":execrows, :execresult, :batchexec, :batchone, :batchmany, :copyfrom, :let and :never");
  CHECK(refusal("-- name: a :execlastid\nSELECT 1") ==
        "q.sql:1: statement \"a\" is :execlastid, which PostgreSQL does not have; write RETURNING "
        "id, and :one");
  CHECK(refusal("-- name: a :one\nSELECT :x,\n $1") ==
        "q.sql:3: statement \"a\" binds $1 beside :x; use numbers or names, not both");
  CHECK(refusal("-- name: a :one\nSELECT $1,\n @x") ==
        "q.sql:3: statement \"a\" binds :x beside $1; use numbers or names, not both");
  CHECK(refusal("-- name: a :one\nSELECT $0") ==
        "q.sql:2: statement \"a\" binds \"$0\"; numbers go from $1 to $65535");
  CHECK(refusal("-- name: a :one\nSELECT $99999999999999999999") ==
        "q.sql:2: statement \"a\" binds \"$99999999999999999999\"; numbers go from $1 to $65535");
  CHECK(refusal("-- name: a :many\nSELECT sqlc.column(t) FROM t") ==
        "q.sql:2: statement \"a\" uses a function of sqlc that fencepost does not know; known are "
        "sqlc.arg(name), sqlc.narg(name) and sqlc.embed(table)");
  CHECK(refusal("-- name: a :many\nSELECT 1 WHERE id IN (sqlc.slice('ids'))") ==
        "q.sql:2: statement \"a\" uses sqlc.slice, which becomes as many parameters as there are "
        "values when it is run; write = ANY(@ids::bigint[]), with the type of its column");
  CHECK(
      refusal("-- name: a :many\nSELECT 1\nWHERE id = {{ id }}") ==
      "q.sql:3: \"{\" stands in statement \"a\": a template's or a format string's braces, which "
      "is "
      "filled in before PostgreSQL sees it; write the value as :name, or the text that it becomes");
}

TEST_CASE("query file: a parameter without a value is named with what is known", "[sim]") {
  CHECK(unbound_parameter("fence", {"job_id", "lease_until", "worker"}) ==
        "binds :fence, which nothing before it returns; known here: job_id, lease_until, worker");
  CHECK(unbound_parameter("$2", {}) == "binds $2, which nothing before it returns; known here: ");
}

TEST_CASE("query file: any bytes are read or refused, and never more than that", "[sim]") {
  law("any bytes behind a name line", [] {
    const std::string text = any_text();
    refusal(text);
    refusal("-- name: a :one\n" + text);
  });
  law("a bound statement says what the user wrote, but for its parameters", [] {
    const std::vector<int> bound = any_numbers(2);
    std::string text = "-- name: a :one\nSELECT 0";
    for (std::size_t i = 0; i < bound.size(); ++i)
      text += bound[i] == 1 ? ", :p" + std::to_string(i) : ", ':q'";
    const Statement statement = read(text)[0];
    std::string back = statement.sql;
    for (std::size_t i = statement.parameters.size(); i > 0; --i) {
      const std::string placeholder = "$" + std::to_string(i);
      back.replace(back.find(placeholder), placeholder.size(), ":" + statement.parameters[i - 1]);
    }
    HOLDS(back == statement.text);
  });
}
