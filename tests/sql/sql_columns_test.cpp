#include "sql/sql_columns.hpp"

#include "tests/fixtures/catch.hpp"

using namespace fencepost;

namespace {

/// The columns of all parameters, in order.
std::vector<std::string> columns(std::string_view sql) {
  const SqlParts parts = sql_parts(sql);
  const SqlColumns known(parts);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].kind == SqlKind::parameter) out.push_back(known.of(i));
  return out;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("columns: a number is called like what it is compared with or assigned to", "[sql]") {
  CHECK(columns("UPDATE t SET a = $1, \"B\" = $2 WHERE t.c >= $3 AND $4 = s.d") ==
        Names{"a", "B", "c", "d"});
  CHECK(columns("SELECT 1 WHERE id = ANY($1::bigint[]) LIMIT $2 OFFSET $3") ==
        Names{"id", "limit", "offset"});
  CHECK(columns("SELECT $1, f($2), a + $3, $4 IS NULL") == Names{"", "", "", ""});
}

TEST_CASE("columns: an inserted value is called like its column", "[sql]") {
  CHECK(columns("INSERT INTO s.t (a, b, c) VALUES ($1, now(), $2), (f($3, 1), $4, $5)") ==
        Names{"a", "c", "", "b", "c"});
  CHECK(columns("INSERT INTO t VALUES ($1)") == Names{""});
}

TEST_CASE("columns: a list of ten thousand rows is read like one of two", "[sql]") {
  std::string sql = "INSERT INTO t (a, b) VALUES ($1, $2)";
  for (int row = 1; row < 10'000; ++row) sql += ", ($1, $2)";
  const Names found = columns(sql + "; SELECT ($1), (b = $2)");
  REQUIRE(found.size() == 20'002);
  CHECK(found[19'998] == "a");
  CHECK(found[19'999] == "b");
  CHECK(found[20'000].empty());
  CHECK(found[20'001] == "b");
}
