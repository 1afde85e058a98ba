// What several versions of PostgreSQL made of the same histories, as a table.
#include "sim/wide/versions.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// Two protocols, each with two histories that are the same on both versions.
VersionTable same_table() {
  const std::vector<MadeHistory> made = {{"calm", 1, "aa", "violates nothing"},
                                         {"stall", 1, "bb", "violates single_owner"}};
  return {{"15.18", "17.10"}, {"mine", "other-queue"}, {{made, made}, {made, made}}, {}};
}

TEST_CASE("versions: where all is the same, the table says so", "[wide]") {
  CHECK(same_table().same_verdicts());
  CHECK(to_text(same_table()) ==
        "protocol          15.18       17.10\n"
        "mine                  2        same\n"
        "other-queue           2        same\n"
        "\n4 histories of 2 protocols on PostgreSQL 15.18, 17.10: every one is the same on all\n");
}

TEST_CASE("versions: what differs is told from its first event on, and with its verdict",
          "[wide]") {
  VersionTable table = same_table();
  table.made[1][1][1].digest = "cc";
  table.begins[{1, 1}] = {"12 claim", "12 wait"};
  CHECK(table.others(1, 0).empty());
  CHECK(table.others(1, 1) == std::vector<std::size_t>{1});
  CHECK(table.same_verdicts());
  const std::string rows =
      "protocol          15.18       17.10\n"
      "mine                  2        same\n"
      "other-queue           2    1 differ\n"
      "\nother-queue on 17.10: 1 of 2 histories are others than on 15.18, first under stall with "
      "seed 1\n"
      "  15.18   12 claim\n"
      "  17.10   12 wait\n";
  const std::string end =
      "\n4 histories of 2 protocols on PostgreSQL 15.18, 17.10: 1 differs from what it is on "
      "15.18, "
      "and ";
  CHECK(to_text(table) == rows + end + "all verdicts are the same\n");
  table.made[1][1][1].verdict = "violates nothing";
  CHECK_FALSE(table.same_verdicts());
  CHECK(to_text(table) == rows +
                              "  under stall with seed 1 it violates single_owner on 15.18, and "
                              "violates nothing on 17.10\n" +
                              end + "so do verdicts\n");
}

}  // namespace
}  // namespace fencepost
