// Protocols of statements that nobody would write: node tests/fuzz/statements.mjs FENCEPOST [SECONDS [FIRST]]
// Puts SQL of every kind, whole or broken, into every place of a small queue where SQL can stand, and runs one history
// of it twice. Each must end soon, with a documented status, the same both times, and leave nothing; a history has one
// digest. A case is a function of its number; what it finds is kept as a folder that can be run again.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { draws, left_since, server_folders, until } from "../fixtures/servers.mjs";

const [program, seconds = "60", first = "1"] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/fuzz/statements.mjs FENCEPOST [SECONDS [FIRST]]");
  process.exit(2);
}
const fencepost = resolve(program);
const kPatience = 90_000;

// ---- statements

const kStatements = [
  "SELECT 1", "SELECT", "VALUES (1), (2)", "TABLE tasks", "SELECT NULL::text", "SELECT '{}'::jsonb -> 'a'", "SELECT 1 / 0", "SELECT 'é'::bytea",
  "SELECT repeat('x', 300000)", "SELECT generate_series(1, 5000)", "SELECT random(), clock_timestamp(), now(), txid_current()",
  "SELECT pg_sleep(0.5)", "SELECT pg_sleep(1e9)", "SELECT pg_sleep('infinity'::float8)", "SELECT pg_sleep_until('infinity')", "SELECT pg_sleep(-1)",
  "SELECT pg_advisory_lock(1)", "SELECT pg_advisory_xact_lock(1)", "SELECT pg_try_advisory_lock(1, 2)", "SELECT pg_advisory_unlock_all()", "SELECT pg_advisory_unlock(7)",
  "UPDATE tasks SET epoch = epoch + 1", "DELETE FROM tasks", "TRUNCATE tasks", "INSERT INTO tasks (task) VALUES (100 + (random() * 100)::int) ON CONFLICT DO NOTHING",
  "UPDATE tasks SET until = 'infinity'", "UPDATE tasks SET until = 'infinity'::timestamptz - interval '1 day'", "UPDATE tasks SET epoch = 9223372036854775807 WHERE task = 1",
  "SELECT * FROM tasks FOR UPDATE", "SELECT * FROM tasks FOR UPDATE NOWAIT", "SELECT * FROM tasks FOR SHARE SKIP LOCKED", "LOCK tasks", "LOCK tasks IN SHARE MODE NOWAIT",
  "BEGIN", "COMMIT", "ROLLBACK", "ABORT AND CHAIN", "COMMIT AND CHAIN", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s", "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  "PREPARE TRANSACTION 'p'", "COMMIT PREPARED 'p'", "ROLLBACK PREPARED 'p'", "SET TRANSACTION READ ONLY", "SET TRANSACTION SNAPSHOT '00000003-0000001B-1'",
  "SET statement_timeout = 1", "SET lock_timeout = '1s'", "SET idle_in_transaction_session_timeout = 1", "SET LOCAL TimeZone = 'Asia/Kathmandu'", "SET DateStyle = 'German'",
  "SET client_encoding = 'SJIS'", "SET bytea_output = 'escape'", "SET search_path = ''", "SET ROLE NONE", "RESET ALL", "SET SESSION AUTHORIZATION DEFAULT", "RESET ROLE",
  "SET synchronous_commit = off", "SET jit = on", "SET enable_seqscan = off", "SET application_name = E'a\\nb'", "SET app.mine = 'é'", "SET IntervalStyle = 'iso_8601'",
  "DISCARD ALL", "DISCARD PLANS", "DISCARD TEMP", "DEALLOCATE ALL", "PREPARE x AS SELECT 1", "EXECUTE x", "EXECUTE take_task", "UNLISTEN *", "LISTEN \"a b\"", "NOTIFY c, 'p'",
  "SELECT pg_notify('c', repeat('x', 7999))", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "FETCH ALL c", "CLOSE ALL", "MOVE 1 IN c",
  "COPY tasks TO STDOUT", "COPY tasks FROM STDIN", "COPY tasks TO '/tmp/x'", "COPY tasks TO PROGRAM 'true'", "COPY (SELECT 1) TO STDOUT (FORMAT binary)",
  "CREATE TABLE t ()", "DROP TABLE tasks", "DROP TABLE IF EXISTS t CASCADE", "ALTER TABLE tasks ADD COLUMN more int DEFAULT 1", "ALTER TABLE tasks RENAME TO others", "CREATE TEMP TABLE x (a int) ON COMMIT DROP",
  "CREATE INDEX CONCURRENTLY ON tasks (epoch)", "VACUUM FULL tasks", "ANALYZE", "CLUSTER", "REINDEX TABLE tasks", "CHECKPOINT", "CREATE DATABASE d", "DROP DATABASE postgres", "CREATE ROLE r SUPERUSER",
  "ALTER SYSTEM SET work_mem = '1MB'", "ALTER ROLE CURRENT_USER SET work_mem = '1MB'", "ALTER DATABASE postgres SET work_mem = '1MB'", "SELECT pg_reload_conf()", "SELECT pg_rotate_logfile()",
  "CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM tasks", "REFRESH MATERIALIZED VIEW v", "CREATE UNLOGGED TABLE u (a int)", "CREATE SEQUENCE s", "SELECT nextval('s')", "CREATE EXTENSION pgcrypto", "CREATE LANGUAGE plperl",
  "SELECT lo_create(7)", "SELECT lo_unlink(7)", "SELECT lo_from_bytea(0, repeat('x', 9000)::bytea)", "SECURITY LABEL ON TABLE tasks IS 'x'", "COMMENT ON TABLE tasks IS E'\\\\'",
  "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT pg_cancel_backend(pg_backend_pid())", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity", "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
  "SELECT pg_switch_wal()", "SELECT pg_export_snapshot()", "SELECT txid_snapshot_xmax(txid_current_snapshot())", "SELECT xmin, ctid FROM tasks", "SELECT pg_backend_pid(), pg_blocking_pids(pg_backend_pid())", "SELECT pid, backend_type FROM pg_stat_activity ORDER BY pid", "SELECT xact_commit, blks_hit FROM pg_stat_database", "LOCK TABLE tasks", "SELECT inet_server_port(), inet_client_addr()", "SELECT pg_postmaster_start_time()",
  "DO $$BEGIN PERFORM 1; END$$", "DO $$BEGIN RAISE EXCEPTION 'é%', chr(10) USING ERRCODE = 'ZZZZZ'; END$$", "DO $$BEGIN RAISE NOTICE '%', repeat('n', 100000); END$$", "DO $$BEGIN COMMIT; ROLLBACK; COMMIT; END$$",
  "DO $$BEGIN PERFORM pg_sleep(3); COMMIT; UPDATE tasks SET epoch = epoch; END$$", "DO $$BEGIN BEGIN PERFORM 1 / 0; EXCEPTION WHEN OTHERS THEN UPDATE tasks SET done = true; END; END$$", "DO $$BEGIN EXECUTE 'DROP TABLE tasks'; END$$",
  "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END$$", "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END$$", "DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '00000'; END$$", "DO $$DECLARE c refcursor := 'c'; BEGIN OPEN c FOR SELECT 1; END$$",
  "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 10000) SELECT sum(n) FROM r", "MERGE INTO tasks USING (VALUES (1)) v (x) ON task = x WHEN MATCHED THEN DELETE", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN (FORMAT json) UPDATE tasks SET epoch = 1",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE OR REPLACE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "CREATE TRIGGER t BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION g()", "CALL nothing()",
  "CREATE RULE r AS ON UPDATE TO tasks DO INSTEAD NOTHING", "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "CREATE POLICY p ON tasks USING (false)", "REVOKE ALL ON tasks FROM CURRENT_USER", "ALTER TABLE tasks DISABLE TRIGGER ALL",
  "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION g()", "CREATE PUBLICATION p FOR ALL TABLES", "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p", "SELECT pg_create_logical_replication_slot('s', 'pgoutput')", "SELECT pg_logical_emit_message(true, 'a', 'b')",
  "SELECT :task", "SELECT :epoch::text, :now", "SELECT :nonce", "UPDATE tasks SET until = :now + interval '1 h' WHERE task = :task", "SELECT $1", "SELECT ?", "SELECT :task:epoch", "SELECT 'a' 'b'", "SELECT /* /* */ 1", "SELECT E'\\", "SELECT $$", "SELECT \"\"", ";", "--", "SELECT 1; SELECT 2", "\\d", "é",
];
const kPieces = ["(", ")", ",", ";", "'", "\"", "$$", "--", "/*", ":task", ":epoch", ":missing", "$1", "NULL", "1", "SELECT", "FROM tasks", "WHERE", "AND", "FOR UPDATE", "LIMIT 1", "RETURNING *", "::int", "* ", "IN (SELECT 1)", "é", "\u202e", "\\"];

function statement(draw) {
  const one_of = (values) => values[Math.floor(draw() * values.length)];
  let sql = one_of(kStatements);
  if (draw() < 0.15 && !/[$;]/.test(sql)) sql = `DO $x$BEGIN EXECUTE $y$${sql}$y$; END$x$`;
  if (draw() < 0.04) sql = `WITH x AS (${sql}) SELECT * FROM x`;
  for (let more = draw() < 0.06 ? 1 + Math.floor(draw() * 3) : 0; more > 0; --more) {
    const words = sql.split(/(\s+)/);
    const at = Math.floor(draw() * words.length);
    words.splice(at, draw() < 0.5 ? 1 : 0, ...(draw() < 0.5 ? [` ${one_of(kPieces)} `] : []));
    sql = words.join("");
  }
  return sql;
}

// ---- protocols

const kCommands = [":exec", ":execrows", ":one", ":many"];
const kScenarios = ["quiet-day", "everything-at-once", "stall-past-lease", "host-vanishes-in-transaction"];

/// The files of case `number`, and which scenario it runs.
function protocol(number) {
  const draw = draws(number);
  const one_of = (values) => values[Math.floor(draw() * values.length)];
  const place = one_of(["program", "program", "program", "program", "schema", "observe", "insert", "claim", "end", "never", "let", "applied", "beat"]);
  const here = (name, usual) => (place === name ? statement(draw) : usual);
  const acts = Array.from({ length: 1 + Math.floor(draw() * 4) }, (_, i) => ({ name: `act_${i}`, sql: statement(draw), command: one_of(kCommands) }));
  const names = acts.map(({ name }) => `{ run = "${name}"${draw() < 0.5 ? ', empty = "ok"' : ""} }`);
  const steps = draw() < 0.5 ? `[{ tx = [${names.join(", ")}] }]` : `[${names.join(", ")}]`;
  const beat = place === "beat" || draw() < 0.2;
  const lets = place === "let";
  return {
    scenario: one_of(kScenarios),
    files: {
      "schema.sql": "CREATE TABLE tasks (task int PRIMARY KEY, done boolean NOT NULL DEFAULT false, epoch bigint NOT NULL DEFAULT 0,\n"
        + "  until timestamptz NOT NULL DEFAULT '-infinity');\n" + (place === "schema" ? `${statement(draw)};\n${statement(draw)};\n` : ""),
      "queries.sql": [
        ["take_task :one", here("claim", "UPDATE tasks SET epoch = epoch + 1, until = clock_timestamp() + interval '1 min' WHERE task = (SELECT task FROM tasks"
          + " WHERE NOT done AND until <= clock_timestamp() ORDER BY task LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING task, epoch")],
        ["end_task :execrows", here("end", "UPDATE tasks SET done = true WHERE task = :task AND epoch = :epoch")],
        ["beat :execrows", here("beat", "UPDATE tasks SET until = clock_timestamp() + interval '1 min' WHERE task = :task AND epoch = :epoch")],
        ["observe :many", here("observe", "SELECT task AS job, epoch AS token, until AS lease_until, CASE WHEN done THEN 'succeeded' WHEN epoch = 0 THEN 'ready' ELSE 'owned' END AS state FROM tasks")],
        ["insert_job :exec", here("insert", "INSERT INTO tasks (task) VALUES (:job)")],
        ...(place === "applied" ? [["applied :many", statement(draw)]] : []),
        ...(lets ? [["any :let", statement(draw)]] : []),
        ...(place === "never" ? [["bad :never", statement(draw)]] : []),
        ...acts.map(({ name, sql, command }) => [`${name} ${command}`, sql]),
      ].map(([head, sql]) => `-- name: ${head}\n${sql};\n`).join("\n"),
      "protocol.toml": `name = "any"\nschema = "schema.sql"\nqueries = "queries.sql"\n[lease]\njob = "task"\ntoken = "epoch"\nlasts = "1min"\n`
        + `[role.worker]\n${beat ? 'sessions = ["beat", "main"]\n' : ""}program = ["claim", "act", "succeed"]\nclaim = [${lets ? '"any", ' : ""}{ run = "take_task", empty = "nothing" }]\n`
        + `act = ${steps}\nsucceed = [{ run = "end_task", empty = "lost" }]\n`
        + (beat ? `[role.worker.heartbeat]\nevery = "20s"\nsession = "beat"\nprogram = [{ run = "beat", empty = "lost" }]\n` : ""),
    },
  };
}

// ---- runs

const place = mkdtempSync(join(tmpdir(), "statements-"));

/// What is wrong with case `number`; empty: nothing. Counts how it ended.
function tried(number, ends) {
  const { files, scenario } = protocol(number);
  const folder = join(place, String(number));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const args = ["run", folder, scenario, "--seed", String(number % 7), "--patience", "5s"];
  const wrong = [];
  const runs = [0, 1].map(() => spawnSync(fencepost, args, { encoding: "utf8", timeout: kPatience, killSignal: "SIGKILL", maxBuffer: 2 ** 28 }));
  for (const { status, signal, stderr } of runs) {
    if (signal) wrong.push(signal === "SIGKILL" ? "it does not end" : signal);
    else if (![0, 1, 2, 3, 4].includes(status)) wrong.push(`status ${status}`);
    if ((status === 2 || status === 3) && !/fencepost: \S.*\n/.test(stderr)) wrong.push("says nothing");
    if (/please report|bug of fencepost/.test(stderr)) wrong.push("blames itself");
  }
  // Where it was ended for its real time, machines differ.
  const late = runs.some(({ stderr }) => stderr.includes("--patience"));
  if (!late && (runs[0].status !== runs[1].status || runs[0].stdout !== runs[1].stdout)) wrong.push("two histories of one seed");
  ends.set(runs[0].status, (ends.get(runs[0].status) ?? 0) + 1);
  if (wrong.length === 0) rmSync(folder, { recursive: true });
  return wrong.length === 0 ? "" : `${[...new Set(wrong)].join("; ")}\n  fencepost ${args.join(" ")}\n${runs[0].stderr.slice(0, 1000)}`;
}

const before = server_folders();
const ends = new Map();
let number = Number(first);
let found = 0;
for (const end = Date.now() + Number(seconds) * 1000; Date.now() < end; ++number) {
  const wrong = tried(number, ends);
  if (!wrong) continue;
  ++found;
  console.log(`FAILED case ${number}: ${wrong}`);
}
if (!await until(() => left_since(before).length === 0)) ++found, console.log(`FAILED left: ${left_since(before).join(", ")}`);
console.log(`${number - Number(first)} cases, by status: ${[...ends].sort().map(([status, count]) => `${status} ${count} times`).join(", ")}; ${found} found`);
if (found === 0) rmSync(place, { recursive: true });
process.exit(found ? 1 : 0);
