// The columns, shapes and bars of a diagram as SVG elements, shared by the page and the still
// picture; and that picture.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/diagram.hpp"
#include "reports/failure.hpp"

namespace fencepost {

/// Where rows and columns lie, in pixels. A row that is left out has no height.
struct Geometry {
  std::vector<int> tops;  ///< one more than there are rows: the last is the height
  std::vector<bool> left_out;
  std::vector<std::size_t> gaps;  ///< the first row of each part that is left out
  int spacing = 44;
  int height() const { return tops.back(); }
  int width() const { return spacing * columns; }
  int columns = 0;
  int column_x(std::size_t column) const {
    return spacing / 2 + spacing * static_cast<int>(column);
  }
  /// The middle of a row's first line; the end of the picture for the row behind the last.
  int row_y(std::size_t row) const;
};

/// What a row's statement came to, in words: "INSERT 0 1, committed".
std::string result_of(const DiagramRow& row);

/// Whether a row's result has a line of its own below its first, or stands beside it.
enum class Results { below, beside };

/// How a graph is laid out.
struct GeometryOptions {
  Results results = Results::below;
  std::size_t most_rows = 0;  ///< the middle is left out of what is longer, but never the violated
                              ///< row; 0: all of it
};
/// Where everything of a diagram stands.
Geometry geometry_of(const Diagram& diagram, const GeometryOptions& options);

/// The graph itself, from (0, 0) to (width, height), in classes that graph_style() colours.
std::string graph_svg(const Diagram& diagram, const Geometry& geometry);

/// One shape by itself, for a legend: 20 by 20.
std::string shape_icon(Shape shape);
std::string bar_icon(Hold hold);
std::string violation_icon();
/// "w3": the class that gives a column its colour.
std::string column_class(std::size_t column, std::size_t server);

/// Style rules for all of it, by day and by night; no network, no fonts of its own.
std::string_view graph_style();
/// The pattern of a bar of mere belief; stands once in the document.
std::string_view graph_patterns();

/// How a still picture is made.
struct DiagramOptions {
  std::size_t most_rows = 60;  ///< the middle is left out of what is longer; 0: all of it
};

/// A failure as one still picture, for issue trackers and READMEs: a space-time diagram as a whole
/// SVG file, with a column for each worker and one for the server, time down the side, leases as
/// bars, the violated step marked. Light or dark as the reader's system.
std::string diagram_svg(const FailureReport& report, const DiagramOptions& options = {});

}  // namespace fencepost
