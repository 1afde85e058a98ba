#include "sim/cli/glossary.hpp"

#include <algorithm>
#include <fstream>

#include "tests/fixtures/catch.hpp"

namespace fencepost {

TEST_CASE("glossary: the page of words is the table that explain reads", "[docs]") {
  std::ifstream file(FENCEPOST_SOURCE_DIR "/docs/words.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::string rows;
  for (const Word& word : glossary()) {
    std::string shown(word.word);
    std::replace(shown.begin(), shown.end(), '_', ' ');
    rows += "| " + shown + " | " + std::string(word.meaning) + " |\n";
  }
  CHECK(page.ends_with("| --- | --- |\n" + rows));
}

TEST_CASE("glossary: words stand in the order of the alphabet, each once", "[docs]") {
  const auto words = glossary();
  CHECK(words.size() > 30);
  for (std::size_t i = 1; i < words.size(); ++i) CHECK(words[i - 1].word < words[i].word);
}

TEST_CASE("glossary: what sentences use is in it", "[docs]") {
  for (const std::string_view used : {"grant", "revoked", "released", "lease", "token", "heal",
                                      "horizon", "judged", "vacuous", "situation", "takeover"})
    CHECK(std::any_of(glossary().begin(), glossary().end(),
                      [&](const Word& word) { return word.word == used; }));
}

}  // namespace fencepost
