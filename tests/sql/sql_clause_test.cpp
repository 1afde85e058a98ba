#include "sql/sql_clause.hpp"

#include <string>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

std::string where_in(const std::string& sql) {
  const auto clause = where_clause(sql);
  return clause ? sql.substr(clause->begin, clause->end - clause->begin) : "none";
}

TEST_CASE("where_clause: reaches to the end, or to what follows a condition", "[sql]") {
  CHECK(where_in("UPDATE a SET b = 1 WHERE c = :c") == "WHERE c = :c");
  CHECK(where_in("update a set b = 1\n where c = 2 -- why\n returning b") == "where c = 2");
  CHECK(where_in("SELECT 1 FROM a WHERE b ORDER BY c LIMIT 1 FOR UPDATE") == "WHERE b");
  CHECK(where_in("DELETE FROM a WHERE b = (SELECT max(c) FROM d WHERE e) AND f") ==
        "WHERE b = (SELECT max(c) FROM d WHERE e) AND f");
}

TEST_CASE("where_clause: what only looks like a condition is none", "[sql]") {
  CHECK(where_in("INSERT INTO a VALUES (:where, 'WHERE', \"where\", $$ WHERE $$) -- WHERE") ==
        "none");
  CHECK(where_in("SELECT E'\\' WHERE', $x$ WHERE $x$ /* WHERE /* */ WHERE */") == "none");
  CHECK(where_in("UPDATE a SET b = (SELECT c FROM d WHERE e)") == "none");
}

TEST_CASE("where_clause: of two there is none to point at", "[sql]") {
  CHECK(where_in("SELECT 1 FROM a WHERE b UNION SELECT 2 FROM c WHERE d") == "none");
}

TEST_CASE("writes: a statement that changes rows, also inside a WITH", "[sql]") {
  CHECK(writes("insert into a values (1)"));
  CHECK(writes("WITH x AS (UPDATE a SET b = 1 RETURNING b) SELECT b FROM x"));
  CHECK(writes("DELETE FROM a"));
  CHECK_FALSE(writes("SELECT 1 FROM a FOR UPDATE SKIP LOCKED"));
  CHECK_FALSE(writes("SELECT 1 FROM a FOR NO KEY UPDATE"));
  CHECK_FALSE(writes("SELECT 'DELETE', \"insert\" -- UPDATE"));
}

TEST_CASE("where_clause: whatever the text, a clause lies inside it and begins with its word",
          "[sql]") {
  law("for any text", [] {
    const std::string before = any_text(), after = any_text();
    const std::string sql = before + " WHERE " + after;
    const auto clause = where_clause(sql);
    if (!clause) return;
    HOLDS(clause->begin + 5 <= clause->end);
    HOLDS(clause->end <= sql.size());
    writes(sql);
  });
}

}  // namespace
}  // namespace fencepost
