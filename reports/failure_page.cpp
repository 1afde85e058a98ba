#include "reports/failure_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "model/properties/property.hpp"
#include "reports/culprit.hpp"
#include "reports/escaped.hpp"
#include "reports/page_data.hpp"
#include "reports/plain_times.hpp"
#include "reports/svg.hpp"

namespace fencepost {

// In failure_page_assets.cpp, which CMake makes.

/// failure_page.css.
std::string_view page_style();
/// failure_page.js, in a CDATA section, so that the page is well-formed as XML as well.
std::string_view page_script();
/// 64 hex digits over page_script(): the page lets no other script run.
std::string_view page_script_sha256();

namespace {

/// Hex digits as Base64 (RFC 4648), which a content security policy wants.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int held = 0;
  for (const char c : hex) {
    bits = bits << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    held += 4;
    if (held < 6) continue;
    held -= 6;
    text += digits[bits >> held & 63U];
    bits &= (1U << held) - 1;
  }
  if (held > 0) text += digits[bits << (6 - held) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string head(const FailureReport& report) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta "
      "charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action "
      "'none'\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<title>✗ {} · {}</title>\n<style>{}{}</style>\n</head>\n<body>\n<a "
      "class=\"skip\" href=\"#happened\">To what happened</a>\n",
      base64_of_hex(page_script_sha256()), escaped(report.property), escaped(report.protocol),
      page_style(), graph_style());
}

constexpr std::size_t kLongestSql = 20'000;
constexpr std::size_t kLongestText = 300;

/// The SQL with its WHERE clause marked.
std::string marked_sql(const SqlSource& source, const std::optional<Clause>& where) {
  if (!where || source.text.size() > kLongestSql)
    return escaped(shortened(source.text, kLongestSql));
  return escaped(source.text.substr(0, where->begin)) + "<mark>" +
         escaped(source.text.substr(where->begin, where->end - where->begin)) + "</mark>" +
         escaped(source.text.substr(where->end));
}

std::string sql_figure(const SqlSource& source, const std::optional<Clause>& where,
                       const std::string& add) {
  return fmt::format(
      "<figure><figcaption><strong>{}</strong><code "
      "class=\"soft\">{}</code></figcaption><pre>{}</pre>{}</figure>\n",
      escaped(source.statement), escaped(source.where), marked_sql(source, where),
      add.empty() ? "" : fmt::format("<pre class=\"add\"><ins>+ {}</ins></pre>", escaped(add)));
}

std::string_view heading_of(const Culprit& culprit) {
  if (!culprit.lacks.empty()) return "The clause that is missing";
  switch (culprit.blame) {
    case Blame::wrote_it:
      return "The statement that wrote it last";
    case Blame::did_it:
      return "The statement of that step";
    case Blame::one_of_several:
      return "The last statement of that step";
    case Blame::looked_in_vain:
      return "The statement by which workers look for it";
    case Blame::before:
      break;
  }
  return "The last statement before it";
}

std::string culprit_card(const Culprit& culprit) {
  std::string text =
      fmt::format("<section class=\"card\" aria-label=\"{0}\"><h2>{0}</h2>\n", heading_of(culprit));
  if (!culprit.lacks.empty())
    text += fmt::format("<p class=\"lacks\">{}</p>\n", escaped(culprit.lacks));
  // A clause is marked only where it is the cause.
  text += sql_figure(*culprit.source, culprit.lacks.empty() ? std::nullopt : culprit.where,
                     culprit.add);
  std::string values;
  for (const Bound& bound : culprit.event->bound)
    values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", bound.parameter,
                          bound.value ? shortened(*bound.value, kLongestText) : "null");
  if (!values.empty()) text += fmt::format("<p class=\"soft\">with {}</p>\n", escaped(values));
  return text + "</section>\n";
}

/// "302.000016 s" with its fraction apart, so that a narrow page can leave it out.
std::string time_html(Instant at) {
  const std::string text = to_text(at);
  const std::size_t point = text.find('.');
  const std::size_t unit = text.find(' ');
  if (point == std::string::npos) return escaped(text);
  return escaped(text.substr(0, point)) + "<i>" + escaped(text.substr(point, unit - point)) +
         "</i>" + escaped(text.substr(unit));
}

std::string_view spoken(Shape shape) {
  switch (shape) {
    case Shape::fault:
      return "<span class=\"unseen\">fault: </span>";
    case Shape::lease_ends:
      return "<span class=\"unseen\">time: </span>";
    default:
      return "";
  }
}

/// A statement's operation is apart, so that a narrow page can leave it out.
std::string what_html(const DiagramRow& row) {
  const bool statement = row.shape == Shape::statement || row.shape == Shape::commit ||
                         row.shape == Shape::failed || row.shape == Shape::waits;
  const std::string what = shortened(row.what, kLongestText);
  const std::size_t point = statement ? what.find('.') : std::string::npos;
  if (point == std::string::npos) return escaped(what);
  return "<span class=\"op\">" + escaped(what.substr(0, point + 1)) + "</span>" +
         escaped(what.substr(point + 1));
}

std::string row_html(const FailureReport& report, const Diagram& diagram, const DiagramRow& row,
                     const std::string& id) {
  if (row.shape == Shape::pause)
    return fmt::format("<li class=\"pause\">{} pass</li>\n", escaped(to_text(row.passed)));
  std::string css = "s";
  if (row.violated) css += " bad";
  if (row.shape == Shape::fault) css += " fault";
  std::string text = fmt::format(
      "<li class=\"{0}\" id=\"{1}\" data-step=\"{2}\"><a href=\"#{1}\"><span "
      "class=\"t\">{3}</span> <span class=\"f\">",
      css, id, row.step, time_html(row.at));
  if (!row.worker.empty())
    text += fmt::format("<b class=\"{}\">{}</b> ",
                        column_class(row.column.value_or(0), server_column(diagram)),
                        escaped(shortened(row.worker.text, kLongestText)));
  text += std::string(spoken(row.shape)) + what_html(row) + "</span>";
  const auto line_below = [&](const std::string& line) {
    if (!line.empty())
      text += fmt::format(" <span class=\"n\">{}</span>", escaped(shortened(line, kLongestText)));
  };
  line_below(result_of(row));
  for (const std::string& note : row.notes) line_below(note);
  if (row.violated)
    text +=
        fmt::format(" <span class=\"n badword\">✗ {}: {}</span>", escaped(report.property),
                    escaped(shortened(plain_times(report.told.violation.sentence), kLongestText)));
  return text + "</a></li>\n";
}

std::string lane_legend() {
  const std::array<std::pair<std::string, std::string_view>, 14> signs = {
      {{shape_icon(Shape::statement), "a statement, and its way to the server"},
       {shape_icon(Shape::commit), "a statement that committed something"},
       {shape_icon(Shape::failed), "a statement that failed"},
       {shape_icon(Shape::waits), "waits for a lock"},
       {shape_icon(Shape::polls), "polling that found nothing, drawn together"},
       {shape_icon(Shape::fault), "a fault"},
       {shape_icon(Shape::goes_on), "a stalled worker goes on"},
       {shape_icon(Shape::work), "works"},
       {shape_icon(Shape::lease_ends), "the time comes to which a lease was given"},
       {violation_icon(), "what must not happen"},
       {bar_icon(Hold::database), "left bar: the database says that the worker holds the job"},
       {bar_icon(Hold::run_out), "… but its lease has ended"},
       {bar_icon(Hold::belief), "right bar: the worker believes that it holds the job"},
       {bar_icon(Hold::mere_belief), "… and the database no longer says so"}}};
  std::string text = "<details class=\"legend\"><summary>What the shapes mean</summary><ul>\n";
  for (const auto& [sign, meaning] : signs)
    text += fmt::format("<li>{}<span>{}</span></li>\n", sign, meaning);
  return text +
         "</ul><p class=\"soft\">A dotted column is a worker that stands still; two waves are a "
         "long time in which nothing happens. Paler, narrower bars are of other "
         "jobs.</p></details>\n";
}

std::string lane_heads(const Diagram& diagram, const Geometry& geometry) {
  std::string text = "<div class=\"columns\" aria-hidden=\"true\"><div>";
  for (std::size_t i = 0; i < diagram.columns.size(); ++i)
    text += fmt::format("<span class=\"{}\" style=\"left:{}px;width:{}px\">{}</span>",
                        column_class(i, server_column(diagram)),
                        geometry.column_x(i) - geometry.spacing / 2, geometry.spacing,
                        escaped(shortened(diagram.columns[i], 24)));
  return text + "</div></div>\n";
}

/// Verdict, story, the clause behind it, and the command that replays it.
std::string header(const FailureReport& report, const std::optional<Culprit>& culprit) {
  const Property* property = find_property(report.property.substr(0, report.property.find('.')));
  std::string text = fmt::format(
      "<header>\n<p class=\"where\">{}</p>\n<h1>{}<span><span class=\"badword\">{}</span> is "
      "violated</span></h1>\n<p class=\"sentence\">{}</p>\n",
      escaped(where_found(report)), violation_icon(), escaped(report.property),
      escaped(plain_times(report.told.violation.sentence)));
  if (property != nullptr)
    text += fmt::format("<p class=\"soft\">What must hold: {}</p>\n", escaped(property->must_hold));
  text += fmt::format(
      "<div class=\"cards{}\"><section class=\"card{}\" aria-label=\"The story\"><h2>The "
      "story</h2>\n<p>{}</p></section>\n{}</div>\n",
      culprit ? "" : " one", culprit ? " quiet" : "", escaped(plain_times(report.told.story)),
      culprit ? culprit_card(*culprit) : "");
  return text + fmt::format(
                    "<div class=\"replay\"><code id=\"command\" tabindex=\"0\" aria-label=\"The "
                    "command that replays it\">{}</code><button id=\"copy\" type=\"button\" "
                    "data-script=\"\" hidden=\"hidden\">Copy</button></div><p class=\"unseen\" "
                    "id=\"copied\" role=\"status\"></p>\n</header>\n",
                    escaped(report.replay));
}

/// How the chance of failing grew with the steps, with its interval: one point for each step that
/// was tried.
std::string chances_svg(const FailureReport& report) {
  constexpr int width = 600, height = 90, left = 44, top = 8;
  const std::vector<FailsAfter>& all = report.chances;
  const int last = std::max(1, static_cast<int>(all.size()) - 1);
  const auto y = [&](int share) { return top + height * (1000 - share) / 1000; };
  std::string line, upper, lower, points;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Interval bounds = interval_of(all[i]);
    const int x = left + width * static_cast<int>(i) / last;
    line += fmt::format("{},{} ", x, y(all[i].share()));
    upper += fmt::format("{},{} ", x, y(bounds.high));
    lower = fmt::format("{},{} ", x, y(bounds.low)) + lower;
    points += fmt::format(
        "<a href=\"#step={0}\"><circle class=\"{1}\" cx=\"{2}\" cy=\"{3}\" "
        "r=\"4\"><title>after step {0}: {4} of {5}</title></circle></a>",
        all[i].step, &all[i] == decided_by(all) ? "jump" : "chance", x, y(all[i].share()),
        all[i].failed, all[i].reruns);
  }
  return fmt::format(
      "<svg class=\"chances\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"How often it fails "
      "alike after each step\"><polygon class=\"band\" points=\"{}{}\"/>"
      "<polyline class=\"chance\" points=\"{}\"/>{}<text x=\"0\" y=\"{}\">100 %</text><text "
      "x=\"0\" y=\"{}\">0 %</text></svg>\n",
      left + width + 12, top + height + 10, upper, lower, line, points, top + 6, top + height + 4);
}

/// When it was decided; nothing where nobody asked.
std::string decided(const FailureReport& report) {
  if (report.chances.empty()) return "";
  return fmt::format(
      "<section class=\"decided\" aria-label=\"When it was decided\"><h2>When it was "
      "decided</h2>\n<p>It was decided {}.</p>\n{}</section>\n",
      escaped(decided_sentence(report)), chances_svg(report));
}

/// The diagram beside its rows: complete without script.
std::string timeline(const FailureReport& report, const Diagram& diagram) {
  const Geometry geometry = geometry_of(diagram, {});
  std::string text = fmt::format(
      "<section aria-label=\"What happened, step by step\"><h2 id=\"happened\">What "
      "happened</h2>\n{}{}<div class=\"rows\" id=\"rows\" style=\"--graph:{}px\">\n<svg "
      "class=\"graph\" width=\"{}\" height=\"{}\" aria-hidden=\"true\">{}\n{}</svg>\n<ol>\n",
      lane_legend(), lane_heads(diagram, geometry), geometry.width(), geometry.width(),
      geometry.height(), graph_patterns(), graph_svg(diagram, geometry));
  int before = -1;
  int again = 1;
  for (const DiagramRow& row : diagram.rows) {
    if (row.shape != Shape::pause) again = row.step == before ? again + 1 : 1;
    if (row.shape != Shape::pause) before = row.step;
    text += row_html(
        report, diagram, row,
        again == 1 ? fmt::format("step={}", row.step) : fmt::format("step={}.{}", row.step, again));
  }
  return text + "</ol></div></section>\n";
}

/// Where the script shows one step; hidden without it.
std::string panel() {
  return "<aside class=\"panel\" id=\"panel\" aria-label=\"One step\" tabindex=\"0\" "
         "data-script=\"\" hidden=\"hidden\">\n<div class=\"bar\" role=\"toolbar\" "
         "aria-label=\"Steps\">"
         "<button type=\"button\" id=\"back\" aria-label=\"The step before\">↑ k</button>"
         "<button type=\"button\" id=\"on\" aria-label=\"The next step\">↓ j</button>"
         "<button type=\"button\" id=\"violation\">✗ Violation</button>"
         "<button type=\"button\" id=\"only\" aria-pressed=\"false\">Differences</button>"
         "<button type=\"button\" id=\"keys\" aria-label=\"What the keys do\">?</button>"
         "</div>\n"
         "<div id=\"step\" aria-live=\"polite\"></div></aside>\n";
}

/// Every statement that ran, as its user wrote it.
std::string sources(const std::vector<UsedStatement>& statements) {
  if (statements.empty()) return "";
  std::string text =
      "<section class=\"sources\" aria-label=\"The SQL, as it is written\"><h2>The SQL, as it is "
      "written</h2>\n";
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const SqlSource& source = *statements[i].source;
    text += fmt::format(
        "<details id=\"sql{}\"><summary><strong>{}</strong> <code "
        "class=\"soft\">{}</code></summary><pre>{}</pre></details>\n",
        i, escaped(source.statement), escaped(source.where),
        escaped(shortened(source.text, kLongestSql)));
  }
  return text + "</section>\n";
}

/// The digest, and what the keys do.
std::string footer(const FailureReport& report) {
  return fmt::format(
      "<footer>{}<p>A history in simulated time on a real PostgreSQL server, made by fencepost. It "
      "shows that this can happen, every time the command above is run.</p></footer>\n"
      "<dialog id=\"help\" aria-labelledby=\"help-title\"><h2 id=\"help-title\">Keys</h2><dl>"
      "<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>the next step, the step before; arrows too when a row "
      "has the focus</dd><dt><kbd>v</kbd></dt><dd>to the "
      "violation</dd><dt><kbd>d</kbd></dt><dd>only what differs, or everything</dd>"
      "<dt><kbd>?</kbd></dt><dd>this help</dd></dl><p class=\"soft\">A link that ends in "
      "#step=12 opens that step.</p><form "
      "method=\"dialog\"><button>Close</button></form></dialog>\n",
      report.digest.empty() ? ""
                            : fmt::format("<p>Digest <code>{}</code></p>", escaped(report.digest)));
}

}  // namespace

std::string failure_page(const FailureReport& report) {
  const Diagram diagram = diagram_of(report.told.history, report.told.violation);
  const std::vector<UsedStatement> statements = statements_used(report.told);
  std::string page = head(report);
  page += header(report, culprit_of(report.told));
  page += decided(report) + "<main class=\"alone\">\n" + timeline(report, diagram) + panel() +
          "</main>\n";
  page += sources(statements) + footer(report);
  page +=
      fmt::format("<script type=\"application/json\" id=\"run\">{}</script>\n<script>{}</script>\n",
                  page_data(report, diagram, statements), page_script());
  return page + "</body>\n</html>\n";
}

}  // namespace fencepost
