// Whatever a user gets wrong: one sentence that names the place, the right exit status, and nothing
// left behind.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// The one line on stderr, when that is all there is and the status is this.
std::string complaint(const Ran& ran, int status) {
  INFO(ran.out);
  INFO(ran.err);
  CHECK(ran.status == status);
  CHECK(ran.out.empty());
  CHECK(ran.err.starts_with("fencepost: "));
  CHECK(ran.err.find('\n') == ran.err.size() - 1);
  return ran.err.substr(11, ran.err.size() - 12);
}

struct Mine : CliFolder {
  Mine() { copy_protocol("hardened", "mine"); }
  std::string check() const { return complaint(run("check ./mine --seeds 2"), 2); }
};

TEST_CASE("bad input: an unknown parameter is named with its statement and what is known",
          "[cli]") {
  const Mine mine;
  mine.edit("mine/queries.sql", ":max_attempts", ":max_attempt");
  const std::string said = mine.check();
  CHECK(said.starts_with(
      "./mine/queries.sql:6: statement \"retire_exhausted\" binds :max_attempt, and no statement "
      "returns a column \"max_attempt\", nor is there a constant or one of [names] for it; known "
      "are "));
  CHECK(said.ends_with("; did you mean \"max_attempts\"?"));
}
TEST_CASE("run: more workers than a small server has connections for", "[cli]") {
  const CliFolder folder;
  folder.write("many.toml", "name = \"many\"\n[load]\nworkers = 210\n");
  const Ran ran = folder.run("run hardened ./many.toml --seed 1");
  CHECK(ran.status == 0);
  CHECK(ran.err.empty());
}
TEST_CASE("bad input: a parameter that nothing gives a value is known before the first history",
          "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "per = \"grant\"", "per = \"worker\"");
  const std::string said = mine.check();
  CHECK(contains(said, ": statement \"renew_lease\" (./mine/queries.sql:"));
  CHECK(contains(said, ") binds :job_id, which nothing before it returns; known here: "));
  CHECK(said.ends_with("; a heartbeat with per = \"worker\" also beats while nothing is held"));
}
/// Whoever claims a job that was claimed before computes for ever.
struct Endless : Mine {
  Endless() {
    edit(
        "mine/queries.sql", "-- name: fetch_chunk :many\n",
        "-- name: spin :exec\nSELECT sum(n) FROM generate_series(1, CASE WHEN :epoch::int > 1 THEN "
        "1000000000000 ELSE 1 END) n;\n\n-- name: fetch_chunk :many\n");
    edit("mine/protocol.toml", "chunk = [", "chunk = [\"spin\", ");
  }
};
TEST_CASE("bad input: a statement that never ends ends a check, which tells what it found",
          "[cli]") {
  const Endless mine;
  const Ran ran = mine.run("check ./mine --seeds 2 --jobs 1 --patience 1s");
  CHECK(ran.status == 3);
  CHECK(contains(ran.out, " of 66 histories"));
  CHECK(contains(ran.err, "the check came to no end, and tells what it found until then\n"));
  CHECK(contains(last_line(ran.err), "spin"));
}
TEST_CASE("bad input: a state that observe has no word for is a finding with its history",
          "[cli]") {
  const Mine mine;
  mine.edit("mine/fencepost.sql", "ELSE state END AS state",
            "ELSE state END || CASE WHEN epoch > 1 THEN '?' ELSE '' END AS state");
  const Ran ran = mine.run("run ./mine crash-mid-chunk --seed 1 --repeat 3");
  CHECK(ran.status == 1);
  CHECK(contains(ran.out, "violated  never.observe at step "));
  CHECK(contains(ran.out,
                 "./mine/fencepost.sql:4: observe returned state = \"owned?\"; it must be ready, "
                 "owned, succeeded or failed (null is none of them) at "));
}
TEST_CASE("bad input: a server that is kept is told of, whatever else goes wrong", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "per = \"grant\"", "per = \"worker\"");
  for (const char* command :
       {"run ./mine slow-work --seed 1 --keep", "check ./mine --jobs 1 --keep"}) {
    const auto before = server_folders();
    const Ran ran = mine.run(command);
    INFO(ran.err);
    CHECK(ran.status == 2);
    const std::string said = ran.out + ran.err;
    const auto at = said.find("end it    ");
    REQUIRE(at != std::string::npos);
    const std::string how = said.substr(at + 10, said.find('\n', at) - at - 10);
    CHECK(std::system(how.c_str()) == 0);
    CHECK(server_folders_since(before).empty());
  }
}
TEST_CASE("bad input: a statement that never ends ends a search, which tells what it found",
          "[cli]") {
  const Endless mine;
  const Ran ran = mine.run("fuzz ./mine --time 60s --jobs 1 --patience 1s");
  CHECK(ran.status == 3);
  CHECK(contains(ran.out, " a second, shrinking included\n"));
  CHECK(contains(ran.err, "the search came to no end, and tells what it found until then\n"));
  CHECK(contains(last_line(ran.err), "spin"));
}
TEST_CASE("bad input: a saved run with a choice that there is not is named", "[cli]") {
  const CliFolder folder;
  std::ifstream file(FENCEPOST_SOURCE_DIR
                     "/scenarios/protocols/kukuri-fenced/failures/D01-checkpoint-goes-back.json");
  folder.write("edited.json", {std::istreambuf_iterator<char>(file), {}});
  folder.edit("edited.json", "\"stall\"", "\"crash\"");
  CHECK(complaint(folder.run("replay edited.json"), 2)
            .starts_with("edited.json: its choice \"w1 crash #18\" at "));
  CHECK(folder.run("replay edited.json --force").status == 0);
  CHECK(contains(complaint(folder.run("shrink edited.json"), 2),
                 " no longer (it no longer fits: its choice \"w1 crash #18\" at "));
  folder.edit("edited.json", "\"crash\"", "\"stall\"");
  folder.edit("edited.json", "\"until_step\": ", "\"until_step\": 9");
  CHECK(contains(folder.run("replay edited.json").out, ", as it was saved\n"));
  folder.edit("edited.json", "\"scenario\": \"stall-past-lease\"", "\"scenario\": \"gone\"");
  CHECK(complaint(folder.run("replay edited.json"), 2)
            .starts_with("edited.json:6 names it: there is no scenario \"gone\""));
}
TEST_CASE("bad input: a column of the lease that nothing returns is named", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "token = [\"epoch\"", "token = [\"epoh\"");
  const std::string said = mine.check();
  const std::string toml = mine.read("mine/protocol.toml");
  const auto lines =
      std::count(toml.begin(), toml.begin() + static_cast<long>(toml.find("token = ")), '\n');
  CHECK(said.starts_with("./mine/protocol.toml:" + std::to_string(lines + 1) +
                         ": token in [lease] names \"epoh\", but no statement "
                         "returns a column of that name, and neither [constants] nor [names] has "
                         "it; known are "));
  CHECK(said.ends_with("; did you mean \"epoch\"?"));
}
TEST_CASE("bad input: a scenario of one's own that aims at nothing is named", "[cli]") {
  const Mine mine;
  mine.write("mine/scenarios/late.toml",
             "# A finisher stalls.\nname = \"late\"\n[faults.stall]\nat = [\"suceed.*\"]\n"
             "chance = \"1/5\"\nlasts = [\"1.1 lease\"]\n[reach]\nowner_stalled = 1\n");
  CHECK(mine.check().starts_with(
      "./mine/scenarios/late.toml:4: [faults.stall] aims at suceed.*, where hardened has no "
      "statement; it has "));
}
TEST_CASE("bad input: a missing observe column is named", "[cli]") {
  const Mine mine;
  mine.edit("mine/fencepost.sql", "SELECT id AS job,", "SELECT");
  CHECK(mine.check() ==
        "./mine/fencepost.sql:4: observe has no column \"job\"; it must return at least job and "
        "state (ready, owned, succeeded or failed)");
}
TEST_CASE("bad input: SQL that does not parse is named by statement", "[cli]") {
  const Mine mine;
  mine.edit("mine/queries.sql", "SET state = 'running', epoch", "SETT state = 'running', epoch");
  CHECK(mine.check() ==
        "./mine/queries.sql:28: PostgreSQL does not accept statement \"claim_job\": syntax error "
        "at or near \"state\" (SQLSTATE 42601); mend the statement, or the schema it needs");
}
TEST_CASE("bad input: no row where one is needed is a finding that says what to write", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "{ run = \"claim_job\", empty = \"nothing\" }", "\"claim_job\"");
  const Ran ran = mine.run("run ./mine quiet-day --seed 1");
  CHECK(ran.status == 1);
  CHECK(contains(ran.out,
                 "with 02000 (it returned no row, and its step does not say what that means: write "
                 "{ run = \"claim_job\", empty = \"nothing\" }, or done, lost, ok or error)"));
}
TEST_CASE("bad input: a schema that fails is named with its line", "[cli]") {
  const Mine mine;
  mine.edit("mine/schema.sql", "CREATE TABLE", "CREATE TABEL");
  CHECK(mine.check().find("schema.sql:2: the schema fails on PostgreSQL ") != std::string::npos);
}
TEST_CASE("bad input: an unknown key is named with those that are known", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "[expect]", "[expect]\nviolate = []");
  CHECK(mine.check().find("unknown key \"violate\" in [expect]; known are unreachable and "
                          "violates; did you mean \"violates\"?") != std::string::npos);
  const CliFolder other;
  other.write("fencepost.toml", "seed = 3\n");
  CHECK(complaint(other.run("check"), 2) ==
        "fencepost.toml:1: unknown key \"seed\" in fencepost.toml; known are as_expected, "
        "failures, jobs, protocols, report_dir, seeds and time_budget; did you mean \"seeds\"?");
}
TEST_CASE("bad input: a setting that the server refuses is named with its role", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "lock_timeout = \"2s\"", "lock_timeoot = \"2s\"");
  CHECK(mine.check() ==
        "./mine/protocol.toml: [role.worker.settings]: PostgreSQL does not accept them: "
        "unrecognized configuration parameter \"lock_timeoot\" (SQLSTATE 42704); name settings and "
        "values as SET takes them");
}
TEST_CASE("bad input: a state that observe must not return is named", "[cli]") {
  const Mine mine;
  mine.edit("mine/fencepost.sql", "ELSE state END", "ELSE 'idle' END");
  CHECK(mine.check() ==
        "./mine/fencepost.sql:4: observe returned state = \"idle\"; it must be ready, owned, "
        "succeeded or failed (null is none of them)");
}
TEST_CASE("bad input: a run of another version of its protocol is refused", "[cli]") {
  const Mine mine;
  REQUIRE(mine.run("run ./mine stall-past-lease --seed 2 --save r.json").status == 0);
  mine.edit("mine/queries.sql", "attempts + 1", "attempts + 2");
  const std::string text = complaint(mine.run("replay r.json"), 2);
  CHECK(text.starts_with("r.json:5: this run was made with version "));
  CHECK(text.ends_with(
      "; its history would be another one: run check again, or try it anyway with --force"));
  CHECK(mine.run("replay r.json --force").status == 0);
}
TEST_CASE("bad input: a saved run that is cut off, foreign or missing is refused", "[cli]") {
  const CliFolder folder;
  folder.write("cut.json", "{\"format\": 1,\n");
  folder.write("other.json", "{\"format\": 99}");
  CHECK(
      complaint(folder.run("replay cut.json"), 2).starts_with("cut.json:1: the file is cut off: "));
  CHECK(complaint(folder.run("replay other.json"), 2)
            .starts_with("other.json:1: format 99 is not known; this fencepost reads format 2"));
  CHECK(complaint(folder.run("replay none.json"), 2) ==
        "none.json can't be read (No such file or directory); name a saved run");
  CHECK(complaint(folder.run("replay ."), 2) ==
        ". is a folder, but must be a saved run, such as fencepost-failures/NAME.json");
}
TEST_CASE("bad input: flags, commands and names that there are not", "[cli]") {
  const CliFolder folder;
  CHECK(complaint(folder.run("chek hardened"), 2).ends_with("; did you mean \"check\"?"));
  CHECK(complaint(folder.run("frobnicate"), 2)
            .starts_with("there is no command \"frobnicate\"; known are init, check, "));
  CHECK(complaint(folder.run(""), 2).starts_with("no command is named; known are init, check, "));
  complaint(folder.run("check --fast"), 2);
  complaint(folder.run("run hardened quiet-day"), 2);
  complaint(folder.run("run hardened quiet-day --seed many"), 2);
  CHECK(complaint(folder.run("check hardened --seeds 9..5"), 2) ==
        "--seeds is \"9..5\", but a range must go upwards; write 5..9");
  CHECK(complaint(folder.run("check hardned"), 2)
            .starts_with("there is no protocol \"hardned\"; did you mean \"hardened\"?; "));
  CHECK(complaint(folder.run("run hardened quiet-dya --seed 1"), 2)
            .starts_with("there is no scenario \"quiet-dya\"; did you mean \"quiet-day\"?; "));
  CHECK(complaint(folder.run("check ./nothing"), 2)
            .starts_with("\"./nothing\" can't be read (No such file or directory); "));
  CHECK(complaint(folder.run("check"), 2).starts_with("no protocol is named"));
  CHECK(complaint(folder.run("explain takeovr"), 2).find("did you mean \"takeover\"?") !=
        std::string::npos);
}
TEST_CASE("bad input: what a message quotes does nothing to a terminal", "[cli]") {
  const Mine mine;
  mine.edit("mine/protocol.toml", "name = \"hardened\"", "name = \"a\\u202eb\"");
  CHECK(contains(mine.check(), "name is \"a\\u{202e}b\", but must be of letters"));
}
TEST_CASE("bad input: no PostgreSQL is a matter of the machine", "[cli]") {
  const CliFolder folder;
  CHECK(
      complaint(folder.run("check hardened --postgres /nowhere"), 3) ==
      "there is no folder /nowhere, which is named for PostgreSQL's programs; correct it, or leave "
      "--postgres (FENCEPOST_POSTGRES) out");
}
TEST_CASE("bad input: a server that runs out of room is a matter of the machine", "[cli]") {
  const Mine mine;
  mine.write("mine/schema.sql",
             "DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$");
  CHECK(complaint(mine.run("check ./mine"), 3) ==
        "the private server has no room left: could not extend file; make room in /dev/shm, set "
        "TMPDIR to a folder that has it, or take fewer --jobs");
}
TEST_CASE("bad input: a count that is no whole number is named", "[cli]") {
  const Mine mine;
  mine.edit("mine/fencepost.sql", "-- name: applied", "-- name: counted");
  mine.write("mine/more.sql",
             "-- name: applied :many\nSELECT id AS job, 'i' AS item, 'many' AS count FROM jobs;\n");
  mine.edit("mine/protocol.toml", "\"fencepost.sql\"", "\"fencepost.sql\", \"more.sql\"");
  CHECK(mine.check() ==
        "./mine/more.sql:2: applied returned count = \"many\", which is not a whole number; cast "
        "it to bigint");
}
TEST_CASE("bad input: a report is not written among sources, saved failures or others' files",
          "[cli]") {
  const Mine mine;
  const auto refused = [&](const std::string& folder, const std::string& why) {
    const Ran ran = mine.run("check ./mine --report-dir " + folder);
    CHECK(ran.status == 2);
    CHECK(contains(ran.err, why));
  };
  refused("./mine", "./mine holds files of a protocol, which a report must not be among; name ");
  refused("mine/failures/", "mine/failures/ holds files of a protocol");
  CHECK(!mine.has("mine/failures"));
  mine.write("site/index.html", "<h1>mine</h1>");
  refused("site", "site/index.html is no report's, and would be lost; name another folder");
  mine.write("fencepost-failures/x", "");
  refused("./fencepost-failures", "./fencepost-failures is the folder for saved failures; name ");
}
TEST_CASE("bad input: a run that can't be saved says so", "[cli]") {
  const CliFolder folder;
  folder.write("taken", "a file");
  CHECK(folder.run("run hardened quiet-day --seed 1 --save taken/r.json").err ==
        "fencepost: --save is taken/r.json, which can't be written (Not a directory); make its "
        "folder, or name another file\n");
  for (const char* command :
       {"replay taken --svg no/x", "shrink taken --out no/x", "export taken --sql --out no/x",
        "mutate hardened --junit no/x", "merge taken --junit no/x",
        "check hardened --write-baseline no/x", "merge taken --write-baseline no/x"})
    CHECK(contains(folder.run(command).err, " is no/x, which can't be written (No such file or "));
}
TEST_CASE("interrupted: Ctrl-C ends a check in order, and says that it is no verdict", "[cli]") {
  const CliFolder folder;
  const auto before = server_folders();
  const Ran ran = folder.stopped("INT", "check hardened --seeds 100000 --jobs 1");
  CHECK(ran.status == 130);
  CHECK(ran.err.find("fencepost: stopped by Ctrl-C, so this is not a verdict") !=
        std::string::npos);
  CHECK(server_folders_since(before).empty());
}
TEST_CASE("interrupted: a search and repeated runs end with the same status", "[cli]") {
  const CliFolder folder;
  const Ran searched = folder.stopped("INT", "fuzz hardened --time 60s --jobs 1");
  CHECK(searched.status == 130);
  CHECK(contains(searched.err, "ended by Ctrl-C"));
  const Ran repeated = folder.stopped("TERM", "run hardened quiet-day --seed 1 --repeat 1000000");
  CHECK(repeated.status == 130);
  CHECK(contains(repeated.err, " of 1000000 runs, all with one digest\n"));
}
TEST_CASE("interrupted: a measurement tells the trials that were finished", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.stopped("INT", "measure kukuri-fenced --trials 100000 --jobs 1");
  CHECK(ran.status == 130);
  CHECK(contains(ran.out, "Median number of histories until a violation is found, over "));
  CHECK(contains(ran.err, "stopped by Ctrl-C, so only trials that were finished are counted\n"));
}
TEST_CASE("interrupted: Ctrl-C ends a check while its server's data is made", "[cli]") {
  const CliFolder folder;
  const auto before = server_folders();
  folder.write("slow/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n");
  folder.write("slow/initdb", "#!/bin/sh\nexec sleep 1000\n");
  for (const char* file : {"", "slow", "slow/postgres", "slow/initdb"})
    fs::permissions(folder.path() / file, fs::perms(0755));
  const Ran ran = folder.stopped("INT", "check hardened --jobs 1 --postgres ./slow");
  INFO(ran.err);
  CHECK(ran.status == 130);
  CHECK(contains(ran.err, "stopped by Ctrl-C"));
  CHECK(server_folders_since(before).empty());
}
TEST_CASE("bad input: a seed is a number from 0, and a protocol's place is looked at", "[cli]") {
  const CliFolder folder;
  for (const char* seed : {"-1", "99999999999999999999999", "1.5", ""})
    CHECK(folder.run(fmt::format("run hardened quiet-day --seed '{}'", seed)).status == 2);
  folder.write("empty/file", "");
  folder.write("plain", "");
  CHECK(complaint(folder.run("check empty"), 2).starts_with("\"empty\" holds no protocol.toml;"));
  CHECK(complaint(folder.run("check plain"), 2) ==
        "\"plain\" is a file; name the folder that holds it");
  CHECK(complaint(folder.run("check ./none"), 2)
            .starts_with("\"./none\" can't be read (No such file or directory);"));
}
TEST_CASE("interrupted: nothing is left of a check that is killed", "[cli]") {
  const CliFolder folder;
  const auto before = server_folders();
  CHECK(folder.stopped("KILL", "check hardened --seeds 100000 --jobs 2").status == 137);
  CHECK(gone_in_time([&] { return server_folders_since(before).empty(); }));
}
TEST_CASE("bad input: nothing is left of the servers that it stopped", "[cli]") {
  const auto before = server_folders();
  const Mine mine;
  mine.edit("mine/schema.sql", "CREATE TABLE", "CREATE TABEL");
  mine.check();
  CHECK(server_folders_since(before).empty());
}

}  // namespace
}  // namespace fencepost
