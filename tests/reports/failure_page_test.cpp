#include "reports/failure_page.hpp"

#include <vector>

#include "reports/columns.hpp"
#include "reports/svg.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/example_failure.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/xml_check.hpp"

namespace fencepost {
namespace {

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

/// The told failure with that many more steps of w2's before its end.
ExampleFailure long_failure(int steps) {
  ExampleFailure told;
  for (int i = 0; i < steps; ++i) {
    const Duration at = 41s + i * 10ms;
    Event& event =
        told.statement("w2", "advance" + std::to_string(i), "save_progress", at,
                       {{"job_id", "1"}, {"progress", std::to_string(i)}}, "UPDATE 1", i % 2 == 0);
    event.attempt = {2};
    event.job = {"1"};
  }
  return told;
}

TEST_CASE("page: the verdict, the story and the missing clause stand in it as text", "[reports]") {
  const ExampleFailure told;
  const std::string page = failure_page(told.report());
  CHECK(xml_value(page, "normalize-space(//*[local-name()='h1'])") ==
        "fenced_writes.cursor is violated");
  CHECK(xml_value(page, "normalize-space(//*[@class='sentence'])") ==
        "w1 changed the cursor of job 1");
  CHECK(xml_value(page, "normalize-space(//*[@class='card quiet']/*[local-name()='p'])") ==
        "w1 claimed job 1 at 1 s. w1 stalled for 38 s before advance.save at 2 s. w2 took job 1 "
        "over at 35 s. Then w1 changed the cursor of job 1.");
  CHECK(xml_value(page, "normalize-space(//*[@class='lacks'])") ==
        "save (queries.sql:14) has no condition on the lease's token (epoch).");
  CHECK(xml_value(page, "normalize-space(//*[local-name()='header']//*[local-name()='mark'])") ==
        "WHERE id = :job_id");
  CHECK(xml_value(page, "normalize-space(//*[@id='command'])") == "fencepost replay it.json");
}

TEST_CASE("page: each row is a link of its own, and one is the violated one", "[reports]") {
  const ExampleFailure told;
  const std::string page = failure_page(told.report());
  CHECK(xml_value(page, "count(//*[local-name()='li' and @data-step])") == "8");
  CHECK(xml_value(page, "count(//*[local-name()='li' and @class='pause'])") == "3");
  CHECK(xml_value(page, "string(//*[contains(@class,'bad') and @data-step]/@id)") == "step=7");
  CHECK(xml_value(page, "count(//*[@id][@id=preceding::*/@id])") == "0");
}

TEST_CASE("page: says nothing of a clause where nothing can be known", "[reports]") {
  const ExampleFailure told;
  FailureReport report = told.report();
  report.told.token = {};
  CHECK(failure_page(report).find("has no condition") == std::string::npos);
  report.told.sources.clear();
  CHECK(failure_page(report).find("queries.sql") == std::string::npos);
}

TEST_CASE("page: two pages of one failure are the same", "[reports]") {
  const ExampleFailure told;
  CHECK(failure_page(told.report()) == failure_page(told.report()));
}

TEST_CASE("page: two hundred steps take less than 200 kB", "[reports]") {
  const ExampleFailure told = long_failure(200);
  CHECK(failure_page(told.report()).size() < 200'000);
}

TEST_CASE("page: rounds that are the same are drawn together, but for the first and the last",
          "[reports]") {
  ExampleFailure told;
  for (int round = 0; round < 20; ++round)
    for (const char* name : {"claim_job", "save"})
      told.statement("w2", "advance", name, 50s + round * 1s, {}, "1 row", false);
  told.statement("w2", "advance", "lock", 99s, {}, "1 row", false);
  const std::string page = failure_page(told.report());
  CHECK_THAT(page, ContainsSubstring("the same 2 steps, 18 times more until 68 s"));
  CHECK_THAT(trace(told.history, {}),
             ContainsSubstring("… the same 2 steps 18 times more, until 68 s"));
}

TEST_CASE("page: when it was decided, with a point for each step that was tried", "[reports]") {
  FailureReport report = ExampleFailure().report();
  CHECK(failure_page(report).find("When it was decided") == std::string::npos);
  report.chances = {{0, 1, 30}, {2, 3, 30}, {4, 27, 30}};
  const std::string page = failure_page(report);
  CHECK_THAT(xml_value(page, "normalize-space(//*[@class='decided']/*[local-name()='p'])"),
             ContainsSubstring("It was decided at step 3 (") &&
                 ContainsSubstring("3 of 30 histories that are the same up to step 2 fail alike, "
                                   "27 of 30 that are the same up to step 4."));
  CHECK(xml_value(page, "count(//*[local-name()='circle'][@class='chance'])") == "2");
  CHECK(xml_value(page, "string(//*[@class='jump']/*[local-name()='title'])") ==
        "after step 4: 27 of 30");
  CHECK_THAT(failure_text(report, {}), ContainsSubstring("  decided at step 3 (") &&
                                           ContainsSubstring("27 of 30     74 % to 97 %"));
}

TEST_CASE("page: needs nothing from anywhere, and lets only its own script run", "[reports]") {
  const ExampleFailure told;
  const std::string page = failure_page(told.report());
  CHECK(occurrences(page, "http") == 2);  // the name space, and the policy's http-equiv
  CHECK(xml_value(page, "count(//@src)") == "0");
  CHECK_THAT(page, ContainsSubstring("default-src 'none'; style-src 'unsafe-inline'; script-src "
                                     "'sha256-"));
}

TEST_CASE("picture: is well-formed, and names what is violated", "[reports]") {
  const ExampleFailure told;
  const std::string picture = diagram_svg(told.report());
  CHECK(xml_complaint(picture).empty());
  CHECK(xml_value(picture, "string(/*/*[local-name()='title'])") ==
        "fenced_writes.cursor is violated");
  CHECK(xml_value(picture, "string(/*/*[local-name()='desc'])") ==
        "w1 changed the cursor of job 1");
}

TEST_CASE("picture: leaves the middle of a long history out, and says how much", "[reports]") {
  const ExampleFailure told = long_failure(500);
  const std::string shortened = diagram_svg(told.report(), {40});
  CHECK_THAT(shortened, ContainsSubstring("… 470 rows are left out here"));
  CHECK(occurrences(shortened, "class=\"time\"") == 38);
  CHECK(occurrences(diagram_svg(told.report(), {0}), "class=\"time\"") == 508);
}

/// A failure with any history and any texts.
FailureReport any_failure() {
  FailureReport report;
  for (std::string* text :
       {&report.protocol, &report.scenario, &report.property, &report.replay, &report.digest})
    *text = hostile_text();
  report.told.token = {{hostile_text()}, {hostile_text()}};
  report.told.story = hostile_text();
  report.told.history = any_history();
  const auto& events = report.told.history.events;
  const int steps = events.empty() ? 0 : events.back().step;
  report.told.violation = {
      "", any_number(steps + 2), Instant{}, {hostile_text()}, {any_number(3)}, hostile_text()};
  const std::string sql = hostile_text();
  report.told.sources = {{"save", sql, sql}};
  return report;
}

/// How many scripts there are, and how many attributes that could run or fetch something.
const std::string kCounts =
    "concat(count(//*[local-name()='script']),' ',count(//@*[starts-with(name(),'on')]),' ',"
    "count(//@href[not(starts-with(.,'#'))]),' ',count(//@src))";

std::string times(std::size_t count, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST_CASE("page and picture: whatever users write, both stay well-formed and run nothing of it",
          "[reports]") {
  std::vector<std::string> pages, pictures;
  law("for any history and any texts", [&] {
    const FailureReport report = any_failure();
    const std::string& page = pages.emplace_back(failure_page(report));
    pictures.push_back(diagram_svg(report));
    // As HTML, where a script ends with its first end tag wherever that stands.
    HOLDS(occurrences(page, "<script") == 2U);
    HOLDS(occurrences(page, "</script") == 2U);
    HOLDS(occurrences(page, "<!--") == 0U);
    TraceOptions options;
    options.width = any_number(200);
    column_table(report.told.history, options);
  });
  // xmllint is called once for all of them; when it complains, the smallest case is looked for.
  if (xml_values(pages, kCounts) == times(pages.size(), "2 0 0 0;") &&
      xml_values(pictures, kCounts) == times(pictures.size(), "0 0 0 0;"))
    return;
  law("for the one of them that is not so", [] {
    const FailureReport report = any_failure();
    HOLDS(xml_value(failure_page(report), kCounts) == "2 0 0 0");
    HOLDS(xml_value(diagram_svg(report), kCounts) == "0 0 0 0");
  });
  FAIL("xmllint complains of all of them at once, but of none alone");
}

}  // namespace
}  // namespace fencepost
