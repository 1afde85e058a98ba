// What examples/serve shows, with the drivers that it names: node tests/serving/examples.mjs FENCEPOST
// The same tests are red where the lease is shorter than they say.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [program] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/serving/examples.mjs FENCEPOST");
  process.exit(2);
}
const project = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fencepost-serving-"));

/// The status of a runner over a test beside a new server, with what it printed.
function run(...command) {
  const served = spawnSync(resolve(program), ["serve", "--schema", join(project, "examples", "queue", "schema.sql"), "--", ...command],
    { cwd: folder, encoding: "utf8", timeout: 120_000 });
  return { status: served.status, text: served.stdout + served.stderr };
}

try {
  cpSync(join(project, "examples", "serve"), folder, { recursive: true });
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "pg"]);
  const runners = {
    "test_lease.py": ["/usr/bin/python3", "-m", "pytest", "-q", "test_lease.py"],
    "lease.test.mjs": ["node", "--test", "lease.test.mjs"],
  };
  for (const [file, runner] of Object.entries(runners)) {
    const right = run(...runner);
    assert.equal(right.status, 0, right.text);
    const text = readFileSync(join(folder, file), "utf8");
    assert.ok(text.includes("interval '30 s'"));
    writeFileSync(join(folder, file), text.replace("interval '30 s'", "interval '20 s'"));
    const wrong = run(...runner);
    assert.equal(wrong.status, 1, wrong.text);
    console.log(`✓ ${file}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
