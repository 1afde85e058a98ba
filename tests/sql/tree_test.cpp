// What a statement does, on which conditions, and which bytes say so.
#include "sql/tree/query_view.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/law.hpp"

namespace fencepost {
namespace {

class Shown {
 public:
  explicit Shown(const std::string& sql) : sql_(sql), tree_(parsed(sql)) {
    views_ = statement_views(tree_);
  }
  const Query& query(std::size_t i = 0) const { return views_.at(0).queries.at(i); }
  std::string cut(Clause span) const { return sql_.substr(span.begin, span.end - span.begin); }
  std::string cut(const std::optional<Clause>& span) const { return span ? cut(*span) : "none"; }

  static std::string text(const Operand& operand) {
    static const char* kinds[] = {"-", "", "", "", "call ", "query", "list", "other"};
    return kinds[static_cast<int>(operand.kind)] + (operand.of.empty() ? "" : operand.of + ".") +
           operand.text + (operand.cast.empty() ? "" : "::" + operand.cast);
  }
  std::string conditions(const std::vector<Condition>& where) const {
    std::string all;
    for (const Condition& each : where)
      all += cut(each.span) + " → " + text(each.left) + " | " + each.op + " | " + text(each.right) +
             "\n";
    return all;
  }
  std::string conditions(std::size_t i = 0) const { return conditions(query(i).where); }
  std::string sets(const std::vector<Assignment>& list) const {
    std::string all;
    for (const Assignment& each : list)
      all += cut(each.span) + " → " + each.column + " = " + text(each.value) + "\n";
    return all;
  }
  std::string calls(std::size_t i = 0) const {
    static const char* places[] = {"output", "where", "set", "from", "other"};
    std::string all;
    for (const FunctionCall& each : query(i).calls)
      all += cut(each.span) + " → " + each.name + " in " + places[static_cast<int>(each.in)] + "\n";
    return all;
  }
  /// Each query: its kind, place, name, target and bytes.
  std::string queries() const {
    static const char* kinds[] = {"select", "values", "insert", "update", "remove", "merge"};
    static const char* places[] = {"", "with", "from", "condition", "value", "source", "arm"};
    static const char* said[] = {"", " materialized", " not materialized"};
    std::string all;
    for (const Query& each : views_.at(0).queries) {
      all += std::string(kinds[static_cast<int>(each.kind)]) + " " +
             places[static_cast<int>(each.within)];
      if (each.around) all += " of " + std::to_string(*each.around);
      all += said[static_cast<int>(each.materialized)];
      if (!each.name.empty()) all += " " + each.name;
      if (!each.target.name.empty()) all += " into " + each.target.name;
      for (const TableName& table : each.tables) all += " from " + table.name;
      all += ": " + cut(each.span) + "\n";
    }
    return all;
  }
  const std::vector<StatementView>& views() const { return views_; }

 private:
  static ParseTree parsed(const std::string& sql) {
    auto tree = ParseTree::of(sql);
    if (const auto* error = std::get_if<SqlError>(&tree)) throw std::runtime_error(error->message);
    return std::move(std::get<ParseTree>(tree));
  }
  std::string sql_;
  ParseTree tree_;
  std::vector<StatementView> views_;
};

}  // namespace

TEST_CASE("query_view: the queries of a statement, each with its place and bytes", "[sql]") {
  CHECK(
      Shown("WITH next AS MATERIALIZED (\n SELECT id FROM s.jobs j LIMIT 1), b AS NOT MATERIALIZED "
            "(SELECT 2)\nUPDATE s.jobs AS k SET a = (SELECT 1) FROM next WHERE EXISTS (SELECT 3) "
            "RETURNING *")
          .queries() ==
      "update  into jobs from next: UPDATE s.jobs AS k SET a = (SELECT 1) FROM next WHERE EXISTS "
      "(SELECT 3) RETURNING *\n"
      "select value of 0: SELECT 1\n"
      "select condition of 0: SELECT 3\n"
      "select with of 0 materialized next from jobs: SELECT id FROM s.jobs j LIMIT 1\n"
      "select with of 0 not materialized b: SELECT 2\n");
  CHECK(
      Shown("INSERT INTO a (b) SELECT c FROM d JOIN (SELECT 1 AS e) x ON true WHERE c ON CONFLICT "
            "DO NOTHING RETURNING b")
          .queries() ==
      "insert  into a: INSERT INTO a (b) SELECT c FROM d JOIN (SELECT 1 AS e) x ON true WHERE c "
      "ON CONFLICT DO NOTHING RETURNING b\n"
      "select source of 0 from d: SELECT c FROM d JOIN (SELECT 1 AS e) x ON true WHERE c\n"
      "select from of 1: SELECT 1 AS e\n");
  CHECK(Shown("SELECT a FROM b UNION (SELECT c FROM d ORDER BY 1) ORDER BY 1 LIMIT 2").queries() ==
        "select : SELECT a FROM b UNION (SELECT c FROM d ORDER BY 1) ORDER BY 1 LIMIT 2\n"
        "select arm of 0 from b: SELECT a FROM b\n"
        "select arm of 0 from d: SELECT c FROM d ORDER BY 1\n");
  CHECK(Shown("DELETE FROM ONLY a USING b WHERE a.c = b.c").queries() ==
        "remove  into a from b: DELETE FROM ONLY a USING b WHERE a.c = b.c\n");
  CHECK(Shown("INSERT INTO a VALUES (1), (2)").queries() ==
        "insert  into a: INSERT INTO a VALUES (1), (2)\nvalues source of 0: VALUES (1), (2)\n");
  CHECK(Shown("UPDATE a SET (b, c) = (SELECT 1, 2), d = 3").queries() ==
        "update  into a: UPDATE a SET (b, c) = (SELECT 1, 2), d = 3\nselect value of 0: SELECT 1, "
        "2\n");
}

TEST_CASE("query_view: conditions that AND joins, with what each compares", "[sql]") {
  CHECK(
      Shown("SELECT 1 FROM j WHERE a = $1 AND $2::int > j.b AND c IS NOT NULL AND (d OR e AND f) "
            "AND g BETWEEN 1 AND 2 AND NOT h AND i IN ('x', 'y') AND k = ANY ($3) AND l ORDER BY 1")
          .conditions() ==
      "a = $1 → a | = | $1\n"
      "$2::int > j.b → j.b | < | $2::int4\n"
      "c IS NOT NULL → c | is not null | -\n"
      "(d OR e AND f) → - | or | -\n"
      "g BETWEEN 1 AND 2 → g | between | list\n"
      "NOT h → - | not | -\n"
      "i IN ('x', 'y') → i | in | list\n"
      "k = ANY ($3) → k | = any | $3\n"
      "l → l |  | -\n");
  CHECK(Shown("DELETE FROM a WHERE ((b = 1 AND (c = 2)) AND (d = (SELECT max(e) FROM f WHERE g AND "
              "h)))")
            .conditions() ==
        "b = 1 → b | = | 1\n(c = 2) → c | = | 2\n(d = (SELECT max(e) FROM f WHERE g AND h)) → d | "
        "= | query\n");
  CHECK(Shown("SELECT 1 FROM a WHERE (b, c) IN (SELECT 1, 2) AND EXISTS (SELECT 1) AND x LIKE 'a' "
              "AND CASE WHEN p AND q THEN r END AND w IS DISTINCT FROM v FOR UPDATE")
            .conditions() ==
        "(b, c) IN (SELECT 1, 2) → list | in | query\n"
        "EXISTS (SELECT 1) → - | exists | query\n"
        "x LIKE 'a' → x | like | a\n"
        "CASE WHEN p AND q THEN r END → other |  | -\n"
        "w IS DISTINCT FROM v → w | is distinct from | v\n");
}

TEST_CASE("query_view: a value is what is cast, however often", "[sql]") {
  std::string casts;
  for (int i = 0; i < 9000; ++i) casts += "::text";
  CHECK(Shown("SELECT 1 FROM a WHERE b = $1" + casts + "::int")
            .conditions()
            .ends_with("b | = | $1::int4\n"));
}

TEST_CASE("query_view: bytes are those of the text, whatever letters stand before", "[sql]") {
  const Shown shown(
      "/* 日本 */ UPDATE jobs SET note = 'é', state = 'ü' WHERE name = 'ö' AND id = $1");
  CHECK(shown.conditions() == "name = 'ö' → name | = | ö\nid = $1 → id | = | $1\n");
  CHECK(shown.sets(shown.query().sets) == "note = 'é' → note = é\nstate = 'ü' → state = ü\n");
}

TEST_CASE("query_view: comments and dollar quotes in a clause hide nothing", "[sql]") {
  CHECK(Shown("DELETE FROM a WHERE b = $x$ AND c $x$ -- AND d\n AND /* ) */ e = ')' AND f = E'\\''")
            .conditions() ==
        "b = $x$ AND c $x$ → b | = |  AND c \ne = ')' → e | = | )\nf = E'\\'' → f | = | '\n");
}

TEST_CASE("query_view: what is set, also behind a conflict and by an INSERT", "[sql]") {
  const Shown update("UPDATE a SET b = b + 1, (c, d) = (1, now()), e[1] = DEFAULT WHERE f");
  CHECK(update.sets(update.query().sets) ==
        "b = b + 1 → b = other\n(c, d) = (1, now()) → c = other\n(c, d) = (1, now()) → d = "
        "other\ne[1] = DEFAULT → e = other\n");
  const Shown insert(
      "INSERT INTO a AS t (b, c) VALUES ($1, now() + interval '1 s') ON CONFLICT (b) WHERE x DO "
      "UPDATE SET c = EXCLUDED.c, d = t.d + 1 WHERE t.c < now() AND t.e = $2 RETURNING d");
  CHECK(insert.sets(insert.query().sets) == "$1 → b = $1\nnow() + interval '1 s' → c = other\n");
  const ConflictClause& conflict = *insert.query().conflict;
  CHECK(insert.sets(conflict.sets) == "c = EXCLUDED.c → c = excluded.c\nd = t.d + 1 → d = other\n");
  CHECK(insert.conditions(conflict.where) ==
        "t.c < now() → t.c | < | call now\nt.e = $2 → t.e | = | $2\n");
  CHECK(insert.cut(conflict.where_clause) == "WHERE t.c < now() AND t.e = $2");
  CHECK(insert.cut(insert.query().returning) == "RETURNING d");
}

TEST_CASE("query_view: locks, limits and orders", "[sql]") {
  const Shown shown(
      "SELECT a AS limit, b FROM c ORDER BY d, e LIMIT 5 OFFSET 1 FOR NO KEY UPDATE OF "
      "c NOWAIT FOR SHARE SKIP LOCKED");
  const Query& query = shown.query();
  REQUIRE(query.locks.size() == 2);
  CHECK(shown.cut(query.locks[0].span) == "FOR NO KEY UPDATE OF c NOWAIT");
  CHECK(query.locks[0].strength == LockingClause::Strength::no_key_update);
  CHECK(query.locks[0].wait == LockingClause::Wait::nowait);
  CHECK(query.locks[0].of == std::vector<std::string>{"c"});
  CHECK(shown.cut(query.locks[1].span) == "FOR SHARE SKIP LOCKED");
  CHECK(query.locks[1].wait == LockingClause::Wait::skip_locked);
  CHECK(shown.cut(query.order_by) == "ORDER BY d, e");
  CHECK(shown.cut(query.limit) == "LIMIT 5");
  CHECK(shown.cut(query.outputs.at(0).span) == "a AS limit");
  CHECK(shown.cut(query.outputs.at(1).span) == "b");
  CHECK(query.outputs.at(0).name == "limit");
  const Shown fetch("SELECT a FROM b FETCH FIRST 2 ROWS ONLY");
  CHECK(fetch.cut(fetch.query().limit) == "FETCH FIRST 2 ROWS ONLY");
}

TEST_CASE("query_view: calls, with their arguments and where they stand", "[sql]") {
  CHECK(
      Shown("SELECT pg_catalog.now(), f(g(1), 2) FROM h(3) WHERE pg_try_advisory_lock(4) AND t < "
            "CURRENT_TIMESTAMP(3)")
          .calls() ==
      "pg_catalog.now() → now in output\nf(g(1), 2) → f in output\ng(1) → g in output\nh(3) → h in "
      "from\npg_try_advisory_lock(4) → pg_try_advisory_lock in where\nCURRENT_TIMESTAMP(3) → "
      "current_timestamp in where\n");
  CHECK(Shown("UPDATE a SET b = clock_timestamp() WHERE c IN (SELECT d() FROM e)").calls() ==
        "clock_timestamp() → clock_timestamp in set\n");
  CHECK(Shown("UPDATE a SET b = 1 WHERE c IN (SELECT d() FROM e)").calls(1) ==
        "d() → d in output\n");
}

TEST_CASE("query_view: whatever is read, every clause lies in the text", "[sql]") {
  law("spans are of the text, and of their query", [] {
    const std::string sql = any_row_of({"SELECT a, b",
                                        "FROM t",
                                        "WHERE",
                                        "a = 1",
                                        "AND",
                                        "OR",
                                        "NOT",
                                        "(",
                                        ")",
                                        "ORDER BY a",
                                        "LIMIT 1",
                                        "FOR UPDATE OF t",
                                        "UNION",
                                        "WITH x AS (",
                                        "UPDATE t SET a = .5",
                                        ", (b, c) = (SELECT 1, 2)",
                                        "RETURNING a",
                                        "INSERT INTO t (a, é)",
                                        "VALUES (1, E'\\'')",
                                        "ON CONFLICT (a) DO UPDATE SET a = 2",
                                        "DELETE FROM t",
                                        "EXISTS (SELECT 1)",
                                        ";",
                                        "b IN (SELECT a FROM t LIMIT 1)",
                                        "VALUES",
                                        "/* ( */",
                                        "CASE WHEN a THEN b END",
                                        "f(a)::int"},
                                       " ");
    auto tree = ParseTree::of(sql);
    if (std::holds_alternative<SqlError>(tree)) return;
    note(sql);
    for (const StatementView& view : statement_views(std::get<ParseTree>(tree)))
      for (const Query& query : view.queries) {
        for (const Condition& each : query.where) {
          HOLDS(each.span.begin < each.span.end);
          HOLDS(query.span.begin <= each.span.begin);
          HOLDS(each.span.end <= query.span.end);
        }
        for (const Assignment& each : query.sets) HOLDS(each.span.end <= query.span.end);
        for (const FunctionCall& each : query.calls) HOLDS(each.span.end <= sql.size());
        HOLDS(query.span.end <= view.span.end);
      }
  });
}

TEST_CASE("query_view: what is no query has a kind and no queries", "[sql]") {
  const Shown shown("BEGIN; LOCK TABLE a; SELECT 1");
  REQUIRE(shown.views().size() == 3);
  CHECK(shown.views()[0].kind == "TransactionStmt");
  CHECK(shown.views()[1].kind == "LockStmt");
  CHECK(shown.views()[1].queries.empty());
  CHECK(shown.views()[2].queries.size() == 1);
}

TEST_CASE("query_view: many conditions and arms cost no more than their number", "[sql]") {
  std::string sql = "SELECT 1 FROM a WHERE b0 = 0";
  for (int i = 1; i < 4000; ++i) sql += " AND b" + std::to_string(i) + " = 0";
  CHECK(Shown(sql).query().where.size() == 4000);
  std::string arms = "SELECT 0";
  for (int i = 1; i < 3000; ++i) arms += " UNION SELECT 1";
  CHECK(Shown(arms).views()[0].queries.size() == 5999);
}

}  // namespace fencepost
