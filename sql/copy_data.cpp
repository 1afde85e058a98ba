#include "sql/copy_data.hpp"

#include <algorithm>
#include <string_view>

#include "sql/schema_text.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

/// A field of COPY's text format as a literal.
std::string literal(std::string_view field) {
  if (field == "\\N") return "NULL";
  std::string out = "'";
  const auto octal = [&](std::size_t i) {
    return i < field.size() && field[i] >= '0' && field[i] <= '7';
  };
  for (std::size_t i = 0; i < field.size(); ++i) {
    char c = field[i];
    if (c == '\\' && i + 1 < field.size()) {
      constexpr std::string_view letters = "bfnrtv";
      constexpr std::string_view meant = "\b\f\n\r\t\v";
      c = field[++i];
      if (const std::size_t known = letters.find(c); known != letters.npos) {
        c = meant[known];
      } else if (octal(i)) {
        int value = 0;
        for (int digits = 0; digits < 3 && octal(i); ++digits) value = value * 8 + field[i++] - '0';
        --i;
        c = static_cast<char>(value);
      }
    }
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string row_of(std::string_view line) {
  std::string out = "(";
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    out += literal(line.substr(begin, end - begin));
    if (end == line.size()) return out + ")";
    out += ", ";
    begin = end + 1;
  }
}

class Copies {
 public:
  explicit Copies(const std::string& text) : text_(text) {}

  std::optional<LineNote> all() {
    while (at_ < text_.size()) {
      if (const auto wrong = line()) return wrong;
    }
    return std::nullopt;
  }
  std::string out;

 private:
  std::string_view next_line() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = std::string_view(text_).substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    ends_ = end < text_.size();
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::optional<LineNote> line() {
    const std::size_t begin = at_;
    const std::string_view first = next_line();
    const bool for_psql = first.starts_with('\\');
    if (!for_psql && !folded(first.substr(0, 5)).starts_with("copy ")) return keep(begin);
    if (begins_inside(begin)) return keep(begin);
    // What psql is told is no SQL, and need not look like it.
    if (for_psql) plain_from_ = at_;
    const std::size_t end = for_psql ? text_.npos : end_of_statement(begin);
    if (end == text_.npos) return keep(begin);
    const std::string_view copy = std::string_view(text_).substr(begin, end - begin);
    const auto from = from_stdin(copy);
    if (!from) return keep(begin);
    if (from->options)
      return LineNote{line_,
                      "COPY … FROM stdin is read in its text format without options, as pg_dump "
                      "writes it; write these rows as INSERT"};
    while (at_ <= end && at_ < text_.size()) next_line();
    insert(copy.substr(4, from->at - 4));
    plain_from_ = at_;
    return std::nullopt;
  }
  /// Whether a comment, a string or a function's body goes on there.
  bool begins_inside(std::size_t at) const {
    const SqlParts parts = sql_parts(std::string_view(text_).substr(plain_from_, at - plain_from_));
    return !parts.empty() && parts.back().kind == SqlKind::unfinished;
  }
  /// Where the semicolon of a statement is that begins there; npos: nowhere.
  std::size_t end_of_statement(std::size_t begin) const {
    std::size_t end = text_.find(';', begin);
    for (; end != text_.npos; end = text_.find(';', end + 1))
      if (sql_parts(std::string_view(text_).substr(begin, end + 1 - begin)).back().kind ==
          SqlKind::semicolon)
        break;
    return end;
  }
  struct FromStdin {
    std::size_t at;  ///< of FROM, in bytes
    bool options;    ///< whether any follow
  };
  static std::optional<FromStdin> from_stdin(std::string_view copy) {
    const SqlParts parts = sql_parts(copy);
    const auto word_at = [&](std::size_t i, std::string_view word) {
      return i < parts.size() && folded(parts[i].text) == word;
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t target = next_that_counts(parts, i + 1);
      if (!word_at(i, "from") || !word_at(target, "stdin")) continue;
      const std::size_t with = next_that_counts(parts, target + 1);
      const std::size_t more = word_at(with, "with") ? next_that_counts(parts, with + 1) : with;
      return FromStdin{parts[i].begin, more < parts.size()};
    }
    return std::nullopt;
  }
  std::optional<LineNote> keep(std::size_t begin) {
    out += std::string_view(text_).substr(begin, at_ - begin);
    return std::nullopt;
  }

  // The line breaks of the statement come first, so that each row stays where it is.
  void insert(std::string_view target) {
    const std::string head =
        "INSERT INTO " + std::string(target) + " OVERRIDING SYSTEM VALUE VALUES";
    const auto breaks = std::count(head.begin(), head.end(), '\n');
    std::string rows;
    bool any = false;
    while (at_ < text_.size()) {
      const std::string_view data = next_line();
      const bool over = data == "\\.";
      if (!over) rows += (any ? "," : "") + std::string("\n") + row_of(data);
      any = any || !over;
      if (over || at_ == text_.size()) break;
    }
    out += any ? head + rows + ";" : std::string(static_cast<std::size_t>(breaks), '\n');
    // One line for each that was read, the end of the data included.
    const auto read = line_ - (ends_ ? 0 : 1);
    const auto now = std::count(out.begin(), out.end(), '\n');
    if (now < read) out += std::string(static_cast<std::size_t>(read - now), '\n');
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::size_t plain_from_ = 0;  ///< what lies between there and at_ is SQL
  bool ends_ = false;
  int line_ = 0;
};

}  // namespace

std::optional<LineNote> insert_copied(std::string& text) {
  if (folded(text).find("copy ") == text.npos) return std::nullopt;
  Copies copies(text);
  if (const auto wrong = copies.all()) return wrong;
  text = std::move(copies.out);
  return std::nullopt;
}

}  // namespace fencepost
