#include <fstream>
#include <iterator>

#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

// The repository's own fencepost.toml, which names the whole gallery.
TEST_CASE(
    "gallery: the broken protocols are caught by exactly what they declare, and the repaired ones "
    "hold",
    "[cli]") {
  std::ifstream file(FENCEPOST_SOURCE_DIR "/fencepost.toml");
  const std::string gate{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(gate.find("corpus/*") != std::string::npos);
  const CliFolder folder;
  folder.write("fencepost.toml", gate);
  const Ran ran = folder.run("check");
  INFO(ran.out);
  CHECK(ran.status == 0);
  CHECK(last_line(ran.out) == "as expected");
}

}  // namespace
}  // namespace fencepost
