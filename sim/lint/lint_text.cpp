#include "sim/lint/lint_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/text/files.hpp"

namespace fencepost {
namespace {

/// As wide as the letters before the carets: tabs stay tabs.
std::string blank_before(std::string_view line, std::size_t end) {
  std::string blank;
  for (std::size_t i = 0; i < end && i < line.size(); ++i)
    if ((static_cast<unsigned char>(line[i]) & 0xC0) != 0x80) blank += line[i] == '\t' ? '\t' : ' ';
  return blank;
}
std::size_t letters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// A file as it is called from here.
std::string shown(const Span& place) {
  if (place.file.is_relative()) return to_text(place);
  const std::string file = below_here(place.file).value_or(place.file.lexically_normal().string());
  return fmt::format("{}:{}", file, place.line);
}

std::string headline(const LintFinding& finding) {
  return fmt::format("{}: {}{}: {}", shown(finding.where), finding.rule->name,
                     finding.statement.empty() ? "" : fmt::format(" ({})", finding.statement),
                     finding.about);
}

std::string finding_text(const LintFinding& finding) {
  std::string text = headline(finding) + "\n";
  if (finding.carets > 0) {
    const std::string number = std::to_string(finding.where.line);
    text += fmt::format("  {} | {}\n", number, finding.source);
    text += fmt::format(
        "  {} | {}{}\n", std::string(number.size(), ' '),
        blank_before(finding.source, finding.caret),
        std::string(
            letters_in(std::string_view(finding.source).substr(finding.caret, finding.carets)),
            '^'));
  }
  if (!finding.write.empty()) text += fmt::format("  write     {}\n", finding.write);
  return text +
         fmt::format("  violates  {}, as {} does\n", finding.rule->property, finding.rule->bug);
}

}  // namespace

std::string lint_text(const LintReport& report) {
  std::string text;
  for (const LintFinding& finding : report.findings) text += finding_text(finding);
  for (const LintReport::Ignored& each : report.ignored)
    text += fmt::format("{}: {} is ignored: {}\n", shown(each.finding.where),
                        each.finding.rule->name, each.reason);
  for (const std::vector<Remark>* remarks : {&report.remarks, &report.unread})
    for (const Remark& remark : *remarks)
      text += fmt::format("{}: {}\n", shown(remark.where), remark.text);
  return text;
}

std::vector<std::string> lint_notes(const LintReport& report) {
  std::vector<std::string> notes;
  for (const LintFinding& finding : report.findings) notes.push_back(headline(finding));
  for (const Remark& remark : report.remarks)
    notes.push_back(fmt::format("{}: {}", shown(remark.where), remark.text));
  return notes;
}

std::string place_of(const LintFinding& finding) { return shown(finding.where); }

std::string rule_text(const LintRule& rule) {
  return fmt::format(
      "{}\nViolates {}, as {} does.\nTo ignore it, before or in the statement: -- fencepost: "
      "ignore {} REASON",
      rule.remedy, rule.property, rule.bug, rule.name);
}

}  // namespace fencepost
