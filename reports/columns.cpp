#include "reports/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "reports/diagram.hpp"
#include "reports/escaped.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kNarrowest = 18;         ///< a column that is narrower says nothing
constexpr std::size_t kWidestWithoutEnd = 48;  ///< of a worker, where there is no width to fit
constexpr std::size_t kTimes = 20;             ///< step and time
constexpr std::size_t kGutter = 3;             ///< what is held, left of a worker's text
constexpr std::string_view kBetween = " │ ";
constexpr std::size_t kBetweenWidth = 3;

std::string fitted(const std::string& text, std::size_t width) {
  std::string out = shortened(text, width);
  const std::size_t used = characters_in(out);
  if (used < width) out.append(width - used, ' ');
  return out;
}

std::string_view sign_of(Shape shape) {
  switch (shape) {
    case Shape::fault:
      return "⚡ ";
    case Shape::goes_on:
      return "▶ ";
    default:
      return "";
  }
}

/// What a row says in its own column.
std::string column_text(const DiagramRow& row) {
  std::string text = std::string(sign_of(row.shape)) + row.what;
  if (row.worker.text.find('.') != std::string::npos) text = row.worker.text + " " + text;
  if (row.result.empty()) return printable(text);
  const std::string_view between = row.shape == Shape::commit  ? " ✓ "
                                   : row.shape == Shape::waits ? " … "
                                                               : "  ";
  return printable(text + std::string(between) + row.result);
}

/// ┃ by the database, │ its lease has ended, ┊ by its own belief, ╎ by nothing but belief.
class Gutters {
 public:
  explicit Gutters(const Diagram& diagram) : diagram_(diagram) {}
  std::string at(std::size_t column, std::size_t row) const {
    std::string database = " ";
    std::string belief = " ";
    for (const Bar& bar : diagram_.bars) {
      if (bar.where.column != column || row < bar.where.from || row >= bar.where.to) continue;
      if (bar.hold == Hold::database) database = "┃";
      if (bar.hold == Hold::run_out) database = "│";
      if (bar.hold == Hold::belief) belief = "┊";
      if (bar.hold == Hold::mere_belief) belief = "╎";
    }
    return database + belief + " ";
  }

 private:
  const Diagram& diagram_;
};

/// Columns of the widths that their texts want; where that is too much, the wide ones share what
/// the narrow ones leave.
std::vector<std::size_t> shared(std::vector<std::size_t> wanted, std::size_t room) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t& width = wanted[order[i]];
    width = std::min(width, room / (order.size() - i));
    room -= width;
  }
  return wanted;
}

class Table {
 public:
  Table(const Diagram& diagram, const TraceOptions& options)
      : diagram_(diagram),
        options_(options),
        gutters_(diagram),
        widths_(wanted()),
        text_(options) {}

  /// Whether each column has room to say something.
  bool fits() {
    if (options_.width <= 0) {
      for (std::size_t column = 0; column < server_column(diagram_); ++column)
        widths_[column] = std::min(widths_[column], kWidestWithoutEnd);
      return true;
    }
    const std::size_t columns = widths_.size();
    const std::size_t taken = kTimes + columns * kBetweenWidth;
    const std::size_t width = static_cast<std::size_t>(options_.width);
    if (width < taken + columns * kNarrowest) return false;
    widths_ = shared(widths_, width - taken);
    return true;
  }
  std::string text() {
    line(
        fmt::format("{:>5}  {:>13}", "step", "time"),
        [&](std::size_t column) { return heading(column); }, kBold);
    for (std::size_t i = 0; i < diagram_.rows.size(); ++i) {
      write_marks(diagram_.rows[i].step);
      row(diagram_.rows[i], i);
    }
    write_marks(1 << 30);
    return text_.take();
  }

 private:
  std::string heading(std::size_t column) const {
    const bool server = column == server_column(diagram_);
    return std::string(server ? 0 : kGutter, ' ') + printable(diagram_.columns[column]);
  }
  std::vector<std::size_t> wanted() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < diagram_.columns.size(); ++column)
      widths.push_back(std::max(kNarrowest, characters_in(heading(column))));
    for (const DiagramRow& row : diagram_.rows) {
      std::size_t& width = widths[row.column.value_or(server_column(diagram_))];
      const bool server = !row.column || *row.column == server_column(diagram_);
      width = std::max(width, characters_in(column_text(row)) + (server ? 0 : kGutter));
      for (const std::string& note : row.notes)
        widths.back() = std::max(widths.back(), characters_in(printable(note)));
    }
    return widths;
  }
  void row(const DiagramRow& row, std::size_t index) {
    if (row.shape == Shape::pause) {
      text_.line(fmt::format("{:>20}   ≈ {} pass", "", to_text(row.passed)), kDim);
      return;
    }
    const std::size_t own = row.column.value_or(server_column(diagram_));
    const bool on_server = own == server_column(diagram_);
    const auto notes_from = static_cast<std::size_t>(on_server ? 1 : 0);
    const std::size_t lines = std::max<std::size_t>(1, row.notes.size() + notes_from);
    for (std::size_t i = 0; i < lines; ++i) {
      const auto cell = [&](std::size_t column) {
        std::string text = column == server_column(diagram_) ? "" : gutters_.at(column, index);
        if (column == own && i == 0) text += column_text(row);
        if (column == server_column(diagram_) && i >= notes_from &&
            i - notes_from < row.notes.size())
          text += printable(row.notes[i - notes_from]);
        return text;
      };
      const std::string when =
          i == 0 ? fmt::format("{:>5}  {:>13}", row.step, to_text(row.at)) : "";
      line(when, cell, color_of(row));
    }
  }
  template <typename Cell>
  void line(const std::string& when, const Cell& cell, std::string_view color) {
    std::string text = fitted(when, kTimes);
    for (std::size_t column = 0; column < widths_.size(); ++column)
      text += std::string(kBetween) + fitted(cell(column), widths_[column]);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text_.line(text, color);
  }
  void write_marks(int before_step) {
    text_.marks_before(before_step, [&](const Mark& mark) {
      const std::string text = fmt::format("{:>5}  ✗ {}", mark.step, printable(mark.text));
      const auto width = static_cast<std::size_t>(std::max(0, options_.width));
      return width > 0 ? shortened(text, width) : text;
    });
  }
  static std::string_view color_of(const DiagramRow& row) {
    if (row.shape == Shape::fault) return kRed;
    if (row.shape == Shape::failed || row.shape == Shape::waits || row.shape == Shape::goes_on)
      return kYellow;
    return row.shape == Shape::note || row.shape == Shape::work ? kDim : std::string_view{};
  }

  const Diagram& diagram_;
  const TraceOptions& options_;
  Gutters gutters_;
  std::vector<std::size_t> widths_;
  MarkedText text_;
};

}  // namespace

std::string column_table(const History& history, const TraceOptions& options) {
  History shown{history.declared, {}};
  for (const Event& event : history.events)
    if (options.until_step <= 0 || event.step <= options.until_step) shown.events.push_back(event);
  const Diagram diagram = diagram_of(shown, {});
  Table table(diagram, options);
  return table.fits() ? table.text() : trace(history, options);
}

std::string laid_out(const History& history, const TraceOptions& options) {
  return options.layout == Layout::columns ? column_table(history, options)
                                           : trace(history, options);
}

}  // namespace fencepost
