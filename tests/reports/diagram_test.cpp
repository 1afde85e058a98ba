#include "reports/diagram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/example_failure.hpp"

namespace fencepost {
namespace {

Diagram drawn(const ExampleFailure& told) {
  return diagram_of(told.history, told.report().told.violation);
}

/// "w1 33 advance.save"
std::string row_text(const Diagram& diagram, const DiagramRow& row) {
  return fmt::format("{} {} {}", row.column ? diagram.columns[*row.column] : "-", to_text(row.at),
                     row.shape == Shape::pause ? "… " + to_text(row.passed) : row.what);
}
std::vector<std::string> row_texts(const Diagram& diagram) {
  std::vector<std::string> texts;
  for (const DiagramRow& row : diagram.rows) texts.push_back(row_text(diagram, row));
  return texts;
}
std::vector<std::string> bar_texts(const Diagram& diagram, std::size_t column) {
  std::vector<std::string> texts;
  for (const Bar& bar : diagram.bars) {
    if (bar.where.column != column) continue;
    constexpr std::array<std::string_view, 4> names = {"database", "run out", "belief",
                                                       "mere belief"};
    texts.push_back(fmt::format("{} {}..{}", names[static_cast<std::size_t>(bar.hold)],
                                bar.where.from, bar.where.to));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

TEST_CASE("diagram: rows in order of time, with the end of a lease and long pauses among them",
          "[reports]") {
  const ExampleFailure told;
  CHECK(row_texts(drawn(told)) ==
        std::vector<std::string>{
            "w1 0 s starts as worker", "w2 0 s starts as worker", "w1 1 s claim.claim_job",
            "w1 2 s stall for 38 s, at advance.save:before", "- 2 s … 29 s",
            "server 31 s the lease of w1 on job 1 ends", "- 31 s … 4 s", "w2 35 s claim.claim_job",
            "- 35 s … 5 s", "w1 40 s goes on", "w1 40.000001 s advance.save"});
}

TEST_CASE("diagram: the violated row is the violated step's statement", "[reports]") {
  const ExampleFailure told;
  const Diagram diagram = drawn(told);
  CHECK(diagram.violated_row == 10);
  CHECK(std::count_if(diagram.rows.begin(), diagram.rows.end(),
                      [](const DiagramRow& row) { return row.violated; }) == 1);
}

TEST_CASE("diagram: bars show what the database says and what the worker believes", "[reports]") {
  const ExampleFailure told;
  const Diagram diagram = drawn(told);
  CHECK(bar_texts(diagram, 0) == std::vector<std::string>{"belief 2..5", "database 2..5",
                                                          "mere belief 5..11", "run out 5..7"});
  CHECK(bar_texts(diagram, 1) == std::vector<std::string>{"belief 7..11", "database 7..11"});
}

TEST_CASE("diagram: a column is dotted while its worker stands still, and ends when it dies",
          "[reports]") {
  ExampleFailure told;
  told.event(EventKind::fault, "w2", 41s).fault = FaultKind::crash;
  told.event(EventKind::finished, "", 60s).note = "cut";
  const Diagram diagram = drawn(told);
  std::vector<std::string> lives;
  for (const LifeLine& life : diagram.lives)
    lives.push_back(fmt::format("{} {} {}..{}", diagram.columns[life.where.column],
                                life.life == Life::awake     ? "awake"
                                : life.life == Life::stalled ? "stalled"
                                                             : "waiting",
                                life.where.from, life.where.to));
  CHECK(lives == std::vector<std::string>{"w1 awake 0..3", "w1 stalled 3..7", "w2 awake 1..9",
                                          "w1 awake 7..12", "server awake 0..12"});
}

TEST_CASE("diagram: lives of one worker share its column; behind a dozen, strangers share one",
          "[reports]") {
  ExampleFailure told;
  told.history.events.clear();
  for (int i = 1; i <= 20; ++i) told.started(fmt::format("w{}", i), 0s);
  told.started("w3.2", 0s);
  told.statement("w17", "claim", "claim_job", 1s, {}, "", true);
  told.claimed("w17", 1, 1s, 31s);
  const Diagram diagram = drawn(told);
  CHECK(diagram.columns.size() == 13);
  CHECK(diagram.columns.front() == "w17");
  CHECK(diagram.columns[11] == "others");
  CHECK(diagram.columns.back() == "server");
  CHECK(row_text(diagram, diagram.rows[20]) == "w3 0 s starts as worker");
  CHECK(row_text(diagram, diagram.rows[19]) == "others 0 s starts as worker");
}

TEST_CASE("diagram: a violation of which no row tells has one of its own", "[reports]") {
  const ExampleFailure told;
  Violation violation = told.report().told.violation;
  violation.step = 99;
  violation.at = Instant{50s};
  const Diagram diagram = diagram_of(told.history, violation);
  CHECK(row_text(diagram, diagram.rows[diagram.violated_row]) == "- 50 s by now it is certain");
}

TEST_CASE("diagram: a history without events has one row", "[reports]") {
  const History nothing;
  const Diagram diagram = diagram_of(nothing, {});
  CHECK(row_texts(diagram) == std::vector<std::string>{"- 0 s the beginning"});
}

}  // namespace
}  // namespace fencepost
