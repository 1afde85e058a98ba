#include "reports/failure.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "model/polling.hpp"
#include "reports/columns.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/plain_times.hpp"

namespace fencepost {
namespace {

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

/// What is done at a step, as its line of the trace says.
std::string deed_at_step(const History& history, int step) {
  std::string deed;
  for (const Event& event : history.events) {
    const std::optional<EventLine> line = event.step == step ? event_line(event) : std::nullopt;
    if (!line) continue;
    deed = (event.worker.empty() ? "" : event.worker.text + " ") + line->what;
    if (event.kind == EventKind::statement) break;
  }
  return deed;
}

/// "3 %" of 33 thousandths.
std::string percent(int share) { return fmt::format("{} %", (share + 5) / 10); }

/// A row for each step after which another number fails than after the one before.
std::string chances_table(const FailureReport& report) {
  std::string text = "\n    step  fails alike  95 % of it\n";
  int shown = -1;
  for (const FailsAfter& each : report.chances) {
    if (std::exchange(shown, each.failed) == each.failed) continue;
    const Interval bounds = interval_of(each);
    text +=
        fmt::format("{:>8}  {:>4} of {:<4} {:>6} to {:<6}  {:<12} {}\n", each.step, each.failed,
                    each.reruns, percent(bounds.low), percent(bounds.high),
                    std::string(static_cast<std::size_t>((12 * each.share() + 500) / 1000), '#'),
                    visible(each.step == 0 ? "(all is drawn anew)"
                                           : deed_at_step(report.told.history, each.step)));
  }
  return text;
}

}  // namespace

std::string failure_text(const FailureReport& report, const TextOptions& options) {
  const Violation& violation = report.told.violation;
  TraceOptions marked = options.trace;
  marked.marks.push_back({violation.step, report.property + ": " + violation.sentence});
  marked.until_step = violation.step;
  const auto width = static_cast<std::size_t>(std::max(0, options.trace.width));
  const auto row = [&](std::string_view word, const std::string& sentence) {
    return fmt::format("{:<10}{}\n", word, wrapped(visible(sentence), width, 10, 10));
  };
  std::string text = row(
      "violated", plain_times(fmt::format("{} at step {}, {}: {}", report.property, violation.step,
                                          to_text(violation.at), violation.sentence)));
  text += row("  where", where_found(report));
  text += row("  story", plain_times(report.told.story));
  if (const auto culprit = culprit_of(report.told)) {
    text += row("  sql", to_text(*culprit));
    if (!culprit->add.empty())
      text += row("  fix",
                  fmt::format("{}, in the WHERE of {}", culprit->add, culprit->source->statement));
  }
  if (!report.chances.empty())
    text += row("  decided", decided_sentence(report)) + chances_table(report);
  text += "\n" + without_middle(laid_out(report.told.history, marked), options.most_lines);
  if (!report.digest.empty()) text += "\n  digest  " + visible(report.digest);
  if (options.pages) text += "\n  report  " + visible((*options.pages / report.page).string());
  return text + "\n  replay  " + visible(report.replay) + "\n";
}

std::string decided_sentence(const FailureReport& report) {
  if (report.chances.empty()) return "";
  const FailsAfter* const by = decided_by(report.chances);
  if (by == nullptr)
    return fmt::format("at no step: {} of {} histories fail alike if all is drawn anew",
                       report.chances.front().failed, report.chances.front().reruns);
  const FailsAfter& before = *std::prev(by);
  const int step = before.step + 1;
  return fmt::format(
      "at step {} ({}): {} of {} histories that are the same up to step {} fail alike, {} of {} "
      "that are the same up to step {}",
      step, deed_at_step(report.told.history, step), before.failed, before.reruns, before.step,
      by->failed, by->reruns, by->step);
}

std::string where_found(const FailureReport& report) {
  const Violation& violation = report.told.violation;
  const int steps = story_steps(report.told.history, violation.step);
  std::string text = fmt::format("{} under {}, seed {}, {}", report.protocol, report.scenario,
                                 report.seed, counted(steps, "step"));
  if (report.shrunk_from > violation.step)
    text += fmt::format(" (found in {})", report.shrunk_from);
  return text;
}

}  // namespace fencepost
