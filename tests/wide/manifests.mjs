// What examples/wide gives to Kubernetes are Jobs, key by key and value by value: node tests/wide/manifests.mjs
// Fetches Kubernetes' own types, and a compiler for them, from npm's registry.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "fencepost-manifests-"));
execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "kubernetes-models@5", "typescript@5", "yaml@2"]);
const { parseAllDocuments } = createRequire(join(folder, "here.js"))("yaml");
const manifest = new URL("../../examples/wide/kubernetes-job.yml", import.meta.url);
const jobs = parseAllDocuments(readFileSync(manifest, "utf8")).map((each) => each.toJS());

/// What the compiler says against a Job; empty where it is one.
function said_against(job) {
  writeFileSync(join(folder, "job.ts"),
    `import type { IJob } from "kubernetes-models/batch/v1/Job";\nexport const job: IJob = ${JSON.stringify(job, null, 1)};\n`);
  const compiler = join(folder, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", "job.ts"];
  return spawnSync("node", [compiler, ...flags], { cwd: folder, encoding: "utf8" }).stdout;
}

assert.deepEqual(jobs.map((job) => job.metadata.name), ["fencepost-shards", "fencepost-merge"]);
for (const job of jobs) assert.equal(said_against(job), "");
const [shards, merge] = jobs;
assert.match(said_against({ ...shards, spec: { ...shards.spec, completion: 16 } }), /'"completion"' does not exist/);
assert.match(said_against({ ...shards, spec: { ...shards.spec, completions: "16" } }), /'string' is not assignable to type 'number'/);
// The number of shards stands in several places.
const { spec } = shards;
const total = String(spec.completions);
const told = spec.template.spec.containers[0].env.find((each) => each.name === "FENCEPOST_SHARDS");
assert.equal(told.value, total);
assert.equal(spec.completionMode, "Indexed");
const awaited = merge.spec.template.spec.initContainers[0].command.at(-1);
assert.ok(awaited.includes(`-of-${total}.json `) && awaited.includes(`-eq ${total} `), awaited);
rmSync(folder, { recursive: true });
console.log(`${jobs.length} Jobs of Kubernetes`);
