#include "sim/text/json.hpp"

#include <climits>

#include "sim/text/error.hpp"
#include "sim/text/fields_json.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

/// What reading says; "" where nothing is wrong.
template <typename Read>
std::string json_refusal(const std::string& text, Read read) {
  try {
    read(json_tree(text, "f.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}
std::string json_refusal(const std::string& text) {
  return json_refusal(text, [](const JsonNode&) {});
}

TEST_CASE("json: values keep their order and their lines", "[text]") {
  const JsonNode root = json_tree("{\n\"b\": [1,\n null],\n\"a\": \"x\"}", "f.json");
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].key == "b");
  CHECK(root.entries[0].value.items[1].line == 3);
  CHECK(root.find("a")->text == "x");
  CHECK(root.find("a")->line == 4);
}

TEST_CASE("json: a whole number is exact to the last of both kinds", "[text]") {
  CHECK(json_tree("18446744073709551615", "f").natural == UINT64_MAX);
  CHECK_FALSE(json_tree("18446744073709551615", "f").integer);
  CHECK(json_tree("-9223372036854775808", "f").integer == INT64_MIN);
  CHECK_FALSE(json_tree("-1", "f").natural);
  CHECK(json_tree("18446744073709551616", "f").shown() ==
        "a number with a fraction, or too large a one");
}

TEST_CASE("json: what is not JSON is named by its line", "[text]") {
  CHECK(json_refusal("").starts_with("f.json:1: the file is empty; "));
  CHECK(json_refusal("{\"a\":\n[1").starts_with("f.json:2: the file is cut off: "));
  CHECK(json_refusal("{\"a\": 1,\n \"a\": 2}") ==
        "f.json:2: key \"a\" is there twice; leave one of them");
  CHECK(json_refusal("{\n\"a\" 1}").starts_with("f.json:2: not JSON from "));
}

TEST_CASE("json: a text of any bytes is had back", "[text]") {
  for (const std::string& text :
       {std::string("é\n\"\\"), std::string("\xFF\x00", 2), std::string()}) {
    const JsonNode node = json_tree(json_exact(text), "f");
    CHECK(JsonTable::text_in(node, "it") == text);
  }
  CHECK(json_exact("a\xFF") == "{\"bytes\": \"61ff\"}");
}

TEST_CASE("json: a table has the keys that it must have, and no others", "[text]") {
  const auto read = [](const JsonNode& node) { JsonTable(node, "a run", {"seed"}, {"note"}); };
  CHECK(json_refusal("{\"seed\": 1, \"note\": 2}", read) == "");
  CHECK(json_refusal("{\n\"sed\": 1}", read) ==
        "f.json:2: unknown key \"sed\" in a run; known are seed and note; did you mean \"seed\"?; "
        "take it out, or correct it");
  CHECK(json_refusal("{\"note\": 1}", read).find("\"seed\"") != std::string::npos);
  CHECK(json_refusal("[]", read).starts_with("f.json:1: a run is a list, but must be a table: "));
}

TEST_CASE("json: lengths and instants are had back to the microsecond", "[text]") {
  for (const Duration length :
       {0us, 1us, -1us, Duration{330'000'001}, Duration{INT64_MAX}, Duration{INT64_MIN + 1}})
    CHECK(duration_in(json_tree(length_json(length), "f"), "it") == length);
  for (const Instant instant : {Instant{}, Instant{40s}, Instant::max()})
    CHECK(instant_in(json_tree(instant_json(instant), "f"), "it") == instant);
}

/// A struct as others are: what is as usual is left out, and may be missing.
struct Example {
  std::string name;
  std::optional<std::int64_t> count;
  JobId job;
  bool good = false;
  bool operator==(const Example&) const = default;

  template <typename Self, typename Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("name", self.name, Written::always);
    visit("count", self.count, Written::unless_usual);
    visit("job", self.job, Written::unless_usual);
    visit("good", self.good, Written::unless_usual);
  }
};

TEST_CASE("fields: a struct is written and read by its list", "[text]") {
  const Example plain{"a", std::nullopt, {}, false};
  const Example full{"", -3, {"7"}, true};
  CHECK(json_of(plain) == "{\"name\": \"a\"}");
  CHECK(json_of(full) == "{\"name\": \"\", \"count\": -3, \"job\": \"7\", \"good\": true}");
  for (const Example& each : {plain, full})
    CHECK(read_from<Example>(json_tree(json_of(each), "f"), "an example") == each);
}

TEST_CASE("fields: what is missing, unknown or of another kind is named", "[text]") {
  const auto read = [](const JsonNode& node) { read_from<Example>(node, "an example"); };
  CHECK(json_refusal("{\"count\": 1}", read).find("\"name\"") != std::string::npos);
  CHECK(json_refusal("{\"name\": \"a\",\n\"godo\": true}", read)
            .starts_with("f.json:2: unknown key \"godo\" in an example; "));
  CHECK(json_refusal("{\"name\": \"a\",\n\"good\": 1}", read)
            .starts_with("f.json:2: \"good\" in an example is 1, but must be true or false: "));
}

}  // namespace
}  // namespace fencepost
