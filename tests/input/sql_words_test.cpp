#include "sim/input/sql_words.hpp"

#include <string>

#include "tests/fixtures/catch.hpp"

namespace fencepost {
namespace {

std::string words_of(const std::string& sql) {
  std::string words;
  for_each_word(sql, [&](const SqlWord& word) {
    words +=
        (words.empty() ? "" : " ") + std::string(word.begins ? "^" : "") + std::string(word.is);
  });
  return words;
}

TEST_CASE("sql words: those of texts are words, too, however they are quoted", "[sql]") {
  CHECK(words_of("SELECT a; DO $$BEGIN EXECUTE 'DROP t'; END$$") ==
        "^select a ^do ^begin ^execute ^drop t ^end");
  CHECK(words_of("DO 'BEGIN EXECUTE ''DROP t''; END'") == "^do ^begin ^execute drop t ^end");
}

TEST_CASE("sql words: a text that is only quotes has an end", "[sql]") {
  const std::string quotes(100'000, '\'');
  CHECK(words_of("SELECT " + quotes + " x") == "^select x");
  CHECK(words_of("SELECT " + quotes + "' x") == "^select");
  std::string nested = "deep";
  for (int tag = 0; tag < 20'000; ++tag) {
    const std::string quote = "$t" + std::to_string(tag) + "$";
    nested = quote + nested + quote;
  }
  CHECK(words_of("SELECT " + nested + ", shallow") == "^select shallow");
}

}  // namespace
}  // namespace fencepost
