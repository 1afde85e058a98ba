// What read_protocol says of every kind of mistake.

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"
#include "tests/fixtures/law.hpp"

using namespace fencepost;

namespace {

const std::string kQueries =
    "-- name: pick :one\n"
    "SELECT id, fence FROM t WHERE kind = :kind;\n"
    "-- name: note :exec\n"
    "UPDATE t SET noted = true WHERE id = $1;\n"
    "-- name: save :execrows\n"
    "UPDATE t SET saved = true WHERE id = :id AND fence = :fence;\n"
    "-- name: sum :let\n"
    "SELECT 1 AS one;\n"
    "-- name: observe :many\n"
    "SELECT id AS job, 'ready' AS state FROM t;\n"
    "-- name: sane :never\n"
    "SELECT 1 WHERE false;\n";

/// The head of a protocol.toml of seven lines; what follows begins at line 8.
const std::string kHead =
    "name = \"p\"\n"
    "queries = [\"q.sql\"]\n"
    "[constants]\n"
    "kind = \"a\"\n"
    "[lease]\n"
    "job = \"id\"\n"
    "[role.worker]\n";
const std::string kProgram = "program = [\"claim\"]\nclaim = [\"pick\"]\n";

std::string whole(const std::string& toml, const std::string& queries = kQueries) {
  return InputFolder().file("protocol.toml", toml).file("q.sql", queries).protocol_refusal();
}
/// The refusal of a role that says this, from line 8 on.
std::string role(const std::string& text) { return whole(kHead + text); }
/// The refusal of one step, which stands in line 9.
std::string step(const std::string& text) {
  return role("program = [\"claim\"]\nclaim = [" + text + "]\n");
}
/// The refusal when this is added behind a role that is fine, from line 10 on.
std::string more(const std::string& text) { return whole(kHead + kProgram + text); }
std::string queries(const std::string& text) { return whole(kHead + kProgram, kQueries + text); }

}  // namespace

TEST_CASE("protocol errors: the folder of these tests is fine as it stands", "[sim]") {
  CHECK(more("") == "");
}

TEST_CASE("protocol errors: what a private server does for nobody is named", "[sim]") {
  const std::string copy = "-- name: escape :never\nCOPY (SELECT 1) TO PROGRAM 'x';\n";
  CHECK(queries(copy) ==
        "q.sql:14: statement \"escape\" runs a program on the server (COPY … PROGRAM), but a "
        "private server starts none; take it out");
  const std::string data = "-- name: escape :never\nCOPY t FROM STDIN;\n";
  CHECK(queries(data) ==
        "q.sql:14: statement \"escape\" wants data from its client (COPY … FROM STDIN), but a "
        "worker here has none to send; write INSERT");
  const std::string file = "-- name: escape :never\nSELECT pg_read_file('x');\n";
  CHECK(queries(file) ==
        "q.sql:14: statement \"escape\" uses files of the server (pg_read_file), which only "
        "superusers may, and workers are none; take it out, or say superuser = true in "
        "protocol.toml");
  CHECK(whole("superuser = true\n" + kHead + kProgram, kQueries + file) == "");
  CHECK(whole("superuser = 1\n" + kHead + kProgram).starts_with("protocol.toml:1: "));
}

TEST_CASE("protocol errors: files that are not there are named", "[sim]") {
  const auto missing = [](const auto& path) { read_protocol(path / "nowhere"); };
  CHECK(
      InputFolder().refusal(missing) ==
      "nowhere: this is not a folder; give the folder of a protocol, which holds a protocol.toml");
  CHECK(InputFolder().protocol_refusal() ==
        "protocol.toml: there is no such file, but a protocol's protocol.toml is expected here; "
        "create it, or mend its name");
  CHECK(InputFolder().file("protocol.toml/x", "").protocol_refusal() ==
        "protocol.toml: this is not a file, but a protocol's protocol.toml is expected here");
  CHECK(whole("name = \"p\"\nschema = [\"s.sql\"]\n") ==
        "protocol.toml:2: schema names \"s.sql\", but s.sql: there is no such file, but schema is "
        "expected here; create it, or mend its name");
  CHECK(whole("name = \"p\"\nqueries = [\"z.sql\"]\n") ==
        "protocol.toml:2: queries names \"z.sql\", but z.sql: there is no such file, but queries "
        "is expected here; create it, or mend its name");
  CHECK(whole("name = \"p\"\n") ==
        "protocol.toml:1: protocol.toml has no queries; write queries = [\"queries.sql\", "
        "\"fencepost.sql\"]");
  CHECK(whole(std::string("a = 1\nb\0 = 2", 12)) ==
        "protocol.toml:2: a NUL byte stands here, but a protocol's protocol.toml is text; take it "
        "out");
}

TEST_CASE("protocol errors: what is not TOML is said with its line", "[sim]") {
  CHECK(whole("name = \"p\"\nname = \"q\"\n").starts_with("protocol.toml:2: this is not TOML: "));
  CHECK(whole("name = \"p\nqueries = 1").starts_with("protocol.toml:1: this is not TOML: "));
  CHECK(whole("\n\n[role").starts_with("protocol.toml:3: this is not TOML: "));
}

TEST_CASE("protocol errors: a pooler is one as in a load", "[sim]") {
  CHECK(whole(kHead + kProgram + "[pooler]\nsize = 2\n") ==
        "protocol.toml:10: [pooler] has no mode; write mode = \"transaction\", or \"session\"");
  CHECK(whole(kHead + kProgram + "[pooler]\nmode = \"session\"\nsize = 2\n") == "");
}

TEST_CASE("protocol errors: an unknown key names the known ones, and the one that was meant",
          "[sim]") {
  CHECK(whole("name = \"p\"\nquerys = [\"q.sql\"]\n") ==
        "protocol.toml:2: unknown key \"querys\" in protocol.toml; known are about, check, "
        "constants, "
        "expect, init, jobs, lease, mutants, name, names, pooler, queries, role, schema, server, "
        "superuser and versions; did you mean \"queries\"?");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nlast = \"3s\"\n") ==
        "protocol.toml:4: unknown key \"last\" in [lease]; known are attempts, backoff, "
        "claimed_within, clock, freed_within, job, kind, lasts, limit, may_run_out, "
        "notices_within, order, "
        "strict, token, trust and "
        "within; did you mean \"lasts\"?");
  CHECK(whole("queries = \"q.sql\"\n[jobs]\ncolour = \"red\"\n") ==
        "protocol.toml:3: unknown key \"colour\" in [jobs]; known are absent, applied, "
        "ends_within, final, fixed and order");
  CHECK(role("pool = \"3s\"\n") ==
        "protocol.toml:8: unknown key \"pool\" in [role.worker]; known are count, every, poll, "
        "listen, rounds, makes, operator, sessions, settings, program, on, disconnect, "
        "heartbeat, preempts, retention, expects, skip, schedule, per_host and repeats, and "
        "operations, "
        "which are arrays of steps; did you mean \"poll\"?");
  CHECK(more("on = { eror = \"claim\" }") ==
        "protocol.toml:10: unknown key \"eror\" in on in [role.worker]; known are error, lost, "
        "shutdown and unknown; did you mean \"error\"?");
  CHECK(more("[expect]\nviolate = []") ==
        "protocol.toml:11: unknown key \"violate\" in [expect]; known are unreachable and "
        "violates; did you mean \"violates\"?");
}

TEST_CASE("protocol errors: a value of the wrong kind says what was found and what is expected",
          "[sim]") {
  CHECK(whole("name = 3\n") ==
        "protocol.toml:1: name is the whole number 3, but must be a text in quotes");
  CHECK(whole("name = \"a/b\"\n") ==
        "protocol.toml:1: the protocol's name is \"a/b\", but must be of letters, digits, - and _, "
        "because files are named after it");
  CHECK(whole("queries = { a = 1 }\n") ==
        "protocol.toml:1: queries is a table, but must be a text in quotes or an array of them");
  CHECK(whole("queries = [1.5]\n") ==
        "protocol.toml:1: an entry of queries is a number with a fraction, but must be a text in "
        "quotes");
  CHECK(whole("queries = \"q.sql\"\nlease = \"30s\"\n") ==
        "protocol.toml:2: [lease] is the text \"30s\", but must be a table");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nlasts = 300\n") ==
        "protocol.toml:4: lasts in [lease] is the whole number 300, but must be a duration such as "
        "\"1.5s\", \"80ms\" or \"5min\", ten years at the most");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nlasts = \"soon\"\n") ==
        "protocol.toml:4: lasts in [lease] is the text \"soon\", but must be a duration such as "
        "\"1.5s\", \"80ms\" or \"5min\", ten years at the most");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nlasts = \"0s\"\n") ==
        "protocol.toml:4: lasts in [lease] is the text \"0s\", but must be longer than nothing, "
        "such as \"1s\"");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nkind = \"rows\"\n") ==
        "protocol.toml:4: kind in [lease] is the text \"rows\", but must be one of row, session, "
        "transaction and none; did you mean \"row\"?");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\nattempts = 0\n") ==
        "protocol.toml:4: attempts in [lease] is the whole number 0, but must be a whole number "
        "from 1 to 1000000");
  CHECK(whole("queries = \"q.sql\"\n[constants]\na = 1.5\n") ==
        "protocol.toml:3: a in [constants] is a number with a fraction, but must be a text in "
        "quotes or a whole number");
  CHECK(whole("queries = \"q.sql\"\n[jobs]\nabsent = \"gone\"\n") ==
        "protocol.toml:3: absent in [jobs] is the text \"gone\", but must be one of lost, ready "
        "and succeeded");
  CHECK(role("count = 1001\n" + kProgram) ==
        "protocol.toml:8: count in [role.worker] is the whole number 1001, but must be a whole "
        "number from 0 to 1000");
  CHECK(role("rounds = \"job\"\n" + kProgram) ==
        "protocol.toml:8: rounds in [role.worker] is the text \"job\", but must be a whole number, "
        "or \"jobs\" for one round per job of the load");
  CHECK(role("settings = { \"a b\" = \"1\" }\n" + kProgram) ==
        "protocol.toml:8: \"a b\" is not the name of a setting; write one such as lock_timeout");
  CHECK(role("settings = { jit = [] }\n" + kProgram) ==
        "protocol.toml:8: settings.jit in [role.worker] is an array, but must be a text in quotes "
        "or a whole number");
}

TEST_CASE("protocol errors: what must be there and is not", "[sim]") {
  CHECK(whole("queries = \"q.sql\"\n") ==
        "protocol.toml:1: protocol.toml has no lease; write [lease] with job = "
        "\"the_column_that_names_the_job\"");
  CHECK(whole("queries = \"q.sql\"\n[lease]\nlasts = \"3s\"\n") ==
        "protocol.toml:2: [lease] has no job; write job = \"the column that names the job\", or "
        "kind = \"none\" if nothing is ever held");
  CHECK(whole("queries = \"q.sql\"\n[lease]\njob = \"id\"\n") ==
        "protocol.toml:1: protocol.toml has no role; write [role.worker] with a program");
  CHECK(whole("queries = \"q.sql\"\nrole = {}\n[lease]\njob = \"id\"\n") ==
        "protocol.toml:2: there is no role; write [role.worker] with a program");
  CHECK(role("claim = [\"pick\"]\n") ==
        "protocol.toml:7: [role.worker] has no program; write program = [\"claim\", …]");
  CHECK(role("program = [\"pick\"]\n") ==
        "protocol.toml:7: no role has an operation called claim, so nothing would ever be held; "
        "call the operation that claims claim, or write kind = \"none\" in [lease]");
  CHECK(role("program = []\n") ==
        "protocol.toml:8: a list of steps is empty; write at least one step");
  CHECK(whole(kHead + kProgram, "-- name: pick :one\nSELECT 1") ==
        "protocol.toml:2: no statement is named observe; add \"-- name: observe :many\", a query "
        "that maps your tables to job and state");
  CHECK(more("heartbeat = { every = \"3s\" }") ==
        "protocol.toml:10: [role.worker.heartbeat] has no program; write program = [\"renew\"]");
}

TEST_CASE("protocol errors: a name that is not known says which are", "[sim]") {
  CHECK(step("\"pikc\"") ==
        "protocol.toml:9: \"pikc\" is neither an operation of role \"worker\" (claim) nor a "
        "statement (note, observe, pick, sane, save and sum); did you mean \"pick\"?");
  CHECK(step("\"claim\"") ==
        "protocol.toml:9: the operation \"claim\" would run itself, because no statement is called "
        "that; name a statement");
  CHECK(step("{ run = \"pick\", empty = \"noting\" }") ==
        "protocol.toml:9: empty is the text \"noting\", but must be one of nothing, done, lost, "
        "ok, error, else and claim; did you mean \"nothing\"?");
  CHECK(step("{ run = \"pick\", with = { kin = \"x\" } }") ==
        "protocol.toml:9: statement \"pick\" (q.sql:2) binds no :kin; it binds kind; did you mean "
        "\"kind\"?");
  CHECK(step("{ run = \"pick\", with = { kind = \"a b\" } }") ==
        "protocol.toml:9: with.kind is the text \"a b\", but must be a name, \"=literal\", \"last "
        "STATEMENT.COLUMN\", \"rows STATEMENT\" or \"held COLUMN\"");
  CHECK(step("{ run = \"pick\", with = { kind = \"rows pikc\" } }") ==
        "protocol.toml:9: with.kind speaks of the statement \"pikc\", which there is not; known "
        "are note, observe, pick, sane, save and sum; did you mean \"pick\"?");
  CHECK(step("{ run = \"pick\", session = \"man\" }") ==
        "protocol.toml:9: session in a step is the text \"man\", but must be one of main; did you "
        "mean \"main\"?");
  CHECK(step("{ run = \"pick\", sqlstate = { \"4000\" = \"ok\" } }") ==
        "protocol.toml:9: \"4000\" is not an SQLSTATE; write five digits or capital letters, such "
        "as \"23505\"");
  CHECK(more("on = { error = \"fial\" }\nfail = [\"pick\"]") ==
        "protocol.toml:10: on.error in [role.worker] is the text \"fial\", but must be one of "
        "go_on, end_round, claim and fail; did you mean \"fail\"?");
  CHECK(more("[role.worker.disconnect]\nmian = \"stop\"") ==
        "protocol.toml:11: unknown key \"mian\" in disconnect in [role.worker]; known are main; "
        "did you mean \"main\"?");
  CHECK(more("[names]\nfenc = \"id\"") ==
        "protocol.toml:11: [names] gives a value to :fenc, which no statement binds; bound are $1, "
        "fence, id and kind; did you mean \"fence\"?");
}

TEST_CASE("protocol errors: steps that make no sense", "[sim]") {
  CHECK(step("3") ==
        "protocol.toml:9: a step is the whole number 3, but must be the name of a statement or an "
        "operation, or a table such as { run = \"pick\", empty = \"nothing\" }");
  CHECK(step("{ rum = \"pick\" }") ==
        "protocol.toml:9: a step has rum, but none of run, tx, loop, each, first, work and sleep; "
        "did you mean \"run\"?");
  CHECK(step("{ run = \"pick\", sleep = \"1s\" }") ==
        "protocol.toml:9: a step has both run and sleep; make two steps of it");
  CHECK(step("{ sleep = \"1s\", job = \"id\" }") ==
        "protocol.toml:9: unknown key \"job\" in a sleep step; known are sleep");
  CHECK(step("{ tx = [\"pick\"], isolation = \"snapshot\" }") ==
        "protocol.toml:9: isolation is the text \"snapshot\", but must be one of read uncommitted, "
        "read committed, repeatable read and serializable");
  CHECK(step("{ each = \"save\", do = [\"pick\"] }") ==
        "protocol.toml:9: statement \"save\" returns no rows to go through; each needs one that is "
        ":many");
  CHECK(step("{ each = \"pick\" }") ==
        "protocol.toml:9: an each step has no do; write do = [\"some_statement\"]");
  for (const std::string name : {"observe", "observe!"})
    CHECK(step("\"" + name + "\"") == "protocol.toml:9: \"" + name +
                                          "\" is what fencepost itself asks after each commit, not "
                                          "a step; take it out");
  CHECK(step("\"sane\"") ==
        "protocol.toml:9: \"sane\" is what fencepost itself asks after each commit, not a step; "
        "take it out");
  CHECK(step("\"note\"") == "");
  CHECK(whole(kHead + "program = [\"claim\"]\nclaim = [\"bare\"]\n",
              kQueries + "-- name: bare :exec\nSELECT f($1);\n") ==
        "protocol.toml:9: statement \"bare\" (q.sql:14) binds $1, which the step does not give; "
        "write { run = \"bare\", with = { \"$1\" = \"some_name\" } }");
  CHECK(step("\"pick\", { loop = [\"save\", { work = \"1s\" }] }, \"note\"") ==
        "protocol.toml:9: the loop never ends, so what stands behind it is never run: none of its "
        "steps can say done; write { run = \"some_statement\", empty = \"done\" } for the one that "
        "finds nothing more to do");
  CHECK(step("\"pick\", { loop = [{ tx = [{ run = \"save\", empty = \"done\" }] }] }, \"note\"") ==
        "");
  CHECK(step("\"pick\", { loop = [\"save\"] }") == "");
  CHECK(step("{ run = \"note\", with = { \"$1\" = \"id\" }, empty = \"lost\" }") ==
        "protocol.toml:9: statement \"note\" is :exec, which throws away how many rows it changed, "
        "so empty can't be \"lost\"; make it :execrows if the worker looks at the count");
  CHECK(role("program = [{ run = \"claim\", empty = \"lost\" }]\nclaim = [\"pick\"]") ==
        "protocol.toml:8: unknown key \"empty\" in a step that runs the operation \"claim\"; known "
        "are run");
}

TEST_CASE("protocol errors: circles, transactions in transactions and loops that spin", "[sim]") {
  CHECK(role("program = [\"claim\"]\nclaim = [\"pick\", \"a\"]\na = [\"b\"]\nb = [{ run = "
             "\"pick\", empty = \"claim\" }]\n") ==
        "protocol.toml:11: the operation \"claim\" runs itself in a circle; an operation may run "
        "others, but none that runs it");
  CHECK(role("program = [{ tx = [\"claim\"] }]\nclaim = [{ tx = [\"pick\"] }]\n") ==
        "protocol.toml:9: a transaction begins inside a transaction; PostgreSQL has no such thing, "
        "join the two");
  CHECK(role("program = [\"claim\", { loop = [\"a\", { work = \"0s\" }] }]\nclaim = [\"pick\"]\na "
             "= [\"sum\"]\n") ==
        "protocol.toml:8: the loop spins: nothing in it is sure to ask the server or to take time; "
        "add a statement or { sleep = \"1s\" }");
  CHECK(role("program = [\"claim\", { loop = [\"a\", { sleep = \"1us\" }] }]\nclaim = "
             "[\"pick\"]\na = [\"sum\"]\n") == "");
}

TEST_CASE("protocol errors: a heartbeat on a session of its program", "[sim]") {
  const std::string shared =
      "{0} uses session \"{1}\", as its program does (line {2}), but they run side by side; give "
      "it "
      "one of its own: sessions = [\"beat\", \"main\"] in [role.worker], and session = \"beat\" "
      "for "
      "the heartbeat";
  const auto with_beat = [&](const std::string& claim, const std::string& session) {
    return whole(kHead + "sessions = [\"beat\", \"main\"]\nprogram = [\"claim\"]\nclaim = [" +
                     claim + "]\n[role.worker.heartbeat]\nevery = \"1s\"\n" + session +
                     "\nprogram = [\"stamp\"]\n",
                 kQueries + "-- name: stamp :exec\nUPDATE t SET at = now();\n");
  };
  CHECK(with_beat("\"pick\"", "session = \"beat\"") == "");
  CHECK(with_beat("\"pick\"", "") ==
        fmt::format(fmt::runtime(shared), "protocol.toml:14: the heartbeat of role \"worker\"",
                    "main", 10));
  CHECK(with_beat("\"pick\", { run = \"pick\", session = \"beat\" }", "session = \"beat\"") ==
        fmt::format(fmt::runtime(shared), "protocol.toml:14: the heartbeat of role \"worker\"",
                    "beat", 10));
}

TEST_CASE("protocol errors: roles that contradict themselves", "[sim]") {
  CHECK(role("poll = \"1s\"\nevery = \"2s\"\n" + kProgram) ==
        "protocol.toml:9: [role.worker] has two of poll, every and schedule; poll waits when there "
        "was nothing to do, every waits behind each round, schedule until its clock shows the next "
        "whole one: keep one");
  CHECK(role("per_host = 0\n" + kProgram) ==
        "protocol.toml:8: per_host in [role.worker] is the whole number 0, but must be a whole "
        "number from 1 to 1000");
  CHECK(role("repeats = false\n" + kProgram) ==
        "protocol.toml:8: [role.worker] says repeats, but makes nothing; write makes = \"job\"");
  CHECK(role("sessions = [\"a\", \"a\"]\n" + kProgram) ==
        "protocol.toml:8: the session \"a\" is named twice in [role.worker]; take one out");
  CHECK(role("sessions = []\n" + kProgram) ==
        "protocol.toml:8: sessions in [role.worker] is empty; write sessions = [\"main\"]");
  CHECK(role("lost = [\"pick\"]\n" + kProgram) ==
        "protocol.toml:8: an operation can't be called \"lost\"; take a name of letters, digits "
        "and _ that is no outcome");
}

TEST_CASE("protocol errors: statements under one name are named at both places", "[sim]") {
  CHECK(queries("-- name: pick :one\nSELECT 2;\n") ==
        "q.sql:14: the statement \"pick\" is already defined at q.sql:2; give one of them another "
        "name");
  CHECK(queries("-- name: save :one\nSELECT 2;\n") == "");
  std::string both = kHead + kProgram;
  both.replace(both.find("\"q.sql\""), 7, "\"q.sql\", \"r.sql\"");
  CHECK(InputFolder()
            .file("protocol.toml", both)
            .file("q.sql", kQueries)
            .file("r.sql", "\n-- name: pick :exec\nSELECT 2")
            .protocol_refusal() ==
        "r.sql:3: the statement \"pick\" is already defined at q.sql:2; give one of them another "
        "name");
}

TEST_CASE("protocol errors: a statement that no role runs may be anything", "[sim]") {
  CHECK(
      queries("-- name: other :frobnicate\nSELECT sqlc.slice(x), {y}, $1, :z;\nSELECT 2;\n\\gset\n"
              "-- name: empty :one\n") == "");
  CHECK(whole(kHead + "program = [\"claim\"]\nclaim = [\"pick\", \"other\"]\n",
              kQueries + "-- name: other :frobnicate\nSELECT 1") ==
        "q.sql:13: statement \"other\" has the command \":frobnicate\"; known are :one, :many, "
        ":exec, :execrows, :execresult, :batchexec, :batchone, :batchmany, :copyfrom, :let and "
        ":never");
}

TEST_CASE("protocol errors: statements that fencepost runs itself", "[sim]") {
  CHECK(whole(kHead + kProgram, "-- name: pick :one\nSELECT 1;\n-- name: observe :one\nSELECT 1") ==
        "q.sql:4: observe returns all rows, so it must be :many");
  CHECK(queries("-- name: applied :many\nSELECT :x AS job") ==
        "q.sql:14: statement \"applied\" binds :x, but fencepost asks it after each commit, "
        "outside any worker, and has no values; take the parameter out");
  CHECK(queries("-- name: insert_job :exec\nINSERT INTO t VALUES (:jobb, :kind)") ==
        "q.sql:14: statement \"insert_job\" binds :jobb, which the workload does not know; known "
        "here: job, item, $1 and kind; did you mean \"job\"?");
  CHECK(queries("-- name: insert_item :let\nSELECT 1") ==
        "q.sql:14: insert_item inserts the load, so it must be :exec");
}

TEST_CASE("protocol errors: any text at all is read or refused", "[sim]") {
  law("protocol.toml of any bytes", [] { whole(any_text()); });
  law("a step of any words", [] {
    const std::string text = any_row_of(
        {"\"claim\"", "\"pick\"", "{ run = \"pick\" }", "{ tx = [\"pick\"] }", "{ loop = [", "] }",
         "[", "]", "3", "{ each = \"pick\", do = [", "\"a\"", "{ work = \"1s\" }"},
        ", ");
    role("program = [" + text + "]\nclaim = [\"pick\"]\na = [" + text + "]\n");
  });
}
