// Whether two conditions let the same rows through.
#include "sim/mutants/conditions.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

const RowRules kJobs = {
    {"jobs", "j"},
    {"id", "state", "until", "tries"},
    {"id", "state"},
    {"state IN ('ready', 'running')", "(state = 'running') = (until IS NOT NULL)"}};

bool same(const std::string& one, const std::string& other) { return same_rows(one, other, kJobs); }

}  // namespace

TEST_CASE("conditions: what a constraint implies need not be asked", "[mutants]") {
  CHECK(same("state = 'running' AND until <= now()", "true AND until <= now()"));
  CHECK(same("j.state = 'running' AND until <= now()", "until <= now()"));
  CHECK(same("state = 'running'", "until IS NOT NULL"));
  CHECK(same("state <> 'ready'", "state = 'running'"));
  CHECK(same("state IS NOT NULL", "true"));
}

TEST_CASE("conditions: what nothing implies counts", "[mutants]") {
  CHECK_FALSE(same("state = 'running' AND until <= now()", "state = 'running'"));
  CHECK_FALSE(same("state = 'running' AND tries > 1", "tries > 1"));
  CHECK_FALSE(same("state = 'ready' OR until <= now()", "until <= now()"));
  CHECK_FALSE(same("until <= now()", "until < now()"));
  CHECK_FALSE(same("state = 'running'", "state = 'other'"));
  CHECK_FALSE(same("until IS NOT NULL", "true"));
}

TEST_CASE("conditions: a null is neither so nor not so", "[mutants]") {
  CHECK(same("NOT (tries > 1) AND tries IS NULL", "false"));
  CHECK(same("tries > 1 AND tries IS NULL", "false"));
  CHECK_FALSE(same("coalesce(tries, 2) > 1 AND tries IS NULL", "false"));
  CHECK_FALSE(same("NOT tries > 1", "tries IS NULL OR NOT tries > 1"));
}

TEST_CASE("conditions: columns of another table are nobody's", "[mutants]") {
  CHECK_FALSE(same("other.state = 'running' AND until <= now()", "until <= now()"));
  CHECK(same("jobs.state = 'running' AND until <= now()", "until <= now()"));
}

TEST_CASE("conditions: where there are too many cases nothing is said", "[mutants]") {
  std::string many = "a1()";
  for (int i = 2; i < 40; ++i) many += " AND a" + std::to_string(i) + "()";
  CHECK_FALSE(same(many, many + " AND true"));
}

}  // namespace fencepost
