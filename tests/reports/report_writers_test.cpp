#include <algorithm>
#include <sstream>

#include "reports/check_text.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"
#include "sim/text/json.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/report_example.hpp"
#include "tests/fixtures/xml_check.hpp"

namespace fencepost {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t times_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

std::string same(const std::string& file) { return file; }

std::string junit(const CheckReport& report) { return find_form("junit")->check->text(report); }
std::string summary_page(const CheckReport& report) {
  return find_form("html")->check->text(report);
}

/// Bars that divide cells: those that no backslash takes back.
std::size_t bars(const std::string& line) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '|')
      ++count;
  }
  return count;
}

/// The report of a check that the time budget ended after some histories of each scenario.
CheckReport unfinished_report() {
  CheckReport report = example_report();
  ProtocolReport& mine = report.protocols.front();
  mine.failures.clear();
  mine.planned = 100;
  Tally& stall = mine.tallies[0];
  stall.found.clear();
  stall.judged["progress_monotone"] = {{Outcome::holds, 10}};
  mine.demands = {{"stall", {{"takeover", 5}}}};
  mine.verdict = judge_protocol(mine.tallies, mine.demands, mine.promise);
  excuse_unfinished(mine.verdict, mine.tallies, mine.planned);
  return report;
}

/// What of a JUnit file must not grow by a trap, and what must.
struct Counts {
  std::size_t failures = 0;
  std::size_t cases = 0;
};

CheckReport vacuous_report() {
  CheckReport report = unfinished_report();
  ProtocolReport& mine = report.protocols.front();
  mine.planned = 10;
  mine.verdict = judge_protocol(mine.tallies, mine.demands, mine.promise);
  excuse_unfinished(mine.verdict, mine.tallies, mine.planned);
  return report;
}

}  // namespace

TEST_CASE("verdict rows: one for each protocol, scenario and property", "[report]") {
  const CheckReport report = example_report();
  const std::vector<VerdictRow> rows = verdict_rows(report);
  CHECK(rows.size() == 3 * properties().size());
  std::map<std::string, int> verdicts;
  for (const VerdictRow& row : rows) ++verdicts[std::string(to_text(row.verdict))];
  const int each = static_cast<int>(properties().size());
  CHECK(verdicts == std::map<std::string, int>{{"holds", 2 * each - 3},
                                               {"violated", 1},
                                               {"not_judged", 1},
                                               {"not_applicable", each + 1}});
  CHECK(verdict_line(report) == "violated");
}

TEST_CASE(
    "verdict rows: a situation that was not reached makes vacuous, or unfinished where the "
    "time budget ended it",
    "[report]") {
  const CheckReport unfinished = unfinished_report(), vacuous = vacuous_report();
  CHECK(verdict_of(vacuous) == CheckVerdict::vacuous);
  CHECK(verdict_rows(vacuous)[0].verdict == RowVerdict::vacuous);
  CHECK(verdict_rows(vacuous)[0].why ==
        "stall reached takeover only 3 times, but must do so at least 5 times");
  CHECK(verdict_of(unfinished) == CheckVerdict::unfinished);
  CHECK(verdict_line(unfinished) == "held as far as it was run: 20 of 200 histories");
  CHECK(verdict_rows(unfinished)[0].verdict == RowVerdict::not_judged);
  CHECK(verdict_rows(unfinished)[0].why ==
        "not finished, 10 of 100 histories: stall reached takeover only 3 times, but must do so at "
        "least 5 times");
  CHECK(verdict_rows(unfinished)[properties().size()].verdict == RowVerdict::holds);
}

TEST_CASE("unfinished: what was promised and not found yet is no failure, what was found is",
          "[report]") {
  CheckReport report = example_report();
  ProtocolReport& mine = report.protocols.front();
  mine.promise = {true, {"progress_monotone.cursor", "fenced_writes.job"}, {}};
  mine.verdict = judge_protocol(mine.tallies, mine.demands, mine.promise);
  ProtocolVerdict finished = mine.verdict, unfinished = mine.verdict;
  excuse_unfinished(finished, mine.tallies, 10);
  excuse_unfinished(unfinished, mine.tallies, 11);
  CHECK(finished.failed);
  CHECK_FALSE(unfinished.failed);
  CHECK(unfinished.not_found_yet == std::vector<std::string>{"fenced_writes.job"});
  ProtocolVerdict surprised = judge_protocol(mine.tallies, mine.demands, {true, {}, {}});
  excuse_unfinished(surprised, mine.tallies, 11);
  CHECK(surprised.failed);
}

TEST_CASE("verdict rows: a saved failure is red where no history showed it", "[report]") {
  CheckReport report = example_report();
  ProtocolReport& mine = report.protocols.front();
  FailureReport saved = mine.failures.front();
  saved.scenario = "calm";
  saved.property = "fenced_writes.job";
  mine.failures.push_back(saved);
  saved.scenario = "not run here";
  mine.failures.push_back(saved);
  const auto of = [rows = verdict_rows(report)](std::string_view scenario) {
    return *std::ranges::find_if(rows, [&](const VerdictRow& row) {
      return row.scenario == scenario && row.property == "fenced_writes";
    });
  };
  for (const std::string_view scenario : {"calm", "not run here"}) {
    const VerdictRow row = of(scenario);
    CHECK(row.verdict == RowVerdict::violated);
    CHECK(row.surprise);
    CHECK(row.violated == 0);
    CHECK(row.names == std::vector<std::string>{"fenced_writes.job"});
    CHECK(row.seed == 7);
    CHECK(row.failure != nullptr);
  }
  CHECK(of("stall").verdict == RowVerdict::holds);
  CHECK(junit(report).find("failures=\"3\"") != std::string::npos);
  const std::string text = protocol_text(mine);
  CHECK(text.find("violated  fenced_writes.job  in a saved failure alone: calm with seed 7") !=
        std::string::npos);
  CHECK(text.find(" fenced_writes (") == std::string::npos);
}

TEST_CASE("saved failures: what could not be judged is in every form, and is not green",
          "[report]") {
  CheckReport report = unfinished_report();
  ProtocolReport& mine = report.protocols.front();
  mine.planned = 0;
  mine.demands.clear();
  mine.verdict = judge_protocol(mine.tallies, mine.demands, mine.promise);
  REQUIRE(verdict_of(report) == CheckVerdict::holds);
  mine.saved = {{"failures/a.json", "stall", "single_owner", Came::holds_now, false, "holds now"}};
  CHECK(verdict_of(report) == CheckVerdict::holds);
  mine.saved.push_back(
      {"failures/b.json", "stall", "single_owner", Came::not_judged, true, "b no longer fits"});
  CHECK(verdict_of(report) == CheckVerdict::vacuous);
  CHECK(verdict_line(report) ==
        "not proved: nothing was violated, but not everything that was to be judged could be");
  CHECK(protocol_text(mine).find("  ? not proved b no longer fits\n") != std::string::npos);
  CHECK(json_lines(report, "")
            .find("{\"schema\": 1, \"kind\": \"saved\", \"protocol\": \"mine\", \"scenario\": "
                  "\"stall\", "
                  "\"property\": \"single_owner\", \"file\": \"failures/b.json\", \"outcome\": "
                  "\"not_judged\", \"expected\": false, \"why\": \"b no longer fits\"}\n") !=
        std::string::npos);
  CHECK(junit(report).find("<testcase classname=\"mine.saved\" name=\"failures/b.json\">\n      "
                           "<failure type=\"not_judged\" message=\"b no longer fits\"/>") !=
        std::string::npos);
  CHECK(junit(report).find("<system-out>holds now</system-out>") != std::string::npos);
  CHECK(summary_page(report).find(" b no longer fits</li>") != std::string::npos);
  CHECK(markdown_summary(report).find("\n- ❔ not proved: b no longer fits\n") != std::string::npos);
  CHECK(annotations(report, same).find("::error title=mine is not proved::b no longer fits\n") !=
        std::string::npos);
  mine.saved.back().surprise = false;
  CHECK(verdict_of(report) == CheckVerdict::holds);
  CHECK(junit(report).find("<skipped message=\"b no longer fits\"/>") != std::string::npos);
  mine.saved.front().surprise = true;
  CHECK(verdict_of(report) == CheckVerdict::violated);
  CHECK(protocol_text(mine).find("  ✗ SURPRISE  holds now\n") != std::string::npos);
}

TEST_CASE("json lines: a violation says where it is told and how it is shown again", "[report]") {
  const std::string text = json_lines(example_report(), "report");
  CHECK(lines_of(text).size() == 3 * properties().size());
  CHECK(text.starts_with(
      "{\"schema\": 1, \"kind\": \"verdict\", \"protocol\": \"mine\", \"scenario\": \"stall\", "
      "\"property\": \"single_owner\", \"verdict\": \"holds\", \"histories\": "
      "10, \"judged\": 10, \"planned\": 10}\n"));
  CHECK(
      text.find(
          "\"verdict\": \"violated\", \"histories\": 10, \"judged\": 10, \"planned\": 10, \"why\": "
          "\"progress_monotone.cursor: the cursor of job 1 fell from 2 to 1\", \"violates\": "
          "[\"progress_monotone.cursor\"], \"histories_violated\": 4, \"seed\": 7, \"digest\": "
          "\"0123456789abcdef\", \"step\": 3, \"story\": \"w1 claimed job 1 at 0 s. Then the "
          "cursor of job 1 fell from 2 to 1.\", \"sql\": \"mine/queries.sql:14 (save)\", "
          "\"report\": \"report/failures/x.html\", "
          "\"replay\": \"fencepost replay failures/x.json\"}\n") != std::string::npos);
}

TEST_CASE("junit: one case for each property, failures with their story", "[report]") {
  const std::string text = junit(example_report());
  const std::string each = std::to_string(properties().size());
  CHECK(text.find("<testsuites name=\"fencepost\" tests=\"" +
                  std::to_string(3 * properties().size() + 1) +
                  "\" failures=\"1\" errors=\"0\">") != std::string::npos);
  CHECK(text.find("<testsuite name=\"mine.stall\" tests=\"" +
                  std::to_string(properties().size() + 1) +
                  "\" failures=\"1\" errors=\"0\" skipped=\"0\">") != std::string::npos);
  CHECK(text.find("<testcase classname=\"mine.stall\" name=\"progress_monotone\" "
                  "file=\"mine/queries.sql\" line=\"14\">\n"
                  "      <failure type=\"violated\" message=\"progress_monotone.cursor: the cursor "
                  "of job 1 fell from 2 to 1\">w1 claimed job 1 at 0 s. Then the cursor of job 1 "
                  "fell from 2 to 1.\n\n"
                  "violated  progress_monotone.cursor in 4 of 10 histories of this scenario\n"
                  "sql       mine/queries.sql:14 (save)\n"
                  "report    failures/x.html\n"
                  "replay    fencepost replay failures/x.json\n</failure>") != std::string::npos);
  CHECK(text.find("<skipped message=\"not judged: a fault excused it in every history\"/>") !=
        std::string::npos);
  CHECK(text.find("<skipped message=\"not applicable: this scenario needs a previous version or "
                  "items, and the protocol has none\"/>") != std::string::npos);
  CHECK(times_in(junit(vacuous_report()), "<failure type=\"vacuous\"") == 1U);
  CHECK(
      junit(vacuous_report())
          .find("    <testcase classname=\"mine.stall\" name=\"reached.takeover\">\n      <failure "
                "type=\"vacuous\" message=\"stall reached takeover only 3 times, but must do so at "
                "least 5 times\"/>\n") != std::string::npos);
  CHECK(text.find("name=\"progress_monotone\" file=\"mine/queries.sql\" line=\"14\">") !=
        std::string::npos);
  CHECK(times_in(junit(unfinished_report()), "<failure") == 0U);
}

TEST_CASE("report writers: known traps are in page, JUnit and JSON lines, and no verdict",
          "[report]") {
  CheckReport report = example_report();
  const Counts before{times_in(junit(report), "<failure"), times_in(junit(report), "<testcase")};
  report.protocols[0].traps = {
      {"unfenced-write", "mine/queries.sql:9", "a past owner still changes jobs", "fenced_writes"}};
  const std::string text = junit(report);
  CHECK(times_in(text, "<failure") == before.failures);
  CHECK(times_in(text, "<testcase") == before.cases + 1);
  CHECK(text.find("<testcase classname=\"mine.traps\" name=\"unfenced-write\" "
                  "file=\"mine/queries.sql\" line=\"9\">\n      <system-out>mine/queries.sql:9: a "
                  "past owner still changes jobs (violates fenced_writes)</system-out>") !=
        std::string::npos);
  CHECK(
      json_lines(report, "")
          .ends_with(
              "{\"schema\": 1, \"kind\": \"trap\", \"protocol\": \"mine\", \"trap\": "
              "\"unfenced-write\", \"sql\": "
              "\"mine/queries.sql:9\", \"why\": \"a past owner still changes jobs\", \"property\": "
              "\"fenced_writes\"}\n"));
  CHECK(summary_page(report).find(
            "<li><code>mine/queries.sql:9</code> unfenced-write: a past owner "
            "still changes jobs (violates fenced_writes)</li>") != std::string::npos);
}

TEST_CASE("annotations: the error stands at the SQL that did it", "[report]") {
  CHECK(
      annotations(example_report(), same) ==
      "::error file=mine/queries.sql,line=14,title=progress_monotone.cursor is violated in mine "
      "under stall::w1 claimed job 1 at 0 s. Then the cursor of job 1 fell from 2 to 1.%0Areplay: "
      "fencepost replay failures/x.json\n");
  CHECK(annotations(unfinished_report(), same) ==
        "::notice title=fencepost::held as far as it was run: 20 of 200 histories\n");
  CHECK(annotations(vacuous_report(), same) ==
        "::error title=mine is vacuous::stall reached takeover only 3 times, but must do so at "
        "least 5 times\n");
}

TEST_CASE("report writers: whatever users write, the XML is well-formed", "[report]") {
  CHECK(xml_complaint("<a>&</a>") != "");
  std::vector<std::string> files;
  law("junit and the page", [&] {
    const CheckReport report = any_report();
    for (const std::string& text : {junit(report), summary_page(report)}) {
      files.push_back(text);
      HOLDS(is_harmless(text));
    }
    HOLDS(junit(report).find("classname=\"\"") == std::string::npos);
  });
  CHECK_FALSE(files.empty());
  CHECK(xml_complaint(files) == "");
}

TEST_CASE("report writers: whatever users write, each JSON line is one object", "[report]") {
  law("json lines", [] {
    const std::string text = json_lines(any_report(), hostile_text());
    HOLDS(is_harmless(text));
    for (const std::string& line : lines_of(text)) {
      const JsonNode node = json_tree(line, "a.json");
      HOLDS(node.kind == JsonNode::Kind::object);
      HOLDS(node.find("schema")->natural == std::optional<std::uint64_t>(1));
    }
  });
}

TEST_CASE("report writers: whatever users write, tables of Markdown keep their columns",
          "[report]") {
  law("markdown", [] {
    const std::string text = markdown_summary(any_report());
    HOLDS(is_harmless(text));
    std::string fence;
    int rows = 0;
    for (const std::string& line : lines_of(text)) {
      const bool is_fence =
          line.find_first_not_of('`') == line.size() - 4 && line.ends_with("text");
      if (fence.empty() && line.starts_with("```") && is_fence)
        fence = line.substr(0, line.size() - 4);
      else if (!fence.empty() && line == fence)
        fence.clear();
      else if (fence.empty() && line.starts_with("|")) {
        HOLDS(bars(line) == 7U);
        ++rows;
      } else if (fence.empty()) {
        HOLDS(!line.starts_with("```"));
        HOLDS(line.find('<') == std::string::npos);
      }
    }
    HOLDS(fence.empty());
    HOLDS(rows == 6);
  });
}

TEST_CASE("markdown: what does not fit is left out, and said", "[report]") {
  CheckReport report = example_report();
  FailureReport failure = report.protocols[0].failures[0];
  failure.told.story.assign(kMostMarkdown / 20, 'x');
  for (int i = 0; i < 300; ++i) report.protocols[0].failures.push_back(failure);
  const std::string text = markdown_summary(report);
  CHECK(text.size() <= kMostMarkdown);
  CHECK(text.size() > kMostMarkdown / 2);
  CHECK(
      text.ends_with("\nNot everything fits here; the rest is in the report that check writes with "
                     "--report-dir.\n"));
}

TEST_CASE("report writers: whatever users write, annotations are one command a line, ten at most",
          "[report]") {
  law("annotations", [] {
    const std::string text = annotations(any_report(), same);
    HOLDS(is_harmless(text));
    std::size_t errors = 0;
    for (const std::string& line : lines_of(text)) {
      HOLDS((line.starts_with("::error ") || line.starts_with("::notice ")));
      HOLDS(line.size() < 20'000U);
      const std::size_t end = line.find("::", 2);
      HOLDS(end != std::string::npos);
      const std::string properties = line.substr(0, end);
      const long dividers = properties.starts_with("::error file=") ? 2 : 0;
      HOLDS(std::count(properties.begin(), properties.end(), ',') == dividers);
      errors += line.starts_with("::error ") ? 1 : 0;
    }
    HOLDS(errors <= kMostAnnotations);
  });
}

TEST_CASE("report writers: whatever users write, the terminal is not steered", "[report]") {
  law("the text of protocols, failures and steps", [] {
    const CheckReport report = any_report();
    HOLDS(is_harmless(protocol_text(report.protocols[0])));
    for (const FailureReport& failure : report.protocols[0].failures) {
      HOLDS(is_harmless(failure_text(failure, {})));
      HOLDS(is_harmless(step_text(failure.told.history, 3, TraceOptions{}, failure.told.sources)));
    }
  });
}

}  // namespace fencepost
