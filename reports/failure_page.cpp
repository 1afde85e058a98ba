#include "reports/failure_page.hpp"

#include <fmt/format.h>

#include "reports/culprit.hpp"
#include "reports/diagram.hpp"
#include "reports/failure_page_assets.hpp"
#include "reports/graph_svg.hpp"
#include "reports/markup.hpp"
#include "reports/page_data.hpp"
#include "reports/page_parts.hpp"

namespace fencepost {
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
      base64_of_hex(page_script_sha256()), escaped(report.name), escaped(report.protocol),
      page_style(), graph_style());
}

}  // namespace

std::string failure_page(const FailureReport& report, const FindSource& find) {
  const Diagram diagram = diagram_of(*report.history, report.violation);
  const std::vector<UsedStatement> statements = statements_used(*report.history, find);
  std::string page = head(report);
  page += page_header(report, culprit_of(report, find));
  page += "<main class=\"alone\">\n" + page_timeline(report, diagram) + page_panel() + "</main>\n";
  page += page_sources(statements) + page_footer(report);
  page +=
      fmt::format("<script type=\"application/json\" id=\"run\">{}</script>\n<script>{}</script>\n",
                  page_data(report, diagram, statements), page_script());
  return page + "</body>\n</html>\n";
}

}  // namespace fencepost
