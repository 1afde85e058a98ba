#include "sim/text/words.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("words: what is quoted is one line, printable, and cut between characters", "[text]") {
  CHECK(in_quotes("chunk") == "\"chunk\"");
  CHECK(in_quotes("a\nb\x7F") == "\"a?b?\"");
  CHECK(in_quotes(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
  CHECK(in_quotes(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "…\"");
  CHECK(in_quotes(std::string(59, 'x') + "éé") == "\"" + std::string(59, 'x') + "é…\"");
}

TEST_CASE("words: what shows nothing is blank, in every script", "[text]") {
  for (const char* blank : {"", " \t\n", "\u00A0", "\u200B", "\uFEFF \u3000"})
    CHECK(is_blank(blank));
  for (const char* word : {"a", " .", "\u200Bй", "\u00A1", "日"}) CHECK_FALSE(is_blank(word));
}

TEST_CASE("words: a plain name has letters, digits and _, and begins with no digit", "[text]") {
  for (const char* plain : {"a", "_", "take_2", "CamelCase"}) CHECK(is_plain_name(plain));
  for (const char* other : {"", "2nd", "a-b", "a.b", "é", "a b"}) CHECK_FALSE(is_plain_name(other));
}

TEST_CASE("words: a list ends with and", "[text]") {
  CHECK(listed({}) == "nothing");
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b"}) == "a and b");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("words: what is meant is the nearest name within a third of its letters", "[text]") {
  const std::vector<std::string> known = {"workers", "jobs", "chunk"};
  CHECK(did_you_mean("wrokers", known) == "; did you mean \"workers\"?");
  CHECK(did_you_mean("chunks", known) == "; did you mean \"chunk\"?");
  CHECK(did_you_mean("job", known) == "; did you mean \"jobs\"?");
  CHECK(did_you_mean("jb", known) == "");
  CHECK(did_you_mean("leases", known) == "");
  CHECK(did_you_mean("workers", known) == "");
  CHECK(did_you_mean("x", {}) == "");
}

TEST_CASE("words: a word for a shell is quoted where it has to be", "[text]") {
  CHECK(for_shell("corpus/B33-river.json") == "corpus/B33-river.json");
  CHECK(for_shell("a=b:c_d") == "a=b:c_d");
  CHECK(for_shell("über") == "über");
  CHECK(for_shell("") == "''");
  CHECK(for_shell("my queue") == "'my queue'");
  CHECK(for_shell("it's") == "'it'\\''s'");
  CHECK(for_shell("$(rm)") == "'$(rm)'");
}

}  // namespace
}  // namespace fencepost
