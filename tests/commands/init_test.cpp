// A protocol that is written of an application's own files, as its user sees it.
#include <filesystem>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

const std::string kExample = FENCEPOST_SOURCE_DIR "/examples/queue/";

std::string given(const std::string& folder, const std::string& from) {
  return "init " + folder + " --schema " + from + "schema.sql --queries " + from + "queries.sql";
}

TEST_CASE("init: a folder is written, runs at once, and proves nothing until it is confirmed",
          "[cli]") {
  const CliFolder folder;
  const Ran made = folder.run(given("mine", kExample) + " --answer pace=10s,5s");
  INFO(made.out << made.err);
  CHECK(made.status == 0);
  CHECK(contains(made.out, "    claim      claim_job  "));
  CHECK(contains(made.out, "heartbeat and count are guessed: read mine/protocol.toml"));
  CHECK(last_line(made.out) == "next      fencepost check ./mine");
  const std::string check = "check ./mine --scenario quiet-day --seeds 2";
  const Ran guessed = folder.run(check);
  CHECK(guessed.status == 4);
  CHECK(contains(guessed.out,
                 "? not proved heartbeat and count are guessed, and nobody has confirmed them"));
  folder.edit("mine/protocol.toml", "unconfirmed = [", "unconfirmed = []\n#");
  folder.edit("mine/protocol.toml", "  \"heartbeat\",", "#");
  folder.edit("mine/protocol.toml", "  \"count\",", "#");
  folder.edit("mine/protocol.toml", "\n]\n", "\n");
  CHECK(folder.run(check).status == 0);
}

TEST_CASE("init: what is there already is not touched, and bad input is one sentence", "[cli]") {
  const CliFolder folder;
  const auto refused = [&](const std::string& arguments) {
    const Ran ran = folder.run(arguments);
    CHECK(ran.status == 2);
    CHECK_FALSE(folder.has("new"));
    return ran.err;
  };
  folder.write("mine", "something");
  CHECK(refused(given("mine", kExample)) ==
        "fencepost: mine is there already, and init overwrites nothing; name a folder that is not "
        "there yet\n");
  CHECK(folder.read("mine") == "something");
  CHECK(refused(given("new", "")) ==
        "fencepost: --schema names \"schema.sql\", but ./schema.sql: there is no such file, but "
        "--schema is expected here; create it, or mend its name\n");
  CHECK(refused(given("new", kExample) + " --answer lasts=long") ==
        "fencepost: a lease can't last \"long\"; write a length such as 30s or 5min\n");
  CHECK(refused(given("new", kExample) + " --answer succeed=finish_jobs") ==
        "fencepost: there is no statement \"finish_jobs\" beside those of the claim; known are "
        "renew_lease, finish_job and give_back; did you mean \"finish_job\"?\n");
  CHECK(refused(given("new", kExample) + " --answer last=5s") ==
        "fencepost: \"last\" is nothing that can be answered here; that can be claim, job, owner, "
        "lasts, token, heartbeat, succeed, release, states, pace and count; did you mean "
        "\"lasts\"?\n");
  CHECK(contains(refused(given("new", kExample) + " --answer lease=until"), "can be answered"));
  CHECK(refused(given("new", kExample) + " --answer job=") ==
        "fencepost: \"job=\" answers nothing; write a value behind it, or leave it out\n");
  CHECK(refused(given("new", FENCEPOST_SOURCE_DIR "/tests/init/queues/apalis-like/") +
                " --answer constants=kind=mail") ==
        "fencepost: \"kind\" names no constant that was made up here; write it as \"job_type = "
        "default\"\n");
  folder.write("schema.sql", "CREATE TABLE a (id int);");
  folder.write("queries.sql", "-- name: a :one\nSELECT 1;\n");
  CHECK(folder.run(given("nothing", "")).status == 4);
  CHECK(contains(folder.read("nothing/protocol.toml"), "\nqueries = [\"../queries.sql\"]\n"));
  folder.write("queries.sql", "-- name: a :one\nSELECT 1;\n\nSELECT 'x;\n");
  CHECK(contains(refused(given("new", "")), "queries.sql:4: "));
}

TEST_CASE("init: on a terminal it asks what only a person knows, and takes no nonsense", "[cli]") {
  const CliFolder folder;
  const std::string from = FENCEPOST_SOURCE_DIR "/tests/init/queues/apalis-like/";
  // The token as guessed, no heartbeat, how long work takes, a slip and then what the code passes.
  const Ran made =
      folder.on_terminal(given("mine", from), "\nnone\n20s, 2s\njob_typ = mail\njob_type = mail\n");
  INFO(made.out);
  CHECK(made.status == 0);
  CHECK(contains(made.out, "Enter takes the guess; any other line is your answer.\n"));
  CHECK(contains(made.out, "What does a claim give its worker that no other claim has?\n"));
  CHECK(contains(made.out,
                 "\"job_typ\" names no constant that was made up here; write it as "
                 "\"job_type = default\""));
  CHECK_FALSE(contains(made.out, "are guessed: read"));
  const std::string written = folder.read("mine/protocol.toml");
  CHECK_FALSE(contains(written, "unconfirmed"));
  CHECK_FALSE(contains(written, "keep_alive"));
  CHECK(contains(written, "program = [\"claim\", { work = \"20s\" }, \"succeed\"]"));
  CHECK(contains(written, "poll = \"2s\""));
  CHECK(contains(written, "job_type = \"mail\""));
  CHECK(contains(folder.read("mine/fencepost.sql"), "'mail'"));
}

TEST_CASE("init: Ctrl-C at a question ends it at once, and nothing is written", "[cli]") {
  const CliFolder folder;
  const Ran stopped = folder.interrupted_at("heartbeat [", given("mine", kExample));
  INFO(stopped.out);
  CHECK(stopped.status == 130);
  CHECK(last_line(stopped.out) == "fencepost: stopped by Ctrl-C, and nothing is written");
  CHECK_FALSE(folder.has("mine"));
}

TEST_CASE("init: queues of many styles run as they are written", "[cli][nightly]") {
  const CliFolder folder;
  for (const auto& each :
       std::filesystem::directory_iterator(FENCEPOST_SOURCE_DIR "/tests/init/queues")) {
    const std::string name = each.path().filename().string();
    const Ran made = folder.run(given(name, each.path().string() + "/"));
    INFO(name << "\n" << made.out << made.err);
    CHECK(made.status == 0);
    const Ran ran = folder.run("run ./" + name + " quiet-day --seed 1");
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
  }
}

}  // namespace
}  // namespace fencepost
