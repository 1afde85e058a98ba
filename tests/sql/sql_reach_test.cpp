// What statements reach for outside of their database.
#include "sql/sql_reach.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

using Kind = SqlReach::Kind;

bool is(Kind kind, std::string_view sql) {
  const auto reach = sql_reach(sql);
  return reach && reach->kind == kind && !reach->what.empty();
}

}  // namespace

TEST_CASE("reach: COPY with a program or a file of the server, but not with the client", "[sql]") {
  for (const char* sql : {"COPY (SELECT 1) TO PROGRAM 'x'", "copy t from program $$x$$",
                          "COPY t (a, \"to\") /* TO 'x' */ FROM PROGRAM 'x' WITH (FORMAT csv)",
                          "COPY (SELECT a FROM b) TO PROGRAM E'x'"})
    CHECK(is(Kind::program, sql));
  for (const char* sql : {"COPY t TO '/tmp/x'", "COPY t (a) FROM '/tmp/x' CSV",
                          "COPY (SELECT 'a' FROM b WHERE c = 'd') TO '/tmp/x'"})
    CHECK(is(Kind::rights, sql));
  for (const char* sql : {"COPY t FROM STDIN WITH (DELIMITER ',')", "copy t (a, b) from stdin"})
    CHECK(is(Kind::data, sql));
  for (const char* sql : {"COPY t TO STDOUT", "COPY (SELECT a FROM stdin) TO STDOUT",
                          "COPY (SELECT 'x' FROM program WHERE a = 'b') TO STDOUT",
                          "SELECT 'COPY t TO PROGRAM ''x'''", "SELECT program FROM copy"})
    CHECK_FALSE(sql_reach(sql));
}

TEST_CASE("reach: files, libraries, languages and roles are a superuser's", "[sql]") {
  for (const char* sql :
       {"SELECT pg_read_file('/etc/passwd')", "SELECT pg_catalog.lo_import ('/x')",
        "LOAD 'library'", "CREATE FUNCTION f() RETURNS int LANGUAGE C AS '/x', 'f'",
        "create or replace procedure p() language plpython3u as $$x$$",
        "ALTER SYSTEM SET work_mem = '1MB'", "CREATE ROLE r SUPERUSER", "DROP USER r"})
    CHECK(is(Kind::rights, sql));
  for (const char* sql :
       {"SELECT a AS pg_read_file FROM t", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'x'",
        "ALTER ROLE CURRENT_USER SET work_mem = '1MB'", "CREATE TABLE role (load int)",
        "CREATE USER MAPPING FOR r SERVER s", "SELECT 'LOAD'",
        "CREATE OR REPLACE VIEW v AS TABLE t", "DROP FUNCTION f"})
    CHECK_FALSE(sql_reach(sql));
}

TEST_CASE("reach: other servers", "[sql]") {
  for (const char* sql :
       {"CREATE SUBSCRIPTION s CONNECTION 'host=h' PUBLICATION p",
        "SELECT * FROM dblink('host=h', 'SELECT 1') AS t(a int)", "SELECT public.dblink_exec('x')"})
    CHECK(is(Kind::connection, sql));
  for (const char* sql :
       {"CREATE PUBLICATION p FOR TABLE t", "DROP SUBSCRIPTION s", "SELECT dblink FROM t"})
    CHECK_FALSE(sql_reach(sql));
}
