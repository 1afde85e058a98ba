#include "sim/input/query_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "model/token.hpp"
#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/name_line.hpp"
#include "sql/sql_clause.hpp"
#include "sql/sql_columns.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int kMostParameters = 65535;  // of PostgreSQL's protocol

constexpr std::array<std::pair<std::string_view, Command>, 11> kCommands = {{
    {"one", Command::one},
    {"many", Command::many},
    {"exec", Command::exec},
    {"execrows", Command::execrows},
    {"execresult", Command::execrows},
    {"batchexec", Command::batchexec},
    {"batchone", Command::one},
    {"batchmany", Command::many},
    {"copyfrom", Command::batchexec},
    {"let", Command::let},
    {"never", Command::never},
}};

/// What stands in SQL where other languages put values, and what to write instead.
struct Foreign {
  std::string_view text;
  std::string_view what;
};
constexpr std::array<Foreign, 3> kForeign = {{
    {"{", "a template's or a format string's braces"},
    {"<%", "a template's tag"},
    {"$", "a variable of another language"},
}};

class QueryFile {
 public:
  QueryFile(std::string_view text, const std::filesystem::path& file)
      : mark_(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0),
        text_(text.substr(mark_)),
        file_(file),
        parts_(sql_parts(text_)),
        columns_(parts_) {}

  std::vector<Statement> all() const {
    std::vector<Statement> statements;
    std::size_t i = 0;
    while (i < parts_.size() && !head_at(i)) ++i;
    if (const std::size_t first = next_that_counts(parts_, 0); first < i) {
      if (i < parts_.size() || !is_one_statement()) fail_before_first_name(parts_[first]);
      const std::string name = file_.stem().string();
      statements.push_back(statement({name, "", parts_[first].line}, 0, i));
      statements.back().remarks = remarks(0, i);
    }
    std::size_t behind = statements.empty() ? 0 : i;
    while (i < parts_.size()) {
      const Head head = *head_at(i);
      const std::size_t begin = ++i;
      while (i < parts_.size() && !head_at(i)) ++i;
      statements.push_back(statement(head, begin, i));
      // What stands behind its last word is said of the next one.
      std::size_t last = i;
      while (last > begin && i < parts_.size() && !parts_[last - 1].counts()) --last;
      statements.back().remarks = remarks(behind, last);
      behind = last;
    }
    return statements;
  }

 private:
  struct Head {
    std::string name;
    std::string command;
    int line = 0;
  };

  template <typename... Values>
  [[noreturn]] void fail(int line, fmt::format_string<Values...> format, Values&&... values) const {
    throw InputError(fmt::format("{}:{}: {}", file_.string(), line,
                                 fmt::format(format, std::forward<Values>(values)...)));
  }

  /// The name line at this part, if it is one.
  std::optional<Head> head_at(std::size_t index) const {
    const SqlPart& part = parts_[index];
    const bool comment = part.kind == SqlKind::line_comment || part.kind == SqlKind::block_comment;
    if (!comment || !begins_its_line(part)) return std::nullopt;
    const auto found = name_line(part.text);
    if (!found) return std::nullopt;
    if (found->name.empty())
      fail(part.line, "{} is not a name line; write \"-- name: some_name :command\" with one of {}",
           in_quotes(trimmed(part.text)), commands());
    return Head{found->name, found->command, part.line};
  }
  std::vector<Remark> remarks(std::size_t begin, std::size_t end) const {
    constexpr std::string_view kMark = "fencepost:";
    std::vector<Remark> found;
    for (std::size_t i = begin; i < end; ++i) {
      const SqlPart& part = parts_[i];
      const bool block = part.kind == SqlKind::block_comment;
      if (!block && part.kind != SqlKind::line_comment) continue;
      std::string_view text = part.text.substr(2, part.text.size() - (block ? 4 : 2));
      text = trimmed(text);
      if (!text.starts_with(kMark)) continue;
      found.push_back({{file_, part.line, part.begin + mark_, part.end() + mark_},
                       std::string(trimmed(text.substr(kMark.size())))});
    }
    return found;
  }
  /// Without names a file may hold one statement, which is called as the file is.
  bool is_one_statement() const {
    std::size_t i = next_that_counts(parts_, 0);
    while (i < parts_.size() && parts_[i].kind != SqlKind::semicolon)
      i = next_that_counts(parts_, i + 1);
    while (i < parts_.size() && parts_[i].kind == SqlKind::semicolon)
      i = next_that_counts(parts_, i + 1);
    return i == parts_.size() && is_statement_name(file_.stem().string());
  }
  bool begins_its_line(const SqlPart& part) const {
    const std::size_t line_end =
        part.begin == 0 ? std::string_view::npos : text_.rfind('\n', part.begin - 1);
    const std::size_t line_begin = line_end == std::string_view::npos ? 0 : line_end + 1;
    return trimmed(text_.substr(line_begin, part.begin - line_begin)).empty();
  }
  static std::string commands() {
    std::vector<std::string> names;
    for (const auto& [known, value] : kCommands) names.push_back(":" + std::string(known));
    return listed(names);
  }

  [[noreturn]] void fail_before_first_name(const SqlPart& part) const {
    refuse_broken(part, "the file");
    fail(part.line,
         "{} stands before the first name line; begin the statement with \"-- name: some_name "
         ":command\", or give it a file of its own, whose name is its name",
         in_quotes(part.text));
  }
  void refuse_broken(const SqlPart& part, const std::string& inside) const {
    if (part.kind == SqlKind::unfinished)
      fail(part.line, "{} begins here in {} and never ends; close it", part.name, inside);
    if (part.kind == SqlKind::symbol && part.text == "\\")
      fail(part.line, "a backslash stands in {}; psql's own commands are not SQL, take it out",
           inside);
  }

  // Only what a role runs is looked at, so that what is wrong waits until then; but what never ends
  // hides the statements behind it.
  Statement statement(const Head& head, std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i)
      if (parts_[i].kind == SqlKind::unfinished)
        refuse_broken(parts_[i], fmt::format("statement \"{}\"", head.name));
    Statement out;
    out.name = head.name;
    out.where = {file_, head.line, 0, 0};
    try {
      fill(out, head, begin, end);
    } catch (const InputError& error) {
      out.why_not_run = error.what();
    }
    return out;
  }
  void fill(Statement& out, const Head& head, std::size_t begin, std::size_t end) const {
    const std::string inside = fmt::format("statement \"{}\"", head.name);
    std::optional<std::size_t> first;
    std::size_t last = begin;
    bool over = false;
    for (std::size_t i = begin; i < end; ++i) {
      const SqlPart& part = parts_[i];
      if (!part.counts()) continue;
      refuse_broken(part, inside);
      if (part.kind == SqlKind::semicolon) {
        over = first.has_value();
        continue;
      }
      if (over)
        fail(part.line,
             "a second statement begins here under the name \"{}\"; give it a name line of its own",
             head.name);
      if (!first) first = i;
      last = i;
    }
    if (!first) fail(head.line, "{} has no SQL; write it below the name line", inside);
    out.where = {file_, parts_[*first].line, parts_[*first].begin + mark_,
                 parts_[last].end() + mark_};
    out.text = text_.substr(parts_[*first].begin, parts_[last].end() - parts_[*first].begin);
    out.command = command_of(head, out.text);
    bind(out, *first, last + 1);
  }
  /// What is not said is read from the SQL: rows, or how many were changed.
  Command command_of(const Head& head, std::string_view sql) const {
    if (head.command.empty()) return returns_rows(sql) ? Command::many : Command::execrows;
    for (const auto& [known, value] : kCommands)
      if (head.command == known) return value;
    if (head.command == "execlastid")
      fail(head.line,
           "statement \"{}\" is :execlastid, which PostgreSQL does not have; write RETURNING id, "
           "and :one",
           head.name);
    fail(head.line, "statement \"{}\" has the command {}; known are {}", head.name,
         in_quotes(":" + head.command), commands());
  }

  void bind(Statement& out, std::size_t begin, std::size_t end) const {
    const std::string_view percent = percent_style(begin, end);
    for (std::size_t i = begin; i < end; ++i) {
      const SqlPart& part = parts_[i];
      const std::size_t made = out.sql.size(), from = part.begin - parts_[begin].begin;
      if (part.kind != SqlKind::parameter) {
        i = add_other(out, i, percent);
        if (std::string_view(out.sql).substr(made) == part.text)
          out.map.copied(made, from);
        else
          out.map.replaced(made, {from, parts_[i].end() - parts_[begin].begin});
        continue;
      }
      const bool number = part.name.starts_with('$') || part.name == "?";
      if (!out.parameters.empty() && number != out.parameters.front().starts_with('$'))
        fail(part.line, "statement \"{}\" binds {} beside {}; use numbers or names, not both",
             out.name, part.name == "?" ? part.text : parameter_text(part.name),
             parameter_text(out.parameters.front()));
      const std::string placeholder = number ? take_number(out, part) : take_name(out, part);
      if (part.text.substr(0, part.text.find('(')).ends_with("narg"))
        out.nullable.insert(part.name);
      if (const std::string column = columns_.of(i); !column.empty())
        out.columns.emplace(number ? placeholder : part.name, column);
      const bool joins = !out.sql.empty() && (is_plain_name(out.sql.substr(out.sql.size() - 1)) ||
                                              is_digit(out.sql.back()));
      out.sql += (joins ? " " : "") + placeholder;
      out.map.replaced(made + (joins ? 1 : 0), {from, from + part.text.size()});
      if (i + 1 < end &&
          (parts_[i + 1].kind == SqlKind::word || parts_[i + 1].kind == SqlKind::number ||
           parts_[i + 1].text.starts_with('$')))
        out.sql += ' ';
    }
  }
  /// psycopg's placeholders make of each %% one %, also in strings.
  std::string_view percent_style(std::size_t begin, std::size_t end) const {
    const bool has_some =
        std::any_of(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                    parts_.begin() + static_cast<std::ptrdiff_t>(end), [](const SqlPart& part) {
                      return part.kind == SqlKind::parameter && part.text.starts_with('%');
                    });
    return has_some ? "%" : "%%";
  }
  /// What is no parameter, with `percent` for each %%; returns the number of the last part of it.
  std::size_t add_other(Statement& out, std::size_t i, std::string_view percent) const {
    const SqlPart& part = parts_[i];
    if (part.text == "sqlc" && i + 1 < parts_.size() && parts_[i + 1].text == ".")
      return add_macro(out, i);
    for (const auto& [text, what] : kForeign)
      if (part.kind == SqlKind::symbol && part.text.starts_with(text))
        fail(part.line,
             "{} stands in statement \"{}\": {}, which is filled in before PostgreSQL sees it; "
             "write the value as :name, or the text that it becomes",
             in_quotes(part.text), out.name, what);
    std::string text(part.text);
    const bool marks = std::any_of(out.parameters.begin(), out.parameters.end(),
                                   [](const std::string& name) { return name == "$1"; });
    text = replaced(text, "%%", percent);
    if (marks && part.kind == SqlKind::symbol) text = replaced(text, "??", "?");
    out.sql += text;
    return i;
  }
  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  }
  /// sqlc.embed(t) is t.*, all columns of it; sqlc.slice has no number of values before it is run.
  std::size_t add_macro(Statement& out, std::size_t i) const {
    const std::size_t open = next_that_counts(parts_, i + 3);
    const std::size_t name = next_that_counts(parts_, open + 1);
    const std::size_t close = next_that_counts(parts_, name + 1);
    const std::string_view macro = i + 2 < parts_.size() ? parts_[i + 2].text : "";
    const bool whole =
        close < parts_.size() && parts_[open].text == "(" && parts_[close].text == ")";
    if (macro == "embed" && whole && parts_[name].kind == SqlKind::word) {
      out.sql += std::string(parts_[name].text) + ".*";
      return close;
    }
    if (macro == "slice" && whole)
      fail(parts_[i].line,
           "statement \"{}\" uses sqlc.slice, which becomes as many parameters as there are values "
           "when it is run; write = ANY(@{}::bigint[]), with the type of its column",
           out.name,
           parts_[name].kind == SqlKind::text ? inside_quotes(parts_[name].text)
                                              : parts_[name].text);
    fail(parts_[i].line,
         "statement \"{}\" uses a function of sqlc that fencepost does not know; known are "
         "sqlc.arg(name), sqlc.narg(name) and sqlc.embed(table)",
         out.name);
  }
  /// A user's own numbers stay: $2 alone means that $1 exists too.
  std::string take_number(Statement& out, const SqlPart& part) const {
    int number = static_cast<int>(out.parameters.size()) + 1;
    if (part.name == "?") {
      out.parameters.push_back("$" + std::to_string(number));
      return out.parameters.back();
    }
    const auto end = part.name.data() + part.name.size();
    const auto read = std::from_chars(part.name.data() + 1, end, number);
    if (read.ec != std::errc{} || number < 1 || number > kMostParameters)
      fail(part.line, "statement \"{}\" binds {}; numbers go from $1 to ${}", out.name,
           in_quotes(part.name), kMostParameters);
    for (int next = static_cast<int>(out.parameters.size()) + 1; next <= number; ++next)
      out.parameters.push_back("$" + std::to_string(next));
    return "$" + std::to_string(number);
  }
  static std::string take_name(Statement& out, const SqlPart& part) {
    auto found = std::find(out.parameters.begin(), out.parameters.end(), part.name);
    if (found == out.parameters.end()) found = out.parameters.insert(found, part.name);
    return "$" + std::to_string(found - out.parameters.begin() + 1);
  }

  std::size_t mark_;
  std::string_view text_;
  const std::filesystem::path& file_;
  SqlParts parts_;
  SqlColumns columns_;
};

}  // namespace

std::vector<Statement> statements_of(std::string_view text, const std::filesystem::path& file) {
  return QueryFile(text, file).all();
}

std::string parameter_text(std::string_view parameter) {
  return parameter.starts_with('$') ? std::string(parameter) : ":" + std::string(parameter);
}

std::string unbound_parameter(std::string_view parameter, const std::vector<std::string>& known) {
  return fmt::format("binds {}, which nothing before it returns; known here: {}",
                     parameter_text(parameter), fmt::join(known, ", "));
}

}  // namespace fencepost
