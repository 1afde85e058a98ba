// What a crash does to tables and sequences, against what a real one does (measured in the
// comments).
#include "sim/database/table_store.hpp"

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

/// The harness's own connection beside a session that asks.
struct Store {
  Cluster& cluster = shared_cluster();
  PGconn* connection = nullptr;
  explicit Store(const std::string& schema) {
    start_over(cluster);
    connection = PQconnectdb(cluster.conninfo("postgres").c_str());
    REQUIRE(PQstatus(connection) == CONNECTION_OK);
    PQclear(PQexec(connection, schema.c_str()));
  }
  ~Store() { PQfinish(connection); }
};

TEST_CASE("table store: rows come back as they were, in their order, with every kind of value",
          "[sim]") {
  Store store(
      "create table things(id int primary key, what text, at timestamptz, raw bytea,"
      "  twice int generated always as (id * 2) stored);"
      "create table parts(id int references things)");
  TestSession session(store.cluster);
  session.ask(
      "insert into things(id, what, at, raw) values (2, E'a\\tb\\\\n\\n', "
      "'2027-01-15 08:00:00.000001+00', '\\x00ff'), (1, null, 'infinity', '')");
  session.ask("insert into parts values (2)");
  const std::string before = session.ask("select *, row_number() over () from things");
  TableStore tables(store.connection);
  const TableStore::Snapshot kept = tables.take();
  session.ask("delete from parts");
  session.ask("update things set what = 'other'");
  session.ask("insert into things(id) values (3)");
  tables.put_back(kept);
  CHECK(session.ask("select *, row_number() over () from things") == before);
  CHECK(session.ask("select * from parts") == "2");
}

TEST_CASE("table store: recovery moves a sequence behind what it had logged ahead", "[sim]") {
  Store store(
      "create sequence used; create sequence unused; create sequence down increment -2;"
      "create sequence last maxvalue 5");
  TestSession session(store.cluster);
  TableStore tables(store.connection);
  tables.checkpoint();
  // A real server that is killed after the first value goes on with 34: the log is 32 ahead.
  CHECK(session.ask("select nextval('used'), nextval('down'), nextval('last')") == "1|-1|1");
  tables.recover();
  CHECK(session.ask("select nextval('used'), nextval('unused'), nextval('down')") == "34|1|-67");
  CHECK(session.ask("select nextval('last')") == "2200H");
}

TEST_CASE("table store: recovery empties unlogged tables and no others", "[sim]") {
  Store store("create unlogged table fast(id int); create table safe(id int)");
  TestSession session(store.cluster);
  session.ask("insert into fast values (1)");
  session.ask("insert into safe values (1)");
  TableStore tables(store.connection);
  tables.recover();
  CHECK(session.ask("select count(*) from fast") == "0");
  CHECK(session.ask("select count(*) from safe") == "1");
}

TEST_CASE("table store: what is put back was recovered, too", "[sim]") {
  Store store("create table things(id bigserial, n int); create unlogged table fast(id int)");
  TestSession session(store.cluster);
  TableStore tables(store.connection);
  tables.checkpoint();
  session.ask("insert into things(n) values (10)");
  session.ask("insert into fast values (1)");
  const TableStore::Snapshot kept = tables.take();
  session.ask("insert into things(n) values (11), (12)");
  tables.put_back(kept);
  CHECK(session.ask("select * from things") == "1|10");
  CHECK(session.ask("select count(*) from fast") == "0");
  CHECK(session.ask("insert into things(n) values (13) returning id") == "34");
}

}  // namespace
}  // namespace fencepost
