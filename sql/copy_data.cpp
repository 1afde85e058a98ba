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
    if (!folded(first.substr(0, 5)).starts_with("copy ")) return keep(begin);
    const std::size_t end = text_.find(';', begin);
    if (end == text_.npos) return keep(begin);
    const std::string_view copy = std::string_view(text_).substr(begin, end - begin);
    const std::string small = folded(copy);
    const std::size_t from = small.rfind("from");
    const std::size_t stdin_at =
        from == small.npos ? from : small.find_first_not_of(" \t\r\n", from + 4);
    if (stdin_at == small.npos || small.substr(stdin_at, 5) != "stdin") return keep(begin);
    const std::size_t options = small.find_first_not_of(" \t\r\n", stdin_at + 5);
    if (options != small.npos && small.substr(options) != "with")
      return LineNote{line_,
                      "COPY … FROM stdin is read in its text format without options, as pg_dump "
                      "writes it; write these rows as INSERT"};
    while (at_ <= end && at_ < text_.size()) next_line();
    insert(copy.substr(4, from - 4));
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
