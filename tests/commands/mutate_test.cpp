// Mutants as a user tries them.
#include <regex>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// Without what differs from run to run.
std::string without_seconds(const std::string& told) {
  return std::regex_replace(told, std::regex(" *[0-9]+\\.[0-9] s"), "");
}

TEST_CASE("mutate: a fence that is broken is seen, and by what; by any number of shards alike",
          "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("hardened", "mine");
  const std::string one = "mutate ./mine --of finish_job --scenario stall-past-lease --seeds 4 ";
  const Ran ran = folder.run(one);
  INFO(ran.out + ran.err);
  CHECK(contains(ran.out, "  queries.sql:72       finish_job           other-comparison     "));
  CHECK(contains(ran.out, "\n      epoch = :epoch -> epoch <> :epoch\n"));
  CHECK(contains(ran.out, "\nhardened: 12 mutants, "));
  for (const char* const shard : {"2/2", "1/2"})
    CHECK(folder.run(one + "--jobs 1 --shard " + shard).status == 0);
  const Ran merged = folder.run("merge fencepost-mutants");
  CHECK(without_seconds(merged.out) == without_seconds(ran.out));
  CHECK(merged.status == ran.status);
  const Ran late = folder.run("merge fencepost-mutants --time-budget 5m");
  CHECK(late.err ==
        "fencepost: --time-budget is for what \"check\" comes to, but these are results of "
        "\"mutate\"; leave it out\n");
  const Ran json = folder.run("merge fencepost-mutants --json");
  CHECK(contains(json.out,
                 "\"of\": \"finish_job\", \"change\": \"no-condition\", \"clause\": \"epoch = "
                 ":epoch\", \"instead\": \"true\""));
  CHECK(contains(json.out, "{\"kind\": \"score\", \"protocol\": \"hardened\", \"caught\": "));
}

TEST_CASE("mutate: mutants are listed without a server", "[cli]") {
  const CliFolder folder;
  const Ran ran =
      folder.run("mutate hardened --list --of no-skip-locked", "FENCEPOST_POSTGRES=/none");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "claim_job, no-skip-locked: FOR UPDATE SKIP LOCKED → FOR UPDATE\n"));
  const Ran junit = folder.run("mutate hardened --list --junit mutants.xml");
  CHECK(junit.status == 2);
  CHECK(junit.err ==
        "fencepost: --junit is for what became of mutants, and --list tries none; leave one of "
        "them out\n");
}

TEST_CASE("mutate: a protocol in which nothing is to be changed is told, and the others are tried",
          "[cli]") {
  const CliFolder folder;
  const std::string nothing = ": there is nothing to change of what --of names; leave it out\n";
  const Ran ran = folder.run("mutate kukuri-before hardened --list --json --of finish_job");
  CHECK(ran.status == 0);
  CHECK(ran.out.starts_with("{\"kind\": \"mutant\", \"protocol\": \"hardened\", "));
  CHECK(ran.out.ends_with("\"}\n"));
  CHECK(ran.err == "fencepost: kukuri-before" + nothing);
  const Ran slip = folder.run("mutate hardened --list --of finish_job --of finish_jbo");
  CHECK(slip.status == 2);
  CHECK(slip.err ==
        "fencepost: --of names \"finish_jbo\", of or by which nothing is changed here; \"mutate "
        "--list\" tells what is\n");
  const Ran none = folder.run("mutate kukuri-before --list --of finish_job");
  CHECK(none.status == 2);
  CHECK(none.err == "fencepost: kukuri-before" + nothing);
}

TEST_CASE("mutate: --all takes the seeds that are named", "[cli]") {
  const CliFolder folder;
  const std::string few = "mutate hardened --of no-order --scenario quiet-day --all --shard 1/1 ";
  REQUIRE(folder.run(few + "--seeds 1").status == 0);
  CHECK(contains(folder.read("fencepost-mutants/1-of-1.json"), "\"last_seed\": 1,\n"));
}

TEST_CASE("mutate: what is declared to be equivalent must be a mutant", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("hardened", "mine");
  folder.edit("mine/protocol.toml", "equivalent = [\n",
              "equivalent = [\n  { of = \"claim_job\", change = \"no-order\", clause = \"ORDER BY "
              "nothing\", because = \"a reason\" },\n");
  const Ran ran = folder.run("mutate ./mine --of no-order --scenario quiet-day --seeds 1");
  CHECK(ran.status == 2);
  CHECK(contains(ran.err, "no mutant is \"no-order\" of claim_job in \"ORDER BY nothing\""));
}

}  // namespace
}  // namespace fencepost
