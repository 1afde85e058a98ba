// UTF-8, one character at a time, from bytes that may be anything.
#pragma once

#include <cstddef>
#include <string_view>

namespace fencepost {

/// One character, or one byte that begins none.
struct Utf8Character {
  char32_t code = 0;       ///< the byte itself where `valid` is false
  std::size_t length = 1;  ///< in bytes
  bool valid = false;
};

/// What begins at `at`, which must lie inside the text. Overlong forms, surrogates and what is cut
/// off are no characters (RFC 3629).
Utf8Character utf8_at(std::string_view text, std::size_t at);

}  // namespace fencepost
