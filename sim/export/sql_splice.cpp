#include "sim/export/sql_splice.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/text/error.hpp"
#include "sim/text/words.hpp"
#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

bool is(const SqlParts& parts, std::size_t i, std::string_view text) {
  return i < parts.size() && parts[i].text == text;
}
std::size_t behind(const SqlParts& parts, std::size_t i) { return next_that_counts(parts, i + 1); }

/// Two tokens that were apart stay apart.
void append_apart(std::string& out, std::string_view token) {
  if (!out.empty() && !token.empty()) {
    const bool joins = in_sql_word(out.back()) || out.back() == '\'' || out.back() == '"' ||
                       out.back() == '&' || out.back() == ':' || out.back() == '@';
    if (joins && (in_sql_word(token.front()) || token.front() == '\'')) out += ' ';
  }
  out += token;
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
  const std::string wanted = folded(word);
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
    out += in_sql_word(c) && c != '$' && static_cast<unsigned char>(c) < 0x80 ? c : '_';
  if (!is_plain_name(out) || out.front() == '_') out = "s" + out;
  return out;
}

std::string spliced(const Statement& statement,
                    const std::vector<std::optional<std::string>>& values,
                    const ParameterTypes& types) {
  SIM_CHECK(values.size() == statement.parameters.size(), "{} values for statement {}",
            values.size(), statement.name);
  const SqlParts parts = sql_parts(statement.sql);
  std::map<std::string, int> uses;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].kind == SqlKind::parameter) ++uses[parts[i].name];
  std::string out;
  bool behind_value = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind != SqlKind::parameter) {
      if (behind_value)
        append_apart(out, parts[i].text);
      else
        out += parts[i].text;
      behind_value = false;
      continue;
    }
    const auto index = static_cast<std::size_t>(std::stoi(parts[i].name.substr(1)) - 1);
    append_apart(out, sql_literal(values.at(index)));
    const bool cast =
        uses[parts[i].name] > 1 && index < types.names.size() && !is(parts, behind(parts, i), "::");
    if (cast) out += "::" + types.names[index];
    behind_value = true;
  }
  return out;
}

bool asks_for_the_time(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind == SqlKind::text && parts[i].text.starts_with('$') &&
        asks_for_the_time(*meaning_of_literal(parts[i].text)))
      return true;
    if (parts[i].kind != SqlKind::word) continue;
    const std::string word = folded(parts[i].text);
    if (time_word(word) != nullptr) return true;
    if (std::find(kTimeFunctions.begin(), kTimeFunctions.end(), word) != kTimeFunctions.end() &&
        is(parts, behind(parts, i), "("))
      return true;
  }
  return false;
}

std::string with_simulated_time(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view text = parts[i].text;
    if (parts[i].kind == SqlKind::text && text.starts_with('$')) {
      const std::size_t tag = text.find('$', 1) + 1;
      out += text.substr(0, tag);
      out += with_simulated_time(text.substr(tag, text.size() - 2 * tag));
      out += text.substr(text.size() - tag);
      continue;
    }
    const auto* word = parts[i].kind == SqlKind::word ? time_word(text) : nullptr;
    if (word == nullptr) {
      out += text;
      continue;
    }
    std::string type(word->second);
    const std::size_t open = behind(parts, i);
    const std::size_t digits = behind(parts, open);
    const bool precise = is(parts, open, "(") && digits < parts.size() &&
                         parts[digits].kind == SqlKind::number &&
                         is(parts, behind(parts, digits), ")");
    if (precise) {
      type += "(" + std::string(parts[digits].text) + ")";
      i = behind(parts, digits);
    }
    out += type == "timestamptz" ? "simulated.now()" : "(simulated.now()::" + type + ")";
  }
  return out;
}

std::optional<std::string> without_closing_braces(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view text = parts[i].text;
    if (text.find('}') == std::string_view::npos) {
      out += text;
      continue;
    }
    const bool joined = !out.empty() && (in_sql_word(out.back()) || out.back() == '&');
    switch (parts[i].kind) {
      case SqlKind::line_comment:
      case SqlKind::block_comment:
        out += replaced(text, "}", ")");
        break;
      case SqlKind::text: {
        const auto content = meaning_of_literal(text);
        if (joined || !content) return std::nullopt;
        out += escaped_text(*content);
        break;
      }
      case SqlKind::word:
        if (joined || !text.starts_with('"')) return std::nullopt;
        out += "U&" + replaced(replaced(text, "\\", "\\\\"), "}", "\\007D");
        break;
      default:
        return std::nullopt;
    }
  }
  return out;
}

std::string leading_words(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  std::string out;
  for (std::size_t i = next_that_counts(parts, 0);
       i < parts.size() && parts[i].kind == SqlKind::word; i = behind(parts, i)) {
    std::string word(parts[i].text);
    for (char& c : word)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool second = !out.empty();
    out += (second ? " " : "") + word;
    if (second) break;
  }
  return out;
}

}  // namespace fencepost
