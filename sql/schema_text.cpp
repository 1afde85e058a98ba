#include "sql/schema_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "sql/copy_data.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\v\f";

/// psql's commands without which the text means something else, and what to do about each.
struct PsqlCommand {
  std::string_view name;
  std::string_view remedy;
};
constexpr std::string_view kNameIt = "name that file in schema, before or behind this one";
constexpr std::string_view kWriteIt = "write the SQL that it comes to";
constexpr std::array<PsqlCommand, 13> kRefused = {{{"i", kNameIt},
                                                   {"ir", kNameIt},
                                                   {"include", kNameIt},
                                                   {"include_relative", kNameIt},
                                                   {"copy", "write INSERT, or COPY … FROM stdin"},
                                                   {"gexec", kWriteIt},
                                                   {"gset", kWriteIt},
                                                   {"g", "write a semicolon"},
                                                   {"if", kWriteIt},
                                                   {"elif", kWriteIt},
                                                   {"else", kWriteIt},
                                                   {"endif", kWriteIt},
                                                   {"crosstabview", kWriteIt}}};

void blank_out(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, text.size()); ++i)
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
}

/// psql's own lines become blank; the first that can't be, is what is wrong.
std::optional<LineNote> blank_psql_lines(std::string& text) {
  for (bool again = true; again;) {
    again = false;
    const std::string lexed = text;  // the parts borrow from it
    for (const SqlPart& part : sql_parts(lexed)) {
      if (part.kind != SqlKind::symbol || part.text != "\\" || text[part.begin] == ' ') continue;
      const std::size_t line_end = std::min(lexed.find('\n', part.begin), lexed.size());
      const std::string_view line =
          trimmed(std::string_view(lexed).substr(part.begin + 1, line_end - part.begin - 1));
      const std::string_view name = line.substr(0, line.find_first_of(kBlanks));
      for (const PsqlCommand& refused : kRefused)
        if (refused.name == name)
          return LineNote{part.line, "\\" + std::string(name) +
                                         " is a command of psql, which is not there; " +
                                         std::string(refused.remedy)};
      const bool quits = name == "q" || name == "quit";
      blank_out(text, part.begin, quits ? lexed.size() : line_end);
      // A quote in the line has misled the parts behind it.
      again = quits || line.find_first_of("'\"$/") != std::string_view::npos;
      if (again) break;
    }
  }
  return std::nullopt;
}

enum class Mark { none, up, down };

/// "+goose Up", "+migrate Down notransaction", "+down".
Mark plus_mark(const std::vector<std::string>& words) {
  if (words.empty() || !words[0].starts_with('+')) return Mark::none;
  const std::string& said = words[0].size() > 1 && words.size() > 1 ? words[1] : words[0];
  if (said == "up" || said == "+up") return Mark::up;
  if (said == "down" || said == "+down") return Mark::down;
  return Mark::none;
}

std::vector<std::string> marking_words(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trimmed(text)).empty()) {
    const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(folded(text.substr(0, end)));
    text = text.substr(end);
  }
  return words;
}

/// What kind of file it is, where a mark counts only there.
struct Tools {
  bool liquibase = false;
  bool atlas_archive = false;
  bool plain_up = false;  ///< there is a bare "-- Up", so that "-- Down" is its end
};

/// `dbms:mysql,h2` of a change set that is not for PostgreSQL.
bool is_for_others(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word.starts_with("dbms:") && word.find("all") == std::string::npos)
      return word.find("postgresql") == std::string::npos
                 ? word.find('!') == std::string::npos
                 : word.find("!postgresql") != std::string::npos;
  return false;
}

Mark mark_of(std::string_view comment, const Tools& tools) {
  comment = comment.substr(std::min(comment.find_first_not_of('-'), comment.size()));
  const std::vector<std::string> words = marking_words(comment);
  if (words.empty()) return Mark::none;
  if (const Mark plus = plus_mark(words); plus != Mark::none) return plus;
  const std::string& first = words[0];
  const std::string second = words.size() > 1 ? words[1] : "";
  const auto either = [&](std::string_view up, std::string_view down, const std::string& word) {
    return word == up ? Mark::up : word == down ? Mark::down : Mark::none;
  };
  if (first.starts_with("migrate:")) return either("migrate:up", "migrate:down", first);
  if (first == "rambler" || first.starts_with("==")) return either("up", "down", second);
  if (second == "migration" || second == "migration:") return either("up", "down", first);
  if (first.starts_with("!")) return either("!ups", "!downs", first);
  if (first == "//@undo" || first == "@undo") return Mark::down;
  if (folded(comment).find("create above / drop below") != std::string::npos) return Mark::down;
  if (tools.liquibase && first == "changeset") return is_for_others(words) ? Mark::down : Mark::up;
  if (tools.atlas_archive && words.back() == "--")
    return first == "migration.sql" ? Mark::up : Mark::down;
  if (words.size() > 1 || !tools.plain_up) return Mark::none;
  if (first == "up" || first == "up:") return Mark::up;
  return first == "down" || first == "down:" ? Mark::down : Mark::none;
}

Tools tools_of(const SqlParts& parts) {
  Tools tools;
  for (const SqlPart& part : parts) {
    if (part.kind != SqlKind::line_comment) continue;
    const std::string words = folded(trimmed(part.text.substr(2)));
    tools.liquibase = tools.liquibase || words.starts_with("liquibase formatted sql");
    tools.atlas_archive = tools.atlas_archive || words.starts_with("atlas:txtar");
    tools.plain_up = tools.plain_up || words == "up" || words == "up:";
  }
  return tools;
}

/// What is undone, or is for another database, becomes blank.
void blank_what_is_undone(std::string& text) {
  const std::string lexed = text;
  const SqlParts parts = sql_parts(lexed);
  const Tools tools = tools_of(parts);
  std::optional<std::size_t> down;
  for (const SqlPart& part : parts) {
    if (part.kind != SqlKind::line_comment) continue;
    const std::size_t line_end = part.begin == 0 ? lexed.npos : lexed.rfind('\n', part.begin - 1);
    const std::size_t line = line_end == lexed.npos ? 0 : line_end + 1;
    const std::string_view before =
        trimmed(std::string_view(lexed).substr(line, part.begin - line));
    if (before == "#") blank_out(text, line, part.begin);  // as Play writes them: # --- !Ups
    if (!before.empty() && before != "#") continue;
    const Mark mark = mark_of(part.text, tools);
    if (mark == Mark::none) continue;
    if (down) blank_out(text, *down, part.begin);
    down.reset();
    if (mark == Mark::down) down = part.end();
  }
  if (down) blank_out(text, *down, text.size());
}

}  // namespace

SchemaText schema_text(std::string_view file) {
  if (file.starts_with(kByteOrderMark)) file.remove_prefix(kByteOrderMark.size());
  SchemaText out;
  out.sql = file;
  if (!(out.refusal = insert_copied(out.sql))) {
    blank_what_is_undone(out.sql);
    out.refusal = blank_psql_lines(out.sql);
  }
  return out;
}

}  // namespace fencepost
