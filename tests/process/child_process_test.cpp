// Other programs are run to their end, or ended.
#include "sim/process/child_process.hpp"

#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("child process: one that is run says all that it has to say", "[sim]") {
  const Finished finished =
      run({{"/bin/sh", "-c", "echo one; sleep 0.3; echo two >&2; exit 7"}, {}, {}, 0, {}, [] {
             return false;
           }});
  CHECK(finished.status == 7);
  CHECK(finished.output == "one\ntwo\n");
}

TEST_CASE("child process: one that is stopped ends at once, with what it has started", "[sim]") {
  const Finished finished =
      run({{"/bin/sh", "-c", "sleep 60 & echo $!; wait"}, {}, {}, 0, {}, [] { return true; }});
  CHECK(finished.status == 128 + SIGKILL);
  if (finished.output.empty()) return;
  // It is signalled at once, and dies when it has its turn.
  const pid_t grandchild = std::stoi(finished.output);
  for (int tenths = 0; tenths < 100 && alive(grandchild); ++tenths) usleep(100'000);
  CHECK_FALSE(alive(grandchild));
}

}  // namespace
}  // namespace fencepost
