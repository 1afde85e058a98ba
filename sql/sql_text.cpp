#include "sql/sql_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace fencepost {
namespace {

bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_operator(char c) {
  return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
}

/// Operators of PostgreSQL and its extensions that end in @, so that a name behind them is a
/// column.
bool is_at_operator(std::string_view run) {
  constexpr std::array<std::string_view, 8> known = {"<@", "@@",  "@@@", "@-@",
                                                     "^@", "^<@", "?@",  "?<@"};
  return std::find(known.begin(), known.end(), run) != known.end();
}

/// Words behind which an operand stands: what follows them is no operator.
bool wants_operand(std::string_view word) {
  constexpr std::array<std::string_view, 32> known = {
      "select", "where", "and",  "or",       "not",   "when",   "then",    "else",
      "values", "set",   "in",   "by",       "like",  "ilike",  "between", "limit",
      "offset", "any",   "as",   "is",       "from",  "using",  "case",    "on",
      "fetch",  "first", "next", "interval", "array", "having", "return",  "returning"};
  return std::find(known.begin(), known.end(), folded(word)) != known.end();
}

/// What may stand before a placeholder without a blank between: id=?, a||%s.
bool joins_placeholder(std::string_view run) {
  constexpr std::array<std::string_view, 13> known = {"",   "=", "<", ">", "<=", ">=", "<>",
                                                      "!=", "+", "-", "*", "/",  "||"};
  return std::find(known.begin(), known.end(), run) != known.end();
}

/// What an open bracket is: only in a subscript may a colon separate a slice.
struct Bracket {
  enum class Kind { paren, subscript, array } kind = Kind::paren;
  bool has_slice = false;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  SqlParts all() {
    while (at_ < text_.size()) next();
    return std::move(parts_);
  }

 private:
  char here(std::size_t offset = 0) const {
    return at_ + offset < text_.size() ? text_[at_ + offset] : '\0';
  }
  bool sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  std::size_t while_word(std::size_t from) const {
    while (from < text_.size() && (is_word_start(text_[from]) || is_decimal(text_[from]))) ++from;
    return from;
  }
  std::size_t while_blank(std::size_t from) const {
    while (from < text_.size() && is_blank(text_[from])) ++from;
    return from;
  }

  void add(SqlKind kind, std::size_t end, std::string name = {}) {
    const std::string_view text = text_.substr(at_, end - at_);
    const SqlPart& part = parts_.emplace_back(SqlPart{kind, at_, text, line_, std::move(name)});
    line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    if (part.counts()) last_ = {kind, text};
    at_ = end;
  }
  void unfinished(std::string what) { add(SqlKind::unfinished, text_.size(), std::move(what)); }

  void next() {
    const char c = here();
    if (is_blank(c)) return add(SqlKind::blank, while_blank(at_));
    if (sees("--"))
      return add(SqlKind::line_comment, std::min(text_.find('\n', at_), text_.size()));
    if (sees("/*")) return block_comment();
    if (c == '\'') return string(at_);
    if ((c == 'e' || c == 'E') && here(1) == '\'') return string(at_ + 1);
    if (c == '"') return quoted_name();
    if (c == '$') return dollar();
    if (c == ';') return add(SqlKind::semicolon, at_ + 1);
    if (c == ':') return colon();
    if (is_word_start(c)) return word();
    if (is_decimal(c)) return number();
    if (is_operator(c)) return operators();
    punctuation(c);
  }

  void block_comment() {
    int depth = 0;
    for (std::size_t i = at_; i + 1 < text_.size(); ++i) {
      const std::string_view two = text_.substr(i, 2);
      if (two == "/*") ++depth, ++i;
      if (two == "*/" && (++i, --depth == 0)) return add(SqlKind::block_comment, i + 1);
    }
    unfinished("a comment");
  }

  // A string goes on behind a line end: 'a' LF 'b' is one text, and E'…' keeps its backslashes
  // there.
  void string(std::size_t quote) {
    const bool backslashes = quote > at_;
    for (std::size_t i = quote + 1; i < text_.size(); ++i) {
      if (backslashes && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '\'') {
        if (i + 1 < text_.size() && text_[i + 1] == '\'') {
          ++i;
          continue;
        }
        const std::size_t more = while_blank(i + 1);
        const bool goes_on = more < text_.size() && text_[more] == '\'' &&
                             text_.substr(i, more - i).find('\n') != std::string_view::npos;
        if (!goes_on) return add(SqlKind::text, i + 1);
        i = more;
      }
    }
    unfinished("a string");
  }

  void quoted_name() {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '"') continue;
      if (i + 1 == text_.size() || text_[i + 1] != '"') return add(SqlKind::word, i + 1);
      ++i;
    }
    unfinished("a quoted name");
  }

  void dollar() {
    if (is_decimal(here(1))) return numbered(at_ + 1);
    const std::size_t tag_end = while_word(at_ + 1);
    if (tag_end >= text_.size() || text_[tag_end] != '$') return add(SqlKind::symbol, at_ + 1);
    const std::string_view tag = text_.substr(at_, tag_end + 1 - at_);
    const std::size_t close = text_.find(tag, tag_end + 1);
    if (close == std::string_view::npos) return unfinished("a dollar quote");
    add(SqlKind::text, close + tag.size());
  }

  void colon() {
    if (here(1) == ':' || here(1) == '=') return add(SqlKind::symbol, at_ + 2);
    const bool in_subscript =
        !brackets_.empty() && brackets_.back().kind == Bracket::Kind::subscript;
    if (in_subscript && after_operand() && !brackets_.back().has_slice) {
      brackets_.back().has_slice = true;
      return add(SqlKind::symbol, at_ + 1);
    }
    if (!in_subscript && is_decimal(here(1))) return numbered(at_ + 1);
    if (!is_word_start(here(1))) return add(SqlKind::symbol, at_ + 1);
    named(at_ + 1);
  }

  bool after_operand() const {
    return last_.kind == SqlKind::word || last_.kind == SqlKind::number ||
           last_.kind == SqlKind::text || last_.kind == SqlKind::parameter || last_.text == ")" ||
           last_.text == "]";
  }

  // HugSQL's :v:name and aiosql's :job.name are called name; a ! behind it is PgTyped's: not null.
  void named(std::size_t name_at) {
    std::size_t end = while_word(name_at);
    const auto goes_on = [&](char with) {
      return end + 1 < text_.size() && text_[end] == with && is_word_start(text_[end + 1]);
    };
    const std::string_view kind = text_.substr(name_at, end - name_at);
    if (here() == ':' && (goes_on('.') || ((kind == "v" || kind == "value") && goes_on(':')))) {
      name_at = end + 1;
      end = while_word(name_at);
    }
    const bool marked = text_.substr(end).starts_with('!') &&
                        (end + 1 == text_.size() || !is_operator(text_[end + 1]));
    add(SqlKind::parameter, end + (marked ? 1 : 0),
        std::string(text_.substr(name_at, end - name_at)));
  }
  void numbered(std::size_t digits_at) {
    std::size_t end = digits_at;
    while (end < text_.size() && is_decimal(text_[end])) ++end;
    add(SqlKind::parameter, end, "$" + std::string(text_.substr(digits_at, end - digits_at)));
  }

  void word() {
    if (sees("sqlc")) {
      if (const auto argument = sqlc_argument())
        return add(SqlKind::parameter, argument->end, argument->name);
    }
    std::size_t end = at_;
    while (end < text_.size() && in_sql_word(text_[end])) ++end;
    add(SqlKind::word, end);
  }

  struct Argument {
    std::string name;
    std::size_t end = 0;
  };
  // sqlc.arg(name), sqlc.narg('name'), with blanks between.
  std::optional<Argument> sqlc_argument() const {
    std::size_t i = at_ + 4;
    const auto take = [&](std::string_view what) {
      i = while_blank(i);
      if (!text_.substr(i).starts_with(what)) return false;
      i += what.size();
      return true;
    };
    if (!take(".") || !(take("arg") || take("narg")) || !take("(")) return std::nullopt;
    const bool quoted = take("'");
    i = while_blank(i);
    const std::size_t end = while_word(i);
    const std::string name(text_.substr(i, end - i));
    if (name.empty() || is_decimal(name.front())) return std::nullopt;
    i = end;
    if ((quoted && !take("'")) || !take(")")) return std::nullopt;
    return Argument{name, i};
  }

  void number() {
    std::size_t end = at_;
    while (end < text_.size() &&
           (is_word_start(text_[end]) || is_decimal(text_[end]) || text_[end] == '.'))
      ++end;
    add(SqlKind::number, end);
  }

  // As in PostgreSQL the longest run of operator characters is one operator, up to a comment.
  void operators() {
    std::size_t end = at_;
    while (end < text_.size() && is_operator(text_[end]) && text_.substr(end, 2) != "--" &&
           text_.substr(end, 2) != "/*")
      ++end;
    const std::string_view run = text_.substr(at_, end - at_);
    if (placeholder(run)) return;
    const bool binds = run.ends_with('@') && end < text_.size() && is_word_start(text_[end]) &&
                       !is_at_operator(run);
    if (!binds) return add(SqlKind::symbol, end);
    if (run.size() > 1) add(SqlKind::symbol, end - 1);
    named(end);
  }

  // The placeholders of other drivers: ?, ?1, %s, %(name)s, #{name}.
  bool placeholder(std::string_view run) {
    const std::string_view before = run.substr(0, run.size() - 1);
    if (!joins_placeholder(before)) return false;
    const std::size_t mark = at_ + before.size();
    const std::size_t behind = mark + 1;
    const bool in_place = !before.empty() || !after_operand() ||
                          (last_.kind == SqlKind::word && wants_operand(last_.text));
    const auto place = [&](std::size_t end, std::string name) {
      if (!before.empty()) add(SqlKind::symbol, mark);
      add(SqlKind::parameter, end, std::move(name));
      return true;
    };
    if (run.ends_with('#') || run.ends_with('%')) {
      if (const auto argument = enclosed(behind, run.back()))
        return place(argument->end, argument->name);
    }
    if (!in_place) return false;
    if (run.ends_with('%') && text_.substr(behind).starts_with('s') &&
        while_word(behind) == behind + 1)
      return place(behind + 1, "?");
    if (!run.ends_with('?')) return false;
    std::size_t digits = behind;
    while (digits < text_.size() && is_decimal(text_[digits])) ++digits;
    return place(digits,
                 digits == behind ? "?" : "$" + std::string(text_.substr(behind, digits - behind)));
  }
  // (name)s behind a %; {name}, {job.name} and {name,jdbcType=BIGINT} behind a #.
  std::optional<Argument> enclosed(std::size_t open, char mark) const {
    if (open >= text_.size() || text_[open] != (mark == '%' ? '(' : '{')) return std::nullopt;
    const std::string_view closing = mark == '%' ? ")s" : "}";
    const std::size_t close = text_.find(closing, open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view inside = text_.substr(open + 1, close - open - 1);
    if (mark == '#') {
      inside = inside.substr(0, inside.find(','));
      inside = inside.substr(inside.rfind('.') + 1);
    }
    while (inside.ends_with(' ')) inside.remove_suffix(1);
    while (inside.starts_with(' ')) inside.remove_prefix(1);
    const bool plain = !inside.empty() && is_word_start(inside.front()) &&
                       std::all_of(inside.begin(), inside.end(),
                                   [](char c) { return is_word_start(c) || is_decimal(c); });
    if (!plain) return std::nullopt;
    return Argument{std::string(inside), close + closing.size()};
  }

  void punctuation(char c) {
    const bool inside_array = !brackets_.empty() && brackets_.back().kind == Bracket::Kind::array;
    if (c == '(') brackets_.push_back({Bracket::Kind::paren});
    if (c == '[') {
      const bool array = says_array() || (inside_array && (last_.text == "[" || last_.text == ","));
      brackets_.push_back({array ? Bracket::Kind::array : Bracket::Kind::subscript});
    }
    if ((c == ')' || c == ']') && !brackets_.empty()) brackets_.pop_back();
    add(SqlKind::symbol, at_ + 1);
  }
  bool says_array() const { return last_.kind == SqlKind::word && folded(last_.text) == "array"; }

  struct Last {
    SqlKind kind = SqlKind::blank;
    std::string_view text;
  };

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  Last last_;  ///< the last part that is neither blank nor comment
  std::vector<Bracket> brackets_;
  SqlParts parts_;
};

/// Between quotes, those inside doubled.
std::string between(char quote, std::string_view text) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

}  // namespace

SqlParts sql_parts(std::string_view text) { return Lexer(text).all(); }

std::size_t next_that_counts(const SqlParts& parts, std::size_t i) {
  while (i < parts.size() && !parts[i].counts()) ++i;
  return i;
}

std::string_view inside_quotes(std::string_view literal) {
  const std::size_t first =
      literal.starts_with('$') ? literal.find('$', 1) + 1 : literal.find('\'') + 1;
  const std::size_t last = literal.starts_with('$') ? first : 1;
  return literal.substr(first, literal.size() - first - last);
}

std::optional<std::string> meaning_of_literal(std::string_view literal) {
  const std::string_view inside = inside_quotes(literal);
  if (literal.starts_with('$')) return std::string(inside);
  const bool escapes = !literal.starts_with('\'');
  std::string out;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\'') {
      if (i + 1 == inside.size() || inside[++i] != '\'') return std::nullopt;
      out += '\'';
    } else if (escapes && inside[i] == '\\') {
      constexpr std::string_view letters = "bfnrt";
      constexpr std::string_view meanings = "\b\f\n\r\t";
      const char c = inside[++i];
      const std::size_t at = letters.find(c);
      if ((c >= '0' && c <= '7') || c == 'x' || c == 'u' || c == 'U') return std::nullopt;
      out += at == std::string_view::npos ? c : meanings[at];
    } else {
      out += inside[i];
    }
  }
  return out;
}

std::string as_literal(std::string_view text) { return between('\'', text); }

std::string in_name_quotes(std::string_view name) { return between('"', name); }

bool in_sql_word(char c) { return is_word_start(c) || is_decimal(c) || c == '$'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace fencepost
