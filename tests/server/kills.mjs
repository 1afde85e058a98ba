// Whatever is killed of a running check, nothing is left, and what is said is a sentence and a documented status:
// node tests/server/kills.mjs FENCEPOST [TIMES [FIRST [WHAT]]]
// Kills by SIGKILL, at moments that are a function of the number of the try: the program, a lane's server, one of its
// backends, the watcher, all of them at once; and ends the program by SIGINT.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { draws, left_since, pause, processes, server_folders, until } from "../fixtures/servers.mjs";

const [program, times = "10", first = "1", only = ""] = process.argv.slice(2);
if (!program) {
  console.error("usage: node tests/server/kills.mjs FENCEPOST [TIMES [FIRST [WHAT]]]");
  process.exit(2);
}
const fencepost = resolve(program);
const kPatience = 20_000;

// ---- processes

/// All that the process has started, and what that has, by what they are.
function tree_of(pid) {
  const all = processes();
  const found = all.filter((each) => each.pid === pid);
  for (let i = 0; i < found.length; ++i) found.push(...all.filter((each) => each.parent === found[i].pid));
  const rest = found.slice(1);
  const server = (each) => /postgres.* -D /.test(each.started);
  return {
    all: found,
    servers: rest.filter(server),
    backends: rest.filter((each) => each.started.startsWith("postgres: ")),
    watchers: rest.filter((each) => basename(each.started.split(" ")[0]) === "fencepost_watcher"),
  };
}

// ---- what is killed

const one_of = (values, draw) => values[Math.floor(draw() * values.length)];
const kKills = {
  program: (tree) => [tree.all[0]],
  server: (tree, draw) => [one_of(tree.servers, draw)],
  backend: (tree, draw) => [one_of(tree.backends, draw)],
  watcher: (tree, draw) => [one_of(tree.watchers, draw)],
  everything: (tree) => tree.all,
  interrupt: (tree) => [tree.all[0]],
};

/// How a check ended in whose middle that was killed; `wrong` is empty where it is as it should be.
async function tried(what, seed) {
  const draw = draws(seed);
  const before = server_folders();
  const folder = mkdtempSync(join(tmpdir(), "kills-"));
  const child = spawn(fencepost, ["check", one_of(["hardened", "corpus/B33-river-fixed", "kukuri-fenced"], draw), "--seeds", "1000", "--jobs", "2"],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, GITHUB_ACTIONS: "" } });
  let said = "";
  child.stdout.resume();
  child.stderr.on("data", (text) => (said += text));
  const ended = new Promise((done) => child.on("close", (status, signal) => done(signal ?? status)));
  const wrong = [];
  let gone = [];
  try {
    let tree = tree_of(child.pid);
    // From its first moment on; what has yet to start is waited for.
    await until(() => kKills[what](tree = tree_of(child.pid), () => 0).some(Boolean) || child.exitCode !== null);
    await pause(draw() * draw() * 4_000);
    tree = tree_of(child.pid);
    const victims = kKills[what](tree, draw).filter(Boolean);
    gone = tree.all;
    for (const { pid } of victims) {
      try {
        process.kill(pid, what === "interrupt" ? "SIGINT" : "SIGKILL");
      } catch {
        // it has just ended
      }
    }
    if (victims.length === 0) child.kill("SIGKILL");  // there was none yet
    const killed = victims.length === 0 || what === "program" || what === "everything";
    // A watcher's or a backend's end may be mended; then it would go on.
    const still = await Promise.race([ended.then(() => false), pause(3_000).then(() => true)]);
    if (still) child.kill("SIGINT");
    const status = await Promise.race([ended, pause(kPatience).then(() => "it never ends")]);
    // What it notes of the SQL before it begins says nothing of an end.
    const sentences = said.split(/[\r\n]/).filter((line) => line.includes("fencepost: ") && !/known traps|\.sql:\d+: [a-z-]+ \(/.test(line));
    const expected = killed ? ["SIGKILL"] : what === "interrupt" || still ? [130, 1, "SIGINT"] : [3, 1];
    if (!expected.includes(status)) wrong.push(`ended with ${status}`);
    if (status === 3 && sentences.length === 0) wrong.push("says nothing");
    if (/please report|bug of fencepost/.test(said)) wrong.push("blames itself");
    const mine = new Set(tree.all.map((each) => `${each.pid} ${each.started.split(" ")[0]}`));
    const left = () => processes().filter((each) => mine.has(`${each.pid} ${each.started.split(" ")[0]}`));
    if (!await until(() => left().length === 0)) wrong.push(`left running: ${left().map((each) => each.started).join(", ")}`);
    // Those of a watcher that was killed with its server are swept by the next start.
    const swept = what === "everything" || what === "watcher" || victims.length === 0;
    if (!swept && !await until(() => left_since(before).length === 0)) wrong.push(`left: ${left_since(before).join(", ")}`);
    return { end: victims.length === 0 ? "too early" : still ? `goes on; ${status}` : `${status}`, sentence: sentences.at(-1) ?? "", wrong, said };
  } finally {
    for (const { pid } of gone) if (pid === child.pid) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

const at_first = server_folders();
let failures = 0;
for (const [index, what] of Object.keys(kKills).entries()) {
  if (only && only !== what) continue;
  const ends = new Map();
  for (let i = 0; i < Number(times); ++i) {
    const seed = (Number(first) + i) * 100 + index;
    const { end, sentence, wrong, said } = await tried(what, seed);
    const known = ends.get(end) ?? { count: 0, sentence };
    ends.set(end, { count: known.count + 1, sentence: known.sentence || sentence });
    if (wrong.length === 0) continue;
    ++failures;
    console.log(`FAILED ${what} ${Number(first) + i}: ${wrong.join("; ")}\n${said}`);
  }
  for (const [end, { count, sentence }] of ends) console.log(`${what.padEnd(10)} ${String(count).padStart(4)} × ${end}${sentence ? `  ${sentence}` : ""}`);
}
// What is left of those that were killed with their watchers goes with the next server's start.
const next = spawn(fencepost, ["run", "hardened", "quiet-day", "--seed", "1"], { stdio: "ignore" });
await new Promise((done) => next.on("close", done));
if (!await until(() => left_since(at_first).length === 0)) ++failures, console.log(`FAILED left after the next start: ${left_since(at_first).join(", ")}`);
console.log(failures ? `${failures} failed` : "nothing is left, whatever is killed");
process.exit(failures ? 1 : 0);
