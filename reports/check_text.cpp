#include "reports/check_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "reports/escaped.hpp"

namespace fencepost {
namespace {

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

/// Where a row's text begins.
constexpr std::size_t kIndent = 14;

/// Names in lines that fit, each with what is behind it in brackets; of at most a hundred columns
/// where there is nothing to fit.
std::string rows(std::string_view word, const std::vector<std::string>& names, std::size_t width) {
  const std::size_t room = (width == 0 ? 100 : std::max(width, kIndent + 1)) - kIndent;
  std::string text, line;
  for (const std::string& name : names) {
    if (!line.empty() && line.size() + 1 + name.size() > room) {
      text += row(text.empty() ? word : "", line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + name;
  }
  return names.empty() ? "" : text + row(text.empty() ? word : "", line);
}

/// Rows with their sentences in lines that fit; 0: as they are.
std::string wrapped_rows(const std::string& text, std::size_t width) {
  if (width == 0) return text;
  std::string out;
  std::size_t from = 0;
  for (std::size_t end; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
    out += wrapped(std::string_view(text).substr(from, end - from), width, kIndent, 0) + "\n";
  return out;
}

/// The saved failures that failed again, and that no history showed.
std::vector<const FailureReport*> only_saved(const ProtocolReport& report) {
  std::vector<const FailureReport*> only;
  for (const FailureReport& failure : report.failures)
    if (std::ranges::count(report.verdict.violated, failure.property) == 0)
      only.push_back(&failure);
  return only;
}

std::string violated_rows(const ProtocolReport& report) {
  const auto found = all_found(report.tallies);
  std::size_t width = 0;
  for (const std::string& name : report.verdict.violated) width = std::max(width, name.size());
  const auto is_known = [&](const std::string& name) {
    return std::ranges::count(report.promise.known, name) > 0;
  };
  std::string text;
  for (const std::string& name : report.verdict.violated) {
    const Find& find = found.at(name);
    const auto& unexpected = report.verdict.unexpected;
    const bool surprise = std::find(unexpected.begin(), unexpected.end(), name) != unexpected.end();
    text +=
        row(is_known(name)               ? "✗ known    "
            : !surprise                  ? "✗ expected "
            : report.promise.as_expected ? "✗ SURPRISE "
                                         : "✗ violated ",
            fmt::format("{:<{}}  in {}, such as {} with seed {}", name, width,
                        counted(find.histories, "history", "histories"), find.scenario, find.seed));
  }
  for (const FailureReport* saved : only_saved(report))
    text += row("✗ violated ", fmt::format("{}  in a saved failure alone: {} with seed {}",
                                           saved->property, saved->scenario, saved->seed));
  for (const SavedNote& saved : report.saved)
    if (saved.is_red() && saved.came == Came::holds_now) text += row("✗ SURPRISE ", saved.says);
  for (const std::string& name : report.promise.known)
    if (!found.contains(name))
      text += row("- not found", name +
                                     ": the baseline knows it, but no history violated it; where "
                                     "it is mended, take it out there");
  for (const std::string& name : report.verdict.not_found)
    text += row("? not found",
                fmt::format("{}: [expect] says that it is violated, but no history did so", name));
  return text;
}

/// How rare a bug of the property that was judged least may be.
std::string power_row(const std::vector<std::pair<int, std::string>>& judged) {
  if (judged.empty()) return "";
  const auto& [count, name] = *std::min_element(judged.begin(), judged.end());
  return row("", fmt::format("judged least: {}, in {}; a bug that shows in {}.{} % or more of "
                             "such histories would have been found with 95 %",
                             name, counted(count, "history", "histories"), missed_below(count) / 10,
                             missed_below(count) % 10));
}

std::string property_rows(const ProtocolReport& report, std::size_t width) {
  if (report.tallies.empty()) return "";
  std::vector<std::string> holds, not_judged, not_reached, not_applicable;
  std::vector<std::pair<int, std::string>> judged;
  std::set<std::string, std::less<>> failed;
  for (const FailureReport& failure : report.failures) failed.insert(property_of(failure.property));
  for (const Property& property : properties()) {
    const std::string name(property.name);
    Outcomes outcomes = outcomes_of(report.tallies, name);
    if (outcomes[Outcome::violated] > 0 || failed.contains(property.name)) continue;
    if (outcomes[Outcome::holds] > 0) {
      judged.emplace_back(outcomes[Outcome::holds], name);
      holds.push_back(fmt::format("{} ({})", name, outcomes[Outcome::holds]));
    } else if (outcomes[Outcome::open] + outcomes[Outcome::not_judged] > 0) {
      not_judged.push_back(name);
    } else {
      (outcomes[Outcome::not_reached] > 0 ? not_reached : not_applicable).push_back(name);
    }
  }
  return rows("✓ holds", holds, width) + power_row(judged) +
         rows("- not judged", not_judged, width) + rows("- no occasion", not_reached, width) +
         rows("- no columns", not_applicable, width);
}

std::string excused_rows(const ProtocolReport& report) {
  std::string text;
  for (const std::string& line : excuses_of(report.tallies)) text += row("- excused", line);
  for (const auto& [situation, count] : report.verdict.waived)
    text += row("- excused", fmt::format("by [expect] unreachable: {} not reached in {}", situation,
                                         counted(count, "scenario")));
  return text;
}

/// Properties and statements of which this check proves nothing.
std::string unproved_rows(const ProtocolReport& report) {
  std::string text;
  for (const Unproved& unproved : report.verdict.unproved)
    text += row("? not proved", sentence_of(unproved));
  for (const SavedNote& saved : report.saved)
    if (saved.leaves_open()) text += row("? not proved", saved.says);
  for (const auto& [name, endings] : never_succeeded(report.tallies))
    text += row("! always fails", fmt::format("{} failed each of {}, first with {}", name,
                                              counted(endings.failed, "time"), endings.with));
  return text;
}

std::string reach_rows(const ProtocolReport& report, std::size_t width) {
  std::string text;
  const std::vector<std::string> vacuous = vacuous_lines(report);
  for (const std::string& line : vacuous) text += row("? vacuous", line);
  if (!vacuous.empty() && report.jobless.empty())
    text += row("", "give it more seeds, or say under [expect] what is unreachable");
  for (const Missed& missed : report.verdict.not_reached_yet)
    text += row("- unfinished",
                fmt::format("{} has reached {} {} yet, of at least {}", missed.scenario,
                            missed.situation, counted(missed.reached, "time"), missed.demanded));
  for (const std::string& name : report.verdict.not_found_yet)
    text +=
        row("- unfinished",
            fmt::format("{}: [expect] says that it is violated, but no history did so yet", name));
  if (!report.anywhere.empty())
    text += rows("- anywhere", report.anywhere, width) +
            row("", "aim at statements that it has none of, so their faults strike at any");
  if (!report.skipped.empty())
    text += rows("- skipped", report.skipped, width) +
            row("", "for want of [versions] previous, or of work that could fail");
  for (const OpenNote& open : report.open)
    text += row("- left open", open.scenario + ": " + open.why);
  return text;
}

}  // namespace

std::string protocol_text(const ProtocolReport& report, std::size_t width) {
  std::string text =
      fmt::format("{}  {}, {}\n", report.name, to_text(share_of(report)),
                  counted(static_cast<std::int64_t>(report.tallies.size()), "scenario"));
  if (!report.about.empty()) text += fmt::format("  {}\n", report.about);
  return wrapped_rows(
      visible_lines(text + violated_rows(report) + property_rows(report, width) +
                    excused_rows(report) + unproved_rows(report) + reach_rows(report, width)),
      width);
}

std::string check_text(const CheckReport& report, const TextOptions& options) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "\n") + part; };
  CheckReport checked{report.program, {}};
  for (const ProtocolReport& protocol : report.protocols) {
    if (protocol.alone) continue;
    add(protocol_text(protocol, static_cast<std::size_t>(std::max(0, options.trace.width))));
    checked.protocols.push_back(protocol);
  }
  for (const ProtocolReport& protocol : report.protocols)
    for (const FailureReport& failure : protocol.failures) add(failure_text(failure, options));
  if (!checked.protocols.empty() && verdict_of(checked) != CheckVerdict::violated)
    add(verdict_line(checked) + "\n");
  return text;
}

}  // namespace fencepost
