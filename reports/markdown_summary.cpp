// A check as Markdown.
#include <fmt/format.h>

#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/forms.hpp"
#include "reports/plain_times.hpp"

namespace fencepost {
namespace {

/// Of one story or command, and of one name, so that none takes all the room.
constexpr std::size_t kLongest = 2000;
constexpr std::size_t kLongestName = 200;

std::string shown(std::string_view text, std::size_t most = kLongestName) {
  return markdown_text(shortened(visible(text), most));
}

/// What came of one scenario, in one cell: everything that is not plain holding.
struct Cells {
  int holds = 0;
  int not_judged = 0;
  std::string violated;
  std::string missed;
};

Cells cells_of(const std::vector<VerdictRow>& rows, const ProtocolReport& protocol,
               const std::string& scenario) {
  Cells cells;
  for (const VerdictRow& row : rows) {
    if (row.protocol != &protocol || row.scenario != scenario) continue;
    if (row.verdict == RowVerdict::holds || row.verdict == RowVerdict::vacuous) ++cells.holds;
    const bool undecided = row.verdict == RowVerdict::not_judged ||
                           row.verdict == RowVerdict::not_reached ||
                           row.verdict == RowVerdict::not_proved;
    if (undecided) ++cells.not_judged;
    if (row.verdict == RowVerdict::not_proved && row.surprise)
      cells.missed +=
          fmt::format("{}❔ {} not proved", cells.missed.empty() ? "" : ", ", shown(row.property));
    for (const std::string& name : row.names)
      cells.violated += fmt::format("{}{} {}", cells.violated.empty() ? "" : ", ",
                                    row.surprise ? "❌" : "expected:", shown(name));
  }
  const auto add = [&](const std::vector<Missed>& all, std::string_view word) {
    for (const Missed& missed : all)
      if (missed.scenario == scenario)
        cells.missed += fmt::format("{}{}{} {} of {}", cells.missed.empty() ? "" : ", ", word,
                                    shown(missed.situation), missed.reached, missed.demanded);
  };
  add(protocol.verdict.missed, "❔ ");
  add(protocol.verdict.not_reached_yet, "not yet: ");
  return cells;
}

std::string table_of(const std::vector<VerdictRow>& rows, const ProtocolReport& protocol) {
  std::string text =
      "| scenario | histories | holds | not judged | violated | not reached |\n"
      "| --- | ---: | ---: | ---: | --- | --- |\n";
  for (const Tally& tally : protocol.tallies) {
    const Cells cells = cells_of(rows, protocol, tally.scenario);
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", shown(tally.scenario),
                        tally.histories < protocol.planned
                            ? fmt::format("{} of {}", tally.histories, protocol.planned)
                            : std::to_string(tally.histories),
                        cells.holds, cells.not_judged, cells.violated, cells.missed);
  }
  for (const std::string& scenario : protocol.skipped)
    text += fmt::format("| {} | none of its faults can strike this protocol | | | | |\n",
                        shown(scenario));
  for (const OpenNote& open : protocol.open)
    text += fmt::format("| {} | left open: {} | | | | |\n", shown(open.scenario), shown(open.why));
  return text;
}

std::string failure_block(const FailureReport& failure) {
  std::string text = fmt::format("\n#### ❌ {} in {} under {}, seed {}, step {}\n\nStory: {}\n\n",
                                 shown(failure.property), shown(failure.protocol),
                                 shown(failure.scenario), failure.seed, failure.told.violation.step,
                                 shown(plain_times(failure.told.story), kLongest));
  if (const auto culprit = culprit_of(failure.told))
    text += fmt::format("SQL: {}\n\n", shown(to_text(*culprit), kLongest));
  return text + markdown_block(shortened(failure.replay, kLongest));
}

std::string protocol_block(const std::vector<VerdictRow>& rows, const ProtocolReport& protocol) {
  std::string text =
      fmt::format("\n### Protocol {}: {}\n\n", shown(protocol.name), to_text(share_of(protocol)));
  if (!protocol.about.empty()) text += fmt::format("About: {}\n\n", shown(protocol.about));
  text += table_of(rows, protocol);
  for (const std::string& name : protocol.verdict.not_found)
    text += fmt::format("\n❌ \\[expect\\] says that {} is violated, but no history did so\n",
                        shown(name));
  for (const SavedNote& saved : protocol.saved)
    text += fmt::format("\n- {}{}\n",
                        saved.leaves_open() ? "❔ not proved: "
                        : saved.is_red()    ? "❌ "
                                            : "",
                        shown(saved.says, kLongest));
  return text;
}

/// The first of some blocks that fit into so many bytes.
struct Fitted {
  std::string text;
  bool all = true;
};

Fitted fitted(const std::vector<std::string>& blocks, std::size_t most) {
  Fitted fitted;
  for (const std::string& block : blocks) {
    fitted.all = fitted.all && fitted.text.size() + block.size() <= most;
    if (fitted.all) fitted.text += block;
  }
  return fitted;
}

}  // namespace

std::string markdown_summary(const CheckReport& report) {
  const std::vector<VerdictRow> rows = verdict_rows(report);
  const CheckVerdict verdict = verdict_of(report);
  const bool red = verdict == CheckVerdict::violated || verdict == CheckVerdict::vacuous;
  std::vector<std::string> failures, protocols;
  for (const ProtocolReport& protocol : report.protocols) {
    for (const FailureReport& failure : protocol.failures)
      failures.push_back(failure_block(failure));
    protocols.push_back(protocol_block(rows, protocol));
  }
  std::string text = fmt::format("## {} fencepost: {}\n\nRun: {}\n", red ? "❌" : "✅",
                                 shown(verdict_line(report)), to_text(share_of(report)));
  const std::string cut =
      "\nNot everything fits here; the rest is in the report that check writes with "
      "--report-dir.\n";
  // Half of the room is the tables'; what they leave of it is the failures', which come first.
  const Fitted tables = fitted(protocols, kMostMarkdown / 2);
  const std::size_t taken = text.size() + tables.text.size() + cut.size();
  const Fitted stories = fitted(failures, taken < kMostMarkdown ? kMostMarkdown - taken : 0);
  return text + stories.text + tables.text + (stories.all && tables.all ? "" : cut);
}

}  // namespace fencepost
