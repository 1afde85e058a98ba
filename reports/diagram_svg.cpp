// A failure as one still picture.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "reports/escaped.hpp"
#include "reports/svg.hpp"

namespace fencepost {
namespace {

constexpr int kWidth = 960;
constexpr int kTimesWidth = 112;  ///< the column of times, right-aligned
constexpr int kMargin = 16;
constexpr int kTitleLine = 22;
constexpr int kLaneNames = 30;
constexpr int kLegend = 84;
/// What one character of the texts takes at most, in hundredths of a pixel.
constexpr int kCharacter = 725;
constexpr int kTitleCharacter = 800;

std::string text_at(std::string_view css, int x, int y, std::string_view text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", css, x, y, escaped(text));
}

std::size_t room(int pixels, int character) {
  return static_cast<std::size_t>(std::max(8, pixels * 100 / character));
}

/// Broken at spaces into lines of at most that many bytes; a word that is longer is cut.
std::vector<std::string> in_lines_of(const std::string& text, std::size_t most) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = shortened(text.substr(at, end - at), most);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > most) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines;
}

class Picture {
 public:
  Picture(const FailureReport& report, const DiagramOptions& options)
      : report_(report),
        diagram_(diagram_of(report.told.history, report.told.violation)),
        geometry_(geometry_of(diagram_, {Results::beside, options.most_rows})),
        sentence_(in_lines_of(report.told.violation.sentence,
                              room(kWidth - 2 * kMargin, kTitleCharacter))),
        top_(kMargin + kTitleLine * (2 + static_cast<int>(sentence_.size())) + kLaneNames),
        text_x_(kTimesWidth + geometry_.width() + 28) {}

  std::string text() const {
    const int width = std::max(kWidth, text_x_ + 400);
    const int height = top_ + geometry_.height() + kLegend;
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
        "{1}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{2} is "
        "violated</title>\n<desc id=\"desc\">{3}</desc>\n<style>{4}{5}</style>\n{6}\n",
        width, height, escaped(report_.property), escaped(report_.told.violation.sentence),
        graph_style(), text_style(), graph_patterns());
    out +=
        fmt::format("<rect class=\"page\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n", width, height);
    out += title() + column_names() + stripes(width);
    out += fmt::format("<g transform=\"translate({} {})\">\n{}</g>\n", kTimesWidth + 14, top_,
                       graph_svg(diagram_, geometry_));
    for (std::size_t i = 0; i < diagram_.rows.size(); ++i) out += row(i, width);
    return out + legend(height) + "</svg>\n";
  }

 private:
  std::string title() const {
    std::string out =
        text_at("title", kMargin, kMargin + 16, "✗ " + report_.property + " is violated");
    int y = kMargin + 16;
    for (const std::string& line : sentence_)
      out += text_at("sentence", kMargin, y += kTitleLine, line);
    const std::string where =
        fmt::format("{} under {}, seed {}", report_.protocol, report_.scenario, report_.seed);
    return out + text_at("below", kMargin, y + kTitleLine,
                         shortened(where, room(kWidth - 2 * kMargin, kCharacter)));
  }
  std::string column_names() const {
    std::string out;
    for (std::size_t i = 0; i < diagram_.columns.size(); ++i)
      out += fmt::format("<g class=\"{}\"><text class=\"column\" x=\"{}\" y=\"{}\">{}</text></g>\n",
                         column_class(i, server_column(diagram_)),
                         kTimesWidth + 14 + geometry_.column_x(i), top_ - 9,
                         escaped(shortened(diagram_.columns[i], room(geometry_.spacing, 680))));
    return out;
  }
  std::string stripes(int width) const {
    const std::size_t row = diagram_.violated_row;
    return fmt::format(
        "<path class=\"rule\" d=\"M0 {}H{}\"/>\n<rect class=\"badrow\" x=\"0\" "
        "y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
        top_, width, top_ + geometry_.tops[row], width,
        geometry_.tops[row + 1] - geometry_.tops[row]);
  }
  std::string row(std::size_t index, int width) const {
    const int top = top_ + geometry_.tops[index];
    if (std::find(geometry_.gaps.begin(), geometry_.gaps.end(), index) != geometry_.gaps.end())
      return left_out(index, top);
    if (geometry_.left_out[index]) return "";
    const DiagramRow& row = diagram_.rows[index];
    int y = top + 17;
    if (row.shape == Shape::pause)
      return text_at("below", text_x_, y, to_text(row.passed) + " pass");
    const std::size_t most = room(width - text_x_ - kMargin, kCharacter);
    std::string out = text_at("time", kTimesWidth, y, to_text(row.at)) + first_line(row, y, most);
    for (const std::string& line : row.notes)
      out += text_at("below", text_x_, y += 17, shortened(line, most));
    if (row.violated)
      out += text_at("badtext", text_x_, y + 17, shortened("✗ " + report_.property, most));
    return out;
  }
  std::string first_line(const DiagramRow& row, int y, std::size_t most) const {
    const std::string css =
        row.column ? column_class(*row.column, server_column(diagram_)) : "server";
    std::string text = fmt::format("<text x=\"{}\" y=\"{}\">", text_x_, y);
    std::size_t used = 0;
    const auto add = [&](std::string_view style, const std::string& part) {
      if (part.empty() || used + 2 >= most) return;
      const std::string shown = shortened(part, most - used);
      used += shown.size() + 1;
      text += fmt::format("<tspan class=\"{}\">{} </tspan>", style, escaped(shown));
    };
    add(css + " who", row.worker.text);
    add(row.shape == Shape::fault ? "badtext" : "what", row.what);
    add("below", result_of(row));
    return text + "</text>\n";
  }
  std::string left_out(std::size_t first, int top) const {
    std::size_t many = 0;
    for (std::size_t i = first; i < geometry_.left_out.size() && geometry_.left_out[i]; ++i) ++many;
    return text_at("below", text_x_, top + 17,
                   fmt::format("… {} rows are left out here; the replay shows them …", many));
  }
  std::string legend(int height) const {
    const std::array<std::pair<std::string, std::string_view>, 13> signs = {
        {{shape_icon(Shape::statement), "statement"},
         {shape_icon(Shape::commit), "it committed"},
         {shape_icon(Shape::failed), "it failed"},
         {shape_icon(Shape::waits), "waits for a lock"},
         {shape_icon(Shape::fault), "fault"},
         {shape_icon(Shape::goes_on), "goes on"},
         {shape_icon(Shape::work), "works"},
         {shape_icon(Shape::lease_ends), "a lease ends"},
         {violation_icon(), "violation"},
         {bar_icon(Hold::database), "holds, by the database"},
         {bar_icon(Hold::run_out), "lease ended"},
         {bar_icon(Hold::belief), "holds, by its own belief"},
         {bar_icon(Hold::mere_belief), "the database says otherwise"}}};
    std::string out = fmt::format("<path class=\"rule\" d=\"M0 {}H{}\"/>\n<g class=\"server\">\n",
                                  height - kLegend + 6, kWidth);
    int x = kMargin;
    int y = height - kLegend + 14;
    for (const auto& [sign, meaning] : signs) {
      const int wide = 32 + static_cast<int>(meaning.size()) * 7 + 14;
      if (x + wide > kWidth) {
        x = kMargin;
        y += 22;
      }
      out += fmt::format("<g transform=\"translate({} {})\">{}</g>{}", x, y, sign,
                         text_at("below", x + 24, y + 14, meaning));
      x += wide;
    }
    return out + "</g>\n";
  }
  static std::string_view text_style() {
    return R"(text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1b1f24}
.title{font-size:17px;font-weight:700;fill:#c4162a}.sentence{font-size:13px}.below{fill:#57606a}.time{fill:#57606a;text-anchor:end;font-size:11px}
.column{text-anchor:middle;font-weight:700;font-size:11px;fill:currentColor}.who{font-weight:700;fill:currentColor}.badtext{fill:#c4162a;font-weight:700}
.page{fill:#fff}.badrow{fill:#ffebe9}.rule{stroke:#d0d7de}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.title,.badtext{fill:#ff7b72}.below,.time{fill:#9aa4af}.column,.who{fill:currentColor}.page{fill:#0d1117}.badrow{fill:#35171a}.rule{stroke:#30363d}}
)";
  }

  const FailureReport& report_;
  Diagram diagram_;
  Geometry geometry_;
  std::vector<std::string> sentence_;
  int top_;
  int text_x_;
};

}  // namespace

std::string diagram_svg(const FailureReport& report, const DiagramOptions& options) {
  return Picture(report, options).text();
}

}  // namespace fencepost
