// A history as text for a terminal or a log: one line per step in fixed columns.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/history.hpp"
#include "model/told.hpp"

namespace fencepost {

/// A step to be marked, and as what: "✗ fenced_writes.cursor".
struct Mark {
  int step = 0;
  std::string text;
};

/// Escape sequences of a terminal; every sign says the same without them.
enum class Color { off, on };
enum class Layout { lines, columns };

/// How a trace is shown.
struct TraceOptions {
  Color color = Color::off;
  int width = 120;     ///< longer lines are cut, with …; 0: never
  int until_step = 0;  ///< 0: all
  std::vector<Mark> marks = {};
  Layout layout = Layout::lines;  ///< for laid_out()
};

/// Colours, by what they say.
inline constexpr std::string_view kRed = "\x1b[31m", kYellow = "\x1b[33m", kDim = "\x1b[2m",
                                  kBold = "\x1b[1m", kPlain = "\x1b[0m";

/// A text while it is written, line by line, with the marks of each step below its lines.
class MarkedText {
 public:
  /// The options must outlive it.
  explicit MarkedText(const TraceOptions& options) : options_(options) {}
  /// One line, in that colour where colours are on and it has one.
  void line(const std::string& text, std::string_view color);
  /// The marks of all steps before this one that are not there yet, each with its text as `shown`
  /// gives it.
  template <typename Shown>
  void marks_before(int step, const Shown& shown) {
    for (const Mark& mark : options_.marks)
      if (mark.step > marked_ && mark.step < step) line(shown(mark), kRed);
    marked_ = std::max(marked_, step - 1);
  }
  std::string take() { return std::move(text_); }

 private:
  const TraceOptions& options_;
  std::string text_;
  int marked_ = 0;
};

/// The trace. Rounds of polling that found nothing and changed nothing are drawn together into one
/// line.
std::string trace(const History& history, const TraceOptions& options);
/// One step of it, for stepping through; empty if the step shows nothing.
std::string trace_step(const History& history, int step, const TraceOptions& options);
/// The texts of a line of the trace.
struct EventLine {
  std::string what;    ///< "advance.save_checkpoint", "⚡ crash, at …"
  std::string on;      ///< the job
  std::string result;  ///< "✓ INSERT 0 1"
};
/// nullopt for an event that has no line of its own.
std::optional<EventLine> event_line(const Event& event);
/// What an event without a line of its own means, in one sentence; empty where that is nothing.
std::string event_note(const Event& event);

/// One step with everything there is to say about it, for walking through: its lines of the trace,
/// the SQL behind them, and who owns what after it, by the database and by belief. Empty if the
/// step shows nothing.
std::string step_text(const History& history, int step, const TraceOptions& options,
                      const std::vector<SqlSource>& sources);

}  // namespace fencepost
