#include "sql/tree/pg_parser.hpp"

#include <pg_query.h>
#include <pthread.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "sql/sql_text.hpp"

namespace fencepost {
namespace {

constexpr std::size_t kLongest = std::size_t{4} << 20;
// A level of the tree costs less than 400 bytes of stack in every shape that was tried, and is made
// of one word at least.
constexpr std::size_t kDeepest = 20'000;
constexpr std::size_t kStack = std::size_t{64} << 20;

/// The first byte that is not UTF-8; the text's size where all are.
std::size_t first_that_is_not_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char first = byte(i);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size() - i) return i;
    for (std::size_t more = 1; more < length; ++more)
      if ((byte(i + more) & 0xC0) != 0x80) return i;
    if ((first == 0xE0 && byte(i + 1) < 0xA0) || (first == 0xED && byte(i + 1) > 0x9F) ||
        (first == 0xF0 && byte(i + 1) < 0x90) || (first == 0xF4 && byte(i + 1) > 0x8F))
      return i;
    i += length;
  }
  return text.size();
}

/// Where a tree of this text could become too deep. Between two commas each word may be one level
/// more, as in 1 + 1 + 1, and what is in parentheses stands below all of them.
std::optional<std::size_t> too_deep(std::string_view sql) {
  struct Group {
    std::size_t item = 0;
    std::size_t most = 0;
  };
  std::vector<Group> open(1);
  for (const SqlPart& part : sql_parts(sql)) {
    if (!part.counts()) continue;
    Group& group = open.back();
    if (part.text == "," || part.kind == SqlKind::semicolon) {
      group.most = std::max(group.most, group.item);
      group.item = 0;
    } else if (part.text == "(" || part.text == "[") {
      open.emplace_back();
    } else if ((part.text == ")" || part.text == "]") && open.size() > 1) {
      const std::size_t inside = std::max(group.most, group.item);
      open.pop_back();
      open.back().item += inside + 1;
    } else {
      ++group.item;
    }
    if (open.size() > kDeepest || open.back().item > kDeepest) return part.begin;
  }
  return std::nullopt;
}

std::optional<SqlError> refused(const std::string& sql) {
  if (sql.size() > kLongest) return SqlError{"is longer than the 4 MB that are read as SQL", 0};
  if (const std::size_t nul = sql.find('\0'); nul != std::string::npos)
    return SqlError{"holds a NUL, which no SQL does", nul};
  if (const std::size_t bad = first_that_is_not_utf8(sql); bad < sql.size())
    return SqlError{"is not UTF-8 from here on", bad};
  if (const auto deep = too_deep(sql))
    return SqlError{"is nested deeper here than can be read; divide it", *deep};
  return std::nullopt;
}

/// The parser counts letters, from 1.
std::size_t byte_of_letter(std::string_view sql, int letter) {
  std::size_t at = 0;
  for (int left = letter - 1; at < sql.size(); ++at)
    if ((static_cast<unsigned char>(sql[at]) & 0xC0) != 0x80 && left-- <= 0) break;
  return at;
}

struct Question {
  const std::string& sql;
  ParserAnswer answer;
};

void* parse(void* given) {
  Question& question = *static_cast<Question*>(given);
  const PgQueryParseResult result = pg_query_parse(question.sql.c_str());
  if (result.error != nullptr)
    question.answer.error =
        SqlError{result.error->message, byte_of_letter(question.sql, result.error->cursorpos)};
  else
    question.answer.json = result.parse_tree;
  pg_query_free_parse_result(result);
  return nullptr;
}

}  // namespace

ParserAnswer ask_pg_parser(const std::string& sql) {
  if (auto error = refused(sql)) return {"", std::move(error)};
  Question question{sql, {}};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, parse, &question);
  pthread_attr_destroy(&attributes);
  if (failed != 0) return {"", SqlError{"can't be read: there is no memory for its parser", 0}};
  pthread_join(thread, nullptr);
  return question.answer;
}

}  // namespace fencepost
