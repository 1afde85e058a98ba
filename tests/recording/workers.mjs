// Workers in other languages, as `record` runs them: node tests/recording/workers.mjs FENCEPOST [TIMES]
// Each is run that often (20 times), and is the same history every time.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [program, times = "20"] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/recording/workers.mjs FENCEPOST [TIMES]");
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "fencepost-workers-"));

/// What is told of a worker, and each request and answer.
function recorded(flags, command) {
  const out = join(folder, "recorded");
  rmSync(out, { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(resolve(program), ["record", ...flags, "--out", out, "--", ...command],
    { cwd: folder, encoding: "utf8", timeout: 120_000 });
  assert.equal(status, 0, stdout + stderr);
  return { told: stdout, history: readFileSync(join(out, "history.txt"), "utf8"), statements: readFileSync(join(out, "statements.sql"), "utf8") };
}

function check(name, flags, command, parts, statements) {
  const first = recorded(flags, command);
  for (const part of ["and was idle then", ...parts]) assert.ok(first.told.includes(part), `${part}:\n${first.told}`);
  for (const part of statements) assert.ok(first.statements.includes(part), `${part}:\n${first.statements}`);
  for (let i = 1; i < Number(times); ++i) assert.equal(recorded(flags, command).history, first.history, `${name}, run ${i + 1}`);
  console.log(`✓ ${name}: one history in ${times}`);
}

try {
  cpSync(fileURLToPath(new URL("workers", import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, "schema.sql"), "CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL DEFAULT 'ready');\n");
  writeFileSync(join(folder, "work.sql"), "INSERT INTO jobs (id) VALUES (1), (2);\n");
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "pg", "pg-boss@10"]);
  const queue = ["--schema", "schema.sql", "--enqueue", "work.sql"];
  check("psycopg", queue, ["/usr/bin/python3", "worker.py"],
    ["update_jobs_2                2 times\n    $1   id of select_jobs\n    $2   always running\n"],
    ["UPDATE jobs SET state = 'done' WHERE id = $1 AND state = 'running';"]);
  check("pg", queue, ["node", "worker.mjs"], ["update_jobs_2                2 times\n    $1   id of update_jobs\n"],
    ["UPDATE jobs SET state = 'done' WHERE id = $1;"]);
  check("pg-boss", [], ["node", "boss.mjs"], ["update_job                   2 times\n", "    $2   id of select_job\n"], ["SKIP LOCKED"]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
