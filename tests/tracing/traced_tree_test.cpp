// Programs that are not ours, in simulated time: exact to the microsecond, and the same every time.
#include "sim/tracing/traced_tree.hpp"

#include <unistd.h>

#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What a program printed, how it ended, and how long that took in simulated time.
struct TracedRun {
  std::string printed;
  int status = 0;
  Duration lasted{};
  std::vector<std::string> strange;
};

TracedRun run_traced(std::vector<std::string> arguments, std::uint64_t seed = 1) {
  const CliFolder folder;
  const auto output = folder.path() / "out";
  TracedTree tree({std::move(arguments), {}, output, seed, {}});
  Instant now{};
  for (tree.settle(); !tree.status(); tree.settle()) {
    const auto next = tree.next_wake();
    REQUIRE(next);
    REQUIRE(*next > now);
    tree.set_clock(now = *next);
  }
  return {bytes_of(output).value_or(""), *tree.status(), now - Instant{}, tree.strange()};
}

}  // namespace

TEST_CASE("traced: every wait ends when simulated time is there, and no sooner", "[tracing]") {
  const TracedRun run = run_traced({FENCEPOST_WAITS});
  CHECK(run.status == 7);
  // A wait that is given in milliseconds ends on a whole one of simulated time, others a
  // microsecond later than they say.
  const std::size_t drawn = run.printed.find("random ");
  CHECK(run.printed.substr(0, drawn) ==
        "sleep_for 100000001\nsleep_until 100000001\nwait_for 100000001\nwait_until 100000001\n"
        "future 100000001\ntimed_mutex 100000001\njoin 398999999\npoll 100000994\npoll 0 0\n"
        "ppoll 100000001\nselect 100000001\nepoll 100000998\nnanosleep 100000001\n"
        "absolute 100000001\nsigtimedwait 100000001\ninterrupted 110000002\nchild 100000001\n"
        "connect -1 1\n");
  CHECK(run.printed.ends_with("\ntime 1800001910\nagree 1\nall 1910\n"));
  CHECK(run.strange ==
        std::vector<std::string>{"it also talks to 192.0.2.1:80, which was refused"});
}

TEST_CASE("traced: a program is the same every time, and another with another seed", "[tracing]") {
  const TracedRun run = run_traced({FENCEPOST_WAITS});
  for (int i = 0; i < 20; ++i) {
    const TracedRun again = run_traced({FENCEPOST_WAITS});
    CHECK(again.printed == run.printed);
    CHECK(again.lasted == run.lasted);
  }
  CHECK(run_traced({FENCEPOST_WAITS}, 2).printed != run.printed);
}

TEST_CASE("traced: what can't be started, or traced through, is said", "[tracing]") {
  CHECK_THROWS_AS(run_traced({"./not-there"}), InputError);
  CHECK(run_traced({"false"}).status == 1);
  CHECK(run_traced({"sh", "-c", "kill -9 $$"}).status == 128 + 9);
  CHECK(run_traced({"sh", "-c", "sleep 1000 & exit 3"}).status == 3);
}

TEST_CASE("traced: a program that never comes to rest is left when the user wants to stop",
          "[tracing]") {
  for (const char* how : {"computes", "asks the kernel"}) {
    const CliFolder folder;
    TracedTree tree({{FENCEPOST_WAITS, how}, {}, folder.path() / "out", 1, [] { return true; }});
    CHECK_THROWS_AS(tree.settle(), EnvironmentError);
  }
}

}  // namespace fencepost
