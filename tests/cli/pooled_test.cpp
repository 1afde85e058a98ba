// Workers behind a pooler, as a user says it and is told of it.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("pooled: a failure behind a pooler is told, saved, and shown again", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("corpus/B89-skypilot", "leader");
  const Ran found = folder.run("check ./leader --seeds 4");
  INFO(found.out);
  CHECK(found.status == 1);
  CHECK(contains(found.out, " through the pooler, on the backend that server"));
  CHECK(contains(found.out, "leads=t, on backend 1"));
  const std::string file = "fencepost-failures/B89-skypilot-quiet-day-single_owner.json";
  const Ran again = folder.run("replay " + file);
  CHECK(again.status == 1);
  CHECK(contains(again.out, ", as it was saved\n"));
  const Ran script = folder.run("export " + file + " --sql");
  CHECK(script.status == 2);
  CHECK(contains(script.err, " went through a pooler, and a script has a session for each worker"));
}

TEST_CASE("pooled: a scenario puts a pooler before any protocol, and makes small without it",
          "[cli]") {
  const CliFolder folder;
  const std::string load = "[load]\nworkers = 3\njobs = 2\nitems = 4\n";
  folder.write("pooled.toml", load + "[load.pooler]\nmode = \"transaction\"\nsize = 1\n");
  const Ran held = folder.run("run hardened ./pooled.toml --seed 1 --repeat 20");
  INFO(held.out);
  CHECK(held.status == 0);
  CHECK(contains(held.out, "20, all with one digest"));
  const Ran once = folder.run("run corpus/B88-good-job-fixed ./pooled.toml --seed 1");
  CHECK(contains(once.out, "… waits for a backend of the pooler"));
  // The bug needs none, so the saved run has none.
  folder.copy_protocol("corpus/B04-saq", "broken");
  folder.write("broken/scenarios/pooled.toml",
               load + "[load.pooler]\nmode = \"session\"\nsize = 9\n");
  const Ran found = folder.run("check ./broken --scenario pooled --seeds 20");
  INFO(found.out);
  CHECK(found.status == 1);
  CHECK(!contains(folder.read("fencepost-failures/B04-saq-pooled-claim_limit.returned.json"), "pooler"));
  folder.write("bad.toml", load + "[load.pooler]\nmode = \"transaction\"\nsize = 0\n");
  const Ran bad = folder.run("run hardened ./bad.toml --seed 1");
  CHECK(bad.status == 2);
  CHECK(contains(bad.err, "bad.toml:7: size in [load.pooler] is the whole number 0, but must be"));
}

}  // namespace
}  // namespace fencepost
