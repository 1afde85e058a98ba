#include "sim/lint/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "sim/lint/ignores.hpp"
#include "sim/text/files.hpp"

namespace fencepost {
namespace {

/// The line of a text around a byte, and where that stands in it.
struct Line {
  std::string text;
  std::size_t begin = 0;
};
Line line_around(const std::string& text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  std::string line = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  if (line.ends_with('\r')) line.pop_back();
  return {line, begin};
}

void show_source(LintFinding& finding, const std::string& file) {
  if (finding.where.begin >= file.size() || finding.where.end <= finding.where.begin) return;
  const Line line = line_around(file, finding.where.begin);
  finding.source = line.text;
  finding.caret = finding.where.begin - line.begin;
  finding.carets = std::min(finding.where.end - line.begin, line.text.size()) - finding.caret;
}

LintFinding finding_of(const LintRule& rule, const Trap& trap, const LintFacts& facts) {
  LintFinding finding{&rule, trap.where, "", "", 0, 0, trap.about, trap.write};
  if (trap.statement == nullptr) {
    const auto& files = facts.protocol().schema_files;
    for (std::size_t i = 0; i < files.size(); ++i)
      if (files[i] == trap.where.file) show_source(finding, facts.protocol().schema[i]);
    return finding;
  }
  const Statement& statement = *trap.statement->statement;
  const Clause own = statement.map.original(trap.span);
  finding.statement = statement.name;
  finding.where = statement.where;
  finding.where.line += static_cast<int>(
      std::count(statement.text.begin(),
                 statement.text.begin() + static_cast<std::ptrdiff_t>(own.begin), '\n'));
  finding.where.begin = statement.where.begin + own.begin;
  finding.where.end = statement.where.begin + own.end;
  const auto& schema = facts.protocol().schema_files;
  const bool in_schema =
      std::find(schema.begin(), schema.end(), statement.where.file) != schema.end();
  if (const auto file = bytes_of(statement.where.file); file && !in_schema)
    show_source(finding, *file);
  else
    show_source(finding, std::string(statement.where.begin, ' ') + statement.text);
  return finding;
}

auto order_of(const LintFinding& finding) {
  return std::tuple(finding.where.file, finding.where.line, finding.where.begin,
                    std::string(finding.rule->name));
}

bool is_about(const Ignore& ignore, const LintFinding& finding) {
  return ignore.rule == finding.rule->name && ignore.where.file == finding.where.file &&
         ignore.of.begin <= finding.where.begin && finding.where.begin < ignore.of.end;
}

void add(LintReport previous, LintReport& into) {
  for (LintFinding& finding : previous.findings) {
    finding.about = "in the previous version, " + finding.about;
    into.findings.push_back(std::move(finding));
  }
  std::move(previous.ignored.begin(), previous.ignored.end(), std::back_inserter(into.ignored));
  std::move(previous.remarks.begin(), previous.remarks.end(), std::back_inserter(into.remarks));
  std::move(previous.unread.begin(), previous.unread.end(), std::back_inserter(into.unread));
}

}  // namespace

LintReport lint(const Protocol& protocol) {
  const LintFacts facts(protocol);
  const std::vector<Ignore> ignores = ignores_of(facts);
  std::vector<LintFinding> all;
  for (const LintRule& rule : lint_rules())
    for (const Trap& trap : rule.find(facts)) all.push_back(finding_of(rule, trap, facts));
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  // A statement that is run in several places is in its trap once.
  all.erase(std::unique(all.begin(), all.end(),
                        [](const auto& a, const auto& b) { return order_of(a) == order_of(b); }),
            all.end());
  LintReport report;
  std::set<const Ignore*> used;
  for (LintFinding& finding : all) {
    const auto ignore = std::find_if(ignores.begin(), ignores.end(),
                                     [&](const Ignore& each) { return is_about(each, finding); });
    if (ignore == ignores.end()) {
      report.findings.push_back(std::move(finding));
      continue;
    }
    used.insert(&*ignore);
    report.ignored.push_back({std::move(finding), ignore->reason});
  }
  for (const Ignore& ignore : ignores)
    if (!used.contains(&ignore))
      report.remarks.push_back(
          {ignore.where,
           fmt::format("{} is not found here, so there is nothing to ignore; take the "
                       "line out",
                       ignore.rule)});
  report.unread = facts.unread();
  // Workers of the version before run as well, with its statements.
  if (protocol.previous) add(lint(*protocol.previous), report);
  return report;
}

}  // namespace fencepost
