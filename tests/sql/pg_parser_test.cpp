// PostgreSQL's parser, and what is kept from it.
#include "sql/tree/pg_parser.hpp"

#include "sql/sql_text.hpp"
#include "sql/tree/parse_tree.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

/// "ok", or what is wrong with "at …" where.
std::string answer_to(const std::string& sql) {
  const ParserAnswer answer = ask_pg_parser(sql);
  return answer.error ? answer.error->message + " at " + std::to_string(answer.error->at) : "ok";
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// The statements of a text, each between brackets.
std::string statements(const std::string& sql) {
  const auto tree = ParseTree::of(sql);
  if (const auto* error = std::get_if<SqlError>(&tree)) return error->message;
  std::string found;
  for (const ParseTree::Root& root : std::get<ParseTree>(tree).roots())
    found += "[" + std::string(root.node.kind()) + ": " +
             sql.substr(root.span.begin, root.span.end - root.span.begin) + "]";
  return found;
}

}  // namespace

TEST_CASE("pg_parser: a mistake is told with its byte, whatever stands before it", "[sql]") {
  CHECK(answer_to("SELECT a FORM b") == "syntax error at or near \"b\" at 14");
  CHECK(answer_to("SELECT 'é', 'ü' FORM b") == "syntax error at or near \"b\" at 23");
  CHECK(answer_to("SELECT 1 FROM") == "syntax error at end of input at 13");
  CHECK(answer_to("SELECT 'a") == "unterminated quoted string at or near \"'a\" at 7");
  CHECK(answer_to("SELECT U&'\\zzzz'") == "invalid Unicode escape at 10");
}

TEST_CASE("pg_parser: bytes that are no SQL are refused before they are parsed", "[sql]") {
  CHECK(answer_to(std::string("SELECT 1\0, 2", 12)) == "holds a NUL, which no SQL does at 8");
  for (const char* bytes : {"\xff", "\xf0", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"})
    CHECK(answer_to(std::string("SELECT '") + bytes) == "is not UTF-8 from here on at 8");
  CHECK(answer_to("SELECT '\xf0\x9f\x98\x80'") == "ok");
  CHECK(answer_to("SELECT '" + std::string((4 << 20) + 1, 'a') + "'") ==
        "is longer than the 4 MB that are read as SQL at 0");
}

TEST_CASE("pg_parser: what is nested too deep for a stack is refused", "[sql]") {
  for (const auto& [open, middle, close] :
       std::vector<std::array<std::string, 3>>{{"1+", "1", ""},
                                               {"a||", "a", ""},
                                               {"NOT ", "true", ""},
                                               {"(SELECT ", "1", ")"},
                                               {"(", "1", ")"},
                                               {"f(", "1", ")"},
                                               {"CASE WHEN a THEN ", "1", " END"},
                                               {"1 UNION SELECT ", "1", ""},
                                               {"a AND ", "a", ""},
                                               {"ARRAY[", "1", "]"},
                                               {"", "1 FROM a", " CROSS JOIN b"},
                                               {"", "a", "::int"},
                                               {"(1+", "1", ")+1"}}) {
    INFO(open + middle + close);
    CHECK(answer_to("SELECT " + repeated(open, 300) + middle + repeated(close, 300)) == "ok");
    const std::string deep =
        answer_to("SELECT " + repeated(open, 30'000) + middle + repeated(close, 30'000));
    CHECK((deep.starts_with("is nested deeper here than can be read; divide it at ") ||
           deep.starts_with("memory exhausted")));
  }
}

TEST_CASE("pg_parser: what is only long is read", "[sql]") {
  CHECK(answer_to("SELECT '" + repeated("é", 1 << 19) + "'") == "ok");
  CHECK(answer_to("INSERT INTO a VALUES " + repeated("(1, 'b'),", 20'000) + "(1, 'b')") == "ok");
  CHECK(answer_to("SELECT 1 WHERE a IN (1" + repeated(",1", 100'000) + ")") == "ok");
  CHECK(answer_to(repeated("SELECT 1;", 5'000)) == "ok");
}

TEST_CASE("pg_parser: the program lives on after any bytes", "[sql]") {
  law("every text is read or refused", [] {
    const std::string sql = any_row_of(
        {"SELECT", "(",    ")",       "WHERE", "AND", "'",    "$1",  "$$",   "UPDATE", ";",
         "a",      "--\n", "/*",      "\"",    "[",   "::",   "é",   "\xff", ",",      "IN",
         "WITH",   "AS",   "BETWEEN", "CASE",  "END", "FROM", "SET", "=",    "\\",     "E'"},
        " ");
    const ParserAnswer answer = ask_pg_parser(sql);
    const bool told = answer.error && answer.error->at <= sql.size();
    HOLDS(answer.json.empty() == told);
  });
}

TEST_CASE("parse_tree: nothing, comments and semicolons are no statements", "[sql]") {
  CHECK(statements("") == "");
  CHECK(statements("  \n-- nothing\n/* here */ ;;") == "");
}

TEST_CASE("parse_tree: each statement has its bytes, without what stands around it", "[sql]") {
  CHECK(statements("-- é\nSELECT 'é' ; /* a */ update b set c = $$ ; $$ -- d\n; ;") ==
        "[SelectStmt: SELECT 'é'][UpdateStmt: update b set c = $$ ; $$]");
  CHECK(statements("CREATE RULE a AS ON INSERT TO b DO (SELECT 1; SELECT 2); SELECT 3") ==
        "[RuleStmt: CREATE RULE a AS ON INSERT TO b DO (SELECT 1; SELECT 2)][SelectStmt: SELECT "
        "3]");
}

}  // namespace fencepost
