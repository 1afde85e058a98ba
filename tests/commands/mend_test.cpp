// Repairs as a user asks for them.
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("mend: a repair is shown, and written where that is asked for", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("corpus/B26-dbos", "mine");
  const Ran ran = folder.run("mend ./mine --histories 20 --write 1");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out,
                 "repair 1: outcome of worker.claim\n  That a statement came back empty is "
                 "noticed.\ncloses all 2 in 200 histories\n--- protocol.toml\n+++ protocol.toml\n"));
  CHECK(contains(ran.err, "fencepost: wrote repair 1 into ./mine/protocol.toml\n"));
  CHECK(contains(folder.read("mine/protocol.toml"), "{ run = \"take_over\", empty = "));
  const Ran again = folder.run("mend ./mine --histories 20");
  CHECK(again.out ==
        "B26-dbos: nothing is violated in 20 histories, so there is nothing to mend\n");
  CHECK(again.status == 0);
}

TEST_CASE("mend: where not all was tried nothing is written, and that is said", "[cli]") {
  const CliFolder folder;
  folder.copy_protocol("corpus/B26-dbos", "mine");
  const std::string before = folder.read("mine/protocol.toml");
  const Ran ran = folder.run("mend ./mine --histories 20 --write 1 --time-budget 1ms");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 4);
  CHECK(contains(ran.err, "fencepost: nothing is written, because not all repairs were tried; "));
  CHECK(folder.read("mine/protocol.toml") == before);
}

TEST_CASE("mend: repairs are listed without a server", "[cli]") {
  const CliFolder folder;
  const Ran ran = folder.run("mend corpus/B26-dbos --list", "FENCEPOST_POSTGRES=/none");
  INFO(ran.out + ran.err);
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "outcome of worker.claim\n--- protocol.toml\n+++ protocol.toml\n"));
}

TEST_CASE("mend: bugs of the gallery get the repairs of their twins", "[cli][nightly]") {
  struct Case {
    std::string protocol, line;
  };
  const CliFolder folder;
  for (const Case& each :
       {Case{"B17-oban", "+ WHERE id = :id AND state = 'executing' AND attempt = :attempt;\n"},
        Case{"B58-marten", "+append = [{ tx = [\"lock_mt_events\", \"append_event\"] }]\n"},
        Case{"B71-db-scheduler", "+at_shutdown = \"go_on\"\n"}}) {
    const Ran ran = folder.run("mend corpus/" + each.protocol + " --histories 100");
    INFO(ran.out + ran.err);
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, each.line));
  }
}

}  // namespace
}  // namespace fencepost
