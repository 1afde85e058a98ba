// A JSON file as plain values that know their line, so that every mistake in one can be named by
// place. Only json_tree.cpp sees the JSON library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fencepost {

struct JsonEntry;

struct JsonNode {
  enum class Kind { text, integer, array, object, other };
  Kind kind = Kind::other;
  std::string text;  ///< text: the value · other: what it is ("true", "a fraction")
  std::optional<std::int64_t> integer;   ///< integer, where it fits
  std::optional<std::uint64_t> natural;  ///< integer, where it is not negative
  std::vector<JsonNode> items;           ///< array
  std::vector<JsonEntry> entries;        ///< object, in the order of the file
  int line = 1;
  std::shared_ptr<const std::string> file;

  /// The value under that key of an object; nullptr if there is none.
  const JsonNode* find(std::string_view key) const;
  /// What was found, for messages: `"abc"`, `7`, `a list`.
  std::string shown() const;
  /// Throws InputError "FILE:LINE: MESSAGE".
  [[noreturn]] void fail(std::string_view message) const;
};

/// A key of an object, and its value.
struct JsonEntry {
  std::string key;
  JsonNode value;
};

/// Throws InputError with file and line when the text is empty, cut off, not JSON, nested deeper
/// than anything that fencepost writes, or has a key twice.
JsonNode json_tree(const std::string& text, const std::string& file);
/// A text as JSON, on one line; nullopt for bytes that are not UTF-8, which JSON can't say.
std::optional<std::string> json_text(const std::string& text);
/// The same for any bytes: those that are not UTF-8 are {"bytes": "6aff"}.
std::string json_exact(const std::string& text);

}  // namespace fencepost
