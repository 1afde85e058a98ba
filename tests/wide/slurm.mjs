// A check as an array of Slurm jobs on two nodes of one machine, one of which is lost in the middle: what is merged is, byte by
// byte, what one machine leaves. node tests/wide/slurm.mjs FENCEPOST [SEEDS]; as root, with Debian's slurm-wlm and munge.
// The scripts are those of examples/wide.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pause, processes } from "../fixtures/servers.mjs";

const [program, seeds = "160"] = process.argv.slice(2);
if (!program || process.getuid() !== 0) {
  console.error("usage, as root: node tests/wide/slurm.mjs FENCEPOST [SEEDS]");
  process.exit(2);
}
const project = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kShards = 16;
const kPatience = 600_000;
const folder = mkdtempSync(join(tmpdir(), "slurm-"));
chmodSync(folder, 0o755);

const text_of = (file) => readFileSync(file, "utf8");
const seconds_since = (begun) => ((Date.now() - begun) / 1000).toFixed(1);
function demand(holds, what) {
  if (!holds) throw new Error(what);
}
async function until(holds, what) {
  for (const end = Date.now() + kPatience; Date.now() < end; await pause(100)) if (holds()) return;
  throw new Error(`${what} did not come about in ${kPatience / 1000} s`);
}

// ---- Slurm

const conf = join(folder, "slurm.conf");
const env = { ...process.env, SLURM_CONF: conf, GITHUB_ACTIONS: "", NO_COLOR: "1", FENCEPOST_PROGRAM: "fencepost" };
const run = (command, ...words) => execFileSync(command, words, { env, encoding: "utf8", cwd: join(folder, "wide") }).trim();
const started = () => processes().filter((each) => each.started.includes(folder));

function write_conf() {
  const host = hostname().split(".")[0];
  const node = (name, port) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=1000 State=UNKNOWN`;
  for (const each of ["state", "n1", "n2", "wide"]) mkdirSync(join(folder, each));
  writeFileSync(conf, `ClusterName=fencepost
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=16817
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=50000,batch_sched_delay=0,bf_interval=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout=30
MailProg=/bin/true
SlurmdParameters=config_overrides
${node("n1", 16821)}
${node("n2", 16822)}
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=60 State=UP
`);
}

async function start() {
  write_conf();
  execFileSync("chown", ["munge:munge", folder]);
  run("runuser", "-u", "munge", "--", "/usr/sbin/munged", `--socket=${folder}/munge.socket`, `--pid-file=${folder}/munge.pid`,
    `--log-file=${folder}/munge.log`, `--seed-file=${folder}/munge.seed`);
  run("/usr/sbin/slurmctld", "-c", "-f", conf);
  for (const node of ["n1", "n2"]) run("/usr/sbin/slurmd", "-N", node, "-f", conf);
  const idle = () => spawnSync("sinfo", ["-h", "-t", "idle", "-o", "%D"], { env, encoding: "utf8" }).stdout.trim() === "2";
  await until(idle, "two idle nodes");
}

/// Its daemon, its jobs, and all that they started, as if the power had gone: whoever could tell the controller goes first.
function lose(node) {
  const jobs = run("squeue", "-h", "-w", node, "-t", "running", "-o", "%A").split("\n").filter(Boolean);
  const all = processes();
  const lost = all.filter((each) => each.pid === Number(text_of(join(folder, `${node}.pid`))));
  lost.push(...all.filter((each) => jobs.some((job) => each.started.startsWith(`slurmstepd: [${job}.`))));
  for (let i = 0; i < lost.length; ++i) {
    spawnSync("kill", ["-KILL", String(lost[i].pid)]);
    lost.push(...all.filter((each) => each.parent === lost[i].pid && !lost.includes(each)));
  }
  demand(jobs.length > 0, `nothing ran on ${node}`);
  return lost.length;
}

// ---- one check, twice

/// The queue of the examples, whose workers end jobs that are no longer theirs.
function prepare(place) {
  cpSync(join(project, "examples/queue"), join(place, "queue"), { recursive: true });
  const file = join(place, "queue/queries.sql");
  const end = " AND state = 'running';\n\n-- name: give_back";
  const changed = text_of(file).replace(` AND claim = @claim${end}`, end);
  demand(changed !== text_of(file), `${file} has no such fence`);
  writeFileSync(file, changed);
}

/// A script of examples/wide with what stands there in capitals.
function write_script(name) {
  const script = text_of(join(project, "examples/wide", name)).replace("./PATH/TO/PROTOCOL", "./queue")
    .replace("--seeds 10000", `--seeds ${seeds}`).replace("--cpus-per-task=2", "--cpus-per-task=1").replace("--mem=1G", "--mem=400");
  writeFileSync(join(folder, "wide", name), script);
}

function files_below(place) {
  return readdirSync(place, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    .map((each) => relative(place, join(each.parentPath ?? each.path, each.name))).filter((name) => name !== "log.txt").sort();
}

function demand_same(one, many) {
  demand(files_below(one).join() === files_below(many).join(), `${one} and ${many} do not hold the same files`);
  for (const name of files_below(one))
    demand(readFileSync(join(one, name)).equals(readFileSync(join(many, name))), `${join(one, name)} and ${join(many, name)} differ`);
  return files_below(one).length;
}

async function check_wide() {
  const wide = join(folder, "wide"), one = join(folder, "one");
  mkdirSync(one);
  for (const place of [one, wide]) prepare(place);
  let begun = Date.now();
  const alone = spawnSync(resolve(program), ["check", "./queue", "--seeds", seeds, "--report-dir", "fencepost-report", "--quiet"],
    { cwd: one, env, encoding: "utf8" });
  demand(alone.status === 1, `one machine ended with ${alone.status}: ${alone.stderr}`);
  console.log(`one machine: ${seconds_since(begun)} s`);

  mkdirSync(join(wide, ".fencepost"));
  symlinkSync(resolve(program), join(wide, ".fencepost/fencepost"));
  for (const name of ["slurm-array.sh", "slurm-merge.sh"]) write_script(name);
  begun = Date.now();
  const id = run("sbatch", "--parsable", "slurm-array.sh");
  const merge = run("sbatch", "--parsable", `--dependency=afterok:${id}`, "slurm-merge.sh", id);
  const results = join(wide, "fencepost-shards", id);
  const done = () => (existsSync(results) ? readdirSync(results) : []);
  await until(() => done().length >= 4, "the fourth result");
  // In the middle of its work.
  await pause(700);
  const lost = lose("n2");
  const at = seconds_since(begun);
  run("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=lost");
  await pause(1000);
  run("/usr/sbin/slurmd", "-N", "n2", "-f", conf);
  const state = (job) => /JobState=(\w+)/.exec(run("scontrol", "show", "job", job))?.[1] ?? "";
  await until(() => /COMPLETED|FAILED|CANCELLED|TIMEOUT/.test(state(merge)), "the end of the merge");
  const again = [...run("scontrol", "show", "job", id).matchAll(/ArrayTaskId=(\d+)[\s\S]*?Restarts=(\d+)/g)].filter((each) => each[2] !== "0");
  console.log(`two nodes: ${kShards} shards and their merge in ${seconds_since(begun)} s; at ${at} s a node was lost with ${lost} processes, ` +
    `and shard ${again.map((each) => each[1]).join(", ")} was run again`);
  demand(again.length > 0, "no shard was run again");
  demand(done().sort().join() === Array.from({ length: kShards }, (_, i) => `${i + 1}.json`).sort().join(), `results: ${done()}`);
  demand(/ExitCode=1:0/.test(run("scontrol", "show", "job", merge)), `the merge: ${run("scontrol", "show", "job", merge)}`);
  const said = text_of(join(wide, `fencepost-merge-${merge}.log`)).split("\n").filter((line) => !line.startsWith("fencepost: ")).join("\n");
  demand(said === alone.stdout, `the merge said\n${said}\nand one machine\n${alone.stdout}`);
  const same = demand_same(join(one, "fencepost-report"), join(wide, "fencepost-report")) +
    demand_same(join(one, "fencepost-failures"), join(wide, "fencepost-failures"));
  console.log(`${same} files and what was said are the same`);
}

let status = 0;
try {
  await start();
  await check_wide();
} catch (error) {
  console.error(error.message);
  for (const log of ["slurmctld.log", "n1.log", "n2.log", "munge.log"])
    if (existsSync(join(folder, log))) console.error(`${log}: ${text_of(join(folder, log)).split("\n").slice(-12).join("\n")}`);
  status = 1;
}
spawnSync("scancel", ["--user=root"], { env });
await until(() => !processes().some((each) => each.started.startsWith("slurmstepd: ")), "the end of all jobs");
for (const name of ["n1", "n2", "slurmctld", "munge"]) {
  const file = join(folder, `${name}.pid`);
  if (existsSync(file)) spawnSync("kill", [text_of(file).trim()]);
}
for (const end = Date.now() + 10_000; started().length > 0 && Date.now() < end; await pause(100));
for (const each of started()) {
  console.error(`left: ${basename(each.started.split(" ")[0])} ${each.pid}`);
  spawnSync("kill", ["-KILL", String(each.pid)]);
  status = 1;
}
if (status === 0) rmSync(folder, { recursive: true });
else console.error(`all of it is in ${folder}`);
process.exit(status);
