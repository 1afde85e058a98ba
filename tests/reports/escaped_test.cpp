#include "reports/escaped.hpp"

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TEST_CASE("escaped: nothing that means something to HTML or XML is left", "[reports]") {
  CHECK(escaped("</script><a b=\"c\" d='e'>&amp;") ==
        "&lt;/script&gt;&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
}

TEST_CASE("escaped: letters of all languages stay as they are", "[reports]") {
  CHECK(escaped("Zürich 東京 🦉 שלום") == "Zürich 東京 🦉 שלום");
}

TEST_CASE("escaped: what is no UTF-8 becomes one sign for each byte", "[reports]") {
  CHECK(escaped("a\xff\xfe"
                "b") == "a\uFFFD\uFFFDb");
  CHECK(escaped("\xc0\xaf") == "\uFFFD\uFFFD");            // overlong
  CHECK(escaped("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");  // half of a pair
  CHECK(escaped("\xf5\x80\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(escaped("\xe6\x9d") == "\uFFFD\uFFFD");  // cut short
}

TEST_CASE("escaped: controls can be seen, and nothing turns the direction of text", "[reports]") {
  CHECK(escaped(std::string("a\0b\x1b[31m\x7f", 9)) == "a␀b␛[31m␡");
  CHECK(escaped("a\u202Eb\u2066c\u200Fd\u061Ce") == "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
  CHECK(escaped("\u0085\uFEFF\uFFFE\uFFFF") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(escaped("a\n\tb") == "a\n\tb");
}

TEST_CASE("json_string: can stand inside a script element", "[reports]") {
  CHECK(json_string("</script>&\"\\\n\t\u2028") ==
        "\"\\u003c/script\\u003e\\u0026\\\"\\\\\\u000a\\u0009\uFFFD\"");
}

TEST_CASE("printable: one line for a terminal, whatever it holds", "[reports]") {
  CHECK(printable("a\nb\tc\x1b[2J\r") == "a␊b␉c␛[2J␍");
}

TEST_CASE("shortened: counts characters, and cuts none in two", "[reports]") {
  CHECK(shortened("東京都", 3) == "東京都");
  CHECK(shortened("東京都庁", 3) == "東京…");
  CHECK(shortened("abc", 1) == "…");
  CHECK(shortened("", 5).empty());
  CHECK(characters_in("東京\xff") == 3);
}

TEST_CASE("counted: one of a thing, and several", "[reports]") {
  CHECK(counted(1, "step") == "1 step");
  CHECK(counted(0, "step") == "0 steps");
  CHECK(counted(2, "history", "histories") == "2 histories");
}

}  // namespace
}  // namespace fencepost
