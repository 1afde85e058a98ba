#include "reports/measure_table.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("median: the middle one, or the mean of the two in the middle rounded up", "[sim]") {
  CHECK(median({}) == Trial{});
  CHECK(median({7}) == Trial{7});
  CHECK(median({9, 1, 4}) == Trial{4});
  CHECK(median({1, 10, 4, 5}) == Trial{5});
}

TEST_CASE("median: a trial that found nothing is longer than all that did", "[sim]") {
  const Trial none;
  CHECK(median({none, 3, 5}) == Trial{5});
  CHECK(median({none, 3, none}) == none);
  CHECK(median({none, 3, none, 5}) == none);
  CHECK(median({none, 3, 4, 5}) == Trial{5});
}

TEST_CASE("measure_table: Markdown with one row for each violation, and two that sum up", "[sim]") {
  const Trial none;
  const Measured measured = {{"random_walk", "portfolio"},
                             {{"mine", "single_owner", {{4, 2, 9}, {1, 1, 2}}, {12, 30, 14}},
                              {"mine", "token_order", {{none, none, 8}, {5, none, 7}}, {}}},
                             3,
                             300};
  CHECK(measure_table(measured, Lengths::left_out) ==
        "| protocol · property | random_walk | portfolio |\n"
        "| --- | ---: | ---: |\n"
        "| mine · single_owner | 4 | 1 |\n"
        "| mine · token_order | > 300 | 7 |\n"
        "| median over all | 9 | 4 |\n"
        "| found | 1 of 2 | 2 of 2 |\n");
  CHECK(measure_table(measured, Lengths::shown) ==
        "| protocol · property | random_walk | portfolio | steps of its story |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| mine · single_owner | 4 | 1 | 14 |\n"
        "| mine · token_order | > 300 | 7 | - |\n"
        "| median over all | 9 | 4 | 14 |\n"
        "| found | 1 of 2 | 2 of 2 | |\n");
}

TEST_CASE("measure_table: what was never tried is not said to take long", "[sim]") {
  const Measured measured = {{"portfolio"}, {{"mine", "single_owner", {{}}, {}}}, 3, 300};
  CHECK(measure_table(measured, Lengths::left_out) ==
        "| protocol · property | portfolio |\n"
        "| --- | ---: |\n"
        "| mine · single_owner | - |\n"
        "| median over all | - |\n"
        "| found | 0 of 1 |\n");
}

TEST_CASE("scenario_tables: what the quickest scenario takes, and what only one shows", "[sim]") {
  const Trial none;
  const Measured measured = {{"quiet-day", "slow-work", "mine"},
                             {{"queue", "single_owner", {{3, 9, 4}, {5, 2, none}, {}}, {}},
                              {"queue", "token_order", {{none, none, 8}, {7, 7, 90}, {}}, {}},
                              {"seat", "job_ends", {{none, none, none}, {}, {none, 3, none}}, {}}},
                             3,
                             100};
  CHECK(scenario_tables(measured) ==
        "| protocol · property | seeds | at worst | scenarios |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| queue · single_owner | 3 | 4 | 2 |\n"
        "| queue · token_order | 7 | 8 | 1 |\n"
        "| seat · job_ends | > 100 | > 100 | 0 |\n"
        "| median over all | 7 | 8 | |\n"
        "| found | 2 of 3 | 2 of 3 | |\n"
        "\n"
        "| scenario | shows | alone | none sooner |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| quiet-day | 1 | 0 | 1 |\n"
        "| slow-work | 2 | 1 | 1 |\n"
        "| mine | 0 | 0 | 0 |\n");
}

TEST_CASE("scenario_tables: what was never tried is not said to take long", "[sim]") {
  CHECK(scenario_tables({{"quiet-day"}, {{"queue", "single_owner", {{}}, {}}}, 3, 100})
            .starts_with("| protocol · property | seeds | at worst | scenarios |\n"
                         "| --- | ---: | ---: | ---: |\n"
                         "| queue · single_owner | - | - | 0 |\n"));
}

}  // namespace fencepost
