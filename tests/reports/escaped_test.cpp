#include "reports/escaped.hpp"

#include "sim/text/json.hpp"
#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/hostile.hpp"
#include "tests/fixtures/law.hpp"
#include "tests/fixtures/xml_check.hpp"

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

TEST_CASE("escaped: what can't be seen is shown by its number", "[report]") {
  CHECK(visible("a\x1b[31m\n\xff\xe2\x80\xae") == "a\\x1b[31m\\n\\xff\\u{202e}");
  CHECK(visible_lines("a\n\tb\r") == "a\n\tb\\x0d");
  CHECK(visible("caf\xc3\xa9 \xe2\x9c\x97") == "caf\xc3\xa9 \xe2\x9c\x97");
  CHECK(markdown_text("a|b `c` <d> *e*\n") == "a\\|b \\`c\\` &lt;d&gt; \\*e\\*\\\\n");
  CHECK(markdown_block("a\n```\nb") == "````text\na\n```\nb\n````\n");
  CHECK(github_message("50%\n::error::x") == "50%25%0A::error::x");
  CHECK(github_property("a:b,c%") == "a%3Ab%2Cc%25");
  CHECK(json_quoted("\"\\\n\x1b\xff") == "\"\\\"\\\\\\n\\u001b\\\\xff\"");
}

TEST_CASE("escaped: any text becomes harmless", "[report]") {
  std::vector<std::string> elements;
  law("on one line, and within quotes", [&] {
    const std::string text = hostile_text();
    HOLDS(is_harmless(visible(text)));
    HOLDS(visible(text).find('\n') == std::string::npos);
    HOLDS(is_harmless(visible_lines(text)));
    HOLDS(visible(visible(text)) == visible(text));
    HOLDS(xml_attribute(text).find('\n') == std::string::npos);
    elements.push_back("<a b=\"" + xml_attribute(text) + "\">" + xml_text(text) + "</a>");
    HOLDS(json_tree(json_quoted(text), "a.json").kind == JsonNode::Kind::text);
  });
  CHECK_FALSE(elements.empty());
  CHECK(xml_complaint(elements) == "");
}

TEST_CASE("counted: one of a thing, and several", "[reports]") {
  CHECK(counted(1, "step") == "1 step");
  CHECK(counted(0, "step") == "0 steps");
  CHECK(counted(2, "history", "histories") == "2 histories");
}

}  // namespace
}  // namespace fencepost
