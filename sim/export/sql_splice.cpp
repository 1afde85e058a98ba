#include "sim/export/sql_splice.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/text/error.hpp"
#include "sim/text/sql_text.hpp"

namespace fencepost {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// A text and its parts, with a way past blanks and comments.
class Parts {
 public:
  explicit Parts(std::string_view text) : text_(text), parts_(sql_parts(text)) {}
  std::size_t size() const { return parts_.size(); }
  const SqlPart& operator[](std::size_t i) const { return parts_[i]; }
  std::string_view bytes(std::size_t i) const {
    return text_.substr(parts_[i].begin, parts_[i].end - parts_[i].begin);
  }
  bool counts(std::size_t i) const {
    return parts_[i].kind != SqlKind::blank && parts_[i].kind != SqlKind::line_comment &&
           parts_[i].kind != SqlKind::block_comment;
  }
  /// The next part from `i` on that counts; size() where there is none.
  std::size_t next(std::size_t i) const {
    while (i < size() && !counts(i)) ++i;
    return i;
  }
  bool is(std::size_t i, std::string_view bytes_wanted) const {
    return i < size() && bytes(i) == bytes_wanted;
  }

 private:
  std::string_view text_;
  std::vector<SqlPart> parts_;
};

/// Two tokens that were apart stay apart.
void append_apart(std::string& out, std::string_view token) {
  if (!out.empty() && !token.empty()) {
    const bool joins = in_word(out.back()) || out.back() == '\'' || out.back() == '"' ||
                       out.back() == '&' || out.back() == ':' || out.back() == '@';
    if (joins && (in_word(token.front()) || token.front() == '\'')) out += ' ';
  }
  out += token;
}

/// What is between the quotes of '…', E'…' or $tag$…$tag$, decoded; nullopt for what goes on behind
/// a line end, and for escapes by number.
std::optional<std::string> content_of(std::string_view text) {
  if (text.front() == '$') {
    const std::size_t tag = text.find('$', 1) + 1;
    return std::string(text.substr(tag, text.size() - 2 * tag));
  }
  const bool escapes = text.front() == 'e' || text.front() == 'E';
  std::string out;
  for (std::size_t i = escapes ? 2 : 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\'') {
      if (text[++i] != '\'') return std::nullopt;
      out += '\'';
    } else if (escapes && text[i] == '\\') {
      constexpr std::string_view letters = "bfnrt";
      constexpr std::string_view meanings = "\b\f\n\r\t";
      const char c = text[++i];
      const std::size_t at = letters.find(c);
      if ((c >= '0' && c <= '7') || c == 'x' || c == 'u' || c == 'U') return std::nullopt;
      out += at == std::string_view::npos ? c : meanings[at];
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string escaped_text(const std::string& content) {
  std::string out = "E'";
  for (const char c : content) {
    if (c == '\'')
      out += "''";
    else if (c == '\\')
      out += "\\\\";
    else if (c == '}')
      out += "\\x7D";
    else
      out += c;
  }
  return out + "'";
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(what, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) return out;
    out += by;
    at = found + what.size();
  }
}

/// Words of the grammar that mean now(), and as what.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTimeWords = {{
    {"current_timestamp", "timestamptz"},
    {"localtimestamp", "timestamp"},
    {"current_date", "date"},
    {"current_time", "timetz"},
    {"localtime", "time"},
}};
constexpr std::array<std::string_view, 5> kTimeFunctions = {
    "now", "clock_timestamp", "transaction_timestamp", "statement_timestamp", "timeofday"};

const std::pair<std::string_view, std::string_view>* time_word(std::string_view word) {
  const std::string wanted = lower(word);
  for (const auto& each : kTimeWords)
    if (each.first == wanted) return &each;
  return nullptr;
}

}  // namespace

std::string sql_literal(const std::optional<std::string>& value) {
  if (!value) return "NULL";
  const bool backslash = value->find('\\') != std::string::npos;
  std::string out = backslash ? "E'" : "'";
  for (const char c : *value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string plain_name(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += in_word(c) && c != '$' && static_cast<unsigned char>(c) < 0x80 ? c : '_';
  if (!is_plain_name(out) || out.front() == '_') out = "s" + out;
  return out;
}

std::string spliced(const Statement& statement,
                    const std::vector<std::optional<std::string>>& values,
                    const ParameterTypes& types) {
  SIM_CHECK(values.size() == statement.parameters.size(), "{} values for statement {}",
            values.size(), statement.name);
  const Parts parts(statement.text);
  std::map<std::string, int> uses;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].kind == SqlKind::parameter) ++uses[parts[i].name];
  std::string out;
  bool behind_value = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind != SqlKind::parameter) {
      if (behind_value)
        append_apart(out, parts.bytes(i));
      else
        out += parts.bytes(i);
      behind_value = false;
      continue;
    }
    const auto found =
        std::find(statement.parameters.begin(), statement.parameters.end(), parts[i].name);
    const auto index = static_cast<std::size_t>(found - statement.parameters.begin());
    append_apart(out, sql_literal(values.at(index)));
    const bool cast =
        uses[parts[i].name] > 1 && index < types.names.size() && !parts.is(parts.next(i + 1), "::");
    if (cast) out += "::" + types.names[index];
    behind_value = true;
  }
  return out;
}

bool asks_for_the_time(std::string_view sql) {
  const Parts parts(sql);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind == SqlKind::text && parts.bytes(i).starts_with('$') &&
        asks_for_the_time(*content_of(parts.bytes(i))))
      return true;
    if (parts[i].kind != SqlKind::word) continue;
    const std::string word = lower(parts.bytes(i));
    if (time_word(word) != nullptr) return true;
    if (std::find(kTimeFunctions.begin(), kTimeFunctions.end(), word) != kTimeFunctions.end() &&
        parts.is(parts.next(i + 1), "("))
      return true;
  }
  return false;
}

std::string with_simulated_time(std::string_view sql) {
  const Parts parts(sql);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view bytes = parts.bytes(i);
    if (parts[i].kind == SqlKind::text && bytes.starts_with('$')) {
      const std::size_t tag = bytes.find('$', 1) + 1;
      out += bytes.substr(0, tag);
      out += with_simulated_time(bytes.substr(tag, bytes.size() - 2 * tag));
      out += bytes.substr(bytes.size() - tag);
      continue;
    }
    const auto* word = parts[i].kind == SqlKind::word ? time_word(bytes) : nullptr;
    if (word == nullptr) {
      out += bytes;
      continue;
    }
    std::string type(word->second);
    const std::size_t open = parts.next(i + 1);
    const std::size_t digits = parts.next(open + 1);
    const bool precise = parts.is(open, "(") && digits < parts.size() &&
                         parts[digits].kind == SqlKind::number &&
                         parts.is(parts.next(digits + 1), ")");
    if (precise) {
      type += "(" + std::string(parts.bytes(digits)) + ")";
      i = parts.next(digits + 1);
    }
    out += type == "timestamptz" ? "simulated.now()" : "(simulated.now()::" + type + ")";
  }
  return out;
}

std::optional<std::string> without_closing_braces(std::string_view sql) {
  const Parts parts(sql);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view bytes = parts.bytes(i);
    if (bytes.find('}') == std::string_view::npos) {
      out += bytes;
      continue;
    }
    const bool joined = !out.empty() && (in_word(out.back()) || out.back() == '&');
    switch (parts[i].kind) {
      case SqlKind::line_comment:
      case SqlKind::block_comment:
        out += replaced(bytes, "}", ")");
        break;
      case SqlKind::text: {
        const auto content = content_of(bytes);
        if (joined || !content) return std::nullopt;
        out += escaped_text(*content);
        break;
      }
      case SqlKind::word:
        if (joined || !bytes.starts_with('"')) return std::nullopt;
        out += "U&" + replaced(replaced(bytes, "\\", "\\\\"), "}", "\\007D");
        break;
      default:
        return std::nullopt;
    }
  }
  return out;
}

std::string leading_words(std::string_view sql) {
  const Parts parts(sql);
  std::string out;
  for (std::size_t i = parts.next(0); i < parts.size() && parts[i].kind == SqlKind::word;
       i = parts.next(i + 1)) {
    std::string word(parts.bytes(i));
    for (char& c : word)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool second = !out.empty();
    out += (second ? " " : "") + word;
    if (second) break;
  }
  return out;
}

}  // namespace fencepost
