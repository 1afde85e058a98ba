// The whole gallery: which traps the broken ones are told, and that the repaired ones are told
// none.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "sim/input/gallery.hpp"
#include "sim/lint/lint.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// The rules that each broken protocol raises.
const std::map<std::string, std::string>& expected() {
  static const std::map<std::string, std::string> rows = {
      {"corpus/B01-delayed_job", "claim-in-subquery"},
      {"corpus/B04-saq", "lock-in-where"},
      {"corpus/B07-quartz", "guard-comes-back"},
      {"corpus/B08-queue", "unguarded-claim"},
      {"corpus/B11-djjob", "unguarded-claim"},
      {"corpus/B12-solid_queue", "ignored-conflict"},
      {"corpus/B17-oban", "unfenced-write"},
      {"corpus/B21-solid_queue", "unfenced-side-table"},
      {"corpus/B23-windmill", "unfenced-side-table unfenced-write"},
      {"corpus/B24-pg-boss", "unfenced-write"},
      {"corpus/B25-delayed_job", "unfenced-write"},
      {"corpus/B26-dbos", "ignored-count"},
      {"corpus/B27-dbos", "unfenced-write"},
      {"corpus/B33-river", "excluded-guard"},
      {"corpus/B36-oban", "unfenced-write"},
      {"corpus/B39-marten", "write-beside-lock"},
      {"corpus/B40-marten", "endless-session"},
      {"corpus/B47-pgqueuer", "stale-count"},
      {"corpus/B58-marten", "sequence-gap"},
      {"corpus/B66-emmett", "now-in-transaction"},
      {"corpus/B68-shedlock", "now-in-transaction"},
      {"corpus/B69-emilia-protocol", "truncated-token"},
      {"corpus/B70-hatchet", "lease-without-time-zone"},
      {"corpus/B71-db-scheduler", "heartbeat-stops-first"},
      {"corpus/B72-pgqueuer", "slow-heartbeat"},
      {"corpus/B76-hindsight", "uncounted-rescue"},
      {"corpus/B81-que", "lock-taken-twice"},
      {"corpus/B83-pg-boss", "opposite-order"},
      {"corpus/B86-pg-boss", "cap-without-lock"},
      {"corpus/B87-good-job", "different-lock-keys"},
      {"kukuri-before", "no-takeover"},
      {"kukuri-deploy", "no-takeover now-in-transaction unfenced-side-table"},
      {"kukuri-fenced", "now-in-transaction unfenced-side-table"},
      {"kukuri-unfenced", "now-in-transaction unfenced-side-table unfenced-write"},
  };
  return rows;
}

std::string raised_by(const Protocol& protocol) {
  std::set<std::string> rules;
  for (const LintFinding& finding : lint(protocol).findings)
    rules.insert(std::string(finding.rule->name));
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : " ") + rule;
  return text;
}

}  // namespace

TEST_CASE("lint: of the gallery the broken protocols raise theirs, and no repaired one any",
          "[lint]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  std::size_t broken = 0;
  for (const std::string& name : gallery.protocol_names()) {
    INFO(name);
    const Protocol protocol = gallery.protocol(name).protocol;
    const auto row = expected().find(name);
    CHECK(raised_by(protocol) == (row == expected().end() ? "" : row->second));
    if (row == expected().end()) continue;
    ++broken;
    CHECK_FALSE(protocol.expect.violates.empty());
  }
  CHECK(broken == expected().size());
  CHECK(raised_by(read_protocol(FENCEPOST_SOURCE_DIR "/examples/queue")) == "");
}

TEST_CASE("lint: the page shows every rule with its bug", "[lint]") {
  std::ifstream file(FENCEPOST_SOURCE_DIR "/docs/lint.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const LintRule& rule : lint_rules()) {
    std::string bug(rule.bug);
    bug = bug.substr(bug.find('/') + 1);
    const std::size_t row = page.find("| `" + std::string(rule.name) + "` |");
    INFO(rule.name);
    REQUIRE(row != std::string::npos);
    const std::string line = page.substr(row, page.find('\n', row) - row);
    CHECK(line.find("`" + bug + "`") != std::string::npos);
    CHECK(line.find("`" + std::string(rule.property) + "`") != std::string::npos);
  }
}

TEST_CASE("lint: each rule's bug is in the gallery and violates its property", "[lint]") {
  const Gallery gallery(FENCEPOST_SOURCE_DIR);
  for (const LintRule& rule : lint_rules()) {
    INFO(rule.name);
    const Protocol protocol = gallery.protocol(std::string(rule.bug)).protocol;
    const std::vector<std::string>& violates = protocol.expect.violates;
    CHECK(std::any_of(violates.begin(), violates.end(), [&](const std::string& name) {
      return name.substr(0, name.find('.')) == rule.property;
    }));
  }
}

}  // namespace fencepost
