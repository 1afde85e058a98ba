// Every saved failure of the gallery, in every form of report.
#include <fmt/format.h>

#include <algorithm>

#include "reports/failure_page.hpp"
#include "reports/forms.hpp"
#include "sim/cli/check_output.hpp"
#include "sim/text/files.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> saved_failures_of_the_gallery() {
  std::vector<fs::path> files;
  const fs::path protocols = fs::path(FENCEPOST_SOURCE_DIR) / "scenarios" / "protocols";
  for (const auto& each : fs::recursive_directory_iterator(protocols))
    if (each.path().parent_path().filename() == "failures") files.push_back(each.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// A check that found just this.
CheckReport report_with(const FailureReport& failure) {
  CheckReport report{"fencepost", {}};
  ProtocolReport& protocol = report.protocols.emplace_back();
  protocol.name = failure.protocol;
  Tally& tally = protocol.tallies.emplace_back();
  tally.scenario = failure.scenario;
  tally.histories = 1;
  tally.judged[failure.property.substr(0, failure.property.find('.'))][Outcome::violated] = 1;
  tally.found[failure.property] = {1, failure.scenario, failure.seed, failure.told.violation};
  protocol.verdict = judge_protocol(protocol.tallies, {}, {});
  protocol.failures = {failure};
  return report;
}

/// What stands behind the first `before`, up to `after`.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return "nothing";
  const std::size_t from = at + before.size();
  return text.substr(from, text.find(after, from) - from);
}

std::string without_backslashes(std::string text) {
  std::erase(text, '\\');
  return text;
}

TEST_CASE("culprit: all forms of report name the same statement of every saved failure", "[cli]") {
  const std::vector<fs::path> files = saved_failures_of_the_gallery();
  CHECK(files.size() >= 17);
  for (const fs::path& file : files) {
    INFO(file);
    const FailureReport failure =
        report_of(told_run_from_json(read_text_file(file, "a saved failure"), file));
    const CheckReport report = report_with(failure);
    const auto in_form = [&](const std::string& flag) {
      return find_form(flag)->check->text(report);
    };
    const std::string page = between(failure_page(failure), "<figcaption>", "</figcaption>");
    const std::string where = between(page, "<code class=\"soft\">", "</code>");
    const std::string statement =
        fmt::format("{} ({})", where, between(page, "<strong>", "</strong>"));
    CHECK(where.find(".sql:") != std::string::npos);
    CHECK(between(in_form("html"), "<p>SQL: ", "</p>") == statement);
    CHECK(between(in_form("junit"), "sql       ", "\n") == statement);
    CHECK(without_backslashes(between(in_form("markdown"), "SQL: ", "\n")) == statement);
    CHECK(between(in_form("json"), "\"sql\": \"", "\"") == statement);
    CHECK(between(in_form("text"), "  sql     ", "\n") == statement);
    const std::string error = annotations(report, [](const std::string& name) { return name; });
    CHECK(between(error, "file=", ",") + ":" + between(error, "line=", ",") == where);
  }
}

}  // namespace
}  // namespace fencepost
