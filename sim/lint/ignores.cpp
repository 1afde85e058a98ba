#include "sim/lint/ignores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sim/lint/lint_rules.hpp"
#include "sim/text/error.hpp"
#include "sim/text/files.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_statements.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kMark = "fencepost:";

/// The first word of a text, and what is behind it.
std::pair<std::string, std::string> divided(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  return {std::string(text.substr(0, end)), std::string(trimmed(text.substr(end)))};
}

Ignore ignore_of(const Remark& remark, Clause of) {
  const auto fail = [&](const std::string& message) {
    throw InputError(fmt::format("{}: {}", to_text(remark.where), message));
  };
  std::vector<std::string> known;
  for (const LintRule& rule : lint_rules()) known.emplace_back(rule.name);
  const auto [verb, rest] = divided(remark.text);
  if (verb != "ignore")
    fail(
        fmt::format("{} is not known behind \"fencepost:\"; write \"-- fencepost: ignore RULE "
                    "reason\"{}",
                    in_quotes(verb), did_you_mean(verb, {"ignore"})));
  const auto [rule, reason] = divided(rest);
  if (std::find(known.begin(), known.end(), rule) == known.end())
    fail(fmt::format("there is no rule {}{}; known are {}",
                     rule.empty() ? "without a name" : in_quotes(rule), did_you_mean(rule, known),
                     listed(known)));
  if (is_blank(reason))
    fail(fmt::format(
        "the reason is missing; say why {} does not matter here: \"-- fencepost: ignore "
        "{} reason\"",
        rule, rule));
  return {rule, reason, remark.where, of};
}

/// Remarks in a schema file, each with the statement that it is in or before.
void add_schema_ignores(const std::string& text, const std::filesystem::path& file,
                        std::vector<Ignore>& into) {
  if (text.find(kMark) == std::string::npos) return;
  const std::vector<SqlStatement> statements = sql_statements(text);
  for (const SqlPart& part : sql_parts(text)) {
    if (part.kind != SqlKind::line_comment && part.kind != SqlKind::block_comment) continue;
    std::string_view words = part.text.substr(2);
    if (part.kind == SqlKind::block_comment) words.remove_suffix(2);
    words = trimmed(words);
    if (!words.starts_with(kMark)) continue;
    Clause of{part.begin, text.size()};
    for (const SqlStatement& each : statements)
      if (const std::size_t end = each.begin + each.text.size(); end > part.begin) {
        of = {std::min(part.begin, each.begin), end};
        break;
      }
    into.push_back(ignore_of({{file, part.line, part.begin, part.end()},
                              std::string(trimmed(words.substr(kMark.size())))},
                             of));
  }
}

/// Remarks in protocol.toml: what is found there has no more of a place than a line, so each is
/// about the whole file.
void add_toml_ignores(const std::filesystem::path& file, std::vector<Ignore>& into) {
  std::istringstream lines(bytes_of(file).value_or(""));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string_view words = trimmed(line);
    if (!words.starts_with('#')) continue;
    words = trimmed(words.substr(1));
    if (!words.starts_with(kMark)) continue;
    into.push_back(
        ignore_of({{file, number, 0, 0}, std::string(trimmed(words.substr(kMark.size())))},
                  {0, std::string::npos}));
  }
}

}  // namespace

std::vector<Ignore> ignores_of(const LintFacts& facts) {
  std::vector<Ignore> found;
  for (const ReadStatement& read : facts.statements())
    for (const Remark& remark : read.statement->remarks)
      found.push_back(ignore_of(remark, {read.statement->where.begin, read.statement->where.end}));
  const Protocol& protocol = facts.protocol();
  for (std::size_t i = 0; i < protocol.schema.size(); ++i)
    add_schema_ignores(protocol.schema[i], protocol.schema_files[i], found);
  add_toml_ignores(protocol.folder / "protocol.toml", found);
  return found;
}

}  // namespace fencepost
