#include "reports/gate_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/story.hpp"
#include "reports/columns.hpp"
#include "reports/escaped.hpp"

namespace fencepost {
namespace {

std::string counted(std::int64_t number, std::string_view what, std::string_view many = "") {
  if (number == 1) return fmt::format("1 {}", what);
  return many.empty() ? fmt::format("{} {}s", number, what) : fmt::format("{} {}", number, many);
}

int total(const std::vector<Tally>& tallies) {
  int histories = 0;
  for (const Tally& tally : tallies) histories += tally.histories;
  return histories;
}

Outcomes outcomes_of(const std::vector<Tally>& tallies, const std::string& property) {
  Outcomes outcomes;
  for (const Tally& tally : tallies) {
    const auto judged = tally.judged.find(property);
    if (judged == tally.judged.end()) continue;
    for (const auto& [outcome, count] : judged->second) outcomes[outcome] += count;
  }
  return outcomes;
}

std::string row(std::string_view word, const std::string& text) {
  return fmt::format("  {:<11} {}\n", word, text);
}

/// Names in lines of at most a hundred columns.
std::string rows(std::string_view word, const std::vector<std::string>& names) {
  std::string text, line;
  for (const std::string& name : names) {
    if (line.size() + name.size() > 86) {
      text += row(text.empty() ? word : "", line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + name;
  }
  return names.empty() ? "" : text + row(text.empty() ? word : "", line);
}

std::string violated_rows(const GateReport& report) {
  const auto found = all_found(report.tallies);
  std::size_t width = 0;
  for (const std::string& name : report.verdict.violated) width = std::max(width, name.size());
  std::string text;
  for (const std::string& name : report.verdict.violated) {
    const Find& find = found.at(name);
    const auto& unexpected = report.verdict.unexpected;
    const bool surprise = std::find(unexpected.begin(), unexpected.end(), name) != unexpected.end();
    text +=
        row(!surprise            ? "✗ expected "
            : report.as_expected ? "✗ SURPRISE "
                                 : "✗ violated ",
            fmt::format("{:<{}}  in {}, such as {} with seed {}", name, width,
                        counted(find.histories, "history", "histories"), find.scenario, find.seed));
  }
  for (const std::string& name : report.verdict.not_found)
    text += row("? not found",
                fmt::format("{}: [expect] says that it is violated, but no history did so", name));
  return text;
}

std::string property_rows(const GateReport& report) {
  std::vector<std::string> holds, not_judged, not_applicable;
  for (const Property& property : properties()) {
    Outcomes outcomes = outcomes_of(report.tallies, std::string(property.name));
    if (outcomes[Outcome::violated] > 0) continue;
    if (outcomes[Outcome::holds] > 0)
      holds.emplace_back(property.name);
    else if (outcomes[Outcome::not_judged] > 0)
      not_judged.emplace_back(property.name);
    else
      not_applicable.emplace_back(property.name);
  }
  return rows("✓ holds", holds) + rows("- not judged", not_judged) +
         rows("- no columns", not_applicable);
}

std::string reach_rows(const GateReport& report) {
  std::string text;
  for (const Missed& missed : report.verdict.missed)
    text +=
        row("? vacuous", fmt::format("{} reached {} {} but must do so at least {}; give it more "
                                     "seeds, or say under [expect] that it is unreachable",
                                     missed.scenario, missed.situation,
                                     missed.reached == 0
                                         ? "never,"
                                         : fmt::format("only {},", counted(missed.reached, "time")),
                                     counted(missed.demanded, "time")));
  for (const Missed& missed : report.verdict.not_reached_yet)
    text += row("- unfinished",
                fmt::format("{} has reached {} {} yet, of at least {}", missed.scenario,
                            missed.situation, counted(missed.reached, "time"), missed.demanded));
  for (const std::string& name : report.verdict.not_found_yet)
    text +=
        row("- unfinished",
            fmt::format("{}: [expect] says that it is violated, but no history did so yet", name));
  if (report.skipped.empty()) return text;
  return text + rows("- skipped", report.skipped) +
         row("", "for want of [versions] previous, or of items (applied)");
}

/// The beginning and the end of a text that has more lines than that.
std::string without_middle(const std::string& text, std::size_t most) {
  std::vector<std::size_t> ends;
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    ends.push_back(at + 1);
  if (most == 0 || ends.size() <= most) return text;
  const std::size_t first = most / 2, last = ends.size() - (most - first);
  return text.substr(0, ends[first - 1]) +
         fmt::format("       … {} lines are left out here; the replay shows them …\n",
                     last - first) +
         text.substr(ends[last - 1]);
}

}  // namespace

std::string gate_text(const GateReport& report) {
  const int run = total(report.tallies);
  std::string text =
      fmt::format("{}  {}, {}\n", report.protocol,
                  run < report.planned ? fmt::format("{} of {} histories", run, report.planned)
                                       : counted(run, "history", "histories"),
                  counted(static_cast<std::int64_t>(report.tallies.size()), "scenario"));
  if (!report.about.empty()) text += fmt::format("  {}\n", report.about);
  return visible_lines(text + violated_rows(report) + property_rows(report) + reach_rows(report));
}

std::string failure_text(const FailureReport& report, const TraceOptions& options) {
  TraceOptions marked = options;
  marked.marks.push_back({report.violation.step, report.name + ": " + report.violation.sentence});
  marked.until_step = report.violation.step;
  const int lines = story_steps(*report.history, report.violation.step);
  std::string text =
      fmt::format("violated  {} at step {}, {}: {}\n", visible(report.name), report.violation.step,
                  to_text(report.violation.at), visible(report.violation.sentence));
  text += fmt::format("  where   {} under {}, seed {}, {}", visible(report.protocol),
                      visible(report.scenario), report.seed, counted(lines, "step"));
  if (report.shrunk_from > report.violation.step)
    text += fmt::format(" (found in {})", report.shrunk_from);
  text += "\n  story   " + visible(story(*report.history, report.violation)) + "\n\n";
  text += without_middle(laid_out(*report.history, marked), report.most_lines);
  if (!report.digest.empty()) text += "\n  digest  " + visible(report.digest);
  if (!report.page.empty()) text += "\n  report  " + visible(report.page);
  return text + "\n  replay  " + visible(report.replay) + "\n";
}

}  // namespace fencepost
