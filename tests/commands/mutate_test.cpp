// Mutants as a user tries them.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("mutate: a fence that is broken is seen, and by what", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("hardened", "mine");
  const std::string one = "mutate ./mine --of finish_job --scenario stall-past-lease --seeds 4 ";
  const Ran ran = folder.run(one);
  INFO(ran.out + ran.err);
  CHECK(contains(ran.out, "  queries.sql:72       finish_job           other-comparison     "));
  CHECK(contains(ran.out, "\n      epoch = :epoch -> epoch <> :epoch\n"));
  CHECK(contains(ran.out, "\nhardened: 12 mutants, "));
  const Ran json = folder.run(one + "--json --jobs 1");
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
  const Ran none = folder.run("mutate kukuri-before --list --of finish_job");
  CHECK(none.status == 2);
  CHECK(none.err == "fencepost: kukuri-before" + nothing);
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
