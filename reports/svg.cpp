#include "reports/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace fencepost {
namespace {

constexpr int kFirstLine = 26;
constexpr int kLineBelow = 17;
constexpr std::size_t kColors = 6;

/// Drawn from its middle, with relative commands, so that all of a column's shapes are one path.
struct Drawing {
  std::string_view path;
  bool filled = true;
};

Drawing drawing_of(Shape shape) {
  switch (shape) {
    case Shape::statement:
      return {"m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"};
    case Shape::commit:
      return {"m-5-5h10v10h-10z"};
    case Shape::failed:
      return {"m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0zm3.5-2l4 4m0-4l-4 4", false};
    case Shape::waits:
      return {"m-5-7h10l-10 14h10z"};
    case Shape::polls:
      return {
          "m-8 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0zm6 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0zm6 0a2 2 0 1 0 4 0a2 "
          "2 0 1 0-4 0z"};
    case Shape::fault:
      return {"m2-9l-8 10h5l-2 8l9-11h-5.5z"};
    case Shape::goes_on:
      return {"m-4-6.5l10 6.5l-10 6.5z"};
    case Shape::work:
      return {"m0-6l6 6l-6 6l-6-6z", false};
    case Shape::lease_ends:
      return {"m-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0zm6.5-4v4h3", false};
    case Shape::note:
    case Shape::pause:
      break;
  }
  return {"m-5 0h10", false};
}

/// Octagon and cross, each by itself: a path of two colours.
std::string violation_at(int x, int y) {
  return fmt::format(
      "<path class=\"bad\" d=\"M{0} {1}m-3.7-9h7.4l5.3 5.3v7.4l-5.3 5.3h-7.4l-5.3-5.3v-7.4z\"/>"
      "<path class=\"cross\" d=\"M{0} {1}m-3.5-3.5l7 7m0-7l-7 7\"/>",
      x, y);
}

std::string path(std::string_view css, const std::string& d) {
  return d.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>", css, d);
}

std::string in_column(const std::string& css, const std::string& content) {
  return content.empty() ? "" : fmt::format("<g class=\"{}\">{}</g>\n", css, content);
}

/// Everything of one column, by what it looks like.
struct Column {
  std::map<Life, std::string> lives;
  std::string bars;
  std::string messages;
  std::string broken_messages;
  std::string filled;
  std::string stroked;
  std::string tips;
  std::string faults;
};

class Graph {
 public:
  Graph(const Diagram& diagram, const Geometry& geometry)
      : diagram_(diagram), geometry_(geometry), columns_(diagram.columns.size()) {
    for (const LifeLine& life : diagram.lives) add(life);
    for (const Bar& bar : diagram.bars) add(bar);
    for (std::size_t i = 0; i < diagram.rows.size(); ++i)
      if (!geometry.left_out[i]) add(diagram.rows[i], i);
  }
  std::string text() const {
    std::string out;
    const auto layer = [&](const auto& content) {
      for (std::size_t i = 0; i < columns_.size(); ++i)
        out += in_column(column_class(i, server_column(diagram_)), content(columns_[i]));
    };
    layer([](const Column& column) {
      std::string content;
      for (const auto& [life, d] : column.lives)
        content += path(life == Life::awake     ? "awake"
                        : life == Life::stalled ? "stalled"
                                                : "waiting",
                        d);
      return content;
    });
    layer([](const Column& column) { return column.bars; });
    layer([](const Column& column) {
      return path("message", column.messages) + path("message broken", column.broken_messages) +
             path("filled", column.tips);
    });
    layer([](const Column& column) {
      return path("filled", column.filled) + path("stroked", column.stroked) +
             path("bad", column.faults);
    });
    return out +
           violation_at(geometry_.column_x(server_column(diagram_)),
                        geometry_.row_y(diagram_.violated_row)) +
           pauses_;
  }

 private:
  void add(const LifeLine& life) {
    columns_[life.where.column].lives[life.life] +=
        fmt::format("M{} {}V{}", geometry_.column_x(life.where.column),
                    geometry_.row_y(life.where.from), geometry_.row_y(life.where.to));
  }
  void add(const Bar& bar) {
    const bool belief = bar.hold == Hold::belief || bar.hold == Hold::mere_belief;
    const int wide = bar.of_violated_job ? 6 : 3;
    const int x = geometry_.column_x(bar.where.column) + (belief ? 9 : -9 - wide);
    const int from = geometry_.row_y(bar.where.from);
    const int to = std::max(geometry_.row_y(bar.where.to), from + 4);
    static constexpr std::array<std::string_view, 4> css = {"database", "runout", "belief", "mere"};
    columns_[bar.where.column].bars +=
        fmt::format("<rect class=\"{}{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
                    css[static_cast<std::size_t>(bar.hold)], bar.of_violated_job ? "" : " aside", x,
                    from, wide, to - from);
  }
  void add(const DiagramRow& row, std::size_t index) {
    if (row.shape == Shape::pause) return add_pause(index);
    if (!row.column) return;
    const int x = geometry_.column_x(*row.column);
    const int y = geometry_.row_y(index);
    Column& column = columns_[*row.column];
    const Drawing drawing = drawing_of(row.shape);
    std::string& into = row.shape == Shape::fault ? column.faults
                        : drawing.filled          ? column.filled
                                                  : column.stroked;
    into += fmt::format("M{} {}{}", x, y, drawing.path);
    add_message(row, column, x, y);
  }
  /// From the worker to the server, with its answer's sign at the server's end.
  void add_message(const DiagramRow& row, Column& column, int x, int y) {
    const int server = geometry_.column_x(server_column(diagram_));
    const std::string d = fmt::format("M{} {}H{}", x + 9, y, server);
    switch (row.shape) {
      case Shape::statement:
        column.messages += d;
        column.tips += fmt::format("M{} {}m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0z", server, y);
        return;
      case Shape::commit:
        column.messages += d;
        column.tips += fmt::format("M{} {}m-3.5-3.5h7v7h-7z", server, y);
        return;
      case Shape::failed:
      case Shape::waits:
        column.broken_messages += d;
        return;
      default:
        return;
    }
  }
  /// Two waves across all columns with nothing between them.
  void add_pause(std::size_t index) {
    const int y = geometry_.tops[index] + kFirstLine / 2;
    std::string wave;
    for (int x = 0; x < geometry_.width(); x += 12) wave += "q3-4 6 0t6 0";
    pauses_ += fmt::format(
        "<path class=\"blank\" d=\"M0 {0}{1}\"/><path class=\"wave\" d=\"M0 {2}{1}M0 {3}{1}\"/>\n",
        y, wave, y - 4, y + 4);
  }

  const Diagram& diagram_;
  const Geometry& geometry_;
  std::vector<Column> columns_;
  std::string pauses_;
};

std::string icon(const std::string& content) {
  return "<svg class=\"icon\" width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" "
         "aria-hidden=\"true\">" +
         content + "</svg>";
}

int height_of(const DiagramRow& row, Results results) {
  if (row.shape == Shape::pause) return kFirstLine;
  const bool result = results == Results::below && !result_of(row).empty();
  const std::size_t below = row.notes.size() + (result ? 1 : 0) + (row.violated ? 1 : 0);
  return kFirstLine + kLineBelow * static_cast<int>(below);
}

}  // namespace

int Geometry::row_y(std::size_t row) const {
  if (row + 1 >= tops.size()) return height();
  return tops[row] + kFirstLine / 2;
}

std::string result_of(const DiagramRow& row) {
  if (row.shape != Shape::commit) return row.result;
  return row.result.empty() || row.result == "COMMIT" ? "committed" : row.result + ", committed";
}

Geometry geometry_of(const Diagram& diagram, const GeometryOptions& options) {
  const std::size_t rows = diagram.rows.size();
  const std::size_t most_rows = options.most_rows;
  Geometry geometry;
  geometry.columns = static_cast<int>(diagram.columns.size());
  geometry.spacing = std::clamp(220 / std::max(1, geometry.columns), 30, 40);
  geometry.left_out.assign(rows, false);
  if (most_rows > 0 && rows > most_rows) {
    // The end is where it went wrong, unless the violation lies before it.
    const std::size_t first = most_rows / 4;
    const std::size_t last =
        std::max(first, std::min(rows - (most_rows - first), diagram.violated_row));
    std::fill(geometry.left_out.begin() + static_cast<long>(first),
              geometry.left_out.begin() + static_cast<long>(last), true);
    const std::size_t end = last + (most_rows - first);
    if (end < rows)
      std::fill(geometry.left_out.begin() + static_cast<long>(end), geometry.left_out.end(), true);
    if (first < last) geometry.gaps.push_back(first);
    if (end < rows) geometry.gaps.push_back(end);
  }
  int y = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    geometry.tops.push_back(y);
    const bool gap =
        std::find(geometry.gaps.begin(), geometry.gaps.end(), i) != geometry.gaps.end();
    if (gap) y += kFirstLine;
    if (!geometry.left_out[i]) y += height_of(diagram.rows[i], options.results);
  }
  geometry.tops.push_back(y);
  return geometry;
}

std::string graph_svg(const Diagram& diagram, const Geometry& geometry) {
  return Graph(diagram, geometry).text();
}

std::string shape_icon(Shape shape) {
  const Drawing drawing = drawing_of(shape);
  return icon(path(shape == Shape::fault ? "bad"
                   : drawing.filled      ? "filled"
                                         : "stroked",
                   "M10 10" + std::string(drawing.path)));
}

std::string bar_icon(Hold hold) {
  static constexpr std::array<std::string_view, 4> css = {"database", "runout", "belief", "mere"};
  return icon(fmt::format("<rect class=\"{}\" x=\"7\" y=\"2\" width=\"6\" height=\"16\" rx=\"2\"/>",
                          css[static_cast<std::size_t>(hold)]));
}

std::string violation_icon() { return icon(violation_at(10, 10)); }

std::string column_class(std::size_t column, std::size_t server) {
  return column == server ? "server" : fmt::format("w{}", column % kColors);
}

std::string_view graph_style() {
  return R"(.w0{color:#0b62d6}.w1{color:#7b3fd1}.w2{color:#0b7567}.w3{color:#a85400}.w4{color:#a6266e}.w5{color:#5a6600}.server{color:#57606a}
.awake,.stalled,.waiting,.message,.stroked,.wave{fill:none;stroke:currentColor}
.awake{stroke-width:2;opacity:.55}.stalled{stroke-width:2;stroke-dasharray:1 5;stroke-linecap:round;opacity:.8}.waiting{stroke-width:4;stroke-dasharray:2 3}
.message{stroke-width:1.3;opacity:.45}.broken{stroke-dasharray:4 3}.filled{fill:currentColor}.stroked{stroke-width:2}
.database{fill:currentColor}.runout{fill:currentColor;fill-opacity:.16;stroke:currentColor;stroke-opacity:.6}
.belief{fill:none;stroke:currentColor;stroke-width:1.5;stroke-dasharray:4 3}.mere{fill:url(#hatch);stroke:#c4162a;stroke-width:1.5;stroke-dasharray:4 3}
.aside{opacity:.5}.bad{fill:#c4162a}.hatch{stroke:#c4162a;stroke-width:1.6}.cross{fill:none;stroke:#fff;stroke-width:2.2;stroke-linecap:round}
.blank{fill:none;stroke:#fff;stroke-width:8}.wave{stroke:#8a929b;stroke-width:1.2}
@media(prefers-color-scheme:dark){
.w0{color:#62aaff}.w1{color:#c297ff}.w2{color:#3fc9b0}.w3{color:#f0a04b}.w4{color:#f78bc0}.w5{color:#b9c84a}.server{color:#9aa4af}
.mere,.hatch{stroke:#ff7b72}.bad{fill:#ff7b72}.cross{stroke:#0d1117}.blank{stroke:#0d1117}.wave{stroke:#6e7781}}
)";
}

std::string_view graph_patterns() {
  return "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
         "patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V5\"/></pattern></defs>";
}

}  // namespace fencepost
