// What a crash does to tables and sequences, against what a real one does (measured in the
// comments).
#include "sim/database/table_store.hpp"

#include "sim/database/raw_query.hpp"
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

TEST_CASE("table store: the start has every row once, in tables and sequences of any name or form",
          "[sim]") {
  Store store(
      "set client_min_messages = warning; drop schema if exists fencepost cascade;"
      "create schema fencepost;"
      "create table parent(id int); create table child() inherits (parent);"
      "create table blank(); create table made(one int generated always as (1) stored);"
      "create table parts(id int) partition by list (id);"
      "create table part1 partition of parts for values in (1);"
      "create sequence \"o'brien\"; insert into parent values (1); insert into child values (2);"
      "insert into blank default values; insert into made default values;"
      "insert into parts values (1)");
  TestSession session(store.cluster);
  TableStore tables(store.connection);
  tables.keep_start();
  const TableStore::Snapshot kept = tables.take();
  const auto change = [&] {
    return session.ask(
        "insert into blank default values; insert into made default values;"
        "insert into parts values (1); update parent set id = id + 1;"
        "select (select string_agg(concat(tableoid::regclass, id), ',') from parent),"
        " (select count(*) from blank), (select sum(one) from made), (select sum(id) from parts),"
        " nextval('\"o''brien\"')");
  };
  const std::string changed = change();
  CHECK(changed == "parent2,child3|2|2|2|1");
  raw_must(store.connection, tables.start());
  CHECK(change() == changed);
  tables.put_back(kept);
  CHECK(change() == changed);
  session.ask("drop schema fencepost cascade");
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
  if (PQserverVersion(store.connection) < 150000) return;
  session.ask("create unlogged sequence fast start 5");
  CHECK(session.ask("select nextval('fast')") == "5");
  TableStore(store.connection).recover();
  CHECK(session.ask("select nextval('fast')") == "5");
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
