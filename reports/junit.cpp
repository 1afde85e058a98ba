// A check as JUnit XML.
#include <fmt/format.h>

#include <algorithm>

#include "reports/check_report.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/plain_times.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kMostOfMessage = 500;

struct Counts {
  int tests = 0;
  int failures = 0;
  int skipped = 0;
  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    skipped += other.skipped;
  }
};

struct Suite {
  std::string name;
  int histories = 0;
  int planned = 0;
  Counts counts;
  std::string cases;
};

/// Why there is no verdict on it, in two words; empty where there is one.
std::string_view skipped_as(const VerdictRow& row) {
  if (row.verdict == RowVerdict::not_judged) return "not judged";
  if (row.verdict == RowVerdict::not_reached) return "no occasion";
  if (row.verdict == RowVerdict::not_proved) return "not proved";
  if (row.verdict == RowVerdict::vacuous) return "vacuous";
  return row.verdict == RowVerdict::not_applicable ? "not applicable" : "";
}
bool is_skipped(const VerdictRow& row) { return !skipped_as(row).empty(); }

/// A class can't be nameless, and a dot would make a package of its beginning.
std::string class_of(const VerdictRow& row) {
  return row.protocol->name + "." + (row.scenario == "*" ? "expect" : row.scenario);
}

std::string body_of(const VerdictRow& row) {
  std::string text;
  if (row.failure != nullptr)
    text += plain_times(row.failure->told.story) + "\n\n";
  else
    text += row.why + "\n\n";
  if (row.violated > 0)
    text += fmt::format("violated  {} in {} of {} histories of this scenario\n",
                        fmt::join(row.names, ", "), row.violated, row.histories);
  if (row.failure != nullptr)
    if (const auto culprit = culprit_of(row.failure->told))
      text += fmt::format("sql       {}\n", to_text(*culprit));
  const FailureReport* nearest = row.nearest();
  if (nearest != nullptr && !nearest->page.empty())
    text += fmt::format("report    {}{}\n", nearest->page,
                        row.failure == nullptr ? " (told under " + nearest->scenario + ")" : "");
  if (!row.replay.empty()) text += fmt::format("replay    {}\n", row.replay);
  return text;
}

/// Where a failed case's SQL is, as GitLab and others link it.
std::string place_of(const VerdictRow& row) {
  const auto culprit = row.failure == nullptr ? std::nullopt : culprit_of(row.failure->told);
  if (!culprit) return "";
  const FileLine place = file_line(culprit->source->where);
  return place.line == 0
             ? ""
             : fmt::format(R"( file="{}" line="{}")", xml_attribute(place.file), place.line);
}

/// Vacuous is what a scenario's situations are; of its properties it leaves nothing proved.
bool is_failure(const VerdictRow& row) {
  return row.surprise && row.verdict != RowVerdict::vacuous;
}

std::string case_of(const VerdictRow& row) {
  const std::string name = row.scenario == "*" ? row.names.front() : row.property;
  const std::string open =
      fmt::format(R"(    <testcase classname="{}" name="{}"{})", xml_attribute(class_of(row)),
                  xml_attribute(name), place_of(row));
  const std::string message = xml_attribute(shortened(row.why, kMostOfMessage));
  if (is_failure(row))
    return fmt::format(
        "{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n", open,
        row.scenario == "*" ? "not_found" : to_text(row.verdict), message, xml_text(body_of(row)));
  if (is_skipped(row))
    return fmt::format("{}>\n      <skipped message=\"{}: {}\"/>\n    </testcase>\n", open,
                       skipped_as(row), message);
  if (row.verdict == RowVerdict::violated)
    return fmt::format(
        "{}>\n      <system-out>violated, as [expect] declares: {}</system-out>\n    </testcase>\n",
        open, xml_text(row.why));
  return open + "/>\n";
}

/// A case for each situation that the scenario must reach.
void add_situations(const ProtocolReport& protocol, const std::string& scenario, Suite& suite) {
  const auto demands = protocol.demands.find(scenario);
  if (demands == protocol.demands.end()) return;
  const auto missed_in = [&](const std::vector<Missed>& all, const std::string& situation) {
    return std::find_if(all.begin(), all.end(), [&](const Missed& each) {
      return each.scenario == scenario && each.situation == situation;
    });
  };
  for (const auto& [situation, least] : demands->second) {
    const std::string open = fmt::format(R"(    <testcase classname="{}" name="reached.{}")",
                                         xml_attribute(suite.name), xml_attribute(situation));
    const auto missed = missed_in(protocol.verdict.missed, situation);
    const auto not_yet = missed_in(protocol.verdict.not_reached_yet, situation);
    const bool failed = missed != protocol.verdict.missed.end();
    const bool open_yet = not_yet != protocol.verdict.not_reached_yet.end();
    suite.counts.add({1, failed ? 1 : 0, open_yet ? 1 : 0});
    if (failed)
      suite.cases +=
          fmt::format("{}>\n      <failure type=\"vacuous\" message=\"{}\"/>\n    </testcase>\n",
                      open, xml_attribute(sentence_of(*missed)));
    else if (open_yet)
      suite.cases +=
          fmt::format("{}>\n      <skipped message=\"not finished: {}\"/>\n    </testcase>\n", open,
                      xml_attribute(sentence_of(*not_yet)));
    else
      suite.cases += open + "/>\n";
  }
}

/// What is known of a protocol's files is no verdict: each trap is a case that passes, and says so.
Suite traps_of(const ProtocolReport& protocol) {
  Suite suite{protocol.name + ".traps", 0, 0, {}, ""};
  for (const TrapNote& trap : protocol.traps) {
    const FileLine place = file_line(trap.where);
    suite.counts.add({1, 0, 0});
    suite.cases += fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">\n      "
        "<system-out>{}: {} (violates {})</system-out>\n    </testcase>\n",
        xml_attribute(suite.name), xml_attribute(trap.rule), xml_attribute(place.file), place.line,
        xml_text(trap.where), xml_text(trap.says), xml_text(trap.violates));
  }
  return suite;
}

/// Each saved failure is a case, by its file.
Suite saved_of(const ProtocolReport& protocol) {
  Suite suite{protocol.name + ".saved", 0, 0, {}, ""};
  for (const SavedNote& saved : protocol.saved) {
    const bool skipped = !saved.surprise && saved.came == Came::not_judged;
    suite.counts.add({1, saved.surprise ? 1 : 0, skipped ? 1 : 0});
    const std::string message = xml_attribute(saved.says);
    suite.cases += fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\">\n      {}\n    </testcase>\n",
        xml_attribute(suite.name), xml_attribute(saved.file),
        saved.surprise
            ? fmt::format("<failure type=\"{}\" message=\"{}\"/>", to_text(saved.came), message)
        : skipped ? fmt::format("<skipped message=\"{}\"/>", message)
                  : fmt::format("<system-out>{}</system-out>", xml_text(saved.says)));
  }
  return suite;
}

std::vector<Suite> suites_of(const CheckReport& report) {
  std::vector<Suite> suites;
  for (const VerdictRow& row : verdict_rows(report)) {
    const std::string name = class_of(row);
    if (suites.empty() || suites.back().name != name) {
      suites.push_back({name, row.histories, row.planned, {}, ""});
      add_situations(*row.protocol, row.scenario, suites.back());
    }
    Suite& suite = suites.back();
    suite.counts.add({1, is_failure(row) ? 1 : 0, !is_failure(row) && is_skipped(row) ? 1 : 0});
    suite.cases += case_of(row);
  }
  for (const ProtocolReport& protocol : report.protocols)
    if (!protocol.saved.empty()) suites.push_back(saved_of(protocol));
  for (const ProtocolReport& protocol : report.protocols)
    if (!protocol.traps.empty()) suites.push_back(traps_of(protocol));
  return suites;
}

}  // namespace

std::string junit(const CheckReport& report) {
  Counts all;
  std::string text;
  const int errors = report.trouble.empty() ? 0 : 1;
  if (errors > 0)
    text += fmt::format(
        "  <testsuite name=\"check\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
        "    <testcase classname=\"check\" name=\"verdict\">\n      <error message=\"{}\"/>\n"
        "    </testcase>\n  </testsuite>\n",
        xml_attribute(verdict_line(report)));
  for (const Suite& suite : suites_of(report)) {
    all.add(suite.counts);
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
        xml_attribute(suite.name), suite.counts.tests, suite.counts.failures, suite.counts.skipped);
    text += fmt::format(
        "    <properties>\n      <property name=\"histories\" value=\"{}\"/>\n      <property "
        "name=\"planned\" value=\"{}\"/>\n    </properties>\n",
        suite.histories, suite.planned);
    text += suite.cases + "  </testsuite>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fencepost\" tests=\"{}\" "
      "failures=\"{}\" errors=\"{}\">\n{}</testsuites>\n",
      all.tests + errors, all.failures, errors, text);
}

}  // namespace fencepost
