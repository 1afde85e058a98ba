// A JSON file that says what kind it is of, and whose last line is a digest of all others, so that
// a cut or an edit is seen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/text/json.hpp"

namespace fencepost {

/// A kind of such files.
struct SealedKind {
  std::string_view kind;          ///< as the file says it: "results"
  std::string_view called;        ///< by messages: "a result file"
  std::string_view again;         ///< how to get another one: "run check again"
  std::vector<std::string> keys;  ///< of its entries, beside format, kind and digest

  std::vector<std::string> all_keys() const;
};

/// The file, of these entries; each is one of `keys` with its value.
std::string sealed(const SealedKind& kind, const std::vector<std::string>& entries);
/// Throws InputError with file and line: not JSON, cut off, edited, of another kind or format, a
/// key that is missing or unknown.
JsonNode unsealed(const SealedKind& kind, const std::string& text, const std::string& file);
/// Whether a text that is JSON says of itself that it is of that kind.
bool is_sealed(const SealedKind& kind, const std::string& text, const std::string& file);

}  // namespace fencepost
