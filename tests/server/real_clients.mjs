// A server that is kept, as its users find it: node tests/server/real_clients.mjs FENCEPOST
// Fetches two clients that are not ours, pg and postgres, from npm's registry, lets fencepost leave servers running, and
// demands that both clients find there what was printed, do with the protocol's own SQL what workers do, and that
// nothing is left once the servers are ended as printed.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const [program] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/server/real_clients.mjs FENCEPOST");
  process.exit(2);
}
const fencepost = resolve(program);
const project = fileURLToPath(new URL("../..", import.meta.url));
const protocols = join(project, "scenarios", "protocols");
const kStart = Date.parse("2027-01-15T08:00:00Z");  // of every history
const kPatience = 20_000;

const tests = [];
const test = (sentence, run) => tests.push({ sentence, run });
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const sum = (rows) => rows.reduce((total, count) => total + Number(count), 0);

async function until(sentence, holds) {
  for (const end = Date.now() + kPatience; Date.now() < end; await pause(20)) if (await holds()) return;
  assert.fail(`still not after ${kPatience} ms: ${sentence}`);
}

// ---- servers

const kept = [];

/// What a run says, and the servers that it leaves.
function leave(...args) {
  const { stdout, stderr, status } = spawnSync(fencepost, [...args, "--keep"], { encoding: "utf8" });
  assert.ok(status === 0 || status === 1, `${args.join(" ")}: status ${status}\n${stdout}${stderr}`);
  const ends = [...stdout.matchAll(/^end it +(.+)$/gm)].map((each) => each[1]);
  const servers = [...stdout.matchAll(/^connect +psql "(.+)"$/gm)].map(([, conninfo], i) => {
    const said = Object.fromEntries(conninfo.split(" ").map((each) => each.split("=")));
    return { end: ends[i], address: { host: said.host, port: Number(said.port), user: said.user, database: said.dbname } };
  });
  assert.ok(servers.length > 0 && servers.length === ends.length, stdout);
  kept.push(...servers);
  return { stdout, servers };
}

/// Processes that were started with that folder.
const processes_of = (folder) => readdirSync("/proc").filter((pid) => {
  try {
    return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;  // it has just ended
  }
});

/// As a user does it, in a shell.
async function end(server) {
  const folder = server.address.host;
  kept.splice(kept.indexOf(server), 1);
  const shell = spawn("sh", ["-c", server.end], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  shell.stderr.on("data", (text) => (complaint += text));
  const status = await new Promise((done) => shell.on("close", done));
  assert.equal(complaint, "");
  assert.equal(status, 0);
  assert.equal(existsSync(folder), false, `${folder} is left`);
  await until(`nothing of ${folder} runs`, () => processes_of(folder).length === 0);
}

// ---- clients

const clients = mkdtempSync(join(tmpdir(), "fencepost-clients-"));
execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", clients, "pg", "postgres"]);
const fetched = createRequire(join(clients, "here.js"));
const pg = fetched("pg");
const postgres = fetched("postgres");
const open = [];

/// A session of `pg`: ask(sql, values, name) gives rows; with a name the statement is a prepared one.
async function pg_session(server) {
  const client = new pg.Client(server.address);
  client.on("error", () => {});  // the server's end
  await client.connect();
  open.push(() => client.end());
  const ask = async (text, values = [], name = undefined) => (await client.query({ text, values, name })).rows;
  return { ask, client };
}

/// The same of `postgres`, which prepares everything that has values.
async function postgres_session(server, more = {}) {
  const sql = postgres({ ...server.address, max: 1, onnotice: () => {}, ...more });
  open.push(() => sql.end({ timeout: 1 }));
  const ask = async (text, values = [], name = undefined) => [...await sql.unsafe(text, values, { prepare: name !== undefined })];
  await ask("SELECT 1");
  return { ask, sql };
}

const kSessions = { pg: pg_session, postgres: postgres_session };
const each_client = (sentence, run) => {
  for (const [name, session] of Object.entries(kSessions)) test(`${name}: ${sentence}`, () => run(session));
};

/// The SQLSTATE with which it fails.
async function state_of(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  return "no error";
}

/// The statements of a query file with numbers for their names, and how to run one in a session.
function statements_of(file) {
  const all = {};
  for (const part of readFileSync(file, "utf8").split(/^-- name: /m).slice(1)) {
    const [, name, body] = part.match(/^(\w+) :\w+\n([^]*)$/);
    const names = [];
    const text = body.replace(/^--.*$/gm, "").replace(/(?<!:):([a-z_]+)/g, (_, word) => {
      if (!names.includes(word)) names.push(word);
      return "$" + (names.indexOf(word) + 1);
    });
    all[name] = (session, values = {}) => {
      for (const word of names) assert.ok(word in values, `${name} wants ${word}`);
      return session.ask(text, names.map((word) => values[word]), name);
    };
  }
  return all;
}
const hardened = statements_of(join(protocols, "hardened", "queries.sql"));
const kDeal = { max_attempts: 5, lease: "30 s" };

let nonces = 0;
const new_nonce = () => `00000000-0000-4000-8000-${String(++nonces).padStart(12, "0")}`;
const claim = async (session, worker, more = {}) => {
  const nonce = new_nonce();
  const [got] = await hardened.claim_job(session, { ...kDeal, worker, nonce, ...more });
  return got && { ...got, nonce };
};
/// Nothing in the queue but these.
async function fill(session, ...ids) {
  await session.ask("DELETE FROM jobs WHERE id NOT IN (SELECT job_id FROM source_rows)");
  await session.ask("INSERT INTO jobs (id) SELECT unnest($1::text[])", [ids]);
}

// ---- what is there

let quiet, ended_at;

test("the server is there, under the address that was printed", async () => {
  const { stdout, servers } = leave("run", "hardened", "quiet-day", "--seed", "1");
  assert.equal(servers.length, 1);
  quiet = servers[0];
  ended_at = kStart + 1000 * Number(stdout.match(/ ([\d.]+) s +end: settled/)[1]);
  assert.ok(ended_at > kStart);
});
each_client("the protocol's tables hold what the history left", async (session) => {
  const one = await session(quiet);
  const jobs = await one.ask("SELECT id, state, progress, cursor, ready_at FROM jobs ORDER BY id");
  assert.deepEqual(jobs.map(({ id, state }) => [id, state]), [["1", "succeeded"], ["2", "succeeded"]]);
  const [{ rows, documents, fresh }] = await one.ask(`SELECT count(*) AS rows, count(d.row_key) AS documents,
    count(*) FILTER (WHERE d.epoch = j.epoch) AS fresh
    FROM source_rows s JOIN jobs j ON j.id = s.job_id LEFT JOIN documents d USING (job_id, row_key)`);
  assert.ok(Number(rows) > 0);
  assert.deepEqual([documents, fresh], [rows, rows]);
  assert.equal(sum(jobs.map((job) => job.progress)), Number(rows));
  assert.ok(jobs.every((job) => job.ready_at.getTime() <= kStart));
});
each_client("the clock goes on from where the history ended, as fast as any other", async (session) => {
  const one = await session(quiet);
  const clock = async () => (await one.ask("SELECT clock_timestamp() AS now"))[0].now.getTime();
  const [first, began] = [await clock(), Date.now()];
  assert.ok(first >= ended_at && first < ended_at + 600_000, new Date(first).toISOString());
  await pause(300);
  const passed = await clock() - first;
  assert.ok(Math.abs(passed - (Date.now() - began)) < 250, `${passed} ms`);
  const [{ slept }] = await one.ask("SELECT extract(epoch FROM clock_timestamp() - now()) AS slept FROM pg_sleep(0.2)");
  assert.ok(slept >= 0.2 && slept < 5, `${slept} s`);
});
each_client("sessions draw different random values", async (session) => {
  const drawn = new Set();
  for (let i = 0; i < 3; ++i)
    for (const value of Object.values((await (await session(quiet)).ask("SELECT gen_random_uuid() AS uuid, random() AS one"))[0]))
      drawn.add(value);
  assert.equal(drawn.size, 6);
});

// ---- what workers do

each_client("a worker claims, works and ends by the protocol's own statements", async (session) => {
  const one = await session(quiet);
  await fill(one, "whole");
  await hardened.retire_exhausted(one, kDeal);
  const job = await claim(one, "a");
  assert.deepEqual([job.job_id, Number(job.epoch), job.cursor], ["whole", 1, null]);
  await one.ask("BEGIN");
  assert.equal((await hardened.lock_job(one, job)).length, 1);
  for (const row_key of ["00001", "00002"]) await hardened.write_document(one, { ...job, row_key });
  await hardened.save_progress(one, { ...job, ...kDeal, new_progress: 2, new_cursor: "00002" });
  await one.ask("COMMIT");
  await hardened.finish_job(one, job);
  const [left] = await one.ask("SELECT state, progress::int, cursor, lease_until FROM jobs WHERE id = 'whole'");
  assert.deepEqual(left, { state: "succeeded", progress: 2, cursor: "00002", lease_until: null });
  const names = await one.ask("SELECT 1 FROM pg_prepared_statements");
  assert.ok(names.length >= 5, `${names.length} statements are prepared`);
  await one.ask("DELETE FROM documents WHERE job_id = 'whole'");
});
test("a lease runs out in real time, and the fence turns away whom it was taken from", async () => {
  const [one, two] = [await pg_session(quiet), await postgres_session(quiet)];
  await fill(one, "lent");
  const first = await claim(one, "a", { lease: "1 s" });
  assert.equal(first.job_id, "lent");
  assert.equal(await claim(two, "b"), undefined);
  let second;
  await until("the lease has run out", async () => (second = await claim(two, "b")));
  assert.equal(Number(second.epoch), Number(first.epoch) + 1);
  assert.deepEqual(await hardened.lock_job(one, first), []);
  assert.equal((await one.client.query("SELECT owner FROM jobs WHERE id = 'lent'")).rows[0].owner, "b");
  assert.equal((await hardened.lock_job(two, second)).length, 1);
});
test("two that claim at once get different rows, and a third none", async () => {
  const [one, two, three] = [await pg_session(quiet), await postgres_session(quiet), await pg_session(quiet)];
  await fill(one, "left", "right");
  for (const each of [one, two, three]) await each.ask("BEGIN");
  const got = await Promise.all([claim(one, "a"), claim(two, "b")]);
  assert.deepEqual(got.map((each) => each.job_id).sort(), ["left", "right"]);
  assert.equal(await claim(three, "c"), undefined);
  await one.ask("ROLLBACK");
  assert.equal((await claim(three, "c")).job_id, got[0].job_id);
  for (const each of [two, three]) await each.ask("COMMIT");
});
test("a statement that waits for a lock goes on when the other commits", async () => {
  for (const [holds, waits] of [[pg_session, postgres_session], [postgres_session, pg_session]]) {
    const [one, two, watch] = [await holds(quiet), await waits(quiet), await pg_session(quiet)];
    await fill(one, "held");
    const job = await claim(one, "a");
    await one.ask("BEGIN");
    await hardened.lock_job(one, job);
    let done = false;
    const waiting = hardened.renew_lease(two, { ...job, lease: "99 s" }).then(() => (done = true));
    await until("it waits", async () => (await watch.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length === 1);
    await pause(100);
    assert.equal(done, false);
    await one.ask("COMMIT");
    await waiting;
    const [{ left }] = await watch.ask("SELECT extract(epoch FROM lease_until - clock_timestamp())::int AS left FROM jobs WHERE id = 'held'");
    assert.ok(left > 80, `${left} s`);
  }
});
test("a worker that is cut off gives back what it had locked", async () => {
  const [one, two] = [await pg_session(quiet), await postgres_session(quiet)];
  await fill(one, "dropped");
  await one.ask("BEGIN");
  assert.equal((await claim(one, "a")).job_id, "dropped");
  one.client.connection.stream.destroy();
  let next;
  await until("its transaction has ended", async () => (next = await claim(two, "b")));
  assert.equal(Number(next.epoch), 1);
});
test("forty workers in two pools take 400 jobs, each job once", async () => {
  const one = await pg_session(quiet);
  const ids = Array.from({ length: 400 }, (_, i) => `many-${i}`);
  await fill(one, ...ids);
  const pool = new pg.Pool({ ...quiet.address, max: 20 });
  open.push(() => pool.end());
  const { sql } = await postgres_session(quiet, { max: 20 });
  const sides = [
    { ask: async (text, values, name) => (await pool.query({ text, values, name })).rows },
    { ask: (text, values) => sql.unsafe(text, values, { prepare: true }) }];
  const taken = [];
  await Promise.all(Array.from({ length: 40 }, async (_, worker) => {
    for (let job; (job = await claim(sides[worker % 2], `w${worker}`)) !== undefined;) taken.push(job.job_id);
  }));
  assert.deepEqual(taken.sort(), ids.sort());
  assert.ok((await one.ask("SELECT count(DISTINCT owner)::int AS owners FROM jobs WHERE id LIKE 'many-%'"))[0].owners > 10);
});

// ---- the protocol between client and server

test("postgres: prepared statements that are sent without waiting are answered in order", async () => {
  const { sql } = await postgres_session(quiet);
  const asked = Array.from({ length: 500 }, (_, i) => sql`SELECT ${i}::int AS i, ${"é" + i}::text AS t`);
  const rows = (await Promise.all(asked)).map(([row]) => row);
  assert.deepEqual(rows, Array.from({ length: 500 }, (_, i) => ({ i, t: "é" + i })));
  const [begun, failed, after] = await Promise.allSettled([sql`SELECT 1 AS one`, sql`SELECT 1 / ${0}::int`, sql`SELECT 2 AS two`]);
  assert.deepEqual([begun.value[0].one, failed.reason.code, after.value[0].two], [1, "22012", 2]);
});
each_client("a notification arrives when its transaction commits", async (session) => {
  const [listener, sender, heard] = [await pg_session(quiet), await session(quiet), []];
  const { sql } = await postgres_session(quiet);
  await sql.listen("work", (payload) => heard.push(`postgres ${payload}`));
  await listener.ask("LISTEN work");
  listener.client.on("notification", ({ payload }) => heard.push(`pg ${payload}`));
  await sender.ask("BEGIN");
  await sender.ask("SELECT pg_notify('work', $1)", ["job 7"]);
  await pause(100);
  assert.deepEqual(heard, []);
  await sender.ask("COMMIT");
  await until("both have heard", () => heard.length === 2);
  assert.deepEqual(heard.sort(), ["pg job 7", "postgres job 7"]);
});
each_client("answers and parameters of some megabytes arrive", async (session) => {
  const one = await session(quiet);
  const sent = "long ".repeat(1_600_000);
  const [{ text }] = await one.ask("SELECT $1::text AS text", [sent]);
  assert.ok(text === sent, `${text.length} of ${sent.length} characters`);
  const rows = await one.ask("SELECT i, repeat('x', 50) AS x FROM generate_series(1, 200000) i");
  assert.equal(rows.length, 200_000);
  assert.ok(rows.every((row, at) => row.i === at + 1 && row.x.length === 50));
});
test("postgres: a cursor reads piece by piece, and may stop", async () => {
  const { sql } = await postgres_session(quiet);
  const pieces = [];
  for await (const rows of sql`SELECT i FROM generate_series(1, 5000) i`.cursor(1000)) {
    pieces.push(rows.length);
    if (pieces.length === 3) break;
  }
  assert.deepEqual(pieces, [1000, 1000, 1000]);
});
test("postgres: COPY takes rows in and gives them out", async () => {
  const { sql } = await postgres_session(quiet);
  await sql`CREATE TEMPORARY TABLE copied (id int, name text)`;
  const lines = Array.from({ length: 100_000 }, (_, i) => `${i}\tname ${i}\n`);
  await pipeline(Readable.from(lines), await sql`COPY copied FROM STDIN`.writable());
  let out = "";
  for await (const piece of await sql`COPY copied TO STDOUT`.readable()) out += piece;
  assert.ok(out === lines.join(""), `${out.length} characters`);
});
each_client("errors say their SQLSTATE, and a transaction that failed is over", async (session) => {
  const one = await session(quiet);
  await fill(one, "once");
  await one.ask("BEGIN");
  assert.equal(await state_of(one.ask("INSERT INTO jobs (id) VALUES ($1)", ["once"])), "23505");
  assert.equal(await state_of(one.ask("SELECT 1")), "25P02");
  await one.ask("ROLLBACK");
  assert.equal(await state_of(one.ask("UPDATE jobs SET state = 'lost' WHERE id = 'once'")), "23514");
  assert.equal(await state_of(one.ask("SELECT nothing FROM jobs")), "42703");
  assert.deepEqual(await one.ask("SELECT 1 AS one"), [{ one: 1 }]);
});
each_client("waits end by their timeouts, deadlocks and conflicts by an error", async (session) => {
  const [one, two] = [await session(quiet), await session(quiet)];
  await fill(one, "a", "b");
  const lock = (who, id) => who.ask("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", [id]);
  await one.ask("BEGIN");
  await lock(one, "a");
  await two.ask("SET lock_timeout = '150ms'");
  assert.equal(await state_of(lock(two, "a")), "55P03");
  await two.ask("RESET lock_timeout");
  await two.ask("SET statement_timeout = '150ms'");
  assert.equal(await state_of(two.ask("SELECT pg_sleep(60)")), "57014");
  await two.ask("RESET statement_timeout");
  await two.ask("BEGIN");
  await lock(two, "b");
  const states = await Promise.all([state_of(lock(one, "b")), state_of(lock(two, "a"))]);
  assert.deepEqual(states.sort(), ["40P01", "no error"]);
  for (const each of [one, two]) await each.ask("ROLLBACK");
  for (const each of [one, two]) {
    await each.ask("BEGIN ISOLATION LEVEL SERIALIZABLE");
    await each.ask("SELECT sum(progress) FROM jobs");
  }
  await one.ask("UPDATE jobs SET progress = 1 WHERE id = 'a'");
  await one.ask("COMMIT");
  assert.equal(await state_of(two.ask("UPDATE jobs SET progress = 1 WHERE id = 'a'")), "40001");
  await two.ask("ROLLBACK");
});
test("a client cancels what it has asked, and an idle transaction is ended by its timeout", async () => {
  const { sql } = await postgres_session(quiet);
  const asked = sql`SELECT pg_sleep(60)`;
  const state = state_of(asked);
  await pause(200);
  asked.cancel();
  assert.equal(await state, "57014");
  const { client, ask } = await pg_session(quiet);
  const ended = new Promise((done) => client.on("error", (error) => error.code && done(error.code)));
  await ask("SET idle_in_transaction_session_timeout = '150ms'");
  await ask("BEGIN");
  assert.equal(await ended, "25P03");
});
each_client("the workers' role reaches nothing outside of its database", async (session) => {
  const one = await session(quiet);
  for (const refused of [
    "COPY jobs TO '/tmp/fencepost-must-not-be'", "COPY jobs FROM '/etc/passwd'", "COPY jobs TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')", "SELECT lo_export(1, '/tmp/fencepost-must-not-be')", "CREATE ROLE another",
    "ALTER SYSTEM SET fsync = on", "CREATE DATABASE another"])
    assert.equal(await state_of(one.ask(refused)), "42501", refused);
  const error = await one.ask("COPY jobs TO '/tmp/fencepost-must-not-be'").catch((each) => each);
  assert.match(`${error.message} ${error.detail}`, /pg_write_server_files/);  // in the detail since 16
  assert.match(error.hint, /COPY to stdout/);
  const chief = await session({ address: { ...quiet.address, user: "fencepost_superuser" } });
  const kernel = await chief.ask("COPY jobs TO '/tmp/fencepost-must-not-be'").catch((each) => each);
  assert.match(kernel.message, /Permission denied/);
  assert.equal(existsSync("/tmp/fencepost-must-not-be"), false);
});

// ---- other ways to leave one, and the end

const kFailure = join(protocols, "kukuri-fenced", "failures", "D01-checkpoint-goes-back.json");
test("what a replayed failure did stands in the tables, at the end of its history", async () => {
  const { stdout, servers } = leave("replay", kFailure);
  const [, at, to] = stdout.match(/at step \d+, ([\d.]+) s: the cursor of job 1 fell from 2 to (\d)/);
  const one = await postgres_session(servers[0]);
  const [found] = await one.ask("SELECT last_cursor, updated_at, clock_timestamp() AS now FROM backfill_checkpoints");
  assert.equal(Number(found.last_cursor), Number(to));
  assert.equal(found.updated_at.getTime(), kStart + Math.floor(at * 1000));
  assert.ok(found.now > found.updated_at);
  await end(servers[0]);
});
test("shrink says which server it leaves, too", async () => {
  const { servers } = leave("shrink", kFailure, "--out", join(clients, "smaller.json"));
  assert.equal(servers.length, 1);
  await end(servers[0]);
});
test("check leaves a server for each lane, and prints all", async () => {
  const { servers } = leave("check", join(project, "examples", "queue"), "--scenario", "quiet-day", "--seeds", "4", "--jobs", "2");
  assert.equal(new Set(servers.map((each) => each.address.host)).size, servers.length);
  for (const server of servers) {
    const one = await pg_session(server);
    assert.ok((await one.ask("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'"))[0].tables > 0);
    await end(server);
  }
});
test("a server that is ended while clients write leaves no process and no folder", async () => {
  const busy = [];
  while (busy.length < 8) {
    const one = await (busy.length % 2 ? pg_session : postgres_session)(quiet);
    const name = `t${busy.length}`;
    busy.push(state_of(one.ask(`DO $$ BEGIN
      FOR i IN 1..100000 LOOP EXECUTE 'CREATE TABLE ${name}_' || i || ' (a int PRIMARY KEY, b text)'; COMMIT; END LOOP;
      END $$`)));
  }
  await pause(500);
  await end(quiet);
  // `postgres` drops the error of a session that ends with it, and says that it was closed.
  for (const state of await Promise.all(busy)) assert.ok(["57P01", "CONNECTION_CLOSED"].includes(state), state);
});

let failed = 0;
try {
  for (const { sentence, run } of tests) {
    try {
      await run();
      console.log(`✓ ${sentence}`);
    } catch (error) {
      ++failed;
      console.log(`✗ ${sentence}\n  ${error.stack}`);
    }
    await Promise.race([Promise.allSettled(open.splice(0).map((close) => close())), pause(2000)]);
  }
} finally {
  for (const server of [...kept]) await end(server).catch((error) => (++failed, console.log(`✗ ${error.message}`)));
  rmSync(clients, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
