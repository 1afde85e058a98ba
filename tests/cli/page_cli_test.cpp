#include "sim/search/failure.hpp"
#include "tests/cli/cli_run.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/xml_check.hpp"

namespace fencepost {
namespace {

const std::filesystem::path kProtocols =
    std::filesystem::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols";
const std::string kSaved =
    "fencepost-failures/kukuri-before-host-vanishes-in-transaction-job_not_stuck.json";

TEST_CASE("lease_token_of: the columns, and the parameters that [names] binds to them", "[cli]") {
  const LeaseToken token = lease_token_of(read_protocol(kProtocols / "kukuri-fenced"));
  CHECK(token.columns == std::vector<std::string>{"started_at"});
  CHECK(token.parameters == std::vector<std::string>{"started_at", "lease_started_at"});
}

TEST_CASE("lease_token_of: an advisory lock has none", "[cli]") {
  const auto folder = std::filesystem::path(FENCEPOST_SOURCE_DIR) / "tests/protocols/advisory";
  CHECK(lease_token_of(read_protocol(folder)).columns.empty());
}

TEST_CASE("replay: writes the failure as a page, as a picture and as columns", "[cli]") {
  const CliFolder folder;
  folder.run("check kukuri-before --scenario host-vanishes-in-transaction --seeds 20");
  const Ran ran = folder.run("replay " + kSaved + " --html page.html --svg picture.svg --columns");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.out, ContainsSubstring(" step           time │    w1"));
  const std::string page = folder.read("page.html");
  CHECK(xml_complaint(page).empty());
  CHECK_THAT(page, ContainsSubstring("fencepost replay " + kSaved));
  CHECK(xml_complaint(folder.read("picture.svg")).empty());
  const Ran refused = folder.run("replay " + kSaved + " --html nowhere/page.html");
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, ContainsSubstring("--html is nowhere/page.html, which can't be written"));
}

}  // namespace
}  // namespace fencepost
