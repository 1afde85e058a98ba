// Schema files as people have them, against a server.
#include "sim/database/schema_run.hpp"

#include "sim/database/raw_query.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

/// A database of one test, and a protocol of one file that is run on it.
struct Run {
  Cluster& cluster = shared_cluster();
  RawConnection admin;
  RawConnection session;
  Protocol protocol;

  explicit Run(const std::string& text) : Run(std::vector<std::string>{text}) {}
  explicit Run(const std::vector<std::string>& files) {
    start_over(cluster);
    admin = raw_connect(cluster.conninfo("postgres"));
    drop();
    raw_must(admin.get(), "CREATE DATABASE schema_run");
    raw_must(admin.get(), "ALTER DATABASE schema_run SET search_path = public");
    session = raw_connect(cluster.conninfo("schema_run"));
    protocol.schema = files;
    for (std::size_t i = 0; i < files.size(); ++i)
      protocol.schema_files.emplace_back("s" + std::to_string(i + 1) + ".sql");
  }
  ~Run() {
    session.reset();
    drop();
  }
  void drop() {
    raw_must(admin.get(), "DROP DATABASE IF EXISTS schema_run WITH (FORCE)");
    raw_must(admin.get(), "DROP ROLE IF EXISTS someone_else");
  }

  std::string refusal() {
    try {
      run_schema(session.get(), protocol, "schema_run", "N");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  std::string path() {
    REQUIRE(refusal() == "");
    return own_search_path(session.get(), protocol, "schema_run");
  }
  std::string ask(const std::string& sql) {
    const RawResult rows = raw_must(session.get(), sql);
    return value_at(rows.get(), 0, 0).value_or("null");
  }
};

TEST_CASE("schema: what can't be in a transaction runs outside of one", "[sim]") {
  Run run(
      "CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY ti ON t (id);\nVACUUM ANALYZE t;\n"
      "CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';\nCREATE TABLE u (x e DEFAULT "
      "'b');");
  CHECK(run.refusal() == "");
  CHECK(run.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ti'::regclass") == "t");
}

TEST_CASE("schema: a file is one transaction where it can be, so that LOCK and SET LOCAL work",
          "[sim]") {
  Run run(
      "SET LOCAL lock_timeout = '5s';\nCREATE TABLE t (x text);\nLOCK TABLE t;\n"
      "INSERT INTO t VALUES (current_setting('lock_timeout'));");
  CHECK(run.refusal() == "");
  CHECK(run.ask("SELECT x FROM t") == "5s");
}

TEST_CASE("schema: the line of an error is that of the file", "[sim]") {
  const std::string rest =
      " (SQLSTATE 42P01); mend the file, or leave out what a private server "
      "does not have";
  CHECK(Run("SELECT 1;\n\nSELECT\n  'ä' FROM gone;").refusal() ==
        "s1.sql:4: the schema fails on PostgreSQL N: relation \"gone\" does not exist" + rest);
  CHECK(Run("SELECT 1;\nDO $$\nBEGIN\n  PERFORM 1;\n  PERFORM 1 FROM gone;\nEND $$;").refusal() ==
        "s1.sql:5: the schema fails on PostgreSQL N: relation \"gone\" does not exist" + rest);
  CHECK(
      Run("SELECT 1;\nCREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n  SELECT 1;\n  SELECT 2 FROM "
          "gone;\nEND;")
          .refusal() ==
      "s1.sql:5: the schema fails on PostgreSQL N: relation \"gone\" does not exist" + rest);
}

TEST_CASE("schema: roles and databases of another server do no harm", "[sim]") {
  Run run(
      "CREATE DATABASE app;\nALTER DATABASE app OWNER TO someone_else;\nCREATE TABLE t (id int);\n"
      "ALTER TABLE t OWNER TO someone_else;\nGRANT SELECT ON t TO someone_else;\n"
      "COMMENT ON DATABASE app IS 'x';\nSET transaction_timeout_of_a_later_version = 0;\n"
      "CREATE ROLE someone_else;\nGRANT pg_of_a_later_version TO someone_else;\n"
      "SET ROLE someone_else;\nCREATE TABLE u (id int);\n");
  CHECK(run.refusal() == "");
  CHECK(run.ask("SELECT count(*) FROM pg_tables WHERE tableowner = 'someone_else'") == "2");
  CHECK(run.ask("SELECT count(*) FROM pg_database WHERE datname = 'app'") == "0");
}

TEST_CASE("schema: a role that can't be made is told as one that is missing", "[sim]") {
  const auto told = [](const std::string& name) {
    return "the schema fails on PostgreSQL N: role \"" + name +
           "\" does not exist (SQLSTATE 42704); mend the file, or leave out what a private server "
           "does not have";
  };
  CHECK(Run("CREATE TABLE t (id int);\nALTER TABLE t OWNER TO public;").refusal() ==
        "s1.sql:2: " + told("public"));
  CHECK(Run("CREATE ROLE someone_else;\nSET ROLE someone_else;\nGRANT someone_else TO gone;")
            .refusal() == "s1.sql:3: " + told("gone"));
}

TEST_CASE("schema: a missing extension and an open transaction are told as what they are",
          "[sim]") {
  CHECK(Run("SELECT 1;\nCREATE EXTENSION no_such_thing;")
            .refusal()
            .find("; install the extension's package beside this PostgreSQL, or leave it out") !=
        std::string::npos);
  CHECK(Run("BEGIN;\nCREATE TABLE t (id int);").refusal() ==
        "s1.sql: the file begins a transaction and does not end it; write COMMIT");
  CHECK(Run("BEGIN;\nCREATE TABLE t (id int);\nALTER TABLE t OWNER TO someone_else;\nCOMMIT;")
            .refusal() == "");
}

TEST_CASE("schema: where the tables are is what the database, a role or the file says", "[sim]") {
  CHECK(Run("CREATE TABLE t (id int)").path() == "public");
  CHECK(Run("SET search_path TO \"$user\", public;").path() == "public");
  CHECK(Run("CREATE SCHEMA q; SET search_path TO q").path() == "q");
  CHECK(Run("CREATE SCHEMA q; SET search_path TO x; ALTER DATABASE postgres SET search_path TO q, "
            "public")
            .path() == "q, public");
  CHECK(Run("ALTER ROLE app SET search_path TO q").path() == "q");
  CHECK(Run("ALTER ROLE app IN DATABASE d SET search_path TO q").path() == "q");
  CHECK(Run("SELECT pg_catalog.set_config('search_path', '', false)").path() == "public");
  Run two(std::vector<std::string>{"SELECT pg_catalog.set_config('search_path', '', false)",
                                   "CREATE TABLE t (id int)"});
  CHECK(two.path() == "public");
  CHECK(two.ask("SELECT 'public.t'::regclass") == "t");
}

TEST_CASE("schema: it is handed over to an ordinary role, which may have its settings", "[sim]") {
  Run run("CREATE ROLE someone_else SUPERUSER;\nCREATE TABLE t (id int);");
  make_workers_role(run.admin.get());
  raw_must(run.admin.get(), "ALTER ROLE fencepost SUPERUSER");
  run.session = raw_connect(run.cluster.conninfo("schema_run", kWorkersRole));
  REQUIRE(run.refusal() == "");
  run.protocol.roles.resize(1);
  run.protocol.roles[0].settings["DEADLOCK_timeout"] = "7s";
  hand_over(run.admin.get(), run.protocol);
  run.session = raw_connect(run.cluster.conninfo("schema_run", kWorkersRole));
  CHECK(run.ask("SELECT count(*) FROM pg_roles WHERE rolsuper") == "1");
  CHECK(run.ask("SELECT pg_has_role('someone_else', 'member')") == "t");
  CHECK(run.ask("SELECT tableowner FROM pg_tables WHERE tablename = 't'") == "fencepost");
  CHECK(run.ask("SHOW log_min_messages") == "panic");
  if (PQserverVersion(run.session.get()) >= 150000)
    CHECK(run.ask("SELECT set_config('deadlock_timeout', '7s', false)") == "7s");
  const RawResult refused = raw_query(run.session.get(), "SET log_min_messages = debug1");
  CHECK(error_of(run.session.get(), refused.get()).value().sqlstate == "42501");
  {
    const RawConnection own = raw_connect(run.cluster.conninfo("schema_run"));
    raw_must(own.get(), "SET SESSION AUTHORIZATION fencepost");
    {
      const OwnRights rights(own.get());
      CHECK(PQparameterStatus(own.get(), "session_authorization") == std::string(kSuperuser));
    }
    CHECK(PQparameterStatus(own.get(), "session_authorization") == std::string("fencepost"));
  }
}

TEST_CASE("schema: what fencepost asks looks where all roles look", "[sim]") {
  Run run("SELECT 1");
  run.protocol.roles.resize(3);
  run.protocol.roles[0].settings["search_path"] = "a";
  CHECK(run.path() == "a");
  run.protocol.roles[1].settings["search_path"] = "b";
  CHECK(run.path() == "public");
  RunStep step;
  step.name = "s";
  run.protocol.roles[1].program = {{step, 1}};
  CHECK(search_paths(run.protocol) == std::map<std::string, std::string>{{"s", "b"}});
}

}  // namespace
}  // namespace fencepost
