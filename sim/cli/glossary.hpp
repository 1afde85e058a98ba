// The words that sentences, reports and pages use without saying what they mean.
#pragma once

#include <span>
#include <string_view>

namespace fencepost {

/// A word, also in its other forms, and what it means in one or two sentences.
struct Word {
  std::string_view word;
  std::string_view also;  ///< other forms that `explain` knows, with blanks between; may be empty
  std::string_view meaning;
};

/// In the order of the alphabet. docs/words.md is the same table, and a test holds it to that.
std::span<const Word> glossary();

}  // namespace fencepost
