// Tables, indexes and sequences come back as they were: by pages, and by whatever puts back what
// pages can't.
#include "sim/database/page_store.hpp"

#include <fstream>
#include <map>
#include <set>

#include "sim/engine/simulation.hpp"
#include "sim/search/lanes.hpp"
#include "sim/search/strategies.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

/// The harness's own connection beside a session that asks.
struct Pages {
  Cluster& cluster = shared_cluster();
  PGconn* connection = nullptr;
  std::optional<PageStore> store;
  explicit Pages(const std::string& schema) {
    start_over(cluster);
    TestSession(cluster).ask("alter database postgres set search_path = public");
    connection = PQconnectdb(cluster.conninfo("postgres").c_str());
    REQUIRE(PQstatus(connection) == CONNECTION_OK);
    PQsetNoticeProcessor(
        connection, [](void*, const char*) {}, nullptr);
    for (const std::string& sql :
         {std::string("drop schema if exists fencepost cascade; create schema fencepost"),
          schema}) {
      PGresult* const result = PQexec(connection, sql.c_str());
      INFO(PQerrorMessage(connection));
      CHECK(PQresultStatus(result) == PGRES_COMMAND_OK);
      PQclear(result);
    }
    store.emplace(connection, cluster.shim());
    REQUIRE(store->works());
  }
  ~Pages() {
    PQclear(PQexec(connection, "drop schema fencepost cascade"));
    PQfinish(connection);
  }
};

using Found = PageStore::Found;

/// Histories on a server of their own.
struct Bench {
  Cluster cluster{ClusterOptions{{}, usable_cores().back()}};
  Simulation simulation{cluster};
  std::string digest_of(const Scenario& scenario, std::uint64_t seed) {
    return digest(simulation.run(scenario, *portfolio(seed).make(seed)));
  }
};

TEST_CASE("page store: what was written, deleted and drawn is as before, at the same place",
          "[database]") {
  Pages pages(
      "create table things(id bigserial primary key, what text unique);"
      "insert into things(what) values ('a'), ('b')");
  TestSession session(pages.cluster);
  REQUIRE(pages.store->keep(0));
  const std::string rows = "select ctid, xmin, * from things";
  const std::string before = session.ask(rows);
  for (int round = 0; round < 3; ++round) {
    INFO(round);
    session.ask("update things set what = what || 'x'");
    session.ask("delete from things where id = 1");
    CHECK(session.ask("insert into things(what) values ('c') returning id") == "3");
    CHECK(pages.store->put_back(0) == Found::same_size);
    CHECK(session.ask(rows) == before);
    CHECK(session.ask("select id from things where what = 'b'") == "2");
    CHECK(session.ask("select id from things where what = 'bx'").empty());
  }
  // Another session keeps nothing.
  CHECK(session.ask("select fencepost.keep_pages(0), fencepost.put_pages_back(0)") == "-1|-1");
  CHECK(session.ask("select fencepost.know_tables(null) is null") == "t");
}

TEST_CASE("page store: tables and indexes of all kinds that grew or shrank are as they were",
          "[database]") {
  Pages pages(
      "create table t(id int primary key, words tsvector, box box, name text, n int, big text);"
      "create index on t using gin(words); create index on t using gist(box);"
      "create index on t using hash(name); create index on t using brin(n);"
      "create index on t using spgist(box); create unlogged table fast(n int primary key);"
      "create sequence s cache 5; create materialized view m as select 1 as one;"
      "create table part(n int primary key) partition by list(n);"
      "create table part1 partition of part for values in (1);"
      "create table part2 partition of part for values in (2)");
  TestSession session(pages.cluster);
  const auto fill = [&](int from, int to) {
    CHECK(session.ask(fmt::format(
              "insert into t select i, to_tsvector('simple', 'w' || i % 50 || ' v' || i),"
              " box(point(i, i), point(i + 1, i + 1)), 'n' || i, i,"
              " (select string_agg(md5(i::text || j), '') from generate_series(1, 100) j)"
              " from generate_series({}, {}) i",
              from, to)) == "");
    session.ask("select nextval('s')");
  };
  const auto see = [&] {
    return session.ask(
        "set enable_seqscan = off; select count(*), sum(length(big)) from t;"
        "select count(*) from t where words @@ 'w7'; select count(*) from t where name = 'n7';"
        "select count(*) from t where box && box '(6,6),(8,8)';"
        "select count(*) from t where n between 5 and 9; select count(*) from t where id < 10;"
        "reset enable_seqscan; select array_agg(ctid || ':' || id) from t;"
        "select * from fast; select * from m; select * from part");
  };
  REQUIRE(pages.store->keep(0));
  const std::string empty = see();
  fill(1, 40);
  session.ask("insert into fast values (1); insert into part values (2)");
  REQUIRE(pages.store->keep(1));
  const std::string filled = see();
  // Growing, shrinking to either, and what a vacuum does to maps and sizes.
  for (int round = 0; round < 2; ++round) {
    INFO(round);
    fill(41, 400);
    session.ask("update t set name = name || 'x', box = box(point(0, 0), point(9, 9))");
    session.ask("insert into fast values (7); insert into part values (1)");
    CHECK(pages.store->put_back(0) == Found::other_size);
    CHECK(see() == empty);
    CHECK(session.ask("discard sequences; select nextval('s')") == "1");
    CHECK(pages.store->put_back(1) == Found::same_size);
    CHECK(see() == filled);
    session.ask("delete from t where id > 2");
    session.ask("vacuum analyze t");
    if (round == 0) CHECK(pages.store->put_back(1) == Found::redefined);
    pages.store->put_back(1);
    CHECK(see() == filled);
    CHECK(session.ask("truncate t, fast, part restart identity").empty());
    CHECK(pages.store->put_back(1) == Found::redefined);
    CHECK(pages.store->put_back(1) == Found::other_size);
    CHECK(see() == filled);
    fill(41, 45);
    CHECK(see() != filled);
    pages.store->put_back(1);
    CHECK(see() == filled);
  }
}

TEST_CASE("page store: loads have numbers, and their shape is what a planner sees of them",
          "[database]") {
  Pages pages("create table t(id int primary key)");
  TestSession session(pages.cluster);
  const auto none = pages.store->keep(0);
  session.ask("insert into t values (1)");
  const auto one = pages.store->keep(1);
  session.ask("insert into t select generate_series(2, 5000)");
  const auto many = pages.store->keep(2);
  CHECK(none == one);
  CHECK(one != many);
  for (const auto& [number, count] : {std::pair{0, "0"}, {2, "5000"}, {1, "1"}, {2, "5000"}}) {
    pages.store->put_back(number);
    CHECK(session.ask("select count(*) from t") == count);
    CHECK(session.ask("select count(*) from t where id = 1") == (number == 0 ? "0" : "1"));
  }
  session.ask("insert into t select generate_series(5001, 1500000)");
  CHECK(pages.store->keep(3) == std::nullopt);
}

TEST_CASE(
    "page store: histories are the same by pages, by rows and from copies, whatever was run before",
    "[database]") {
  const auto folder = [](const std::string& name) {
    return std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols" / name;
  };
  InputFolder input;
  Bench bench;
  const std::vector<Scenario> scenarios = {
      input.scenario("[load]\nworkers = 3\njobs = 2\nitems = 4\n[faults.crash]\nchance = \"1/9\"\n"
                     "[faults.server_crash]\nchance = \"1/30\"\n"),
      input.scenario("[load]\nworkers = 2\njobs = 12\nitems = 3\n[faults.commits_lost]\n"
                     "chance = \"1/30\"\n")};
  for (const char* name : {"hardened", "kukuri-fenced", "corpus/B33-river"}) {
    INFO(name);
    const Protocol protocol = read_protocol(folder(name));
    std::map<PutBack, std::vector<std::string>> digests;
    for (const PutBack way : {PutBack::rows, PutBack::pages, PutBack::whole}) {
      bench.simulation.load(protocol, {way});
      for (const std::uint64_t seed : {1u, 2u, 1u})
        for (const Scenario& scenario : scenarios)
          digests[way].push_back(bench.digest_of(scenario, seed));
    }
    CHECK(digests[PutBack::pages] == digests[PutBack::rows]);
    CHECK(digests[PutBack::whole] == digests[PutBack::rows]);
  }
}

TEST_CASE("page store: a history that defines something has the server begin again after it",
          "[database]") {
  const auto of_minimal = [](const char* name) {
    std::ifstream file(beside_the_tests("protocols/minimal") / name);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  std::string toml = of_minimal("protocol.toml");
  const std::string claim = "claim = [{ run = \"take_task\", empty = \"nothing\" }";
  REQUIRE(toml.find(claim) != std::string::npos);
  toml.insert(toml.find(claim) + claim.size(), ", { run = \"lay_out\" }");
  InputFolder folder;
  folder.file("protocol.toml", toml)
      .file("schema.sql", of_minimal("schema.sql"))
      .file("queries.sql", of_minimal("queries.sql") +
                               "\n-- name: lay_out :exec\nCREATE TABLE left_over (id int);\n");
  const Protocol protocol = read_protocol(folder.path());
  const Scenario scenario = folder.scenario("[load]\nworkers = 1\njobs = 1\n");
  std::set<std::string> digests;
  Bench bench;
  for (const PutBack way : {PutBack::pages, PutBack::rows, PutBack::whole}) {
    bench.simulation.load(protocol, {way});
    for (int i = 0; i < 3; ++i) digests.insert(bench.digest_of(scenario, 1));
  }
  CHECK(digests.size() == 1);
}

}  // namespace
}  // namespace fencepost
