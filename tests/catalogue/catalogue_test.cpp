// A database's schema as SQL: what is made of it is the same again, and reading it writes nothing.
#include "sim/catalogue/catalogue.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

const std::string kMixedSchema = R"(
CREATE TYPE public.job_state AS ENUM ('ready', 'it''s running', 'done');
CREATE DOMAIN public.name_of_worker AS text CHECK (VALUE <> '') NOT NULL DEFAULT 'nobody';
CREATE SCHEMA app;
CREATE SEQUENCE app.numbers START 7 INCREMENT 3;
CREATE FUNCTION app.next_number() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('app.numbers') $$;
CREATE TABLE public.teams (id int PRIMARY KEY, lead int, name text);
CREATE TABLE public.users (id serial PRIMARY KEY, "Name" text NOT NULL UNIQUE, team int REFERENCES public.teams);
ALTER TABLE public.teams ADD FOREIGN KEY (lead) REFERENCES public.users;
CREATE UNIQUE INDEX team_names ON public.teams (name);
ALTER TABLE public.users ADD COLUMN of_team text REFERENCES public.teams (name);
CREATE TABLE public."Job Queue" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number bigint NOT NULL DEFAULT app.next_number(),
  owner public.name_of_worker,
  state public.job_state NOT NULL DEFAULT 'ready',
  created_by integer REFERENCES public.users ON DELETE CASCADE,
  tags text[] NOT NULL DEFAULT '{}',
  price numeric(8,2), until timestamptz(3),
  doubled bigint GENERATED ALWAYS AS (number * 2) STORED,
  CHECK (number > 0));
CREATE INDEX ready_jobs ON public."Job Queue" (number DESC) WHERE state = 'ready';
CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tags := '{a}'; RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON public."Job Queue" FOR EACH ROW EXECUTE FUNCTION public.noted();
CREATE FUNCTION public.age_of(id bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT id * 2 $$;
CREATE VIEW public.open_jobs AS SELECT id, state, age_of(id), count(*) FROM public."Job Queue" WHERE state <> 'done' GROUP BY id;
CREATE FUNCTION public.first_open() RETURNS public.open_jobs LANGUAGE sql AS $$ SELECT * FROM public.open_jobs LIMIT 1 $$;
CREATE MATERIALIZED VIEW public.job_counts AS SELECT count(*) AS jobs FROM public.open_jobs;
CREATE UNIQUE INDEX ON public.job_counts (jobs);
CREATE TABLE public.events (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE public.events_2027 PARTITION OF public.events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE public.unrelated (id int);
)";

Catalogue catalogue_of(const std::string& dsn) {
  return read_catalogue(dsn, [] { return false; });
}

/// A database of its own, gone when the test is over.
class TestDatabase {
 public:
  TestDatabase(Cluster& cluster, std::string name) : cluster_(cluster), name_(std::move(name)) {
    TestSession(cluster_).ask("CREATE DATABASE " + name_ + " TEMPLATE template0");
  }
  ~TestDatabase() { TestSession(cluster_).ask("DROP DATABASE " + name_ + " WITH (FORCE)"); }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  std::string ask(const std::string& sql) { return TestSession(cluster_, name_).ask(sql); }
  Catalogue read() { return catalogue_of(cluster_.conninfo(name_)); }

 private:
  Cluster& cluster_;
  std::string name_;
};

/// Takes connections, and says nothing.
class SilentServer {
 public:
  SilentServer() : listens_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listens_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listens_, 1) == 0);
    REQUIRE(getsockname(listens_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(listens_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::string dsn() const { return fmt::format("host=127.0.0.1 port={} dbname=a", port_); }

 private:
  int listens_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("catalogue: a schema that was read makes the same schema", "[catalogue]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  const std::string named =
      "SELECT FROM \"Job Queue\", open_jobs, events, job_counts, first_open()";
  std::string first;
  {
    TestDatabase database(cluster, "read_first");
    REQUIRE(database.ask(kMixedSchema).find("42") == std::string::npos);
    first = schema_for(database.read(), named);
  }
  INFO(first);
  CHECK(first.find("unrelated") == std::string::npos);
  CHECK(first.find("CREATE TABLE public.users") != std::string::npos);
  CHECK(first.find("CREATE TRIGGER note") != std::string::npos);
  TestDatabase again(cluster, "read_again");
  again.ask(first);
  CHECK(schema_for(again.read(), named) == first);
  CHECK(again.ask("INSERT INTO public.users (\"Name\") VALUES ('a');"
                  "INSERT INTO public.\"Job Queue\" (created_by) VALUES (1);"
                  "INSERT INTO public.events VALUES ('2027-05-05', 'x');"
                  "SELECT number, doubled, tags, state, owner FROM public.\"Job Queue\"") ==
        "7|14|{a}|ready|nobody");
}

TEST_CASE("catalogue: whoever may connect can read it, and no transaction is written",
          "[catalogue]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestDatabase database(cluster, "read_only");
  database.ask(kMixedSchema);
  TestSession(cluster).ask("CREATE ROLE reader LOGIN");
  database.ask("ALTER DATABASE read_only SET default_transaction_read_only = on");
  const std::string next = "SELECT pg_snapshot_xmax(pg_current_snapshot())";
  const std::string before = database.ask(next);
  const Catalogue found = catalogue_of(cluster.conninfo("read_only", "reader"));
  CHECK(database.ask(next) == before);
  CHECK(found.tables.size() == 8);
  CHECK(found.no_statements ==
        "the database has no extension pg_stat_statements, so its clients' statements are not "
        "known; give them by --queries");
  TestSession(cluster).ask("DROP ROLE reader");
}

TEST_CASE("catalogue: statements come from pg_stat_statements, and why there are none is told",
          "[catalogue]") {
  Cluster& cluster = shared_cluster();
  start_over(cluster);
  TestDatabase database(cluster, "read_statements");
  database.ask("CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats");
  CHECK(database.read().no_statements.find("must be loaded via") != std::string::npos);
  // What it would show on a server that counts; the extension itself stays.
  database.ask(
      "ALTER EXTENSION pg_stat_statements DROP VIEW stats.pg_stat_statements;"
      "DROP VIEW stats.pg_stat_statements;"
      "CREATE TABLE stats.pg_stat_statements AS SELECT oid AS dbid, 'UPDATE a SET b = $1'::text AS"
      " query, 5::bigint AS calls FROM pg_database WHERE datname = current_database()");
  database.ask(
      "INSERT INTO stats.pg_stat_statements SELECT s.dbid, more.query, more.calls FROM"
      " stats.pg_stat_statements s, (VALUES ('BEGIN', 9), ('SELECT $1', 7),"
      " ('CREATE TABLE a (b int)', 8)) AS more (query, calls)");
  const Catalogue found = database.read();
  CHECK(found.no_statements == "");
  CHECK(found.statements == std::vector<std::string>{"SELECT $1", "UPDATE a SET b = $1"});
}

TEST_CASE("catalogue: a server that is not there is told in one sentence", "[catalogue]") {
  std::string said;
  try {
    catalogue_of("host=/nowhere dbname=a");
  } catch (const InputError& error) {
    said = error.what();
  }
  CHECK(said.starts_with("the database of --dsn can't be read: connection to server on socket"));
  CHECK(said.ends_with("; write it as psql takes it, such as postgresql://user@host/database"));
}

TEST_CASE("catalogue: a server that does not answer is waited for until the program is stopped",
          "[catalogue]") {
  const SilentServer server;
  int asked = 0;
  CHECK_THROWS_AS(read_catalogue(server.dsn(), [&] { return ++asked > 2; }), EnvironmentError);
}

}  // namespace fencepost
