// Each operator over SQL: the exact text before and after, which must parse.
#include "sim/mutants/sql_edits.hpp"

#include <algorithm>
#include <set>

#include "sim/mutants/operators.hpp"
#include "sql/tree/parse_tree.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

using Texts = std::vector<std::string>;

/// What an operator makes of a text, in order; all of it must parse.
Texts made_by(std::string_view change, const std::string& sql) {
  Texts made;
  for (const SqlEdit& edit : sql_edits(sql)) {
    const std::string now = spliced(sql, edit.splices);
    INFO(now);
    CHECK(std::holds_alternative<ParseTree>(ParseTree::of(now)));
    CHECK(now != sql);
    if (edit.change == change) made.push_back(now);
  }
  return made;
}

/// An operator, a text, and all that it makes of it.
struct Row {
  std::string change, sql;
  Texts made;
};

const std::vector<Row> kRows = {
    {"no-condition",
     "DELETE FROM j WHERE a = 1 AND (b = 2 OR c = 3 AND d = 4)",
     {"DELETE FROM j WHERE true AND (b = 2 OR c = 3 AND d = 4)",
      "DELETE FROM j WHERE a = 1 AND true",
      "DELETE FROM j WHERE a = 1 AND (b = 2 OR true AND d = 4)",
      "DELETE FROM j WHERE a = 1 AND (b = 2 OR c = 3 AND true)"}},
    {"no-alternative",
     "DELETE FROM j WHERE a BETWEEN 1 AND 2 OR (b = 2 AND c = 3)",
     {"DELETE FROM j WHERE false OR (b = 2 AND c = 3)",
      "DELETE FROM j WHERE a BETWEEN 1 AND 2 OR false"}},
    {"other-comparison",
     "DELETE FROM j WHERE a < 1 AND b = 2",
     {"DELETE FROM j WHERE a <= 1 AND b = 2", "DELETE FROM j WHERE a > 1 AND b = 2",
      "DELETE FROM j WHERE a < 1 AND b <> 2"}},
    {"other-comparison",
     "DELETE FROM j WHERE (a IS NULL) AND NOT (b IS NOT NULL)",
     {"DELETE FROM j WHERE (a IS NOT NULL) AND NOT (b IS NOT NULL)",
      "DELETE FROM j WHERE (a IS NULL) AND  (b IS NOT NULL)",
      "DELETE FROM j WHERE (a IS NULL) AND NOT (b IS  NULL)"}},
    {"early",
     "DELETE FROM j WHERE until <= clock_timestamp() AND at = now()",
     {"DELETE FROM j WHERE until <= clock_timestamp() + interval '1 microsecond' AND at = now()",
      "DELETE FROM j WHERE until <= clock_timestamp() + interval '1 second' AND at = now()"}},
    {"late",
     "DELETE FROM j WHERE until <= clock_timestamp()",
     {"DELETE FROM j WHERE until <= clock_timestamp() - interval '1 day'"}},
    {"no-lock",
     "SELECT a FROM j LIMIT 1 FOR UPDATE OF j SKIP LOCKED",
     {"SELECT a FROM j LIMIT 1 "}},
    {"weaker-lock",
     "SELECT a FROM j FOR NO KEY UPDATE OF j SKIP LOCKED",
     {"SELECT a FROM j FOR SHARE OF j SKIP LOCKED"}},
    {"no-skip-locked", "SELECT a FROM j FOR UPDATE SKIP LOCKED", {"SELECT a FROM j FOR UPDATE "}},
    {"skip-locked", "SELECT a FROM j FOR UPDATE", {"SELECT a FROM j FOR UPDATE SKIP LOCKED"}},
    {"skip-locked", "SELECT a FROM j FOR UPDATE NOWAIT", {}},
    {"no-nowait", "SELECT a FROM j FOR SHARE NOWAIT", {"SELECT a FROM j FOR SHARE "}},
    {"no-materialized",
     "WITH n AS MATERIALIZED (SELECT 1 AS a) SELECT a FROM n",
     {"WITH n AS  (SELECT 1 AS a) SELECT a FROM n"}},
    {"no-order", "SELECT a FROM j ORDER BY b, a LIMIT 1", {"SELECT a FROM j  LIMIT 1"}},
    {"other-order",
     "SELECT a FROM j ORDER BY b DESC NULLS LAST, c ASC, a LIMIT 1",
     {"SELECT a FROM j ORDER BY b ASC NULLS LAST, c DESC, a DESC LIMIT 1"}},
    {"no-limit", "SELECT a FROM j LIMIT $1 FOR UPDATE", {"SELECT a FROM j  FOR UPDATE"}},
    {"larger-limit",
     "SELECT a FROM j LIMIT $1 FOR UPDATE",
     {"SELECT a FROM j LIMIT $1 + 1 FOR UPDATE"}},
    {"no-set",
     "UPDATE j SET a = f(1, 2), b = 2, c = 3",
     {"UPDATE j SET b = 2, c = 3", "UPDATE j SET a = f(1, 2), c = 3",
      "UPDATE j SET a = f(1, 2), b = 2"}},
    {"no-set", "UPDATE j AS k SET a = 1", {"UPDATE j AS k SET a = k.a"}},
    {"no-set",
     "INSERT INTO j (a, b) VALUES ($1, f(2, 3))",
     {"INSERT INTO j (b) VALUES (f(2, 3))", "INSERT INTO j (a) VALUES ($1)"}},
    {"no-bump", "UPDATE j SET a = a + 1, b = c + 1", {"UPDATE j SET a = a , b = c + 1"}},
    {"constant",
     "UPDATE j SET a = a + 1, b = gen_random_uuid()",
     {"UPDATE j SET a = 1, b = gen_random_uuid()",
      "UPDATE j SET a = a + 1, b = '00000000-0000-0000-0000-000000000000'::uuid"}},
    {"other-time",
     "UPDATE j SET a = now(), b = clock_timestamp(), c = current_timestamp",
     {"UPDATE j SET a = clock_timestamp(), b = clock_timestamp(), c = current_timestamp",
      "UPDATE j SET a = now(), b = now(), c = current_timestamp",
      "UPDATE j SET a = now(), b = clock_timestamp(), c = clock_timestamp()"}},
    {"narrower",
     "UPDATE j SET a = b + $1::interval, c = make_interval(secs => $2), d = interval '1' day",
     {"UPDATE j SET a = b + $1::interval / 10, c = make_interval(secs => $2), d = interval '1' day",
      "UPDATE j SET a = b + $1::interval, c = make_interval(secs => $2) / 10, d = interval '1' "
      "day"}},
    {"wider",
     "SELECT 1 FROM j WHERE a > b - interval '5 s'",
     {"SELECT 1 FROM j WHERE a > b - interval '5 s' * 100"}},
    {"infinite",
     "UPDATE j SET a = greatest(a, now() + $1::interval), b = now()",
     {"UPDATE j SET a = 'infinity', b = now()"}},
    {"one-of",
     "UPDATE j SET a = greatest(a, now() + $1::interval)",
     {"UPDATE j SET a = (a)", "UPDATE j SET a = (now() + $1::interval)"}},
    {"fixed-case",
     "UPDATE j SET a = CASE WHEN b >= 1 THEN 'x' ELSE 'y' END, c = CASE b WHEN 1 THEN 2 END",
     {"UPDATE j SET a = CASE WHEN true THEN 'x' ELSE 'y' END, c = CASE b WHEN 1 THEN 2 END",
      "UPDATE j SET a = CASE WHEN false THEN 'x' ELSE 'y' END, c = CASE b WHEN 1 THEN 2 END"}},
    {"no-conflict",
     "INSERT INTO j (a) VALUES (1) ON CONFLICT DO NOTHING RETURNING a",
     {"INSERT INTO j (a) VALUES (1)  RETURNING a"}},
    {"nothing-on-conflict",
     "INSERT INTO j (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE j.b < 1 RETURNING a",
     {"INSERT INTO j (a) VALUES (1) ON CONFLICT (a) DO NOTHING RETURNING a"}},
    {"no-output",
     "UPDATE j SET a = 1 RETURNING j.b AS c, d",
     {"UPDATE j SET a = 1 RETURNING NULLIF(j.b, j.b) AS c, d",
      "UPDATE j SET a = 1 RETURNING j.b AS c, NULLIF(d, d) AS d"}},
};

}  // namespace

TEST_CASE("sql edits: each operator makes exactly these texts", "[mutants]") {
  for (const Row& row : kRows) {
    INFO(row.change + ": " + row.sql);
    CHECK(made_by(row.change, row.sql) == row.made);
  }
}

TEST_CASE("sql edits: every operator over SQL has its row", "[mutants]") {
  std::set<std::string_view> rows;
  for (const Row& row : kRows) rows.insert(row.change);
  for (const MutationOperator& each : mutation_operators()) {
    if (each.name == "no-step") break;
    INFO(each.name);
    CHECK(rows.contains(each.name));
  }
}

TEST_CASE("sql edits: what a query in a query does is changed in it alone", "[mutants]") {
  const std::string sql =
      "UPDATE j SET u = now() + interval '5 s' WHERE id = (SELECT id FROM j WHERE u <= "
      "clock_timestamp() LIMIT 1)";
  const std::string inner = "clock_timestamp() LIMIT 1)";
  int changed = 0;
  for (const SqlEdit& edit : sql_edits(sql))
    if (edit.change == "other-time" || edit.change == "narrower") ++changed;
  CHECK(changed == 3);
  CHECK(made_by("late", sql).size() == 1);
  CHECK(made_by("infinite", sql) ==
        Texts{"UPDATE j SET u = 'infinity' WHERE id = (SELECT id FROM j WHERE u <= " + inner});
}

TEST_CASE("sql edits: of what is no SQL there are none", "[mutants]") {
  CHECK(sql_edits("UPDATE j SET").empty());
  CHECK(sql_edits("").empty());
  CHECK(sql_edits("LISTEN a").empty());
}

TEST_CASE("sql edits: columns are those that a change is about", "[mutants]") {
  const auto edits = sql_edits("UPDATE j SET a = b + interval '1 s' WHERE c = 1 AND d < e");
  const auto of = [&](std::string_view change) {
    std::set<std::string> all;
    for (const SqlEdit& edit : edits)
      if (edit.change == change) all.insert(edit.columns.begin(), edit.columns.end());
    return all;
  };
  CHECK(of("narrower") == std::set<std::string>{"a"});
  CHECK(of("no-condition") == std::set<std::string>{"c", "d", "e"});
}

}  // namespace fencepost
