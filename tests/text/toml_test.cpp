#include "sim/text/toml.hpp"

#include "sim/text/error.hpp"
#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

TomlNode tree(const std::string& text) { return toml_tree(text, "f.toml"); }

/// What reading says; "" where nothing is wrong.
template <typename Read>
std::string toml_refusal(const std::string& text, Read read) {
  try {
    read(tree(text));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("toml: values keep their order and their lines", "[text]") {
  const TomlNode root = tree("b = 1\n\n[a]\nlist = [\n  \"x\",\n  true]\n");
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].key == "b");
  CHECK(root.find("b")->integer == 1);
  const TomlNode* const list = root.find("a")->find("list");
  REQUIRE(list != nullptr);
  CHECK(list->line == 4);
  CHECK(list->items[0].text == "x");
  CHECK(list->items[0].line == 5);
  CHECK(list->items[1].boolean);
  CHECK(root.find("c") == nullptr);
}

TEST_CASE("toml: what is not TOML is named by its line", "[text]") {
  const std::string said = toml_refusal("a = 1\nb = = 2\n", [](const TomlNode&) {});
  CHECK(said.starts_with("f.toml:2: this is not TOML: "));
  CHECK(said.ends_with("; mend the line"));
  CHECK(toml_refusal("a = 1\na = 2\n", [](const TomlNode&) {}).starts_with("f.toml:2: "));
}

TEST_CASE("toml: canonical is the same for the same values, and for no others", "[text]") {
  const std::string one = canonical(tree("a = 1\nb = [\"x\"]\n"));
  CHECK(canonical(tree("# about\nb = ['x']\n\na=1")) == one);
  for (const char* other : {"a = 2\nb = [\"x\"]", "a = \"1\"\nb = [\"x\"]", "a = 1\nb = \"x\"",
                            "a = 1\nb = [\"x\", \"\"]", "a = 1", "a = 1\nc = [\"x\"]"})
    CHECK(canonical(tree(other)) != one);
}

TEST_CASE("toml: a value of another kind says what it is and what it must be", "[text]") {
  const auto first = [](const TomlNode& root) -> const TomlNode& { return root.entries[0].value; };
  CHECK(toml_refusal("\na = 1", [&](const TomlNode& root) {
          text_in(first(root), "a");
        }).starts_with("f.toml:2: a is the whole number 1, but must be "));
  CHECK(toml_refusal("a = 1.5", [&](const TomlNode& root) {
          integer_in(first(root), "a", kTimes);
        }).starts_with("f.toml:1: a is a number with a fraction, but must be "));
  CHECK(toml_refusal("a = -1", [&](const TomlNode& root) {
          integer_in(first(root), "a", kTimes);
        }).starts_with("f.toml:1: a is the whole number -1, but must be "));
  CHECK(toml_refusal("a = \"0s\"",
                     [&](const TomlNode& root) { positive_duration_in(first(root), "a"); }) != "");
  CHECK(positive_duration_in(first(tree("a = \"1.5s\"")), "a") == 1500ms);
  CHECK(texts_in(first(tree("a = \"x\"")), "a") == std::vector<std::string>{"x"});
  CHECK(value_in(first(tree("a = 7")), "a") == "7");
}

TEST_CASE("toml: unknown keys and missing ones are named", "[text]") {
  CHECK(toml_refusal("[lease]\nlast = \"1s\"\n", [](const TomlNode& root) {
          only_keys(*root.find("lease"), "[lease]", {"lasts", "token"});
        }).find("did you mean \"lasts\"?") != std::string::npos);
  CHECK(toml_refusal("a = 1", [](const TomlNode& root) {
          needed(root, "the file", "b", "b = 2");
        }).find("b = 2") != std::string::npos);
}

}  // namespace
}  // namespace fencepost
