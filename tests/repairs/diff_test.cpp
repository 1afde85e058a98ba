// Differences as `diff -u` writes them.
#include "sim/repairs/diff.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("diff: a changed line with three lines around it", "[repairs]") {
  CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "a.sql") ==
        "--- a.sql\n+++ a.sql\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("diff: changes far from each other are hunks of their own", "[repairs]") {
  CHECK(unified_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\nb\nc\n", "f") ==
        "--- f\n+++ f\n@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -7,3 +6,4 @@\n 6\n 7\n b\n+c\n");
}

TEST_CASE("diff: a last line without an end, and nothing to tell", "[repairs]") {
  CHECK(unified_diff("a", "a\nb\n", "f") ==
        "--- f\n+++ f\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
  CHECK(unified_diff("a\n", "a\n", "f").empty());
  CHECK(changed_lines("--- f\n+++ f\n@@ -1,1 +1,2 @@\n-a\n+a\n+b\n") == 3);
}

}  // namespace
}  // namespace fencepost
