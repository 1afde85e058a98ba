#include "sql/sql_statements.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

/// Each statement as "line: text".
std::vector<std::string> divided(std::string_view text) {
  std::vector<std::string> out;
  for (const SqlStatement& statement : sql_statements(text))
    out.push_back(std::to_string(statement.line) + ": " + std::string(statement.text));
  return out;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("statements: semicolons divide, but not those in quotes, comments and parentheses",
          "[sql]") {
  CHECK(divided("SELECT 1;\n-- a; b\nSELECT ';';;\n\nDO $$ BEGIN; END $$") ==
        Texts{"1: SELECT 1", "3: SELECT ';'", "5: DO $$ BEGIN; END $$"});
  CHECK(divided("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3") ==
        Texts{"1: CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "1: SELECT 3"});
  CHECK(divided(" -- nothing\n ; ").empty());
}

TEST_CASE("statements: the body of a function in SQL is one with it", "[sql]") {
  const std::string body =
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC\n SELECT CASE 1 WHEN 1 THEN 2 "
      "END;\n "
      "SELECT 2;\nEND";
  CHECK(divided(body + "; SELECT 3") == Texts{"1: " + body, "4: SELECT 3"});
  CHECK(divided("BEGIN; SELECT 1; COMMIT") == Texts{"1: BEGIN", "1: SELECT 1", "1: COMMIT"});
}

TEST_CASE("statements: the first words are as PostgreSQL reads them", "[sql]") {
  const auto statement = sql_statements("Alter  Database \"My\" SET x TO 1").at(0);
  CHECK(statement.words == Texts{"alter", "database", "\"My\"", "set", "x", "to"});
  CHECK(statement.begins({"alter", "database"}));
  CHECK_FALSE(statement.begins({"alter", "role"}));
}
