#include "model/hash.hpp"
#include "sim/cli/results.hpp"
#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/report_example.hpp"

namespace fencepost {
namespace {

CheckReport without_failures() {
  CheckReport report = example_report();
  report.protocols[0].failures.clear();
  return report;
}

std::string results_refusal(const std::string& text) {
  try {
    results_from_json(text, "results.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// With a part replaced, and the digest of that.
std::string results_refusal(const std::string& part, const std::string& replacement) {
  std::string text = to_json(without_failures());
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  text.replace(at, part.size(), replacement);
  text = text.substr(0, text.rfind("  \"digest\""));
  return results_refusal(text + "  \"digest\": \"" + fingerprint(text) + "\"\n}\n");
}

}  // namespace

TEST_CASE("result file: any report of checks comes back from it", "[report]") {
  law("reading what was written and writing it again gives the same", [] {
    CheckReport report = any_report();
    report.protocols[0].failures.clear();
    const std::string text = to_json(report);
    const CheckReport read = results_from_json(text, "results.json");
    HOLDS(to_json(read) == text);
    HOLDS(read.protocols[0].verdict.violated == report.protocols[0].verdict.violated);
    HOLDS(read.protocols[0].verdict.failed == report.protocols[0].verdict.failed);
    HOLDS(verdict_of(read) == verdict_of(report));
  });
}

TEST_CASE("result file: cut off, edited and foreign files are refused with what to do",
          "[report]") {
  const std::string text = to_json(without_failures());
  CHECK(results_refusal(text.substr(0, text.size() / 2))
            .find("the file is cut off: its JSON ends too early") != std::string::npos);
  std::string edited = text;
  edited.replace(edited.find("\"histories\": 10"), 15, "\"histories\": 99");
  CHECK(results_refusal(edited).find(": this file was edited: its digest is ") !=
        std::string::npos);
  CHECK(results_refusal(edited).ends_with("; restore the file, or run check again"));
  CHECK(results_refusal("\"format\": 1", "\"format\": 2") ==
        "results.json:2: format 2 is not known; this fencepost reads format 1: take the fencepost "
        "that wrote the file, or run check again");
  CHECK(
      results_refusal("\"property\": \"single_owner\"", "\"property\": \"single_owners\"")
          .find("this fencepost knows no property \"single_owners\"; did you mean "
                "\"single_owner\"?; take the fencepost that wrote the file, or run check again") !=
      std::string::npos);
  CHECK(
      results_refusal("\"failures\": []",
                      "\"failures\": [{\"file\": \"failures/none.json\", \"page\": "
                      "\"\"}]")
          .ends_with(": the failure \"failures/none.json\" is not there; copy the whole folder of "
                     "the report, not only this file"));
  CHECK_FALSE(is_results("{\"format\": 1}", "a.json"));
  CHECK(is_results(text, "a.json"));
}

TEST_CASE("result file: any bytes are read or refused", "[report]") {
  law("a file with a part cut out or replaced", [] {
    std::string text = to_json(without_failures());
    const auto at = any_number<std::size_t>(text.size());
    text.replace(at, any_number<std::size_t>(40), hostile_text());
    const std::string said = results_refusal(text);
    HOLDS((said.empty() || said.starts_with("results.json:")));
  });
}

}  // namespace fencepost
