// How a trap is told, and how users say that it is none.
#include "sim/lint/lint.hpp"

#include "sim/lint/lint_text.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/input_folder.hpp"

namespace fencepost {
namespace {

/// A protocol whose end is not fenced, with this before and in its statement.
std::string told(const std::string& before, const std::string& in = "",
                 const std::string& schema =
                     "CREATE TABLE jobs (id int PRIMARY KEY, state text, "
                     "claim uuid, until timestamptz);\n") {
  InputFolder folder;
  folder.file("schema.sql", schema);
  folder.file("protocol.toml", R"(schema = "schema.sql"
queries = "queries.sql"
[lease]
job = "id"
token = "claim"
lasts = "1min"
[role.worker]
program = ["claim", { work = "1s" }, "succeed"]
claim = [{ run = "take", empty = "nothing" }]
succeed = [{ run = "finish", empty = "lost" }]
)");
  folder.file("queries.sql", R"(-- name: take :one
UPDATE jobs SET claim = gen_random_uuid(), until = clock_timestamp()
 WHERE id = (SELECT id FROM jobs WHERE until < clock_timestamp() LIMIT 1 FOR UPDATE)
RETURNING id, claim;
)" + before + R"(-- name: finish :execrows
UPDATE jobs SET state = 'é' )" + in +
                                 R"(
	WHERE id = :id AND state = 'é';
-- name: observe :many
SELECT id AS job, state FROM jobs;
-- name: insert_job :exec
INSERT INTO jobs (id) VALUES (:job);
-- name: not_run :exec
DELETE FROM jobs WHERE syntax error ( ;
)");
  std::string text = folder.refusal([&](const auto& path) { read_protocol(path); });
  if (!text.empty()) return text;
  std::string all;
  text = folder.refusal([&](const auto& path) { all = lint_text(lint(read_protocol(path))); });
  if (!text.empty()) return text;
  const std::string name = folder.path().string() + "/";
  for (std::size_t at = 0; (at = all.find(name, at)) != std::string::npos;)
    all.erase(at, name.size());
  return all;
}

}  // namespace

TEST_CASE("lint: a trap is told with its line, carets, remedy, property and bug", "[lint]") {
  CHECK(told("") ==
        "queries.sql:7: unfenced-write (finish): a worker whose job was taken over still changes "
        "jobs: "
        "nothing of what its claim wrote is compared\n"
        "  7 | \tWHERE id = :id AND state = 'é';\n"
        "    | \t^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  write     AND claim = :claim\n"
        "  violates  fenced_writes, as corpus/B24-pg-boss does\n");
}

TEST_CASE("lint: a trap is ignored with its reason, before or in its statement", "[lint]") {
  CHECK(told("-- fencepost: ignore unfenced-write we are alone\n") ==
        "queries.sql:8: unfenced-write is ignored: we are alone\n");
  CHECK(told("", "-- fencepost: ignore unfenced-write we are alone") ==
        "queries.sql:7: unfenced-write is ignored: we are alone\n");
  CHECK(told("", "/* fencepost: ignore unfenced-write we are alone */") ==
        "queries.sql:7: unfenced-write is ignored: we are alone\n");
}

TEST_CASE("lint: an ignore without a rule or a reason is wrong", "[lint]") {
  CHECK(told("-- fencepost: ignore unfenced-rite why\n")
            .starts_with("queries.sql:5: there is no rule \"unfenced-rite\"; did you mean "
                         "\"unfenced-write\"?; known are claim-in-subquery, "));
  CHECK(told("-- fencepost: ignore\n")
            .starts_with("queries.sql:5: there is no rule without a name; known are "));
  CHECK(told("-- fencepost: ignore unfenced-write\n") ==
        "queries.sql:5: the reason is missing; say why unfenced-write does not matter here: \"-- "
        "fencepost: ignore unfenced-write reason\"");
  CHECK(told("-- fencepost: ignore unfenced-write \u00A0\n")
            .starts_with("queries.sql:5: the reason is missing; "));
  CHECK(told("-- fencepost: ignor unfenced-write why\n") ==
        "queries.sql:5: \"ignor\" is not known behind \"fencepost:\"; write \"-- fencepost: ignore "
        "RULE reason\"; did you mean \"ignore\"?");
}

TEST_CASE("lint: an ignore of what is not there is told", "[lint]") {
  const std::string both = told(
      "-- fencepost: ignore unfenced-write we are alone\n-- fencepost: ignore no-takeover why\n");
  CHECK(both ==
        "queries.sql:9: unfenced-write is ignored: we are alone\nqueries.sql:6: no-takeover is not "
        "found here, so there is nothing to ignore; take the line out\n");
}

TEST_CASE("lint: a trap in the schema is ignored in the schema", "[lint]") {
  const std::string
      before = "-- a file\n",
      table =
          "CREATE TABLE jobs (id int PRIMARY KEY, state text, claim uuid,\n  until timestamp);\n";
  const std::string ignored = "-- fencepost: ignore unfenced-write why\n";
  const std::string with_trap = told(ignored, "", before + table);
  CHECK(with_trap.starts_with("schema.sql:3: lease-without-time-zone: until has no time zone"));
  CHECK(told(ignored, "",
             before + "-- fencepost: ignore lease-without-time-zone all sessions are UTC\n" +
                 table) ==
        "queries.sql:8: unfenced-write is ignored: why\nschema.sql:4: lease-without-time-zone is "
        "ignored: all sessions are UTC\n");
}

TEST_CASE("lint: what this parser does not know is said, and hides nothing else", "[lint]") {
  const std::string text =
      told("", "",
           "CREATE TABLE jobs (id int PRIMARY KEY, state text, claim uuid, until timestamp);\n"
           "SELECT what no parser ( knows;\n");
  CHECK(text.find("schema.sql:1: lease-without-time-zone") != std::string::npos);
}

TEST_CASE("lint: every rule says what it is", "[lint]") {
  for (const LintRule& rule : lint_rules()) {
    INFO(rule.name);
    CHECK(rule.what.ends_with('.'));
    CHECK(rule.remedy.ends_with('.'));
    CHECK_FALSE(rule.property.empty());
    CHECK(rule_text(rule).find(rule.bug) != std::string::npos);
  }
}

}  // namespace fencepost
