// Lengths of time as SQL writes them.
#include "sim/init/uses/sql_length.hpp"

#include "sql/tree/query_view.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What stands beside the time in an expression: "30 s", "$1 of 1 s", "-5 s"; "?" where nothing is
/// known.
std::string beside(const std::string& expression) {
  auto tree = ParseTree::of("SELECT " + expression);
  const auto* parsed = std::get_if<ParseTree>(&tree);
  REQUIRE(parsed != nullptr);
  const SqlLength found = beside_time(parsed->roots().front().node);
  if (!found.known()) return "?";
  return (found.behind ? "-" : "") +
         (found.value ? to_text(*found.value) : found.parameter + " of " + to_text(found.unit));
}

}  // namespace

TEST_CASE("sql_length: intervals as PostgreSQL takes them, but no months", "[init]") {
  CHECK(interval_from_text("30 s") == 30s);
  CHECK(interval_from_text("30") == 30s);
  CHECK(interval_from_text("1 hour 30 minutes") == 90min);
  CHECK(interval_from_text("00:05:00.5") == 5min + 500ms);
  CHECK(interval_from_text("PT30S") == 30s);
  CHECK(interval_from_text("1.5 days") == 36h);
  CHECK(interval_from_text("250 milliseconds") == 250ms);
  CHECK(interval_from_text("2 months") == std::nullopt);
  CHECK(interval_from_text("") == std::nullopt);
  CHECK(interval_from_text("soon") == std::nullopt);
  CHECK(interval_from_text("20 usec 1 hr") == 1h + 20us);
  for (const char* none : {"99999999999999999999 s", "200000000 days", "106751991 days 5 hours",
                           "1 decade", "9999999999:00", "1 dog"})
    CHECK(interval_from_text(none) == std::nullopt);
}

TEST_CASE("sql_length: what is added to the time or taken away from it", "[init]") {
  CHECK(beside("now() + interval '30 s'") == "30 s");
  CHECK(beside("now() - '5 seconds'::interval") == "-5 s");
  CHECK(beside("greatest(until, clock_timestamp() + make_interval(mins => 2))") == "120 s");
  CHECK(beside("now() + 3 * interval '1 minute'") == "180 s");
  CHECK(beside("now() + $1") == "$1 of 0 s");
  CHECK(beside("now() + $1::interval") == "$1 of 0 s");
  CHECK(beside("now() + $2 * interval '1 second'") == "$2 of 1 s");
  CHECK(beside("now() + ($1 || ' minutes')::interval") == "$1 of 60 s");
  CHECK(beside("current_timestamp + make_interval(secs => $3)") == "$3 of 1 s");
  CHECK(beside("now() + how_long") == "?");
  CHECK(beside("now() + 100000000 * interval '100000 days'") == "?");
  CHECK(beside("now() + 0.5 * interval '100000 days'") == "4320000000 s");
  CHECK(beside("extract(epoch FROM now())::int + 90") == "90 s");
  CHECK(beside("extract(epoch FROM now()) * 1000 + 30000") == "30 s");
  CHECK(beside("(date_part('epoch', now()) * 1000)::bigint + 5 * 1000") == "5 s");
  CHECK(beside("(1000000 * extract('epoch' FROM clock_timestamp()))::bigint + 1500") == "0.0015 s");
  CHECK(beside("(extract(epoch FROM now()) + 30) * 1000") == "30 s");
  CHECK(beside("extract(epoch FROM now() + interval '30 s') * 1000") == "30 s");
  CHECK(beside("extract(epoch FROM now()) * 1000 - $2") == "-$2 of 0.001 s");
  CHECK(beside("extract(epoch FROM now()) * 1000 + $2 * 1000") == "$2 of 1 s");
  CHECK(beside("until + interval '1 s'") == "?");
}

TEST_CASE("sql_length: which whole numbers are times, and what they count", "[init]") {
  const auto holds = [](const std::string& name, const std::string& type) {
    ColumnDefinition column;
    column.name = name;
    column.type = type;
    return holds_time(column);
  };
  CHECK(holds("anything", "timestamptz"));
  for (const char* name : {"locked_until_ms", "lockedUntil", "runAt", "run_at", "expires",
                           "claimedAtMs", "since_millis", "run_ts"})
    CHECK(holds(name, "int8"));
  for (const char* name : {"timeout_ms", "attempts", "format", "stat", "priority"})
    CHECK_FALSE(holds(name, "int8"));
  CHECK_FALSE(holds("locked_until", "text"));
  CHECK(counted_by_name("locked_until_ms") == 1ms);
  CHECK(counted_by_name("lockedUntilMs") == 1ms);
  CHECK(counted_by_name("run_at_us") == 1us);
  CHECK(counted_by_name("run_at") == 0us);
}

}  // namespace fencepost
