#include "sim/cli/report_folder.hpp"

#include <fmt/format.h>

#include <set>

#include "reports/failure_page.hpp"
#include "reports/json_lines.hpp"
#include "reports/junit.hpp"
#include "reports/markdown_summary.hpp"
#include "reports/summary_page.hpp"
#include "sim/cli/report_input.hpp"
#include "sim/cli/results_file.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/json.hpp"

namespace fencepost {
namespace {

namespace fs = std::filesystem;

/// Also on systems that know no difference between capitals and others, and many forbidden letters.
std::string for_file(const std::string& name) {
  std::string out;
  for (const char c : name.substr(0, 150)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !out.empty() && out.back() != '.');
    out += plain ? c : '_';
  }
  return out;
}

/// Only what the report that was there before says it wrote itself.
void remove_older(const fs::path& folder) {
  std::error_code none;
  const fs::path results = folder / "results.json";
  if (!fs::is_regular_file(results, none)) return;
  try {
    const std::string text = read_text_file(results, "a result file");
    if (!is_results(text, results)) return;
    for (const ProtocolReport& protocol : results_from_json(text, results).protocols)
      for (const ToldFailure& failure : protocol.failures)
        for (const std::string& name : {failure.file, failure.page})
          if (name == "failures/" + for_file(fs::path(name).filename().string()))
            fs::remove(folder / name, none);
  } catch (const InputError&) {
    // Not readable, so nothing is known of it, and nothing is removed.
  }
}

/// Reports are read elsewhere: they name the program, not where it lay here.
CheckReport without_place(CheckReport report) {
  const fs::path program = report.program;
  if (!program.is_absolute()) return report;
  const std::string name = program.filename().string();
  for (ProtocolReport& protocol : report.protocols)
    for (ToldFailure& failure : protocol.failures)
      if (failure.replay.starts_with(report.program))
        failure.replay.replace(0, report.program.size(), name);
  report.program = name;
  return report;
}

}  // namespace

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw InputError(
        fmt::format("the folder {} can't be made ({}); name another one for the report",
                    folder.string(), error.message()));
}

void name_failures(CheckReport& report) {
  std::set<std::string> used;
  for (ProtocolReport& protocol : report.protocols)
    for (ToldFailure& failure : protocol.failures) {
      const std::string stem = for_file(file_stem(failure));
      std::string name = stem;
      for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}-{}", stem, i);
      failure.file = "failures/" + name + ".json";
      failure.page = "failures/" + name + ".html";
    }
}

void write_report_folder(const CheckReport& from_here, const fs::path& folder) {
  const CheckReport report = without_place(from_here);
  make_folder(folder / "failures");
  remove_older(folder);
  for (const ProtocolReport& protocol : report.protocols)
    for (const ToldFailure& failure : protocol.failures) {
      write_text_file(folder / failure.file, failure.saved, "the saved failure");
      write_text_file(folder / failure.page,
                      failure_page(report_of(failure), sources_of(failure.told)), "the page");
    }
  write_text_file(folder / "results.json", to_json(report), "the result file");
  write_text_file(folder / "results.jsonl", json_lines(report), "the JSON lines");
  write_text_file(folder / "junit.xml", junit(report), "the JUnit file");
  write_text_file(folder / "summary.md", markdown_summary(report), "the summary");
  write_text_file(folder / "index.html", summary_page(report), "the page");
}

}  // namespace fencepost
