#include "tests/catch.hpp"
#include "tests/cli_run.hpp"

namespace fencepost {
namespace {

TEST_CASE(
    "gallery: the broken protocols are caught by exactly what they declare, and the repaired one "
    "holds",
    "[cli]") {
  const CliFolder folder;
  folder.write("fencepost.toml",
               "protocols = [\"kukuri-before\", \"kukuri-unfenced\", \"kukuri-fenced\", "
               "\"hardened\"]\nas_expected = true\nseeds = 100\n");
  const Ran ran = folder.run("check");
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "as expected");
}

}  // namespace
}  // namespace fencepost
