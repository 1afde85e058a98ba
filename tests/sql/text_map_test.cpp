// Bytes of what PostgreSQL is given, and the user's own that they stand for.
#include "sql/text_map.hpp"

#include "sim/input/query_file.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What the user wrote where this stands in what PostgreSQL is given.
std::string original_of(const std::string& sql, const std::string& made) {
  const Statement statement = statements_of("-- name: a :exec\n" + sql, "a.sql").at(0);
  const std::size_t at = statement.sql.find(made);
  if (at == std::string::npos) return "not in " + statement.sql;
  const Clause found = statement.map.original({at, at + made.size()});
  return statement.text.substr(found.begin, found.end - found.begin);
}

std::string remarks_of(const std::string& file) {
  std::string all;
  for (const Statement& statement : statements_of(file, "a.sql"))
    for (const Remark& remark : statement.remarks)
      all += statement.name + ":" + std::to_string(remark.where.line) + " " + remark.text + "\n";
  return all;
}

}  // namespace

TEST_CASE("text_map: without pieces each byte stands for itself", "[sql]") {
  const Clause found = TextMap().original({3, 5});
  CHECK(found.begin == 3);
  CHECK(found.end == 5);
}

TEST_CASE("text_map: a parameter's number stands for what the user wrote", "[sql]") {
  const std::string sql = "UPDATE é SET a = :long_name, b = @b::int WHERE c=@c AND d = :long_name";
  CHECK(original_of(sql, "$1") == ":long_name");
  CHECK(original_of(sql, "$2::int") == "@b::int");
  CHECK(original_of(sql, "c=$3 ") == "c=@c ");
  CHECK(original_of(sql, "d = $1") == "d = :long_name");
  CHECK(original_of(sql, "SET a = $1, b") == "SET a = :long_name, b");
  CHECK(original_of("SELECT a FROM b WHERE c = ? AND d = ?", "AND d = $2") == "AND d = ?");
  CHECK(original_of("SELECT sqlc.embed(t), b FROM t", "t.*, b") == "sqlc.embed(t), b");
  CHECK(original_of("SELECT '50%%', %(a)s, c", "'50%', $1") == "'50%%', %(a)s");
}

TEST_CASE("query_file: remarks belong to the statement that they stand before, or in", "[sql]") {
  CHECK(remarks_of(
            "-- fencepost: ignore one why\n-- name: a :exec\n-- fencepost: ignore two  why \n"
            "SELECT 1 -- fencepost: ignore three why\n  ;\n\n/* fencepost: ignore four why */\n"
            "-- plain\n-- name: b :exec\nSELECT 2, '-- fencepost: no'; -- fencepost: last\n") ==
        "a:1 ignore one why\na:3 ignore two  why\na:4 ignore three why\nb:7 ignore four why\nb:10 "
        "last\n");
  CHECK(remarks_of("-- fencepost: ignore one why\nSELECT 1") == "a:1 ignore one why\n");
}

}  // namespace fencepost
