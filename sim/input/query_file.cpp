#include "sim/input/query_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int kMostParameters = 65535;  // of PostgreSQL's protocol

constexpr std::array<std::pair<std::string_view, Command>, 8> kCommands = {{
    {"one", Command::one},
    {"many", Command::many},
    {"exec", Command::exec},
    {"execrows", Command::execrows},
    {"execresult", Command::execrows},
    {"batchexec", Command::batchexec},
    {"let", Command::let},
    {"never", Command::never},
}};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\v\f";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

class QueryFile {
 public:
  QueryFile(std::string_view text, const std::filesystem::path& file)
      : mark_(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0),
        text_(text.substr(mark_)),
        file_(file),
        parts_(sql_parts(text_)) {}

  std::vector<Statement> all() const {
    std::vector<Statement> statements;
    for (std::size_t i = 0; i < parts_.size();) {
      const auto head = head_at(i);
      if (!head) {
        if (parts_[i].counts()) fail_before_first_name(parts_[i]);
        ++i;
        continue;
      }
      const std::size_t begin = ++i;
      while (i < parts_.size() && !head_at(i)) ++i;
      statements.push_back(statement(*head, begin, i));
    }
    return statements;
  }

 private:
  struct Head {
    std::string name;
    Command command = Command::exec;
    int line = 0;
  };

  template <typename... Values>
  [[noreturn]] void fail(int line, fmt::format_string<Values...> format, Values&&... values) const {
    throw InputError(fmt::format("{}:{}: {}", file_.string(), line,
                                 fmt::format(format, std::forward<Values>(values)...)));
  }

  /// The `-- name: X :command` line at this part, if it is one.
  std::optional<Head> head_at(std::size_t index) const {
    const SqlPart& part = parts_[index];
    if (part.kind != SqlKind::line_comment || !begins_its_line(part)) return std::nullopt;
    const std::string_view comment = trimmed(part.text.substr(2));
    if (!comment.starts_with("name:")) return std::nullopt;
    const std::string_view rest = trimmed(comment.substr(5));
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t"));
    const std::string_view command = trimmed(rest.substr(name.size()));
    if (!is_plain_name(name) || !command.starts_with(":"))
      fail(part.line, "{} is not a name line; write \"-- name: some_name :command\" with one of {}",
           in_quotes(trimmed(part.text)), commands());
    for (const auto& [known, value] : kCommands)
      if (command.substr(1) == known) return Head{std::string(name), value, part.line};
    fail(part.line, "statement \"{}\" has the command {}; known are {}", name, in_quotes(command),
         commands());
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
         ":command\"",
         in_quotes(part.text));
  }
  void refuse_broken(const SqlPart& part, const std::string& inside) const {
    if (part.kind == SqlKind::unfinished)
      fail(part.line, "{} begins here in {} and never ends; close it", part.name, inside);
    if (part.kind == SqlKind::symbol && part.text == "\\")
      fail(part.line, "a backslash stands in {}; psql's own commands are not SQL, take it out",
           inside);
  }

  Statement statement(const Head& head, std::size_t begin, std::size_t end) const {
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
    Statement out;
    out.name = head.name;
    out.command = head.command;
    out.where = {file_, parts_[*first].line, parts_[*first].begin + mark_,
                 parts_[last].end() + mark_};
    out.text = text_.substr(parts_[*first].begin, parts_[last].end() - parts_[*first].begin);
    bind(out, *first, last + 1);
    return out;
  }

  void bind(Statement& out, std::size_t begin, std::size_t end) const {
    bool numbered = false;
    bool named = false;
    for (std::size_t i = begin; i < end; ++i) {
      const SqlPart& part = parts_[i];
      if (part.kind != SqlKind::parameter) {
        if (part.text == "sqlc" && i + 1 < end && parts_[i + 1].text == ".")
          fail(part.line,
               "statement \"{}\" uses a function of sqlc that fencepost does not know; known are "
               "sqlc.arg(name) and sqlc.narg(name)",
               out.name);
        out.sql += part.text;
        continue;
      }
      (part.name.starts_with('$') ? numbered : named) = true;
      if (numbered && named)
        fail(part.line, "statement \"{}\" binds {} beside {}; use numbers or names, not both",
             out.name, parameter_text(part.name), parameter_text(out.parameters.front()));
      const std::string placeholder = numbered ? take_number(out, part) : take_name(out, part);
      const bool joins = !out.sql.empty() && (is_plain_name(out.sql.substr(out.sql.size() - 1)) ||
                                              (out.sql.back() >= '0' && out.sql.back() <= '9'));
      out.sql += (joins ? " " : "") + placeholder;
      if (i + 1 < end &&
          (parts_[i + 1].kind == SqlKind::word || parts_[i + 1].kind == SqlKind::number ||
           parts_[i + 1].text.starts_with('$')))
        out.sql += ' ';
    }
  }
  /// A user's own numbers stay: $2 alone means that $1 exists too.
  std::string take_number(Statement& out, const SqlPart& part) const {
    int number = 0;
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
};

}  // namespace

std::vector<Statement> statements_of(std::string_view text, const std::filesystem::path& file) {
  return QueryFile(text, file).all();
}

std::string parameter_text(std::string_view parameter) {
  return parameter.starts_with('$') ? std::string(parameter) : ":" + std::string(parameter);
}

std::string unbound_parameter(const Statement& statement, std::string_view parameter,
                              const std::vector<std::string>& known) {
  return fmt::format(
      "{}: statement \"{}\" binds {}, which nothing before it returns; known here: {}",
      to_text(statement.where), statement.name, parameter_text(parameter), fmt::join(known, ", "));
}

}  // namespace fencepost
