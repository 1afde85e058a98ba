// Other programs are run to their end, or ended.
#include "sim/process/child_process.hpp"

#include <signal.h>

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
  if (!finished.output.empty()) CHECK_FALSE(alive(std::stoi(finished.output)));
}

}  // namespace
}  // namespace fencepost
