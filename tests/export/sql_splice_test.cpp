#include "sim/export/sql_splice.hpp"

#include "reports/escaped.hpp"
#include "sim/input/query_file.hpp"
#include "sql/sql_text.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

using namespace fencepost;

namespace {

Statement statement(const std::string& sql) {
  return statements_of("-- name: it :one\n" + sql, "q.sql").front();
}

/// What PostgreSQL reads in one literal, with standard_conforming_strings on.
std::string read_literal(const std::string& sql) {
  const bool escapes = sql.front() == 'E';
  std::string out;
  for (std::size_t i = escapes ? 2 : 1; i + 1 < sql.size(); ++i) {
    if (sql[i] == '\'' || (escapes && sql[i] == '\\')) ++i;
    out += sql[i];
  }
  return out;
}

std::string hostile_value() {
  return any_row_of({"'", "\\", "\"", "$", "{", "}", ":", "@", ";", "-", "\n", "a", " ", "%"});
}

}  // namespace

TEST_CASE("spliced: values stand where parameters stood, and the text is left as it was", "[sim]") {
  CHECK(spliced(statement("SELECT :a::text, ':a', x[1:2] -- :a\nFROM t WHERE b=@b"), {"it's", {}},
                {{"text", "integer"}}) ==
        "SELECT 'it''s'::text, ':a', x[1:2] -- :a\nFROM t WHERE b=NULL");
  CHECK(spliced(statement("INSERT INTO t VALUES ($2, $1)"), {"1", "2"}, {}) ==
        "INSERT INTO t VALUES ('2', '1')");
  CHECK(spliced(statement("SELECT 1 LIMIT:n"), {"2"}, {}) == "SELECT 1 LIMIT '2'");
  CHECK(spliced(statement("SELECT sqlc.arg(x)AS y"), {"2"}, {}) == "SELECT '2' AS y");
}

TEST_CASE("spliced: a parameter used twice has the type that it had as one", "[sim]") {
  CHECK(spliced(statement("SELECT :a, :a::int8, :b"), {"1", "2"}, {{"bigint", "text"}}) ==
        "SELECT '1'::bigint, '1'::int8, '2'");
}

TEST_CASE("literals: what is read is what was written, whatever it is", "[sim]") {
  CHECK(sql_literal(std::nullopt) == "NULL");
  law("any value", [] {
    const std::string value = hostile_value();
    const std::string literal = sql_literal(value);
    HOLDS(read_literal(literal) == value);
    const auto parts = sql_parts(literal);
    HOLDS(parts.size() == 1U);
    HOLDS(parts.front().kind == SqlKind::text);
  });
}

TEST_CASE("spliced: a hostile value never leaves its literal", "[sim]") {
  law("any value", [] {
    const std::string value = hostile_value();
    const std::string sql = spliced(statement("SELECT :a, 'x' FROM t"), {value}, {});
    const auto parts = sql_parts(sql);
    HOLDS(parts.size() == 10U);
    HOLDS(sql.ends_with(", 'x' FROM t"));
  });
}

TEST_CASE("braces: no closing one is left, and texts mean the same", "[sim]") {
  CHECK(without_closing_braces("SELECT '{1}'::int[]") == "SELECT E'{1\\x7D'::int[]");
  CHECK(without_closing_braces("AS $$ a } $$") == "AS E' a \\x7D '");
  CHECK(without_closing_braces("\"a}\" /* } */ -- }") == "U&\"a\\007D\" /* ) */ -- )");
  CHECK_FALSE(without_closing_braces("SELECT }"));
  law("any literal", [] {
    const auto without = without_closing_braces(sql_literal(hostile_value()));
    HOLDS(without.has_value());
    HOLDS(without->find('}') == std::string::npos);
  });
}

TEST_CASE("time: what is grammar is written otherwise, what is a function stays", "[sim]") {
  CHECK(with_simulated_time("SELECT NOW(), CURRENT_TIMESTAMP, 'current_date'") ==
        "SELECT NOW(), simulated.now(), 'current_date'");
  CHECK(with_simulated_time("SELECT current_timestamp (3), LOCALTIME") ==
        "SELECT (simulated.now()::timestamptz(3)), (simulated.now()::time)");
  CHECK(with_simulated_time("AS $f$ SELECT CURRENT_DATE $f$") ==
        "AS $f$ SELECT (simulated.now()::date) $f$");
  CHECK(asks_for_the_time("DEFAULT now ()"));
  CHECK(asks_for_the_time("AS $$ SELECT clock_timestamp() $$"));
  CHECK_FALSE(asks_for_the_time("SELECT now, 'now()' -- now()"));
}

TEST_CASE("dollar quotes: the tag is in no text, also not at its end", "[sim]") {
  CHECK(dollar_quoted("a") == "$fencepost$a$fencepost$");
  CHECK(dollar_quoted("$fencepost$a") == "$fencepost_$$fencepost$a$fencepost_$");
  law("any text", [] {
    const std::string text = any_row_of({"$", "fencepost", "_", "x"});
    const auto parts = sql_parts(dollar_quoted(text));
    HOLDS(parts.size() == 1U);
  });
}

TEST_CASE("names: a session's is plain", "[sim]") {
  CHECK(plain_name("w1.2/main#2") == "w1_2_main_2");
  CHECK(plain_name("1\"}\n") == "s1___");
}
