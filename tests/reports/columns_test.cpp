#include "reports/columns.hpp"

#include <sstream>

#include "reports/escaped.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/example_failure.hpp"

namespace fencepost {
namespace {

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t most = 0;
  for (std::string line; std::getline(lines, line);) most = std::max(most, characters_in(line));
  return most;
}

TraceOptions of_width(int width) {
  TraceOptions options;
  options.width = width;
  return options;
}

TEST_CASE("columns: a column for each worker and one for the server", "[reports]") {
  ExampleFailure told;
  TraceOptions options = of_width(110);
  options.marks.push_back({told.history.events.back().step, "fenced_writes.cursor: too late"});
  CHECK(column_table(told.history, options) ==
        R"( step           time │    w1                       │    w2                       │ server
    1            0 s │    starts as worker         │                             │
    2            0 s │                             │    starts as worker         │
    3            1 s │ ┃┊ claim.claim_job ✓ 1 row… │                             │ job 1: state owned, token …
                     │ ┃┊                          │                             │ job 1 is granted to w1 (gr…
                     │ ┃┊                          │                             │ w1 believes that it holds …
    4            2 s │ ┃┊ ⚡ stall for 38 s, at ad… │                             │
                       ≈ 29 s pass
    4           31 s │ │╎                          │                             │ the lease of w1 on job 1 e…
                       ≈ 4 s pass
    5           35 s │  ╎                          │ ┃┊ claim.claim_job ✓ 1 row… │ job 1: token 1 → 2, lease …
                     │  ╎                          │ ┃┊                          │ grant 1 of job 1 is revoked
                     │  ╎                          │ ┃┊                          │ job 1 is granted to w2 (gr…
                     │  ╎                          │ ┃┊                          │ w2 believes that it holds …
                       ≈ 5 s pass
    6           40 s │  ╎ ▶ goes on                │ ┃┊                          │
    7    40.000001 s │  ╎ advance.save ✓ UPDATE 1  │ ┃┊                          │
    7  ✗ fenced_writes.cursor: too late
)");
}

TEST_CASE("columns: no line is wider than the terminal", "[reports]") {
  const ExampleFailure told;
  for (int width = 1; width < 200; ++width)
    CHECK(widest(column_table(told.history, of_width(width))) <= static_cast<std::size_t>(width));
}

TEST_CASE("columns: where there is no room for columns it is the trace", "[reports]") {
  const ExampleFailure told;
  CHECK(column_table(told.history, of_width(82)) == trace(told.history, of_width(82)));
  CHECK(column_table(told.history, of_width(83)) != trace(told.history, of_width(83)));
}

TEST_CASE("columns: without a width only the workers' columns are cut", "[reports]") {
  ExampleFailure told;
  told.history.events.back().result = std::string(300, 'x');
  const std::string table = column_table(told.history, of_width(0));
  CHECK_THAT(table, ContainsSubstring("job 1: token 1 → 2, lease until - → 65 s"));
  CHECK(widest(table) < 200);
}

TEST_CASE("columns: color is only an addition", "[reports]") {
  const ExampleFailure told;
  TraceOptions options = of_width(110);
  const std::string plain = column_table(told.history, options);
  options.color = Color::on;
  std::string colored = column_table(told.history, options);
  CHECK(colored != plain);
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b'))
    colored.erase(at, colored.find('m', at) + 1 - at);
  CHECK(colored == plain);
  CHECK(plain.find('\x1b') == std::string::npos);
}

TEST_CASE("columns: what users write reaches no terminal as a command", "[reports]") {
  ExampleFailure told;
  told.history.events.back().result = "\x1b]0;title\a\r\n";
  const std::string table = column_table(told.history, of_width(160));
  CHECK_THAT(table, ContainsSubstring("␛]0;title␇␍␊"));
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("laid_out: is the trace or the table, as asked", "[reports]") {
  const ExampleFailure told;
  TraceOptions options = of_width(120);
  CHECK(laid_out(told.history, options) == trace(told.history, options));
  options.layout = Layout::columns;
  CHECK(laid_out(told.history, options) == column_table(told.history, options));
}

}  // namespace
}  // namespace fencepost
