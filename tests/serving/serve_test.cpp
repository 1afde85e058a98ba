// A server for somebody's own tests: nothing passes by itself, all that waits follows what is
// asked for, and nothing is left.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE jobs (id int PRIMARY KEY, owner text, lease_until timestamptz);\n"
    "INSERT INTO jobs SELECT g, NULL, now() + '1 min' FROM generate_series(1, 3) g;\n";

/// `q SQL…` runs statements on the server, each a transaction; the server's clock begins at 2030.
Ran serve_for(const CliFolder& folder, const std::string& script, const std::string& flags = "") {
  folder.write("schema.sql", kSchema);
  folder.write("script.sh",
               "FENCEPOST=$(readlink /proc/$PPID/exe)\nq() { s=$#; while [ $s -gt 0 ]; do set -- "
               "\"$@\" -c \"$1\"; shift; s=$((s-1)); "
               "done; psql -X -At \"$@\"; }\n" +
                   script);
  return folder.run("serve --schema schema.sql --at '2030-01-01 00:00 UTC' " + flags +
                    " -- sh script.sh");
}

}  // namespace

TEST_CASE("serve: time stands still, and passes when it is asked for", "[serve]") {
  const CliFolder folder;
  const Ran ran = serve_for(folder,
                            "q 'SELECT clock_timestamp()' 'SELECT pg_sleep(0)' "
                            "'SELECT lease_until FROM jobs WHERE id = 1'\n"
                            "sleep 0.3\n"
                            "q 'SELECT clock_timestamp()'\n"
                            "q \"SELECT fencepost.advance('50 s'), clock_timestamp()\"\n"
                            "q 'SELECT count(*) FROM jobs WHERE lease_until < now()'\n"
                            "for by in '9.999999 s' '1 us' '1 us'; do "
                            "q \"SELECT fencepost.advance('$by')\"; done\n"
                            "q 'SELECT count(*) FROM jobs WHERE lease_until < now()'\n"
                            "q 'CREATE DATABASE other TEMPLATE template0'\n"
                            "PGDATABASE=other q \"SELECT fencepost.advance('1 month')\"\n");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out ==
        "2030-01-01 00:00:00+00\n\n2030-01-01 00:01:00+00\n"
        "2030-01-01 00:00:00+00\n"
        "2030-01-01 00:00:50+00|2030-01-01 00:00:50+00\n"
        "0\n"
        "2030-01-01 00:00:59.999999+00\n2030-01-01 00:01:00+00\n2030-01-01 00:01:00.000001+00\n"
        "3\n"
        "CREATE DATABASE\n"
        "2030-02-01 00:01:00.000001+00\n");
  CHECK(contains(ran.err, "whose clock stands still at 2030-01-01 00:00:00+00; "));
}

TEST_CASE("serve: a schema that sleeps is loaded at once, and no other server is meant",
          "[serve]") {
  const CliFolder folder;
  folder.write("sleeps.sql",
               "SELECT pg_sleep(90);\nCREATE TABLE slept AS SELECT clock_timestamp() AS at;\n");
  const Ran ran = folder.run(
      "serve --schema sleeps.sql --at '2030-01-01 00:00 UTC' -- psql -X -Atc 'TABLE slept'",
      "PGHOSTADDR=127.0.0.2 PGSERVICE=other PGTARGETSESSIONATTRS=read-only");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out == "2030-01-01 00:01:30+00\n");
}

TEST_CASE("serve: what others wait for comes in its order, and ends nobody who let time pass",
          "[serve]") {
  const CliFolder folder;
  const Ran ran = serve_for(
      folder,
      "q 'SELECT pg_sleep(1200), clock_timestamp()' >slept &\n"
      "q \"UPDATE jobs SET owner = 'a' WHERE id = 1; SELECT pg_sleep(100), clock_timestamp()\" "
      ">held &\n"
      "sleep 0.3\n"
      "q \"SET lock_timeout = '1min'\" \"UPDATE jobs SET owner = 'b' WHERE id = 1\" >/dev/null "
      "2>timed_out &\n"
      "q \"SET idle_in_transaction_session_timeout = '90s'\" BEGIN '\\! sleep 1.5' "
      "'SELECT 1' >/dev/null 2>idled &\n"
      "sleep 0.3\n"
      "q \"SET statement_timeout = '30s'\" \"SELECT fencepost.advance('50s')\"\n"
      "q \"SET statement_timeout = '30s'\" \"SELECT fencepost.advance('1 day')\" "
      "'SELECT clock_timestamp()'\n"
      "wait\n");
  INFO(ran.err);
  CHECK(ran.out ==
        "SET\n2030-01-01 00:00:50+00\nSET\n2030-01-02 00:00:50+00\n2030-01-02 00:00:50+00\n");
  CHECK(contains(folder.read("slept"), "2030-01-01 00:20:00+00\n"));
  CHECK(contains(folder.read("held"), "2030-01-01 00:01:40+00\n"));
  CHECK(contains(folder.read("timed_out"), "canceling statement due to lock timeout"));
  CHECK(contains(folder.read("idled"), "terminating connection due to idle-in-transaction"));
}

TEST_CASE("serve: a deadlock is told though time stands still, and costs a millisecond at most",
          "[serve]") {
  const CliFolder folder;
  const Ran ran = serve_for(
      folder,
      "both() { q BEGIN \"UPDATE jobs SET owner = '$1' WHERE id = $1\" 'SELECT pg_sleep(1)' "
      "\"UPDATE jobs SET owner = '$1' WHERE id = $2\" COMMIT; }\n"
      "both 1 2 >one 2>&1 &\nboth 2 1 >other 2>&1 &\n"
      "sleep 0.3\nq \"SELECT fencepost.advance('1s')\"\nwait\n"
      "q \"SELECT clock_timestamp() <= '2030-01-01 00:00:01.001+00'\"\n");
  INFO(ran.err);
  CHECK(ran.out == "2030-01-01 00:00:01+00\nt\n");
  const std::string both = folder.read("one") + folder.read("other");
  CHECK(contains(both, "deadlock detected"));
  CHECK(contains(both, "COMMIT"));
}

TEST_CASE(
    "serve: whoever is killed, floods the server, or ends all sessions keeps no time from passing",
    "[serve]") {
  const CliFolder folder;
  const Ran ran = serve_for(
      folder,
      "now() { timeout 5 psql -X -Atc \"SELECT fencepost.advance('$1')\"; }\n"
      "psql -X -c 'SELECT pg_sleep(50)' & asleep=$!\n"
      "q BEGIN 'LOCK TABLE jobs' '\\! sleep 1' >/dev/null &\n"
      "sleep 0.3\npsql -X -c 'TABLE jobs' & waits=$!\n"
      "sleep 0.3\nkill -9 $asleep $waits\nnow 1min\n"
      "yes 'SELECT 1;' | psql -X >/dev/null & flood=$!\nq 'SELECT pg_sleep(30)' &\n"
      "sleep 0.2\nnow 1min\nkill $flood\n"
      "q 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()' "
      ">/dev/null 2>&1\n"
      "for k in '1 2' '2 3' '3 1'; do set -- $k; timeout 5 psql -X -At -c BEGIN "
      "-c \"SELECT pg_advisory_lock($1)\" -c '\\! sleep 0.2' -c \"SELECT pg_advisory_lock($2)\" "
      ">/dev/null 2>>circle & done; wait\nnow 1min\n");
  INFO(ran.err);
  CHECK(ran.out ==
        "2030-01-01 00:01:00+00\n\n2030-01-01 00:02:00+00\n"
        "2030-01-01 00:03:00.001+00\n");
  CHECK(contains(folder.read("circle"), "deadlock detected"));
}

TEST_CASE("serve: who locks a catalogue, or asks for a year, keeps others out for moments only",
          "[serve][nightly]") {
  const CliFolder folder;
  const Ran ran =
      serve_for(folder,
                "timeout 9 psql -X -At -c BEGIN -c 'LOCK TABLE pg_authid' -c '\\! sleep 0.5' "
                "-c \"SELECT fencepost.advance('1 min')\" -c COMMIT &\n"
                "sleep 0.3\ntimeout 9 psql -X -Atc 'SELECT 1'\nwait\n"
                "q \"SELECT pg_sleep(3e8)\" & sleep 0.3\n"
                "psql -X -c \"SELECT fencepost.advance('9 years')\" 2>cancelled & year=$!\n"
                "sleep 0.5\nkill -INT $year\ntimeout 9 tail --pid=$year -f /dev/null; echo $?\n");
  INFO(ran.err);
  CHECK(ran.out == "BEGIN\nLOCK TABLE\n2030-01-01 00:01:00+00\nCOMMIT\n1\n0\n");
  CHECK(contains(folder.read("cancelled"), "canceling statement due to user request"));
}

TEST_CASE("serve: whoever connects and says nothing takes no processor, and others when he goes",
          "[serve][nightly]") {
  const CliFolder folder;
  folder.write("silent.mjs",
               "import net from 'node:net';\n"
               "for (let i = 0; i < 400; ++i) net.connect(process.env.PGPORT, "
               "'127.0.0.1').on('error', () => {});\n"
               "setTimeout(() => process.exit(), 2000);\n");
  folder.write("script.sh",
               "ulimit -Sn $(ulimit -Hn)\nnode silent.mjs & sleep 1\n"
               "used() { cut -d' ' -f14,15 /proc/$PPID/stat | tr ' ' +; }\n"
               "before=$(($(used))); sleep 0.5; echo $(($(used) - before < 25))\nwait\n"
               "timeout 5 psql -X -Atc 'SELECT 2'\n");
  const Ran ran = folder.run("serve -- sh script.sh", "ulimit -Sn 300;");
  INFO(ran.err);
  CHECK(ran.out == "1\n2\n");
}

TEST_CASE("serve: a schema that never ends is ended by Ctrl-C", "[serve][nightly]") {
  const CliFolder folder;
  folder.write("endless.sql", "DO $$ BEGIN LOOP END LOOP; END $$;\n");
  CHECK(folder.stopped("INT", "serve --schema endless.sql -- true").status == 130);
}

TEST_CASE("serve: only who knows the DSN is let in, and cancels reach whom they are for",
          "[serve]") {
  const CliFolder folder;
  const Ran ran = serve_for(folder,
                            "PGPASSWORD=guessed q 'SELECT 1'\n"
                            "PGUSER=fencepost_superuser q 'SELECT 2'\n"
                            "PGDATABASE=missing q 'SELECT 3'\n"
                            "psql -X \"$DATABASE_URL\" -Atc 'SELECT pg_sleep(9)' & p=$!\n"
                            "sleep 0.5; kill -INT $p; wait $p\n"
                            "q 'SELECT gen_random_uuid()'\n");
  CHECK(contains(ran.err, "FATAL:  the password is not that of the DSN"));
  CHECK(contains(ran.err, "FATAL:  this role is fencepost's own"));
  CHECK(contains(ran.err, "FATAL:  database \"missing\" does not exist"));
  CHECK(contains(ran.err, "canceling statement due to user request"));
  CHECK(ran.out.size() == 37);
  const std::string one = serve_for(folder, "q 'SELECT gen_random_uuid()'\n").out;
  CHECK(serve_for(folder, "q 'SELECT gen_random_uuid()'\n").out == one);
  CHECK(serve_for(folder, "q 'SELECT gen_random_uuid()'\n", "--seed 2").out != one);
}

TEST_CASE("serve: a wish that makes no sense is an error of the statement", "[serve]") {
  const CliFolder folder;
  const Ran ran =
      serve_for(folder,
                "q \"SELECT fencepost.advance('-1s')\" \"SELECT fencepost.advance(NULL)\""
                " \"SELECT fencepost.advance('1000 years')\"\n"
                "q \"SELECT fencepost.advance('0')\"\n"
                "$FENCEPOST advance 5m\n$FENCEPOST advance soon; echo $?\n"
                "$FENCEPOST advance 1s --dsn 'host=127.0.0.1 port=1'; echo $?\n"
                "q 'DROP SCHEMA fencepost CASCADE' >/dev/null\n"
                "$FENCEPOST advance 1s; exit 9\n");
  INFO(ran.err);
  CHECK(ran.status == 9);
  CHECK(ran.out == "2030-01-01 00:00:00+00\n2030-01-01 00:05:00+00\n2\n2\n");
  CHECK(contains(ran.err, "time goes forward only, and -00:00:01 does not"));
  CHECK(contains(ran.err, "time goes forward only, and null does not"));
  CHECK(contains(ran.err, "the clock goes to the end of 2125 only"));
  CHECK(contains(ran.err, "time does not pass: invalid input syntax for type interval: \"soon\""));
  CHECK(contains(ran.err, "the server can't be reached: "));
  CHECK(contains(ran.err, "it is none that \"serve\" started"));
}

TEST_CASE("serve: wrong input is one sentence, and nothing is left", "[serve]") {
  const CliFolder folder;
  folder.write("bad.sql", "\nCREATE TABL x ();\n");
  const auto before = server_folders();
  const auto refused = [&](const std::string& arguments, int status, const std::string& part) {
    const Ran ran = folder.run("serve " + arguments);
    INFO(arguments << ": " << ran.err);
    CHECK(ran.status == status);
    CHECK(contains(ran.err, part));
    CHECK(ran.out.empty());
  };
  refused("--schema bad.sql", 2, "bad.sql:2: the schema fails on PostgreSQL");
  refused("--schema none.sql", 2, "there is no such file");
  refused("--at soon", 2, "--at: PostgreSQL does not read it as a time: invalid input");
  refused("--at '1812-01-01'", 2, "--at: 1812-01-01 is not between the years 2000 and 2126");
  refused("pytest -x", 2, "what another program is to read stands behind --");
  refused("-- ./not-there", 2, "./not-there can't be started: No such file or directory");
  refused("-- sh -c 'kill -9 $$'", 128 + 9, "whose clock stands still");
  CHECK(server_folders_since(before).empty());
}

TEST_CASE("serve: it ends when it is told to, with its command, and with who started it",
          "[serve]") {
  const CliFolder folder;
  const auto before = server_folders();
  CHECK(folder.stopped("TERM", "serve -- sleep 100").status == 128 + 15);
  const Ran shown = folder.stopped("INT", "serve --quiet");
  CHECK(shown.status == 0);
  CHECK(shown.out.starts_with("postgresql://fencepost:"));
  CHECK(shown.out.ends_with("/fencepost?sslmode=disable\n"));
  CHECK(shown.err.empty());
  folder.write(
      "orphan.sh",
      "FENCEPOST=$(readlink /proc/$PPID/exe) sh -c '\"$FENCEPOST\" serve >dsn & sleep 2' 2>err\n");
  folder.run("serve -- sh orphan.sh");
  CHECK(contains(folder.read("dsn"), "postgresql://"));
  CHECK(gone_in_time([&] { return server_folders_since(before).empty(); }));
}

}  // namespace fencepost
